"""Reading requests and writing answers the way Zuora's API does."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.envelopes import (
    BAD_QUERY,
    INVALID,
    MALFORMED,
    NO_BODY,
    GatewayError,
    Refusal,
    code,
)

#: Longest page of a ``/v1`` list; a larger ``pageSize`` is read as this.
MAX_PAGE_SIZE = 40

JSON_TYPE = "application/json; charset=utf-8"


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer without any envelope."""
    return Response(wire.encode(body), status, dict(headers or {}), JSON_TYPE)


def ok(status: int = 200, /, **fields: Any) -> Response:
    """A ``/v1`` success: ``{"success": true, ...}``; fields that are None are written as null."""
    return answer({"success": True, **fields}, status)


async def read_body(request: Request) -> dict[str, Any]:
    """The JSON object in the request's body; gzip is understood.

    Raises:
        GatewayError: 415 for a PUT without a body.
        Refusal: HTTP 400, category 90, for text that is not JSON; category 20 for JSON that is no object.
    """
    raw = await request.body()
    if not raw:
        if request.method == "PUT":
            raise GatewayError(415, "HTTP 415 Unsupported Media Type")
        raise Refusal(code(NO_BODY, MALFORMED), "The request body is empty.", 400)
    try:
        if request.headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        body = wire.decode(raw)
    except (ValueError, OSError, EOFError, zlib.error) as error:
        raise Refusal(code(NO_BODY, MALFORMED), "The request body is not well-formed JSON.", 400) from error
    if not isinstance(body, dict):
        raise Refusal(code(NO_BODY, INVALID), "The request body must be a JSON object.", 400)
    return body


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a ``/v1`` list: its number from 1 and its length."""

    number: int
    size: int

    def cut(self, rows: list[Any]) -> list[Any]:
        """The rows on this page."""
        return rows[(self.number - 1) * self.size : self.number * self.size]

    def next_url(self, request: Request, total: int) -> str | None:
        """The address of the following page, or None on the last one."""
        if self.number * self.size >= total:
            return None
        return str(request.url.include_query_params(page=self.number + 1, pageSize=self.size))


def page(request: Request, default_size: int = 10) -> Page:
    """The page asked for by ``page`` and ``pageSize``.

    Raises:
        Refusal: Category 27 for values that are not positive integers.
    """
    number = _positive(request, "page", 1)
    return Page(number, min(_positive(request, "pageSize", default_size), MAX_PAGE_SIZE))


def flag(request: Request, name: str, default: bool = False) -> bool:
    """A query parameter that is ``true`` or ``false``.

    Raises:
        Refusal: Category 27 for any other value.
    """
    value = request.query_params.get(name)
    if value is None:
        return default
    if value.lower() not in {"true", "false"}:
        raise Refusal(code(NO_BODY, BAD_QUERY), f"Query parameter '{name}' must be true or false.", 400)
    return value.lower() == "true"


def _positive(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name)
    if value is None:
        return default
    if not value.isdecimal() or int(value) < 1:
        raise Refusal(code(NO_BODY, BAD_QUERY), f"Query parameter '{name}' must be a positive integer.", 400)
    return int(value)
