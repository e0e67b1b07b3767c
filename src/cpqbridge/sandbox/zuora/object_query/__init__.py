"""Object Query: ``GET /object-query/<objects>`` and ``/object-query/<objects>/{key}``."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.envelopes import NO_BODY, NOT_FOUND, PERMISSION, PlainError, code
from cpqbridge.sandbox.zuora.http import answer
from cpqbridge.sandbox.zuora.object_query.entity import Entity
from cpqbridge.sandbox.zuora.object_query.request import bad, parse
from cpqbridge.sandbox.zuora.object_query.run import page, render
from cpqbridge.sandbox.zuora.object_query.tables import BY_PATH
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]

#: Feature and switch that a kind of record needs.
_FEATURES = {
    "orderLineItem": ("Order Line Items", "order_line_items"),
    "creditMemo": ("Invoice Settlement", "invoice_settlement"),
    "creditMemoItem": ("Invoice Settlement", "invoice_settlement"),
}


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The routes of every kind of record."""
    made: list[BaseRoute] = []
    for path, entity in BY_PATH.items():
        made.append(Route(f"/object-query/{path}", _list(tenant, entity), methods=["GET"]))
        made.append(Route(f"/object-query/{path}/{{key}}", _single(tenant, entity), methods=["GET"]))
    return made


def _list(tenant: Tenant, entity: Entity) -> _Handler:
    async def handle(request: Request) -> Response:
        _check_feature(tenant, entity)
        query = parse(request.query_params, entity, tenant)
        if entity.filter_required and not query.filters:
            raise bad(f"A filter[] is required to list {entity.path}.")
        return answer(page(tenant.store, query))

    return handle


def _single(tenant: Tenant, entity: Entity) -> _Handler:
    async def handle(request: Request) -> Response:
        _check_feature(tenant, entity)
        query = parse(request.query_params, entity, tenant)
        row = find_by_key(tenant.store, entity, request.path_params["key"])
        if row is None:
            key = request.path_params["key"]
            raise PlainError(404, code(NO_BODY, NOT_FOUND), f"{entity.name} '{key}' was not found.")
        return answer(render(tenant.store, row, query.shape, query))

    return handle


def _check_feature(tenant: Tenant, entity: Entity) -> None:
    name, switch = _FEATURES.get(entity.kind, ("", ""))
    if switch and switch not in tenant.settings.features:
        raise PlainError(403, code(NO_BODY, PERMISSION), f"{name} is not enabled for this tenant.")


def find_by_key(store: Store, entity: Entity, key: str) -> Row | None:
    """A record by its id or its number; of several versions the latest."""
    row = store.get(entity.kind, key)
    if row is not None:
        return row
    for name in entity.keys:
        rows = store.find(entity.kind, **{name: key})
        if rows:
            return max(rows, key=lambda found: found.get("version") or 0) if entity.kind == "subscription" else rows[-1]
    return None
