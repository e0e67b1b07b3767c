"""A command's run and the service's loop write back; nothing there changes an outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest
import structlog.testing

from cpqbridge.history.ledger import History
from cpqbridge.jobs.connection import Connection
from cpqbridge.jobs.write_back import QUICKEST, SLOWEST, WriteBackLoop
from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.sync.apply import Applier
from cpqbridge.sync.carry import Carrier
from cpqbridge.sync.checkup.write_back import check_write_back
from cpqbridge.sync.connect import batch_reader, removal_reader
from cpqbridge.sync.run import OnEnd, in_turn
from cpqbridge.sync.service import SyncService
from cpqbridge.sync.write_back.at_end import after_jobs, at_end
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.write_back.conftest import HELD, SCOPE, Parts, Time, ended, parts_of, run_of
from tests.world import Line

pytestmark = pytest.mark.anyio

STATUS = {
    Outcome.SYNCED: "Synced",
    Outcome.UNCHANGED: "Synced",
    Outcome.WAITING: "Waiting",
    Outcome.HELD: "Held",
    Outcome.FAILED: "Failed",
}


def service(parts: Parts, on_end: OnEnd) -> SyncService:
    """Return a service that is wired as a command's."""
    history = History(parts.database, SCOPE)
    applier = Applier(parts.clients.zuora, history)
    reader, removals = batch_reader(parts.settings, parts.clients), removal_reader(parts.settings, parts.clients)
    return SyncService(Carrier(reader, removals, applier, history, lambda _result: None, on_end))


def telling(parts: Parts, said: list[str] | None = None) -> OnEnd:
    return at_end(parts.settings, parts.clients.salesforce, parts.database, SCOPE, (said or []).append)


async def test_every_order_of_the_demo_shows_its_outcome(demo: Both) -> None:
    async with parts_of(demo) as parts:
        said: list[str] = []
        on_end = at_end(parts.settings, parts.clients.salesforce, parts.database, SCOPE, said.append)
        results = await service(parts, on_end).orders(list(DEMO_ORDERS))
        store = demo.sandbox.org.store
        shown = {row["OrderNumber"]: row for row in store.query(ALL_ORDERS).records}
        for result in results:
            row = shown[result.record]
            assert row["Zuora_Sync_Status__c"] == STATUS[result.outcome or Outcome.FAILED], result.record
            assert row["Zuora_Order_Number__c"] == result.zuora.get("orderNumber")
            if result.reasons:
                assert row["Zuora_Sync_Message__c"].startswith(result.reasons[0].code)
        made = [row for row in store.query(ALL_ACCOUNTS).records if row["Zuora_Sync_Status__c"]]
        assert made, "accounts that were made on the way are told of"
        assert all(row["Zuora_Sync_Status__c"] == "Synced" for row in made)
        assert said == [f"written back to {len(shown_with_status(shown)) + len(made)} records"]
        assert len(parts.writes()) == 2
        again = await service(parts, on_end).orders(list(DEMO_ORDERS))
        assert {one.record: one.outcome for one in again if one.outcome is Outcome.SYNCED} == {}
        assert len(parts.writes()) == 2, "what is as it was is not written"


ALL_ORDERS = "SELECT OrderNumber, Zuora_Sync_Status__c, Zuora_Sync_Message__c, Zuora_Order_Number__c FROM Order"
ALL_ACCOUNTS = "SELECT Zuora_Sync_Status__c, Zuora_Account_Number__c FROM Account"


def shown_with_status(rows: dict[str, Any]) -> list[str]:
    return [number for number, row in rows.items() if row["Zuora_Sync_Status__c"]]


async def test_an_account_has_its_number_and_status(org: Both) -> None:
    account = org.world.account()
    org.world.order(account, [Line(org.world.product())])
    async with parts_of(org) as parts:
        [result] = await service(parts, telling(parts)).accounts([account])
        row = parts.row(account, "Account")
    assert (row["Zuora_Sync_Status__c"], row["Zuora_Account_Number__c"]) == ("Synced", result.zuora["accountNumber"])


async def test_accounts_that_an_earlier_attempt_has_made_are_told_of(org: Both) -> None:
    parent = org.world.account("Group")
    number = org.world.order(org.world.account("Unit", ParentId=parent), [Line(org.world.product())])
    refused = {"success": False, "reasons": [{"code": 53100020, "message": "Not now"}]}
    async with parts_of(org) as parts:
        org.fault("status", path="/v1/orders", status=400, body=refused)
        [failed] = await service(parts, telling(parts)).orders([number])
        assert failed.outcome is Outcome.FAILED
        assert parts.row(parent, "Account")["Zuora_Sync_Status__c"] is None, "nobody says so before the order is there"
        [synced] = await service(parts, telling(parts)).orders([number])
        assert synced.outcome is Outcome.SYNCED
        assert parts.row(parent, "Account")["Zuora_Sync_Status__c"] == "Synced"


@pytest.mark.parametrize("fault", ["down", "rule", "lost table"])
async def test_whatever_goes_wrong_the_outcome_stays(org: Both, fault: str) -> None:
    number = org.world.order(org.world.account(), [Line(org.world.product())])
    async with parts_of(org, clock=Time().clock) as parts:
        if fault == "down":
            parts.fault("status", times=99, status=503, body="<html>down</html>")
        elif fault == "rule":
            parts.post("validation-rules", [{"sobject": "Order", "condition": "Id != null", "message": "no"}])
        else:
            await sql(parts, "ALTER TABLE cpqbridge.write_back RENAME TO elsewhere")
        with structlog.testing.capture_logs() as logs:
            [result] = await service(parts, telling(parts)).orders([number])
        if fault == "lost table":
            await sql(parts, "ALTER TABLE cpqbridge.elsewhere RENAME TO write_back")
        kept = await History(parts.database, SCOPE).list_records(limit=9, record=number)
    assert result.outcome is Outcome.SYNCED
    assert [row.outcome for row in kept] == [Outcome.SYNCED]
    assert any("CPQ-114" in entry["event"] for entry in logs)


async def sql(parts: Parts, statement: str) -> None:
    from sqlalchemy import text

    await parts.database.run(lambda connection: connection.execute(text(statement)))


async def test_it_is_off_unless_it_is_turned_on(org: Both) -> None:
    number = org.world.order(org.world.account(), [Line(org.world.product())])
    async with parts_of(org, enabled=False) as parts:
        await service(parts, telling(parts)).orders([number])
        assert parts.writes() == []
        assert (await parts.outbox.filling()).waiting == 0


async def test_several_things_are_done_at_the_end_in_turn() -> None:
    done: list[str] = []

    async def one(_run: object) -> None:
        done.append("one")

    async def two(_run: object) -> None:
        done.append("two")

    await in_turn(one, two)(run_of([]))
    assert done == ["one", "two"]


# The service's loop


def loop_of(parts: Parts) -> WriteBackLoop:
    made = SimpleNamespace(settings=parts.settings, clients=parts.clients, database=parts.database, scope=SCOPE)
    return WriteBackLoop(cast(Connection, made), parts.given_up.append)


@asynccontextmanager
async def running(loop: WriteBackLoop) -> AsyncIterator[None]:
    task = asyncio.ensure_future(loop.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_loop_writes_what_jobs_note(org: Both) -> None:
    account = org.world.account()
    time = Time()
    async with parts_of(org, clock=time.clock) as parts:
        note = after_jobs(parts.settings, parts.database, SCOPE)
        await note(run_of([ended(account, sobject="Account")]))
        written = asyncio.Event()
        time.on_sleep = lambda: written.set() if parts.row(account, "Account")["Zuora_Sync_Status__c"] else None
        async with running(loop_of(parts)):
            await asyncio.wait_for(written.wait(), 30)
    assert time.slept[0] == QUICKEST


async def test_the_loop_spares_calls_under_steady_work(org: Both) -> None:
    account = org.world.account()
    async with parts_of(org) as parts:
        loop, pause, pauses = loop_of(parts), QUICKEST, []
        for attempt in range(1, 8):
            outcome = Outcome.HELD if attempt % 2 else Outcome.SYNCED
            await parts.told(ended(account, outcome, sobject="Account", attempt=attempt, reasons=[HELD]))
            pause = await loop.once(pause)
            pauses.append(pause)
        assert pauses == [2.0, 4.0, 8.0, 16.0, SLOWEST, SLOWEST, SLOWEST]
        assert await loop.once(pause) == QUICKEST, "after a while without work, the next record is written at once"


# The check


async def test_doctor_tells_which_fields_can_be_written(org: Both) -> None:
    org.sandbox.org.settings.hidden_fields = ()
    async with parts_of(org, order={"status": "Missing__c"}) as parts:
        found = [one async for one in check_write_back(parts.settings, parts.clients)]
    assert [(one.check, one.grade.value) for one in found] == [
        ("write-back to Order", "ok"),
        ("write-back to Order", "optional"),
        ("write-back to Account", "ok"),
    ]
    assert "Order has no field Missing__c" in found[1].message


async def test_doctor_says_when_nothing_can_be_written(both: Both) -> None:
    async with parts_of(both) as parts:
        found = [one async for one in check_write_back(parts.settings, parts.clients)]
        assert {(one.grade.value, one.code) for one in found} == {("problem", "CPQ-303")}
    async with parts_of(both, enabled=False) as parts:
        assert [one async for one in check_write_back(parts.settings, parts.clients)] == []
