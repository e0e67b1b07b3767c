"""What only happens in bad luck: late endings, callers that go away, changes taken back, work that stands still."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from cpqbridge.errors import RetryLater
from cpqbridge.history.database import Database, open_database
from cpqbridge.history.locks import DatabaseLocks
from cpqbridge.jobs.connection import Hooks
from cpqbridge.jobs.due import DueStore, Settled, Wanted
from cpqbridge.jobs.process import Processes
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.sync import gather
from cpqbridge.sync.gather import Gatherer
from cpqbridge.transport.exchange import Exchange
from cpqbridge.transport.lanes import BACKFILL, LANE, LIVE, in_lane
from cpqbridge.values import Outcome
from tests.jobs.conftest import SCOPE, Stage, rows, until
from tests.jobs.test_due import ORDER, OTHER, run
from tests.world import Line


def test_the_late_ending_of_an_earlier_row_ends_no_later_one(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER])
        [frozen] = await store.take(ORDER.account, 10)
        [second] = await store.take(ORDER.account, 10)
        await store.settle([Settled(second, Outcome.UNCHANGED, fingerprint="before")])
        await store.add([ORDER])  # the record was changed since
        await store.settle([Settled(frozen, Outcome.UNCHANGED, fingerprint="before")])
        assert len(await rows(database, "cpqbridge.due")) == 1
        [third] = await store.take(ORDER.account, 10)
        await store.settle([Settled(frozen, Outcome.UNCHANGED, fingerprint="before")])
        assert len(await rows(database, "cpqbridge.due")) == 1
        await store.settle([Settled(third, Outcome.SYNCED, fingerprint="after")])
        assert await store.fingerprints("Order", [ORDER.record_id]) == {ORDER.record_id: "after"}

    run(jobs_database, scenario)


def test_who_was_overtaken_ends_nothing_that_another_one_works_on(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER])
        [frozen] = await store.take(ORDER.account, 10)
        [working] = await store.take(ORDER.account, 10)
        await store.settle([Settled(frozen, Outcome.SYNCED, fingerprint="before")])
        [row] = await rows(database, "cpqbridge.due")
        assert row["begun"] == 2
        await store.settle([Settled(working, Outcome.SYNCED, fingerprint="after")])
        assert await rows(database, "cpqbridge.due") == []
        assert await store.fingerprints("Order", [ORDER.record_id]) == {ORDER.record_id: "after"}

    run(jobs_database, scenario)


def test_what_waited_for_an_order_is_due_in_the_same_moment_as_that_order_ends(jobs_database: str) -> None:
    async def scenario(store: DueStore, _: Database) -> None:
        await store.add([ORDER, OTHER])
        first, second = await store.take(ORDER.account, 10)
        await store.settle([Settled(second, Outcome.HELD, delay=86_400, attempts=1, code="CPQ-435")])
        await store.settle([Settled(first, Outcome.SYNCED)])  # and the process dies
        assert [one.wanted.number for one in await store.take(ORDER.account, 10)] == ["00000102"]

    run(jobs_database, scenario)


def test_what_was_looked_at_together_with_the_earlier_order_is_not_looked_at_again(jobs_database: str) -> None:
    async def scenario(store: DueStore, _: Database) -> None:
        await store.add([ORDER, OTHER])
        first, second = await store.take(ORDER.account, 10)
        held = Settled(second, Outcome.HELD, delay=86_400, attempts=1, code="CPQ-435")
        await store.settle([Settled(first, Outcome.SYNCED), held])
        assert await store.take(ORDER.account, 10) == []

    run(jobs_database, scenario)


SLOWLY = text(
    "SELECT key FROM unnest(:keys) AS key, pg_sleep(0.3) WHERE pg_try_advisory_lock(hashtextextended(key, 0))"
).bindparams(bindparam("keys", type_=ARRAY(Text())))


def test_a_lock_that_is_got_after_its_caller_has_gone_is_given_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with (
            open_database(DatabaseSettings.at(database_url), "one") as one,
            open_database(DatabaseSettings.at(database_url), "other") as other,
        ):
            locks, others = DatabaseLocks(one, SCOPE), DatabaseLocks(other, SCOPE)
            monkeypatch.setattr("cpqbridge.history.locks.TRY", SLOWLY)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1), locks.hold(["product:1"]):
                    pass
            monkeypatch.undo()
            await one.run_in_session(text("SELECT 1"), {})  # by now the lock was got
            async with asyncio.timeout(5), others.hold(["product:1"]):
                pass

    asyncio.run(scenario())


class Reading:
    """A reading that tells in which lane it was begun, and ends when it is let go."""

    def __init__(self) -> None:
        self.lanes: list[tuple[int, tuple[str, ...]]] = []
        self.go_on = asyncio.Event()

    async def read(self, keys: list[str]) -> list[str]:
        self.lanes.append((LANE.get(), tuple(keys)))
        await self.go_on.wait()
        return keys


def test_live_work_neither_waits_for_a_reading_of_a_back_fill_nor_is_read_in_its_lane() -> None:
    async def ask(gatherer: Gatherer[list[str]], lane: int, key: str) -> list[str]:
        with in_lane(lane):
            return await gatherer.read([key])

    async def scenario() -> None:
        reading = Reading()
        gatherer = Gatherer(reading.read)
        asking = [asyncio.ensure_future(ask(gatherer, BACKFILL, "old"))]
        await until(lambda: reading.lanes)
        asking += [asyncio.ensure_future(ask(gatherer, lane, key)) for lane, key in
                   ((BACKFILL, "older"), (LIVE, "new"), (LIVE, "newer"))]  # fmt: skip
        for _ in range(10):
            await asyncio.sleep(0)
        assert reading.lanes == [(BACKFILL, ("old",)), (LIVE, ("new", "newer"))]
        reading.go_on.set()
        await asyncio.gather(*asking)
        assert reading.lanes[2:] == [(BACKFILL, ("older",))]

    asyncio.run(scenario())


def test_a_full_reading_and_live_work_wait_for_nobody_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "PAUSE", 3600.0)

    async def read(keys: list[str]) -> list[str]:
        return keys

    async def scenario() -> None:
        gatherer = Gatherer(read, most=2)
        async with asyncio.timeout(5):
            assert await gatherer.read(["new"]) == ["new"]
            with in_lane(BACKFILL):
                assert await gatherer.read(["old", "older"]) == ["old", "older"]
                alone = asyncio.ensure_future(gatherer.read(["one"]))
                await asyncio.sleep(0.01)  # it waits for others to come
                assert await gatherer.read(["two"]) == await alone == ["one", "two"]

    asyncio.run(scenario())


def test_nobody_waits_for_ever_for_a_reading_that_was_cut_off() -> None:
    async def cut_off(_keys: list[str]) -> None:
        raise asyncio.CancelledError

    async def scenario() -> None:
        gatherer = Gatherer(cut_off)
        async with asyncio.timeout(5):
            with pytest.raises(RetryLater):
                await gatherer.read(["one"])

    asyncio.run(scenario())


def test_a_transaction_of_a_process_that_stands_still_is_ended_when_its_work_is_taken_over(jobs_database: str) -> None:
    async def scenario() -> None:
        async with (
            open_database(DatabaseSettings.at(jobs_database), "frozen") as frozen,
            open_database(DatabaseSettings.at(jobs_database), "living") as living,
        ):
            store = DueStore(living, SCOPE, "sync:test")
            await store.add([ORDER])
            await Processes(frozen, "worker", 3).alive()
            held = asyncio.Event()
            loop = asyncio.get_running_loop()

            def stand_still(session: Any) -> None:
                session.execute(text("UPDATE cpqbridge.due SET begun = 1"))
                loop.call_soon_threadsafe(held.set)
                time.sleep(3)

            standing = asyncio.ensure_future(frozen.transact(stand_still))
            await held.wait()
            await living.run(
                lambda session: session.execute(text("UPDATE cpqbridge.process SET alive_at = '2026-01-01'"))
            )
            await Processes(living, "worker", 3).take_over([])
            async with asyncio.timeout(2):
                [row] = await store.take(ORDER.account, 1)
            assert row.begun == 1
            with pytest.raises(RetryLater):
                await standing

    asyncio.run(scenario())


def test_the_catalog_may_be_read_anew_while_an_order_is_read(stage: Stage) -> None:
    """Else a rate plan that was known a moment ago would be taken for one that Zuora lacks, and be made twice."""
    known, new = stage.world.product("Known"), stage.world.product("New")
    account = stage.world.account()
    stage.world.order(account, [Line(known)])
    forget: list[Any] = []

    def watch(exchange: Exchange) -> None:
        if forget and "external-id" in exchange.path:
            forget.pop()()

    async def scenario() -> None:
        async with stage.engine(hooks=Hooks(watch=watch)) as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            stage.world.order(account, [Line(known), Line(new)])
            forget.append(connection.carrier.reader.renew)
            await stage.work(engine, *await stage.orders(connection))
            assert forget == []
            counts = stage.both.counts()
            assert (counts["order"], counts["product"], counts["productRatePlan"]) == (2, 2, 2)

    asyncio.run(scenario())


def renamed(stage: Stage, account: str, name: str) -> None:
    stage.sandbox.org.store.update("Account", account, {"Name": name}, system=True)


def name_in_zuora(stage: Stage, account: str) -> str:
    [row] = [one for one in stage.sandbox.tenant.store.rows("account") if one["crmId"] == account]
    return str(row["name"])


def test_a_change_that_somebody_else_has_carried_and_that_is_taken_back_is_seen(stage: Stage) -> None:
    account = stage.world.account("First name")
    stage.world.order(account, [Line(stage.world.product())])
    wanted = Wanted("Account", account, account)

    async def scenario() -> None:
        async with stage.engine() as engine:
            await stage.work(engine, *await stage.orders(engine.connections[0]), wanted)
        renamed(stage, account, "Second name")
        async with stage.both.service() as service:
            await service.accounts([account])
        assert name_in_zuora(stage, account) == "Second name"
        renamed(stage, account, "First name")
        async with stage.engine() as engine:
            await stage.work(engine, wanted)
        assert name_in_zuora(stage, account) == "First name"

    asyncio.run(scenario())


def test_a_change_whose_answer_was_lost_and_that_is_taken_back_is_seen(stage: Stage) -> None:
    account = stage.world.account("First name")
    stage.world.order(account, [Line(stage.world.product())])
    wanted = Wanted("Account", account, account)

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection), wanted)
            renamed(stage, account, "Second name")
            stage.both.fault("drop_response", "PUT", "/v1/accounts/*", times=50)
            await stage.work(engine, wanted)
            assert name_in_zuora(stage, account) == "Second name"
            renamed(stage, account, "First name")
            await stage.work(engine, wanted)
            assert name_in_zuora(stage, account) == "First name"

    asyncio.run(scenario())
