"""The engine over both systems: everything due comes to its outcome, whatever happens on the way."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import httpx
import psycopg
import pytest
from procrastinate.manager import JobManager

from cpqbridge.jobs.connection import Connection, Hooks
from cpqbridge.jobs.due import Lane, Wanted
from cpqbridge.jobs.feed.poll import Poller
from cpqbridge.jobs.work import GIVEN_UP
from cpqbridge.transport.exchange import Exchange
from cpqbridge.values import Outcome
from tests.jobs.conftest import LONGEST, Stage, rows, until
from tests.world import Line


def amended(stage: Stage, number: str) -> str:
    """Return the number of an order that adds to what an order sold."""
    change = {"product": "Seat", "quantity": 3}
    return str(stage.world.amend(stage.world.contract(number), "2026-06-01", change))


async def outcomes(connection: Connection) -> Counter[str | None]:
    return Counter(row.outcome for row in await connection.history.list_records(limit=500))


def test_everything_due_comes_to_its_outcome_and_is_unchanged_when_it_is_due_again(demo_stage: Stage) -> None:
    exchanges: list[Exchange] = []

    async def scenario() -> None:
        async with demo_stage.engine(hooks=Hooks(watch=exchanges.append)) as engine:
            connection = engine.connections[0]
            wanted = await demo_stage.orders(connection)
            await demo_stage.work(engine, *wanted)
            first = await outcomes(connection)
            carried = [row for row in await rows(connection.database, "cpqbridge.seen") if row["outcome"] == "synced"]
            assert sum(row["object"] == "Order" for row in carried) == 20
            left = {row["number"]: row["code"] for row in await rows(connection.database, "cpqbridge.due")}
            held = {"00000110": "CPQ-403", "00000111": "CPQ-406", "00000116": "CPQ-404"}
            assert left == {"00000109": "CPQ-502", **held}
            exchanges.clear()
            await demo_stage.work(engine, *(one for one in wanted if one.number not in left))
            assert [one.path for one in exchanges if one.system == "Zuora"] == []
            assert await outcomes(connection) == first  # what is as it was needs no line in the history
            assert {row["outcome"] for row in await rows(connection.database, "cpqbridge.seen")} >= {"synced"}

    asyncio.run(scenario())


def test_a_changed_record_is_looked_at_again(stage: Stage) -> None:
    account = stage.world.account()
    stage.world.order(account, [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            wanted = Wanted("Account", account, account)
            await stage.work(engine, *await stage.orders(connection), wanted)
            stage.sandbox.org.store.update("Account", account, {"Name": "New name"}, system=True)
            await stage.work(engine, wanted)
            [row] = [one for one in stage.sandbox.tenant.store.rows("account") if one["crmId"] == account]
            assert row["name"] == "New name"

    asyncio.run(scenario())


def test_of_an_account_that_came_with_an_order_and_has_nobody_zuora_is_not_asked(stage: Stage) -> None:
    account = stage.world.account()
    stage.world.order(account, [Line(stage.world.product())])
    exchanges: list[Exchange] = []

    async def scenario() -> None:
        async with stage.engine(hooks=Hooks(watch=exchanges.append)) as engine:
            connection = engine.connections[0]
            [order] = await stage.orders(connection)
            await stage.work(engine, order)
            [seen] = [row for row in await rows(connection.database, "cpqbridge.seen") if row["object"] == "Account"]
            assert (seen["record_id"], seen["outcome"]) == (account, "unchanged")
            assert {row.kind for row in await connection.history.list_records(limit=9)} == {"Order"}
            last = max(place for place, one in enumerate(exchanges) if one.path == "/v1/orders" and not one.reads)
            assert [one.path for one in exchanges[last + 1 :] if one.system == "Zuora"] == []
            stage.sandbox.org.store.update("Account", account, {"Name": "New name"}, system=True)
            await stage.work(engine, Wanted("Account", account, account))
            assert [row["name"] for row in stage.sandbox.tenant.store.rows("account")] == ["New name"]

    asyncio.run(scenario())


@pytest.mark.parametrize("follows", ["known", "none"])
def test_what_was_there_before_the_order_comes_along_with_the_account(stage: Stage, follows: str) -> None:
    """Contacts and parents that had not changed since: nobody followed the account before its first order went over."""
    parent = stage.world.account("Parent")
    child = stage.world.account("Child", ParentId=parent)
    stage.world.contact(child, "Clerk")
    stage.world.contact(parent, "Owner")
    stage.world.order(child, [Line(stage.world.product())])

    async def scenario() -> None:
        settings = stage.settings()
        auto_sync = settings.auto_sync.model_copy(update={"accounts": follows})
        async with stage.engine(settings.model_copy(update={"auto_sync": auto_sync})) as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            known = await connection.due.known("Account", [parent, child])
            names = {row["lastName"] for row in stage.sandbox.tenant.store.rows("contact")}
            if follows == "none":
                assert (known, names & {"Clerk", "Owner"}) == ({child}, set())
                return
            assert known == {parent, child}
            assert names >= {"Clerk", "Owner"}

    asyncio.run(scenario())


def test_readings_of_many_accounts_are_joined(stage: Stage) -> None:
    product = stage.world.product()
    for number in range(30):
        stage.world.order(stage.world.account(f"Customer {number}"), [Line(product)])
    slow = {"match": {"path": "/services/data/*"}, "times": 40, "fault": "delay", "delay_ms": 300}
    httpx.post(f"{stage.sandbox.salesforce_url}/_sandbox/faults", json=[slow]).raise_for_status()
    exchanges: list[Exchange] = []

    async def scenario() -> None:
        async with stage.engine(stage.settings(worker={"concurrency": 30}), Hooks(watch=exchanges.append)) as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            assert (await outcomes(connection))[Outcome.SYNCED] == 30
            queries = [one for one in exchanges if one.system == "Salesforce"]
            assert len(queries) < 30

    asyncio.run(scenario())


def test_a_record_that_cannot_be_read_does_not_hold_up_others(stage: Stage) -> None:
    product = stage.world.product()
    for number in range(4):
        stage.world.order(stage.world.account(f"Customer {number}"), [Line(product)])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            bad = Wanted("Order", "no id at all '\\", "001gK0000000999QAA", None)
            await stage.work(engine, bad, *await stage.orders(connection))
            assert (await outcomes(connection))[Outcome.SYNCED] == 4

    asyncio.run(scenario())


def test_a_failing_order_holds_back_the_later_ones_of_its_contract_only(stage: Stage) -> None:
    account, product = stage.world.account(), stage.world.product("Seat")
    first = stage.world.order(account, [Line(product)])
    other = stage.world.order(account, [Line(product)])
    later = amended(stage, first)
    stage.both.fault("status", path="/v1/orders", times=1, status=400, body={"success": False, "reasons": [
        {"code": 53200020, "message": "Refused for the test"}]})  # fmt: skip

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            latest = {row.number: (row.outcome, row.code) for row in await connection.history.list_records(limit=50)
                      if row.closed_by is None}  # fmt: skip
            assert latest[other][0] is Outcome.SYNCED
            assert latest[first][1] == "CPQ-420"
            assert latest[later][1] == "CPQ-435"
            await stage.work(engine, *(one for one in await stage.orders(connection) if one.number == first))
            await stage.settled(connection)
            await until(lambda: stage.both.counts()["order"] == 3)

    asyncio.run(scenario())


def test_work_that_ends_its_worker_again_and_again_is_given_up(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            [wanted] = await stage.orders(connection)
            with psycopg.connect(stage.url, autocommit=True) as session:
                await connection.due.add([wanted])
                session.execute("UPDATE cpqbridge.due SET begun = %s", [GIVEN_UP])
            engine.wake(connection)
            await stage.settled(connection)
            [record] = await connection.history.list_records(limit=5)
            assert (record.outcome, record.code) == (Outcome.FAILED, "CPQ-903")
            await stage.work(engine, wanted)  # somebody asks for it: it is tried again
            await until(lambda: stage.both.counts()["order"] == 1)

    asyncio.run(scenario())


def test_what_is_left_when_the_engine_is_stopped_is_done_by_the_next_one(stage: Stage) -> None:
    product = stage.world.product()
    accounts = [stage.world.account(f"Customer {number}") for number in range(6)]
    numbers = [stage.world.order(account, [Line(product)]) for account in accounts for _ in range(3)]

    async def scenario() -> None:
        settings = stage.settings(worker={"concurrency": 2})
        async with stage.engine(settings) as engine:
            connection = engine.connections[0]
            await connection.due.add(await stage.orders(connection))
            engine.wake(connection)
            await until(lambda: stage.both.counts()["order"] >= 2)
        done = stage.both.counts()["order"]
        assert done < len(numbers)
        async with stage.engine(settings) as engine:
            connection = engine.connections[0]
            begun = {row["begun"] for row in await rows(connection.database, "cpqbridge.due")}
            assert begun <= {0, 1}
            await stage.settled(connection)
            assert stage.both.counts()["order"] == len(numbers)
            left = await rows(connection.database, "cpqbridge_jobs.procrastinate_workers")
            assert len(left) == 1

    asyncio.run(scenario())


def test_live_work_goes_before_a_back_fill(stage: Stage) -> None:
    product = stage.world.product()
    for number in range(20):
        stage.world.order(stage.world.account(f"Customer {number}"), [Line(product)])
    live = stage.world.order(stage.world.account("Somebody waits"), [Line(product)])
    done: list[str] = []

    async def scenario() -> None:
        settings = stage.settings(worker={"concurrency": 1})
        hooks = Hooks(progress=lambda result: done.append(result.record))
        async with stage.engine(settings, hooks) as engine:
            connection = engine.connections[0]
            orders = await stage.orders(connection)
            old = [one for one in orders if one.number != live]
            await connection.due.add(
                Wanted(one.object, one.record_id, one.account, one.number, "backfill", Lane.BACKFILL) for one in old
            )
            await connection.due.wake()
            await until(lambda: len(done) >= 2)
            begun = len(done)
            await stage.work(engine, *(one for one in orders if one.number == live))
            assert done.index(live) <= begun + 2

    asyncio.run(scenario())


def test_a_refused_sign_in_fails_nothing_for_good(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])

    async def scenario() -> None:
        settings = stage.settings()
        wrong = settings.zuora.model_copy(update={"client_id": "nobody"})
        async with stage.engine(settings.model_copy(update={"zuora": wrong})) as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            [row] = await rows(connection.database, "cpqbridge.due")
            assert row["code"] == "CPQ-201"
            assert row["due_at"] is not None
        async with stage.engine() as engine:
            await stage.work(engine, *await stage.orders(engine.connections[0]))
            await until(lambda: stage.both.counts()["order"] == 1)

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["deleted", "never there"])
def test_what_salesforce_has_no_more_goes(stage: Stage, kind: str) -> None:
    number = stage.world.order(stage.world.account(), [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            [wanted] = await stage.orders(connection)
            await stage.work(engine, wanted)
            assert wanted.number == number
            gone = Wanted("Order", "801gK0000000099QAA", wanted.account, None if kind == "deleted" else "00009999")
            await stage.work(engine, gone)
            assert await rows(connection.database, "cpqbridge.due") == []

    asyncio.run(scenario())


def test_a_service_that_comes_back_finds_its_place_taken_and_waits(stage: Stage) -> None:
    async def scenario() -> None:
        async with stage.engine() as first, stage.engine() as second:
            names = {one.name for one in await first.processes.living()}

            async def both_live() -> bool:
                return len(await first.processes.living()) == 2

            await until(both_live)
            assert names <= {one.name for one in await second.processes.living()}

    asyncio.run(scenario())


def test_a_tenant_that_was_emptied_gets_everything_again(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            await stage.work(engine, *await stage.orders(engine.connections[0]))
            assert stage.both.counts()["order"] == 1
        for kind in ("order", "subscription", "ratePlan", "ratePlanCharge", "account", "contact"):
            for row in list(stage.sandbox.tenant.store.rows(kind)):
                stage.sandbox.tenant.store.delete(kind, row["id"])
        assert stage.both.counts()["order"] == 0
        async with stage.engine() as engine:
            await stage.work(engine, *await stage.orders(engine.connections[0]))
            await until(lambda: stage.both.counts()["order"] == 1)

    asyncio.run(scenario())


def test_what_zuora_has_lost_meanwhile_is_read_anew(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])
    lost = {"success": False, "reasons": [{"code": 53100040, "message": "Cannot find the rate plan"}]}
    stage.both.fault("status", path="/v1/orders", status=200, body=lost)

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            [row] = await rows(connection.database, "cpqbridge.due")
            assert row["code"] == "CPQ-419"
            await stage.work(engine, *await stage.orders(connection))
            await until(lambda: stage.both.counts()["order"] == 1)

    asyncio.run(scenario())


def test_a_mended_account_brings_its_held_orders_up_at_once(stage: Stage) -> None:
    account = stage.world.account(BillingStreet=None, BillingCity=None, BillingState=None, BillingCountry=None)
    stage.world.order(account, [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            poller = Poller(connection)
            await poller.poll()
            await stage.work(engine, *await stage.orders(connection))
            [row] = await rows(connection.database, "cpqbridge.due")
            assert row["outcome"] == "held"
            address = {"BillingCity": "Reno", "BillingState": "Nevada", "BillingCountry": "United States"}
            stage.sandbox.org.store.update("Account", account, address, system=True)

            async def carried() -> bool:
                await poller.poll({})  # a change of the same second is found by a later one
                return stage.both.counts()["order"] == 1

            await until(carried)

    asyncio.run(scenario())


def test_it_stops_also_where_a_wait_has_swallowed_the_cancellation(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As psycopg's pool may, whose waits do so in Python 3.11 when what they wait for comes in the same moment."""
    registered = JobManager.register_worker
    waiting = asyncio.Event()

    async def swallowing(manager: JobManager) -> int:
        waiting.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return await registered(manager)

    async def scenario() -> None:
        monkeypatch.setattr(JobManager, "register_worker", swallowing)
        async with asyncio.timeout(LONGEST), stage.engine():
            await waiting.wait()

    asyncio.run(scenario())
