"""Routes that change or delete an order."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora import jobs
from cpqbridge.sandbox.zuora.headers import version
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.orders.change import activate, cancel, replace
from cpqbridge.sandbox.zuora.orders.complete import set_trigger_dates
from cpqbridge.sandbox.zuora.orders.delete import delete_order
from cpqbridge.sandbox.zuora.orders.find import account_of, order_of
from cpqbridge.sandbox.zuora.orders.results import FIRST_VERSION, order_result
from cpqbridge.sandbox.zuora.orders.revert import revert_order
from cpqbridge.sandbox.zuora.orders.schema import REVERT, check_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def routes(tenant: Tenant) -> list[Route]:
    """Replace, activate, cancel, complete, revert, delete."""

    async def update(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderChange", body)
        return _answer(tenant, request, replace(tenant, _order(tenant, request), body))

    async def activate_draft(request: Request) -> Response:
        return _answer(tenant, request, activate(tenant, _order(tenant, request)))

    async def cancel_open(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderCancel", body)
        order = cancel(tenant, _order(tenant, request), body.get("cancelReason"))
        names = ("orderNumber", "status", "cancelReason")
        number = account_of(tenant, order)["accountNumber"]
        return ok(accountNumber=number, **{name: order[name] for name in names})

    async def complete(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderTriggerDates", body)
        order = set_trigger_dates(tenant, _order(tenant, request), body)
        result = order_result(tenant, order, version="")
        subscriptions = [
            {"subscriptionNumber": entry["subscriptionNumber"], "status": entry["status"]}
            for entry in result["subscriptions"]
        ]
        names = ("orderNumber", "accountNumber", "status")
        return ok(**{name: result[name] for name in names}, subscriptions=subscriptions)

    async def revert(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "OrderRevert", body, resource=REVERT)
        made = revert_order(tenant, _order(tenant, request), body["orderDate"])
        result = order_result(tenant, made, version=FIRST_VERSION)
        names = ("orderNumber", "accountNumber", "status", "subscriptionNumbers")
        return ok(**{name: result[name] for name in names})

    async def delete(request: Request) -> Response:
        delete_order(tenant, _order(tenant, request))
        return ok()

    async def delete_async(request: Request) -> Response:
        order = _order(tenant, request)

        def work() -> Row:
            delete_order(tenant, order)
            return {"orderNumber": order["orderNumber"]}

        return jobs.start(tenant, "AsyncDeleteOrder", work)

    number = "/v1/orders/{number}"
    return [
        Route(number, update, methods=["PUT"]),
        Route(number, delete, methods=["DELETE"]),
        Route(f"{number}/activate", activate_draft, methods=["PUT"]),
        Route(f"{number}/cancel", cancel_open, methods=["PUT"]),
        Route(f"{number}/triggerDates", complete, methods=["PUT"]),
        Route(f"{number}/revert", revert, methods=["POST"]),
        Route("/v1/async/orders/{number}", delete_async, methods=["DELETE"]),
    ]


def _order(tenant: Tenant, request: Request) -> Row:
    with_body = request.method != "DELETE"
    return order_of(tenant, request.path_params["number"], with_body=with_body)


def _answer(tenant: Tenant, request: Request, order: Row) -> Response:
    return ok(**order_result(tenant, order, version=version(request.headers, tenant)))
