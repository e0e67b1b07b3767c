"""How Salesforce answers: bodies, error lists, the header that counts calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from cpqbridge.errors import CallForHelp
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.salesforce.refusals import refusal
from cpqbridge.salesforce.signin import SignIn
from cpqbridge.transport.channel import Channel
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.transport.limiter import DailyUse, Limiter
from cpqbridge.transport.session import Session

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")


ApiUsage = DailyUse
"""Calls of the org in the last 24 hours, from all its clients, and how many it may have."""


class SalesforceDialect:
    """The `Dialect` of Salesforce.

    Attributes:
        system: `Salesforce`.
        kinds: An org takes 25 calls at once that last longer than 20 seconds; short ones are not counted. It tells
            nobody how many there are.
        names_pauses: An org that has no calls left never says until when.
        api_usage: What the last answer said; None before the first one.
        server_time: The org's time of the last answer, in whole seconds; None before the first one.
    """

    system = "Salesforce"
    kinds: Mapping[str, int] = MappingProxyType({"": 25})
    names_pauses = False

    def kind(self, request: Request) -> str:  # noqa: ARG002 - all calls are counted alike
        """See `Dialect.kind`."""
        return ""

    def __init__(self, connection: SalesforceConnection) -> None:
        self._sign_in = SignIn(connection)
        self.api_usage: ApiUsage | None = None
        self.server_time: datetime | None = None

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

    def observe(self, reply: Reply, limiter: Limiter, running: int) -> None:  # noqa: ARG002 - it tells no concurrency
        """See `Dialect.observe`."""
        found = _USAGE.search(reply.headers.get("sforce-limit-info", ""))
        if found:
            limiter.spent(int(found[1]), int(found[2]))
            self.api_usage = limiter.daily
        self.server_time = _date(reply.headers.get("date", "")) or self.server_time


def _date(text: str) -> datetime | None:
    """Return the time of an HTTP `Date` header; None for anything else."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
