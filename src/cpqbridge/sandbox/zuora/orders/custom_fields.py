"""``PUT`` of custom fields on orders and order actions, and of an order action's change reason."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.customs import emptied
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.orders.find import order_of
from cpqbridge.sandbox.zuora.orders.reasons import missing, unknown
from cpqbridge.sandbox.zuora.orders.schema import check_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]


def routes(tenant: Tenant) -> list[Route]:
    """Custom fields of an order; custom fields and change reason of an order action."""

    async def of_order(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderCustomFields", body)
        order = order_of(tenant, request.path_params["number"], with_body=True)
        with tenant.store.transaction():
            tenant.store.update("order", order["id"], emptied(body.get("customFields")))
            for entry in body.get("subscriptions") or []:
                _update_actions(tenant, order, entry)
        return ok()

    async def of_action(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderActionUpdate", body)
        action = tenant.store.get("orderAction", request.path_params["action_id"])
        if action is None:
            raise unknown(f"The order action '{request.path_params['action_id']}' does not exist.")
        reason = {"changeReason": body["changeReason"]} if "changeReason" in body else {}
        tenant.store.update("orderAction", action["id"], reason | emptied(body.get("customFields")))
        return ok()

    return [
        Route("/v1/orders/{number}/customFields", of_order, methods=["PUT"]),
        Route("/v1/orderActions/{action_id}", of_action, methods=["PUT"]),
    ]


def _update_actions(tenant: Tenant, order: Row, entry: Body) -> None:
    number = entry.get("subscriptionNumber")
    if not number:
        raise missing("subscriptions.subscriptionNumber is required.")
    rows = tenant.store.find("orderAction", orderId=order["id"], subscriptionNumber=number)
    for given in entry.get("orderActions") or []:
        chosen = [row for row in rows if given.get("orderActionId", row["id"]) == row["id"]]
        chosen = [row for row in chosen if given.get("sequence", row["sequence"]) == row["sequence"]]
        if not chosen:
            raise unknown(f"The order has no such action on subscription '{number}'.")
        for row in chosen:
            tenant.store.update("orderAction", row["id"], emptied(given.get("customFields")))
