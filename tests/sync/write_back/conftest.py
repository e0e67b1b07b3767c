"""Both systems with the status fields in the org, and a write-back wired to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from cpqbridge.history.database import Database, open_database
from cpqbridge.history.rows import RecordAttempt, RunId
from cpqbridge.sandbox.seed.status_fields import add_status_fields
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.write_back import WriteBackSettings
from cpqbridge.sync.connect import Clients, open_clients
from cpqbridge.sync.result import Reason, SyncResult
from cpqbridge.sync.run import Ended, Run
from cpqbridge.sync.write_back.outbox import Outbox
from cpqbridge.sync.write_back.writer import GivenUp, Writer
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.clock import Clock
from cpqbridge.values import Outcome
from tests.sync.conftest import Both, MakeBoth

SCOPE = "org > tenant"
ORDER_FIELDS = (
    "Zuora_Sync_Status__c",
    "Zuora_Sync_Message__c",
    "Zuora_Order_Number__c",
    "Zuora_Account_Number__c",
    "Zuora_Subscription_Numbers__c",
    "Zuora_Link__c",
    "Zuora_Synced_At__c",
)


def ended(
    record_id: str | None,
    outcome: Outcome = Outcome.SYNCED,
    *,
    sobject: str = "Order",
    attempt: int = 1,
    reasons: Sequence[Reason] = (),
    **more: Any,
) -> Ended:
    """Return a record's result as a run ends with it."""
    zuora = {"accountNumber": "A1", "orderNumber": "O-1", "subscriptions": ["A-S1", "A-S2"], "orderLineItems": []}
    made = {"zuora": zuora if outcome in (Outcome.SYNCED, Outcome.UNCHANGED) else {}} | more
    result = SyncResult("00000100", sobject, record_id, outcome, tuple(reasons), **made)
    return Ended(result, RecordAttempt(1, f"{sobject}:{record_id}", attempt))


def run_of(results: Iterable[Ended]) -> Run:
    return Run(RunId(1), "sync order", list(results))


HELD = Reason("CPQ-416", "Order 00000100 is in Zuora with other content", "Order", "Look at the difference.")


@dataclass
class Parts:
    """A write-back wired to both systems."""

    both: Both
    settings: Settings
    clients: Clients
    database: Database
    outbox: Outbox
    writer: Writer
    given_up: list[GivenUp] = field(default_factory=list)

    async def told(self, *results: Ended, **more: Any) -> None:
        await self.outbox.note(run_of(results), **more)

    def row(self, record_id: str, sobject: str = "Order") -> dict[str, Any]:
        found = self.both.sandbox.org.store.get(sobject, record_id)
        assert found is not None
        return found

    def writes(self) -> list[dict[str, Any]]:
        """Return the requests that wrote back, with bodies and answers."""
        return [one for one in self.both.requests("salesforce") if one["path"].endswith("/composite/sobjects")]

    def ids(self, sobject: str = "Order") -> list[str]:
        rows = self.both.sandbox.org.store.query(f"SELECT Id FROM {sobject} ORDER BY Id").records  # noqa: S608
        return [row["Id"] for row in rows]

    def fault(self, fault: str, times: int = 1, **more: Any) -> None:
        """Trouble the next calls that write back."""
        rule = {
            "match": {"method": "PATCH", "path": "*/composite/sobjects"},
            "times": times,
            "fault": fault,
            **more,
        }
        self.post("faults", [rule])

    def post(self, path: str, body: Any) -> httpx.Response:
        answer = httpx.post(f"{self.both.sandbox.salesforce_url}/_sandbox/{path}", json=body, timeout=30)
        return answer.raise_for_status()

    async def make_due(self) -> None:
        """Let time go by until everything that waits is due."""
        from sqlalchemy import text

        later = text("UPDATE cpqbridge.write_back SET due_at = clock_timestamp() WHERE due_at IS NOT NULL")
        await self.database.run(lambda connection: connection.execute(later))


class Time:
    """A clock that does not wait, and notes for how long it would have."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.at = 0.0
        self.on_sleep: Callable[[], object] = lambda: None
        self.clock = replace(Clock(), monotonic=lambda: self.at, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        self.on_sleep()
        await asyncio.sleep(0)


@asynccontextmanager
async def parts_of(both: Both, *, clock: Clock | None = None, **changes: Any) -> AsyncIterator[Parts]:
    """Open a write-back: `changes` are settings of the section."""
    section = WriteBackSettings(**{"enabled": True, **changes})
    settings = both.settings().model_copy(update={"write_back": section})
    wiring = Wiring(clock=clock) if clock else None
    async with AsyncExitStack() as stack:
        clients = await stack.enter_async_context(open_clients(settings, both.exchanges.append, wiring))
        database = await stack.enter_async_context(open_database(settings.database))
        outbox = Outbox(database, SCOPE)
        given_up: list[GivenUp] = []
        writer = Writer(clients.salesforce, outbox, settings, given_up.append)
        yield Parts(both, settings, clients, database, outbox, writer, given_up)


@pytest.fixture
def org(make_both: MakeBoth) -> Both:
    """Both systems without records, with the status fields."""
    both = make_both("empty")
    add_status_fields(both.sandbox.org)
    return both


@pytest.fixture
async def parts(org: Both) -> AsyncIterator[Parts]:
    async with parts_of(org) as opened:
        yield opened
