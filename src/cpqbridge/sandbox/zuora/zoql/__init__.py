"""ZOQL: ``POST /v1/action/query`` and ``POST /v1/action/queryMore``."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.envelopes import QueryFault
from cpqbridge.sandbox.zuora.http import answer, read_body
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.zoql.run import query

_Records = list[dict[str, Any]]

#: Most records of one answer.
BATCH = 2000

#: How many unfinished queries are remembered; the oldest is forgotten first.
_REMEMBERED = 100


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The routes of ZOQL."""
    calls = _Calls(tenant)
    return [
        Route("/v1/action/query", calls.query, methods=["POST"]),
        Route("/v1/action/queryMore", calls.query_more, methods=["POST"]),
    ]


class _Calls:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._waiting: OrderedDict[str, tuple[_Records, int]] = OrderedDict()

    async def query(self, request: Request) -> Response:
        body = await read_body(request)
        records = query(self._tenant, _text(body, "queryString"))
        return self._batch(records, 0, _size(body))

    async def query_more(self, request: Request) -> Response:
        body = await read_body(request)
        waiting = self._waiting.get(_text(body, "queryLocator"))
        if waiting is None:
            raise QueryFault("INVALID_QUERY_LOCATOR", "The query locator is not valid or has expired.")
        return self._batch(*waiting, _size(body))

    def _batch(self, records: _Records, start: int, size: int) -> Response:
        """The records from a place; the rest waits under a locator, which stays good for a repeated call."""
        end = start + size
        done = end >= len(records)
        body: dict[str, Any] = {"size": len(records), "records": records[start:end], "done": done}
        if not done:
            locator = f"{uuid.uuid4().hex}-{end}"
            self._waiting[locator] = (records, end)
            if len(self._waiting) > _REMEMBERED:
                self._waiting.popitem(last=False)
            body["queryLocator"] = locator
        return answer(body)


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise QueryFault("MALFORMED_QUERY", f"{name} is required and must be a string.")
    return value


def _size(body: dict[str, Any]) -> int:
    size = (body.get("conf") or {}).get("batchSize") or BATCH
    if not isinstance(size, int) or size < 1:
        raise QueryFault("INVALID_VALUE", "batchSize must be a positive integer.")
    return min(size, BATCH)
