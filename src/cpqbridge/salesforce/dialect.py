"""How Salesforce answers: bodies, error lists, the header that counts calls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from cpqbridge.errors import CallForHelp
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.salesforce.refusals import refusal
from cpqbridge.salesforce.signin import SignIn
from cpqbridge.transport.channel import Channel
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.transport.limiter import Limiter
from cpqbridge.transport.session import Session

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class ApiUsage:
    """Calls of the org in the last 24 hours, from all its clients, and how many it may have."""

    used: int
    limit: int


class SalesforceDialect:
    """The `Dialect` of Salesforce.

    Attributes:
        system: `Salesforce`.
        api_usage: What the last answer said; None before the first one.
    """

    system = "Salesforce"

    def __init__(self, connection: SalesforceConnection) -> None:
        self._sign_in = SignIn(connection)
        self.api_usage: ApiUsage | None = None

    async def sign_in(self, channel: Channel) -> Session:
        """See `Dialect.sign_in`."""
        return await self._sign_in(channel)

    def read(self, request: Request, reply: Reply) -> Any:
        """See `Dialect.read`; returns the parsed body, None for an empty one, the reply itself for CSV."""
        if not 200 <= reply.status < 300:
            raise refusal(
                reply.status,
                reply.document,
                detail=reply.detail,
                writes=not request.reads,
                retry_after=reply.retry_after,
            )
        if reply.is_csv:
            return reply
        if reply.status == 200 and not reply.is_json:
            message = f"Salesforce answered {request.method} {request.path} with something that is no JSON"
            raise CallForHelp("CPQ-901", message, detail=reply.detail)
        return reply.document

    def observe(self, reply: Reply, limiter: Limiter) -> None:  # noqa: ARG002 - Salesforce tells no concurrency
        """See `Dialect.observe`."""
        found = _USAGE.search(reply.headers.get("sforce-limit-info", ""))
        if found:
            self.api_usage = ApiUsage(int(found[1]), int(found[2]))
