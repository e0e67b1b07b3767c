"""How Zuora signs in, answers, and tells its limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cpqbridge.errors import CallForHelp, CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.transport.channel import Channel
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.transport.limiter import Limiter
from cpqbridge.transport.session import Session
from cpqbridge.zuora.connection import ZuoraConnection
from cpqbridge.zuora.envelopes import read

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
SECONDS_BEFORE_EXPIRY = 60
"""How long before its end a token is replaced."""

DEFAULT, HIGH_VOLUME, OBJECT_QUERY = "Default", "High-volume transactions", "Object Query"

_HIGH_VOLUME = re.compile(
    r"POST /v1/(accounts|(orders|subscriptions)(/preview)?|rsa-signatures(/decrypt)?)"
    r"|PUT /v1/subscriptions/[^/]+(/(renew|cancel))?"
)
"""Calls that Zuora counts as high-volume transactions: "Concurrent request limits" in its manual."""


class ZuoraDialect:
    """The `Dialect` of Zuora.

    Attributes:
        system: `Zuora`.
        kinds: The limits that tenants have unless they bought others; each answer tells the true ones.
        names_pauses: Each refusal has `Retry-After`.
    """

    system = "Zuora"
    kinds: Mapping[str, int] = MappingProxyType({DEFAULT: 40, HIGH_VOLUME: 200, OBJECT_QUERY: 80})
    names_pauses = True

    def kind(self, request: Request) -> str:
        """See `Dialect.kind`."""
        path = request.path.partition("?")[0]
        if path.startswith("/object-query"):
            return OBJECT_QUERY
        return HIGH_VOLUME if _HIGH_VOLUME.fullmatch(f"{request.method} {path}") else DEFAULT

    def __init__(self, connection: ZuoraConnection) -> None:
        self._connection = connection

    async def sign_in(self, channel: Channel) -> Session:
        """See `Dialect.sign_in`.

        Raises:
            SignInRefused: CPQ-201.
            RetryLater: The tenant cannot be reached or has a passing fault.
        """
        form = {
            "client_id": self._connection.client_id,
            "client_secret": self._connection.client_secret,
            "grant_type": "client_credentials",
        }
        started = channel.clock.monotonic()

        def session(reply: Reply) -> Session:
            document = reply.document if isinstance(reply.document, dict) else {}
            if reply.status != 200 or not isinstance(document.get("access_token"), str):
                raise _sign_in_refusal(reply, document)
            lifetime = float(document.get("expires_in") or 3600)
            expires_at = started + max(lifetime - SECONDS_BEFORE_EXPIRY, lifetime / 2)
            return Session(self._connection.base_url, document["access_token"], expires_at)

        request = Request("POST", TOKEN_PATH, form=form, reads=True)
        return await channel.ask(self._connection.base_url, request, session)

    def read(self, request: Request, reply: Reply) -> dict[str, Any]:
        """See `Dialect.read`."""
        return read(request, reply)

    def observe(self, reply: Reply, limiter: Limiter, running: int) -> None:
        """See `Dialect.observe`."""
        kind = reply.headers.get("concurrency-limit-type")
        limit, remaining = _number(reply, "concurrency-limit-limit"), _number(reply, "concurrency-limit-remaining")
        if kind and limit is not None and remaining is not None:
            limiter.follow(kind, limit, remaining, running)
        left, reset = _number(reply, "ratelimit-remaining"), _number(reply, "ratelimit-reset")
        if left is not None and reset is not None:
            limiter.spare(left, reset)


def _number(reply: Reply, header: str) -> int | None:
    text = reply.headers.get(header, "")
    return int(text) if text.isascii() and text.isdigit() else None


def _sign_in_refusal(reply: Reply, document: dict[str, Any]) -> CpqBridgeError:
    name = str(document.get("error") or f"HTTP {reply.status}")
    said = f"{name}: {document.get('error_description') or document.get('message') or 'no description'}"
    detail = {**reply.detail, "code": name}
    if reply.status == 429:
        message = f"Zuora takes no more sign-ins for now ({said})"
        return RetryLater("CPQ-103", message, detail=detail, retry_after=reply.retry_after)
    if reply.status >= 500:
        return RetryLater("CPQ-104", f"Zuora could not sign in ({said})", detail=detail)
    if reply.status >= 400:
        return SignInRefused("CPQ-201", f"Zuora refused to sign in ({said})", detail=detail)
    return CallForHelp("CPQ-901", f"Zuora answered the sign-in with {said}", detail=detail)
