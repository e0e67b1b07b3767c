"""The gateway in front of every call: request ids, sign-in, limits, and the rendering of its own refusals."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cpqbridge.sandbox.zuora import auth, organizations
from cpqbridge.sandbox.zuora.envelopes import ERRORS, INTERNAL, INVALID, NO_BODY, Refusal, code, render
from cpqbridge.sandbox.zuora.http import answer
from cpqbridge.sandbox.zuora.limits import Limits, TooManyRequests
from cpqbridge.sandbox.zuora.tenant import Tenant

MAX_TRACK_ID = 64
_FORBIDDEN = set(":;\"'")

_UNEXPECTED = Refusal(code(NO_BODY, INTERNAL), "An unexpected error occurred.", 500)

_logger = logging.getLogger(__name__)

#: Seconds that a client is told to wait when too many calls run at one time.
CONCURRENCY_RETRY_AFTER = "120"


class Gateway:
    """ASGI middleware: what the platform does before a call reaches its resource."""

    def __init__(self, app: ASGIApp, tenant: Tenant) -> None:
        """Stand in front of a tenant's application."""
        self._app = app
        self._tenant = tenant
        self._limits = Limits(tenant)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with its headers checked and the answer's headers added."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        request_id = str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id
        extra = {"Zuora-Request-Id": request_id}
        try:
            extra.update(_echo(given))
            await self._admit(scope, receive, send, given, extra)
        except TooManyRequests as error:
            extra["Retry-After"] = str(error.retry_after)
            await _respond(429, error.body, extra, scope, receive, send)
        except ERRORS as error:
            status, body, headers = render(error, scope["path"], request_id)
            if status == 429:
                extra["Retry-After"] = CONCURRENCY_RETRY_AFTER
            await _respond(status, body, {**extra, **headers}, scope, receive, send)
        except Exception:
            # Answered here and not by the server around it, which would leave out the headers and cut the connection.
            _logger.exception("%s %s failed", scope["method"], scope["path"])
            status, body, _ = render(_UNEXPECTED, scope["path"], request_id)
            await _respond(status, body, extra, scope, receive, send)

    async def _admit(self, scope: Scope, receive: Receive, send: Send, given: Headers, extra: dict[str, str]) -> None:
        method, path = scope["method"], scope["path"]
        if path == auth.TOKEN_PATH:
            extra.update(self._limits.count_sign_in())
            await self._app(scope, receive, _adding(send, extra))
            return
        auth.check_bearer(self._tenant, given.get("authorization"))
        extra.update(self._limits.count())
        if refusal := scope["state"].get("refusal"):
            raise refusal
        sight = organizations.sight_of(self._tenant.settings, given)
        with self._limits.slot(method, path) as concurrency, organizations.seeing(sight):
            if path.startswith(("/v1", "/object-query")):
                extra.update(concurrency)
            await self._app(scope, receive, _adding(send, extra))


def version(headers: Mapping[str, str], tenant: Tenant) -> str:
    """The minor version that counts for a request: its ``Zuora-Version``, else the tenant's."""
    return headers.get("zuora-version") or tenant.settings.zuora_version


def _echo(given: Headers) -> dict[str, str]:
    track_id = given.get("zuora-track-id")
    if track_id is None:
        return {}
    if len(track_id) > MAX_TRACK_ID or not track_id.isascii() or _FORBIDDEN & set(track_id):
        message = f"Zuora-Track-Id must be at most {MAX_TRACK_ID} US-ASCII characters without : ; \" or '."
        raise Refusal(code(NO_BODY, INVALID), message, 400)
    return {"Zuora-Track-Id": track_id}


def _adding(send: Send, extra: Mapping[str, str]) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in extra.items():
                headers[name] = value
        await send(message)

    return with_headers


async def _respond(
    status: int, body: Any, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
) -> None:
    await answer(body, status, headers)(scope, receive, send)
