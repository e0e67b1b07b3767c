"""What is due: rows go with an outcome only, and not when a later reason to look came in meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from cpqbridge.history.database import Database
from cpqbridge.jobs.due import AHEAD, LIVE_PRIORITY, DueStore, Lane, Settled, Wanted
from cpqbridge.values import Outcome
from tests.jobs.conftest import SCOPE, due_store, rows

ORDER = Wanted("Order", "801000000000001AAA", "001000000000001AAA", "00000101", "poll")
OTHER = Wanted("Order", "801000000000002AAA", "001000000000001AAA", "00000102", "poll")
ELSEWHERE = Wanted("Order", "801000000000003AAA", "001000000000002AAA", "00000103", "poll")


def run(url: str, scenario: Any) -> Any:
    async def do() -> Any:
        async with due_store(url) as (store, database):
            return await scenario(store, database)

    return asyncio.run(do())


async def jobs(database: Database) -> list[dict[str, Any]]:
    return await rows(database, "cpqbridge_jobs.procrastinate_jobs")


def test_a_record_is_due_once_in_the_better_lane_and_its_version_grows(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        later = Wanted("Order", ORDER.record_id, ORDER.account, reason="backfill", lane=Lane.BACKFILL, backfill_id=7)
        assert await store.add([later, later]) == 1
        assert await store.add([ORDER, OTHER]) == 1
        [row] = [one for one in await rows(database, "cpqbridge.due") if one["record_id"] == ORDER.record_id]
        assert (row["lane"], row["version"], row["number"], row["backfill_id"]) == (0, 2, "00000101", 7)

    run(jobs_database, scenario)


def test_cursors_move_with_what_was_found_or_not_at_all(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER], {"poll:Order": {"modstamp": "2026-01-01", "id": "801"}})
        assert await store.cursor("poll:Order") == {"modstamp": "2026-01-01", "id": "801"}
        assert await store.cursor("poll:Account") is None
        broken = Wanted("Order", "x", None, "1")  # type: ignore[arg-type]  # the database refuses a row without account
        with pytest.raises(Exception, match="account"):
            await store.add([OTHER, broken], {"poll:Order": {"modstamp": "2026-02-01", "id": "802"}})
        assert await store.cursor("poll:Order") == {"modstamp": "2026-01-01", "id": "801"}
        assert len(await rows(database, "cpqbridge.due")) == 1

    run(jobs_database, scenario)


def test_another_pair_of_systems_sees_nothing(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER], {"poll:Order": 1})
        stranger = DueStore(database, f"{SCOPE} entity 2", "sync:other")
        assert await stranger.take(ORDER.account, 10) == []
        assert await stranger.cursor("poll:Order") is None
        assert await stranger.wake() == 0

    run(jobs_database, scenario)


def test_a_row_goes_with_its_outcome(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER])
        [taken] = await store.take(ORDER.account, 10)
        assert (taken.begun, taken.version) == (1, 1)
        touched = (("Account", ORDER.account),)
        await store.settle([Settled(taken, Outcome.SYNCED, fingerprint="f", touched=touched)])
        [arrived] = await rows(database, "cpqbridge.due")
        assert (arrived["object"], arrived["record_id"], arrived["account"], arrived["reason"], arrived["lane"]) == (
            "Account", ORDER.account, ORDER.account, "arrival", Lane.LIVE
        )  # fmt: skip
        assert await store.known("Order", [ORDER.record_id]) == {ORDER.record_id}
        assert await store.known("Account", [ORDER.account, "other"]) == {ORDER.account}
        assert await store.fingerprints("Order", [ORDER.record_id]) == {ORDER.record_id: "f"}

    run(jobs_database, scenario)


def test_an_account_that_came_by_a_backfill_waits_with_it_and_one_that_came_live_does_not(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        live, later = (replace(ORDER, record_id=f"801{n}", account=f"001{n}", lane=Lane(n)) for n in (0, 1))
        await store.add([live, later])
        taken = [due for one in (live, later) for due in await store.take(one.account, 1)]
        both = ("Account", "001both")
        settled = [
            Settled(due, Outcome.SYNCED, touched=(("Account", due.wanted.account), both))
            for due in sorted(taken, key=lambda due: -due.wanted.lane)
        ]
        await store.settle(settled)
        lanes = {row["record_id"]: row["lane"] for row in await rows(database, "cpqbridge.due")}
        assert lanes == {"0010": Lane.LIVE, "0011": Lane.BACKFILL, "001both": Lane.LIVE}

    run(jobs_database, scenario)


def test_an_account_is_due_by_itself_only_when_it_has_come_for_the_first_time(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        touched = (("Account", ORDER.account), ("Product2", "01t000000000001AAA"))

        async def carry(by: DueStore) -> list[str]:
            await by.add([ORDER])
            [taken] = await by.take(ORDER.account, 10, Lane.LIVE)
            await by.settle([Settled(taken, Outcome.SYNCED, touched=touched)])
            return [row["object"] for row in await rows(database, "cpqbridge.due")]

        alone = DueStore(database, f"{SCOPE} entity 2", "sync:other", accounts=False)
        assert await carry(alone) == []
        assert await carry(store) == ["Account"]
        [account] = await store.take(ORDER.account, 10)
        await store.settle([Settled(account, Outcome.SYNCED)])
        assert await carry(store) == []

    run(jobs_database, scenario)


def test_a_reason_that_came_in_during_the_work_is_not_lost(jobs_database: str) -> None:
    async def scenario(store: DueStore, _: Database) -> None:
        await store.add([ORDER])
        [taken] = await store.take(ORDER.account, 10)
        await store.add([ORDER])
        await store.settle([Settled(taken, Outcome.SYNCED)])
        [again] = await store.take(ORDER.account, 10)
        assert (again.version, again.begun) == (2, 1)

    run(jobs_database, scenario)


def test_what_ends_twice_harms_nothing(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER])
        [first] = await store.take(ORDER.account, 10)
        [second] = await store.take(ORDER.account, 10)
        assert second.begun == 2
        await store.settle([Settled(second, Outcome.SYNCED, fingerprint="f")])
        await store.settle([Settled(first, None, delay=5, attempts=1, code="CPQ-107", counts=False)])
        assert await rows(database, "cpqbridge.due") == []
        assert await store.fingerprints("Order", [ORDER.record_id]) == {ORDER.record_id: "f"}

    run(jobs_database, scenario)


def test_what_is_to_be_looked_at_later_is_not_taken_before(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER])
        [taken] = await store.take(ORDER.account, 10)
        await store.settle([Settled(taken, Outcome.WAITING, delay=300, attempts=1, code="CPQ-502")])
        assert await store.take(ORDER.account, 10) == []
        assert await store.wake() == 0
        [row] = await rows(database, "cpqbridge.due")
        assert (row["outcome"], row["code"], row["attempts"], row["begun"]) == ("waiting", "CPQ-502", 1, 0)
        await store.add([ORDER])
        [again] = await store.take(ORDER.account, 10)
        assert again.attempts == 0

    run(jobs_database, scenario)


def test_live_work_is_taken_first_and_alone_where_nothing_else_may_go_on(jobs_database: str) -> None:
    async def scenario(store: DueStore, _: Database) -> None:
        old = Wanted("Order", "801000000000009AAA", ORDER.account, "00000001", "backfill", Lane.BACKFILL, 1)
        await store.add([old, ORDER])
        assert [one.wanted.number for one in await store.take(ORDER.account, 10, Lane.LIVE)] == ["00000101"]
        both = await store.take(ORDER.account, 10)
        assert [one.wanted.number for one in both] == ["00000101", "00000001"]

    run(jobs_database, scenario)


def test_there_is_one_job_for_an_account_and_lane(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([ORDER, OTHER, ELSEWHERE])
        assert await store.wake() == 2
        assert await store.wake() == 0
        made = await jobs(database)
        assert {job["args"]["account"] for job in made} == {ORDER.account, ELSEWHERE.account}
        assert {job["priority"] for job in made} == {10}
        assert len({job["lock"] for job in made}) == 2

    run(jobs_database, scenario)


def test_many_wake_at_once_and_make_each_job_once(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        await store.add([Wanted("Order", f"801{n:015}", f"001{n:015}", str(n)) for n in range(50)])
        assert sum(await asyncio.gather(*(store.wake() for _ in range(6)))) == 50
        assert len(await jobs(database)) == 50

    run(jobs_database, scenario)


def test_what_waited_for_an_earlier_order_is_due_when_that_one_is_there(jobs_database: str) -> None:
    async def scenario(store: DueStore, _: Database) -> None:
        await store.add([ORDER, OTHER])
        first, second = await store.take(ORDER.account, 10)
        await store.settle([Settled(second, Outcome.HELD, delay=86_400, attempts=1, code="CPQ-435")])
        await store.settle([Settled(first, Outcome.SYNCED)])
        assert [one.wanted.number for one in await store.take(ORDER.account, 10)] == ["00000102"]

    run(jobs_database, scenario)


def test_what_is_given_back_is_due_at_once_as_if_nobody_had_begun(jobs_database: str) -> None:
    async def scenario(store: DueStore, _: Database) -> None:
        old = Wanted("Order", ORDER.record_id, ORDER.account, "1", "backfill", Lane.BACKFILL, 3)
        await store.add([old])
        await store.give_back(await store.take(ORDER.account, 10))
        [again] = await store.take(ORDER.account, 10)
        assert (again.begun, again.attempts) == (1, 0)
        assert (again.wanted.lane, again.wanted.backfill_id) == (Lane.BACKFILL, 3)

    run(jobs_database, scenario)


def test_while_enough_jobs_wait_only_live_work_is_looked_for(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        old = [
            Wanted("Order", f"801{n:015}", f"001{n:015}", str(n), "backfill", Lane.BACKFILL) for n in range(AHEAD + 9)
        ]
        await store.add(old)
        assert await store.wake(whole=False) == AHEAD
        assert await store.wake(whole=False) == 0
        await store.add([ORDER])
        assert await store.wake(whole=False) == 1
        [live] = [job for job in await jobs(database) if job["priority"] == LIVE_PRIORITY]
        assert live["args"]["account"] == ORDER.account
        for one in old[:10]:  # the live one counts among those that are made ahead
            [taken] = await store.take(one.account, 10)
            await store.settle([Settled(taken, Outcome.UNCHANGED)])
        assert await store.wake(whole=False) == 0
        assert await store.wake() == 9

    run(jobs_database, scenario)


def test_many_take_and_settle_at_once_and_each_gets_its_own(jobs_database: str) -> None:
    async def scenario(store: DueStore, database: Database) -> None:
        wanted = [Wanted("Order", f"801{n:015}", f"001{n // 2:015}", f"{n:08}") for n in range(60)]
        await store.add(wanted)
        accounts = sorted({one.account for one in wanted})
        taken = await asyncio.gather(*(store.take(account, 1 + place % 2) for place, account in enumerate(accounts)))
        for place, (account, records) in enumerate(zip(accounts, taken, strict=True)):
            its = sorted(one.number or "" for one in wanted if one.account == account)
            assert [one.wanted.number for one in records] == its[: 1 + place % 2]
        await asyncio.gather(*(store.settle([Settled(one, Outcome.SYNCED) for one in some]) for some in taken))
        assert len(await rows(database, "cpqbridge.due")) == 60 - sum(len(some) for some in taken) == 15

    run(jobs_database, scenario)
