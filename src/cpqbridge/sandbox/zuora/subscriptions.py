"""Subscriptions: reads, custom fields; the v1 writes are refused in favour of orders."""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.customs import emptied
from cpqbridge.sandbox.zuora.envelopes import (
    BAD_QUERY,
    INVALID,
    NO_BODY,
    NOT_FOUND,
    PERMISSION,
    Refusal,
    code,
    not_found,
)
from cpqbridge.sandbox.zuora.http import ok, page, read_body
from cpqbridge.sandbox.zuora.orders.schema import SUBSCRIPTIONS, check_body
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.subscription_view import subscription_view
from cpqbridge.sandbox.zuora.tenant import Tenant

_DETAILS = ("last-segment", "current-segment", "all-segments", "specific-segment")

#: v1 writes that tenants with Orders do through orders: method and path below ``/v1/subscriptions``.
_WRITES = (
    ("POST", ""),
    ("POST", "/preview"),
    ("PUT", "/{key}"),
    ("POST", "/{key}/preview"),
    ("PUT", "/{key}/renew"),
    ("PUT", "/{key}/cancel"),
    ("PUT", "/{key}/suspend"),
    ("PUT", "/{key}/resume"),
    ("PUT", "/{key}/delete"),
)


def routes(tenant: Tenant) -> list[Route]:
    """All routes of ``/v1/subscriptions``."""

    async def read(request: Request) -> Response:
        return _answer(tenant, request, _subscription(tenant, request.path_params["key"]))

    async def read_version(request: Request) -> Response:
        latest = _subscription(tenant, request.path_params["key"])
        version = int(request.path_params["version"])
        rows = tenant.store.find("subscription", name=latest["name"], version=version)
        if not rows:
            raise not_found(f"{latest['name']} version {version}")
        return _answer(tenant, request, rows[0])

    async def of_account(request: Request) -> Response:
        key = request.path_params["key"]
        account = find_account(tenant, key)
        if account is None:
            raise not_found(key)
        rows = tenant.store.find("subscription", accountId=account["id"], isLatestVersion=True)
        asked, detail = page(request), _detail(tenant, request)
        following = asked.next_url(request, len(rows))
        views = [subscription_view(tenant, row, *detail) for row in asked.cut(rows)]
        return ok(subscriptions=views, **({"nextPage": following} if following else {}))

    async def set_custom_fields(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "SubscriptionCustomFields", body, resource=SUBSCRIPTIONS)
        _set_custom_fields(tenant, _version_to_change(tenant, request), body)
        return ok()

    async def refuse(_: Request) -> Response:
        message = "This operation is not available: subscriptions of this tenant are changed through orders."
        raise Refusal(code(SUBSCRIPTIONS, PERMISSION), message)

    base = "/v1/subscriptions"
    return [
        Route(f"{base}/accounts/{{key}}", of_account, methods=["GET"]),
        Route(f"{base}/{{key}}", read, methods=["GET"]),
        Route(f"{base}/{{key}}/versions/{{version:int}}", read_version, methods=["GET"]),
        Route(f"{base}/{{key}}/customFields", set_custom_fields, methods=["PUT"]),
        Route(f"{base}/{{key}}/versions/{{version:int}}/customFields", set_custom_fields, methods=["PUT"]),
        *(Route(f"{base}{path}", refuse, methods=[method]) for method, path in _WRITES),
    ]


def _subscription(tenant: Tenant, key: str) -> Row:
    """A version by its id, or the latest version by number."""
    row = tenant.store.get("subscription", key)
    rows = [row] if row else tenant.store.find("subscription", name=key, isLatestVersion=True)
    if not rows:
        raise not_found(key)
    return rows[0]


def _version_to_change(tenant: Tenant, request: Request) -> Row:
    name, version = request.path_params["key"], request.path_params.get("version")
    wanted: dict[str, Any] = {"isLatestVersion": True} if version is None else {"version": version}
    rows = tenant.store.find("subscription", name=name, **wanted)
    if not rows:
        raise Refusal(code(SUBSCRIPTIONS, NOT_FOUND), f"The subscription '{name}' does not exist.", 404)
    return rows[0]


def _answer(tenant: Tenant, request: Request, row: Row) -> Response:
    return ok(**subscription_view(tenant, row, *_detail(tenant, request)))


def _detail(tenant: Tenant, request: Request) -> tuple[str, date | None]:
    """What ``charge-detail`` and ``as-of-date`` ask for."""
    detail = request.query_params.get("charge-detail", "last-segment")
    if detail not in _DETAILS:
        message = f"Query parameter 'charge-detail' should be one of: {', '.join(_DETAILS)}."
        raise Refusal(code(NO_BODY, BAD_QUERY), message, 400)
    if detail != "specific-segment":
        return detail, tenant.clock().date()
    try:
        return detail, date.fromisoformat(request.query_params.get("as-of-date", ""))
    except ValueError as error:
        message = "Query parameter 'as-of-date' (yyyy-mm-dd) is required for charge-detail specific-segment."
        raise Refusal(code(NO_BODY, BAD_QUERY), message, 400) from error


def _set_custom_fields(tenant: Tenant, row: Row, body: dict[str, Any]) -> None:
    store = tenant.store
    with store.transaction():
        store.update("subscription", row["id"], emptied(body.get("customFields")))
        for given in body.get("ratePlans") or []:
            plan = store.get("ratePlan", given["ratePlanId"])
            if plan is None or plan["subscriptionId"] != row["id"]:
                raise _stranger("rate plan", given["ratePlanId"], row)
            store.update("ratePlan", plan["id"], emptied(given.get("customFields")))
            _set_on_charges(tenant, row, plan, given.get("charges") or [])


def _set_on_charges(tenant: Tenant, row: Row, plan: Row, charges: list[dict[str, Any]]) -> None:
    for given in charges:
        number = given.get("chargeNumber") or ""
        found = tenant.store.find("ratePlanCharge", chargeNumber=number, ratePlanId=plan["id"])
        if not found:
            raise _stranger("charge", number, row)
        for charge in found:
            tenant.store.update("ratePlanCharge", charge["id"], emptied(given.get("customFields")))


def _stranger(what: str, key: str, row: Row) -> Refusal:
    message = f"The {what} '{key}' does not belong to the subscription '{row['name']}'."
    return Refusal(code(SUBSCRIPTIONS, INVALID), message)
