"""``Idempotency-Key``: the first result of a POST or PATCH is kept for 24 hours and given again.

Results are rows of kind ``idempotentResult``, so that they outlive a restart when data are kept.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cpqbridge.sandbox.zuora.envelopes import INVALID, LOCKED, NO_BODY, RULE, Refusal, code
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

KIND = "idempotentResult"
LIFETIME = timedelta(hours=24)
MAX_KEY_LENGTH = 254

_METHODS = {"POST", "PATCH"}


class Idempotency:
    """ASGI middleware inside of sign-in and limits: a refused sign-in is no first result."""

    def __init__(self, app: ASGIApp, tenant: Tenant) -> None:
        """Stand around the routes of a tenant."""
        self._app = app
        self._tenant = tenant
        self._running: dict[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the kept result, or run the call and keep its result.

        Raises:
            Refusal: 400 for a bad key, 409 while the first call runs, 422 on another method or address.
        """
        key = _key(scope)
        if key is None or scope["method"] not in _METHODS:
            await self._app(scope, receive, send)
            return
        target = f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}"
        kept = self._kept(key)
        _refuse_conflict(target, self._running.get(key), kept["target"] if kept else None)
        if kept:
            await _send_again(kept, send)
            return
        await self._run(key, target, scope, receive, send)

    async def _run(self, key: str, target: str, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        self._running[key] = target
        try:
            await self._app(scope, receive, keep)
            for message in messages:
                await send(message)
        finally:
            # Kept even when the client is gone: that is what the key is for.
            del self._running[key]
            self._keep(key, target, messages)

    def _keep(self, key: str, target: str, messages: list[Message]) -> None:
        if not messages:
            return
        start, *rest = messages
        self._tenant.store.insert(
            KIND,
            {
                "id": key,
                "target": target,
                "status": start["status"],
                "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in start["headers"]],
                "body": base64.b64encode(b"".join(message.get("body", b"") for message in rest)).decode(),
                "createdDate": self._tenant.clock().isoformat(),
            },
        )

    def _kept(self, key: str) -> Row | None:
        row = self._tenant.store.get(KIND, key)
        if row and datetime.fromisoformat(row["createdDate"]) + LIFETIME <= self._tenant.clock():
            self._tenant.store.delete(KIND, key)
            return None
        return row


def _key(scope: Scope) -> str | None:
    found: list[str] = [value.decode("latin-1") for name, value in scope["headers"] if name == b"idempotency-key"]
    if not found:
        return None
    if not 0 < len(found[0]) <= MAX_KEY_LENGTH:
        message = f"The Idempotency-Key header must hold 1 to {MAX_KEY_LENGTH} characters."
        raise Refusal(code(NO_BODY, INVALID), message, 400)
    return found[0]


def _refuse_conflict(target: str, running: str | None, kept: str | None) -> None:
    first = running or kept
    if first is not None and first != target:
        message = "The Idempotency-Key was used for another request."
        raise Refusal(code(NO_BODY, RULE), message, 422)
    if running is not None:
        message = "A request with the same Idempotency-Key is still being processed."
        raise Refusal(code(NO_BODY, LOCKED), message, 409)


async def _send_again(row: Row, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in row["headers"]]
    await send({"type": "http.response.start", "status": row["status"], "headers": headers})
    await send({"type": "http.response.body", "body": base64.b64decode(row["body"])})
