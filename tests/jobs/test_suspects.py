"""A record that ends whoever works on it takes nobody along: what is in work beside it is not given up."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from cpqbridge.errors import RetryLater
from cpqbridge.history.database import Database
from cpqbridge.jobs.connection import Connection
from cpqbridge.jobs.due import SUSPECT, DueStore, Lane, Settled, Wanted
from cpqbridge.jobs.work import GIVEN_UP, MOST, AccountWork, Alone
from cpqbridge.sync.look import Looked
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.jobs.conftest import LONGEST, Stage, due_store, rows, until
from tests.world import Line

Story = Callable[[DueStore, Database], Awaitable[None]]


def run(url: str, story: Story) -> None:
    async def in_store() -> None:
        async with due_store(url) as (store, database):
            await story(store, database)

    asyncio.run(in_store())


def order(account: int, number: int) -> Wanted:
    return Wanted("Order", f"801{account:04}{number:08}AAA", f"001{account:012}AAA", f"{account:04}{number:04}")


async def cut_off(database: Database, times: int, *ids: str) -> None:
    """Have work on records cut off so many times."""
    names = ", ".join(f"'{one}'" for one in ids)
    await database.run(
        lambda session: (
            session.exec_driver_sql(
                f"UPDATE cpqbridge.due SET begun = {times} WHERE record_id IN ({names})"  # noqa: S608
            ).rowcount
        )
    )


def test_suspects_are_taken_by_themselves_and_those_cut_off_least_first(jobs_database: str) -> None:
    async def story(store: DueStore, database: Database) -> None:
        first, second, third = (order(1, number) for number in (1, 2, 3))
        await store.add([first, second, third])
        await cut_off(database, SUSPECT, second.record_id)
        await cut_off(database, SUSPECT + 1, first.record_id)
        assert [one.wanted for one in await store.take(first.account, 10)] == [third]
        assert [one.wanted for one in await store.take(first.account, 1, suspects=True)] == [second]
        assert [one.wanted for one in await store.take(first.account, 1, suspects=True)] == [first]  # both 4 by now
        begun = {row["record_id"]: row["begun"] for row in await rows(database, "cpqbridge.due")}
        assert begun == {third.record_id: 1, second.record_id: SUSPECT + 1, first.record_id: SUSPECT + 2}

    run(jobs_database, story)


@pytest.mark.parametrize("seed", range(4))
def test_only_who_ends_its_workers_is_given_up(jobs_database: str, seed: int) -> None:
    """Life after life of a process: all that it had taken is cut off when it came to the poison."""
    chance = random.Random(seed)
    poison = order(2, 2)

    async def story(store: DueStore, database: Database) -> None:
        wanted = [order(account, number) for account in range(6) for number in range(3)]
        await store.add(wanted)
        ended: dict[str, Outcome] = {}

        async def live() -> None:
            """Do what a process does that works on four accounts at once, until it dies or nothing is due."""
            accounts = sorted({row["account"] for row in await rows(database, "cpqbridge.due")})
            chance.shuffle(accounts)
            at_once = [store.take(account, chance.randint(1, 3)) for account in accounts[:4]]
            taken = [due for some in await asyncio.gather(*at_once) for due in some]
            if any(due.wanted == poison for due in taken):
                return
            await settle(taken)
            for account in accounts:
                suspects = await store.take(account, 1, suspects=True)
                if any(due.wanted == poison and due.begun <= GIVEN_UP for due in suspects):
                    return
                await settle(suspects)

        async def settle(taken: Sequence[Any]) -> None:
            for due in taken:
                ended[due.wanted.record_id] = Outcome.FAILED if due.begun > GIVEN_UP else Outcome.SYNCED
            await store.settle([Settled(due, ended[due.wanted.record_id]) for due in taken])

        lives = 0
        while len(ended) < len(wanted):
            lives += 1
            assert lives < 100
            await live()
        assert {key for key, outcome in ended.items() if outcome is Outcome.FAILED} == {poison.record_id}

    run(jobs_database, story)


@dataclass
class Fed:
    """What of a connection the work on accounts needs; who looks is told when it may."""

    due: DueStore
    may: asyncio.Event = field(default_factory=asyncio.Event)
    looking: list[set[str]] = field(default_factory=list)
    most: int = 0
    looks: int = 0

    @property
    def looker(self) -> Fed:
        return self

    def open_lane(self) -> Lane:
        return Lane.BACKFILL

    def on_settled(self, _settled: Settled, _seconds: float) -> None:
        """Need not be told."""

    async def orders(self, numbers: dict[str, str], *, stopping: Callable[[], bool]) -> dict[str, Looked]:
        del stopping
        self.looks += 1
        self.looking.append(set(numbers))
        self.most = max(self.most, len(self.looking))
        await self.may.wait()
        self.looking.remove(set(numbers))
        return {key: Looked(SyncResult(number, "Order", key, Outcome.UNCHANGED)) for key, number in numbers.items()}


def test_a_process_works_on_one_suspect_at_a_time_whatever_its_connection(jobs_database: str) -> None:
    async def story(store: DueStore, database: Database) -> None:
        suspects = [order(account, number) for account in range(3) for number in range(2)]
        others = [order(account, 1) for account in (7, 8)]
        await store.add([*suspects, *others])
        await cut_off(database, SUSPECT, *(one.record_id for one in suspects))
        fed, alone = Fed(store), Alone()
        works = [AccountWork(cast(Connection, fed), alone=alone) for _ in range(2)]
        accounts = sorted({one.account for one in (*suspects, *others)})
        running = [asyncio.ensure_future(works[place % 2].account(one)) for place, one in enumerate(accounts)]
        await until(lambda: len(fed.looking) == 3)  # both others, and one suspect
        fed.may.set()
        await asyncio.gather(*running)
        assert fed.most == 3
        left = await rows(database, "cpqbridge.due")
        assert sorted(row["begun"] for row in left) == [SUSPECT] * 5  # nobody waited for the one that was looked at
        for _ in left:
            await asyncio.gather(*(works[0].account(account) for account in accounts))
        assert await rows(database, "cpqbridge.due") == []
        assert fed.most == 3

    run(jobs_database, story)


def test_a_suspect_does_not_wait_until_all_else_of_its_account_is_done(jobs_database: str) -> None:
    async def story(store: DueStore, database: Database) -> None:
        suspect = order(1, 9999)
        others = [order(1, number) for number in range(3 * MOST)]
        await store.add([suspect, *others])
        await cut_off(database, SUSPECT, suspect.record_id)
        fed = Fed(store)
        fed.may.set()
        await AccountWork(cast(Connection, fed)).account(suspect.account)
        left = {row["record_id"] for row in await rows(database, "cpqbridge.due")}
        assert suspect.record_id not in left
        assert len(left) == 2 * MOST

    run(jobs_database, story)


def test_jobs_say_whether_their_account_has_suspects(jobs_database: str) -> None:
    async def story(store: DueStore, database: Database) -> None:
        suspect, other = order(1, 1), order(2, 1)
        await store.add([suspect, other])
        await cut_off(database, SUSPECT, suspect.record_id)
        await store.wake()
        jobs = await rows(database, "cpqbridge_jobs.procrastinate_jobs")
        assert {job["args"]["account"]: job["args"]["suspects"] for job in jobs} == {
            suspect.account: True,
            other.account: False,
        }

    run(jobs_database, story)


class Away(DueStore):
    """A store whose database goes away while work is under way."""

    away = False

    async def settle(self, settled: Sequence[Settled]) -> None:
        if self.away:
            raise RetryLater("CPQ-101", "The database does not answer")
        await super().settle(settled)


def test_a_database_that_goes_away_is_no_records_fault(jobs_database: str) -> None:
    async def story(store: DueStore, database: Database) -> None:
        store = Away(database, store._scope, store._queue)
        wanted = [order(1, number) for number in range(2)]
        await store.add(wanted)
        fed = Fed(store)
        fed.may.set()
        work = AccountWork(cast(Connection, fed))
        for _ in range(2):
            store.away = True
            with pytest.raises(RetryLater):
                await work.account(wanted[0].account)
            with pytest.raises(RetryLater):
                await work.give_back()
            assert {row["begun"] for row in await rows(database, "cpqbridge.due")} == {1}
            store.away = False
            await work.give_back()
            assert {row["begun"] for row in await rows(database, "cpqbridge.due")} == {0}
        await work.account(wanted[0].account)
        await work.give_back()
        assert await rows(database, "cpqbridge.due") == []

    run(jobs_database, story)


def test_an_ending_that_cannot_be_noted_is_not_worked_for_again_and_again(jobs_database: str) -> None:
    """A database may take what is begun, and not what has ended: then looks cost calls, and lead to nothing."""

    async def story(store: DueStore, database: Database) -> None:
        store = Away(database, store._scope, store._queue)
        one = order(1, 1)
        await store.add([one])
        await cut_off(database, SUSPECT + 1, one.record_id)
        fed = Fed(store)
        fed.may.set()
        work = AccountWork(cast(Connection, fed))
        store.away = True
        for _ in range(6):
            with pytest.raises(RetryLater):
                await work.account(one.account)
        assert fed.looks == 1
        store.away = False
        await work.give_back()
        [row] = await rows(database, "cpqbridge.due")
        assert row["begun"] == SUSPECT + 1, "what is known of it outlives the outage"

    run(jobs_database, story)


def test_who_is_cancelled_while_the_database_is_away_gives_back_later(jobs_database: str) -> None:
    async def story(store: DueStore, database: Database) -> None:
        store = Away(database, store._scope, store._queue)
        one = order(1, 1)
        await store.add([one])
        fed = Fed(store)
        work = AccountWork(cast(Connection, fed))
        store.away = True
        running = asyncio.ensure_future(work.account(one.account))
        await until(lambda: bool(fed.looking))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        store.away = False
        await work.give_back()
        assert [row["begun"] for row in await rows(database, "cpqbridge.due")] == [0]

    run(jobs_database, story)


POISONED = """
import os, sys
from cpqbridge.sync.batch import Batch

plan = Batch.plan_order

def poisoned(self, order):
    if order["OrderNumber"] == os.environ["POISON"]:
        os._exit(70)
    return plan(self, order)

Batch.plan_order = poisoned
sys.argv = ["cpqbridge", "worker"]
from cpqbridge.cli.main import run
run()
"""


def test_one_order_ends_its_process_again_and_again_and_all_others_are_carried_over(
    stage: Stage, tmp_path: Path
) -> None:
    product = stage.world.product()
    accounts = [stage.world.account(f"Customer {number}") for number in range(5)]
    numbers = [stage.world.order(account, [Line(product)]) for account in accounts for _ in range(3)]
    poison = numbers[4]
    ports = (url.rpartition(":")[2] for url in (stage.sandbox.salesforce_url, stage.sandbox.zuora_url))
    names = ("CPQBRIDGE_SANDBOX_SALESFORCE_PORT", "CPQBRIDGE_SANDBOX_ZUORA_PORT")
    given = dict(zip(names, ports, strict=True)) | {
        "POISON": poison,
        "CPQBRIDGE_DATABASE_URL": stage.url,
        "CPQBRIDGE_WORKER_TAKEOVER_SECONDS": "3",
        "CPQBRIDGE_WORKER_CONCURRENCY": "4",
    }

    async def make_due() -> None:
        async with stage.engine() as engine:
            await engine.connections[0].due.add([])
            wanted = await stage.orders(engine.connections[0])
        async with due_store(stage.url, engine.connections[0].due._scope) as (store, _):
            await store.add(wanted)

    def asked(query: str) -> list[Any]:
        with psycopg.connect(stage.url) as session:
            return session.execute(query.encode()).fetchall()

    def outcomes() -> dict[str, str]:
        return dict(asked("SELECT number, outcome FROM cpqbridge.seen WHERE object = 'Order' ORDER BY at"))

    asyncio.run(make_due())
    deaths = 0
    with (tmp_path / "worker.log").open("w") as said:
        while len(outcomes()) < len(numbers):
            worker = subprocess.Popen(
                [sys.executable, "-c", POISONED], cwd=tmp_path, env={**os.environ, **given}, stdout=said, stderr=said
            )
            try:
                deaths += asyncio.run(_died(worker, lambda: len(outcomes()) == len(numbers)))
            finally:
                worker.kill()
                worker.wait()
    found = outcomes()
    assert list(found)[-1] == poison, found
    assert found.pop(poison) == "failed"
    assert set(found.values()) <= {"synced", "unchanged"}
    assert asked("SELECT count(*) FROM cpqbridge.record WHERE code = 'CPQ-903'") == [(1,)]
    assert stage.both.counts()["order"] == len(numbers) - 1
    assert deaths == GIVEN_UP


async def _died(worker: subprocess.Popen[bytes], done: Callable[[], bool]) -> bool:
    """Wait until a process has died of the poison, or all is done; return whether it died."""
    await until(lambda: worker.poll() is not None or done(), 2 * LONGEST)
    if worker.poll() is None:
        return False
    assert worker.returncode == 70, "it ended for another reason: its log says which"
    return True
