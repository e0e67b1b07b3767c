"""``GET`` of one order and of lists of orders."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.envelopes import BAD_QUERY, NO_BODY, Refusal, code, not_found
from cpqbridge.sandbox.zuora.fields import check, rule
from cpqbridge.sandbox.zuora.http import ok, page
from cpqbridge.sandbox.zuora.orders.find import execute_due, order_of
from cpqbridge.sandbox.zuora.orders.views import order_view
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant

_STATUSES = {"draft", "pending", "completed", "cancelled", "scheduled", "executing", "failed", "all"}
_DATES = {"orderDate", "updatedDate"}
_DAY = {"startDate": rule("date"), "endDate": rule("date")}


def routes(tenant: Tenant) -> list[Route]:
    """One order, and the five lists."""

    async def read(request: Request) -> Response:
        return ok(order=order_view(tenant, order_of(tenant, request.path_params["number"])))

    async def every(request: Request) -> Response:
        return _listed(tenant, request, tenant.store.rows("order"))

    async def of_subscription(request: Request) -> Response:
        return _listed(tenant, request, _orders(tenant.store, _actions_of(tenant, request.path_params["key"])))

    async def pending(request: Request) -> Response:
        orders = _orders(tenant.store, _actions_of(tenant, request.path_params["key"]))
        return _listed(tenant, request, [order for order in orders if order["status"] == "Pending"])

    async def of_owner(request: Request) -> Response:
        return _listed(tenant, request, _orders_of_account(tenant, request, "accountId"))

    async def of_invoice_owner(request: Request) -> Response:
        return _listed(tenant, request, _orders_of_account(tenant, request, "invoiceOwnerId"))

    return [
        Route("/v1/orders", every, methods=["GET"]),
        Route("/v1/orders/subscription/{key}", of_subscription, methods=["GET"]),
        Route("/v1/orders/subscription/{key}/pending", pending, methods=["GET"]),
        Route("/v1/orders/subscriptionOwner/{key}", of_owner, methods=["GET"]),
        Route("/v1/orders/invoiceOwner/{key}", of_invoice_owner, methods=["GET"]),
        Route("/v1/orders/{number}", read, methods=["GET"]),
    ]


def _actions_of(tenant: Tenant, key: str) -> list[Row]:
    row = tenant.store.get("subscription", key)
    name = row["name"] if row else key
    if not tenant.store.find("subscription", name=name):
        raise not_found(key)
    return tenant.store.find("orderAction", subscriptionNumber=name)


def _orders(store: Store, actions: Iterable[Row]) -> list[Row]:
    ids = dict.fromkeys(action["orderId"] for action in actions)
    return [order for order_id in ids if (order := store.get("order", order_id))]


def _orders_of_account(tenant: Tenant, request: Request, field: str) -> list[Row]:
    key = request.path_params["key"]
    accounts = tenant.store.find("account", accountNumber=key)
    if not accounts:
        raise not_found(key)
    subscriptions = tenant.store.find("subscription", **{field: accounts[0]["id"]})
    names = dict.fromkeys(row["name"] for row in subscriptions)
    actions = [row for name in names for row in tenant.store.find("orderAction", subscriptionNumber=name)]
    return _orders(tenant.store, actions)


def _listed(tenant: Tenant, request: Request, orders: Iterable[Row]) -> Response:
    asked = page(request)
    due = [execute_due(tenant, order) for order in orders]
    chosen = sorted(_filtered(request, due), key=lambda order: str(order["orderDate"]), reverse=True)
    views = [order_view(tenant, order) for order in asked.cut(chosen)]
    following = asked.next_url(request, len(chosen))
    return ok(orders=views, **({"nextPage": following} if following else {}))


def _filtered(request: Request, orders: list[Row]) -> list[Row]:
    query = request.query_params
    field, status = query.get("dateFilterOption", "orderDate"), query.get("status", "all")
    if field not in _DATES:
        raise _bad("dateFilterOption", _DATES)
    if status.lower() not in _STATUSES:
        raise _bad("status", _STATUSES)
    check({name: query[name] for name in _DAY if name in query}, _DAY, resource=NO_BODY)
    first, last = query.get("startDate", ""), query.get("endDate", "9999-12-31")
    return [
        order
        for order in orders
        if first <= str(order[field])[:10] <= last and status.lower() in {"all", order["status"].lower()}
    ]


def _bad(name: str, values: set[str]) -> Refusal:
    message = f"Query parameter '{name}' should be one of: {', '.join(sorted(values))}."
    return Refusal(code(NO_BODY, BAD_QUERY), message, 400)
