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
        self._waiting: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()

    async def query(self, request: Request) -> Response:
        body = await read_body(request)
        return self._batch(query(self._tenant, _text(body, "queryString")), _size(body))

    async def query_more(self, request: Request) -> Response:
        body = await read_body(request)
        records = self._waiting.get(_text(body, "queryLocator"))
        if records is None:
            raise QueryFault("INVALID_QUERY_LOCATOR", "The query locator is not valid or has expired.")
        return self._batch(records, _size(body))

    def _batch(self, records: list[dict[str, Any]], size: int) -> Response:
        """The first records; what is left waits under a locator, which stays good for a repeated call."""
        done = len(records) <= size
        body: dict[str, Any] = {"size": len(records), "records": records[:size], "done": done}
        if not done:
            locator = f"{uuid.uuid4().hex}-{size}"
            self._waiting[locator] = records[size:]
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
