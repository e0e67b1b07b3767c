"""Own writes onto orders and accounts bring nothing up again; whatever somebody else has changed beside them does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cpqbridge.jobs.connection import Connection
from cpqbridge.jobs.engine import Engine
from cpqbridge.jobs.feed.poll import Poller
from cpqbridge.jobs.write_back import QUICKEST, WriteBackLoop
from cpqbridge.sandbox.salesforce.ids import make_id
from cpqbridge.sandbox.seed.status_fields import add_status_fields
from cpqbridge.settings.write_back import WriteBackSettings
from tests.jobs.conftest import Stage, rows
from tests.world import Line

SOMEBODY = make_id("005", 77)
WRITTEN = 4
"""Seconds from when records were made to the write-back."""
NOWHERE: dict[str, Any] = dict.fromkeys(("BillingStreet", "BillingCity", "BillingState", "BillingCountry"))
"""What an account lacks whose orders are held."""


@dataclass
class Scene:
    """A service by hand: each poll, each look and each write-back is asked for."""

    stage: Stage
    engine: Engine
    poller: Poller
    order: str
    account: str
    made: datetime

    @property
    def connection(self) -> Connection:
        return self.engine.connections[0]

    async def poll(self) -> int:
        """Poll, work through what is due, and return how many records were looked at."""
        due = await self.poller.poll({})
        looked = len([row for row in await rows(self.connection.database, "cpqbridge.due") if is_now(row["due_at"])])
        self.engine.wake(self.connection)
        await self.stage.settled(self.connection)
        return max(due, looked)

    async def write_back(self) -> None:
        with self.after(WRITTEN):
            await WriteBackLoop(self.connection).once(QUICKEST)

    def calls(self) -> int:
        """Return how many API calls the org has got."""
        return sum(one["path"].startswith("/services/data") for one in self.stage.both.requests("salesforce"))

    async def history(self) -> list[dict[str, Any]]:
        return await rows(self.connection.database, "cpqbridge.record")

    def row(self, sobject: str = "Order") -> dict[str, Any]:
        found = self.stage.sandbox.org.store.get(sobject, self.order if sobject == "Order" else self.account)
        assert found is not None
        return found

    def edit(self, sobject: str, after: float, **values: Any) -> None:
        """Change a record as somebody else, so many seconds after it was made: stamps are whole seconds."""
        org = self.stage.sandbox.org
        user, org.store.user_id = org.store.user_id, SOMEBODY
        with self.after(after):
            org.store.update(sobject, self.order if sobject == "Order" else self.account, values, system=True)
        org.store.user_id = user

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Let the org write with stamps of so many seconds after the records were made."""
        store = self.stage.sandbox.org.store
        clock, store.clock = store.clock, lambda: self.made + timedelta(seconds=seconds)
        try:
            yield
        finally:
            store.clock = clock


def is_now(due_at: datetime) -> bool:
    return due_at <= datetime.now(UTC)


@asynccontextmanager
async def scene(make_stage: Callable[[str], Stage], case: str) -> AsyncIterator[Scene]:
    """Give a scene in which one order was found by the poll and came to its outcome, and nothing was written back."""
    stage = make_stage("empty")
    add_status_fields(stage.sandbox.org)
    settings = stage.settings().model_copy(update={"write_back": WriteBackSettings(enabled=True)})
    account = stage.world.account(**(NOWHERE if case == "held" else {}))
    async with stage.engine(settings) as engine:
        poller = Poller(engine.connections[0])
        await poller.poll()
        number = stage.world.order(account, [Line(stage.world.product())], contracted=case != "waiting")
        [row] = stage.sandbox.org.store.find("Order", "OrderNumber", number)
        made = Scene(stage, engine, poller, row["Id"], account, datetime.now(UTC))
        while await made.poll():
            pass  # what an order brings to Zuora with it is looked at too
        [attempt] = [one for one in await made.history() if one["record_key"].startswith("Order:")]
        assert attempt["outcome"] == case
        yield made


@pytest.mark.parametrize("case", ["synced", "held", "waiting"])
def test_an_own_write_brings_nothing_up_again(make_stage: Callable[[str], Stage], case: str) -> None:
    async def do() -> None:
        async with scene(make_stage, case) as at:
            await at.write_back()
            assert at.row()["Zuora_Sync_Status__c"] == case.capitalize()
            if case == "synced":
                assert at.row("Account")["Zuora_Sync_Status__c"] == "Synced"
            before, sent, calls = await at.history(), len(at.stage.both.requests("zuora")), at.calls()
            assert await at.poll() == 0
            found = at.calls() - calls
            assert await at.poll() == 0
            assert at.calls() - calls - found == found - (2 if case == "synced" else 1), "a call for each object"
            assert len(at.stage.both.requests("zuora")) == sent
            assert await at.history() == before

    asyncio.run(do())


@pytest.mark.parametrize("case", ["synced", "held", "waiting"])
@pytest.mark.parametrize("after", [2, WRITTEN, 6])
def test_a_change_beside_an_own_write_is_looked_at(make_stage: Callable[[str], Stage], case: str, after: float) -> None:
    """Also one that lies under it: then the connector's user wrote last, and the stamp is that of its write."""

    async def do() -> None:
        async with scene(make_stage, case) as at:
            if after < WRITTEN:
                at.edit("Order", after, BillingCity="Elko")
            await at.write_back()
            if after >= WRITTEN:
                at.edit("Order", after, BillingCity="Elko")
            assert await at.poll() >= 1

    asyncio.run(do())


def test_a_change_of_an_account_under_an_own_write_is_carried(make_stage: Callable[[str], Stage]) -> None:
    async def do() -> None:
        async with scene(make_stage, "synced") as at:
            at.edit("Account", 2, Name="Renamed")
            await at.write_back()
            await at.poll()
            [account] = list(at.stage.sandbox.tenant.store.rows("account"))
            assert account["name"] == "Renamed"

    asyncio.run(do())
