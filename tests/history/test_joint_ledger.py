"""Joint statements of the ledger and the locks, where somebody goes away, the session is lost, or a call fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import TextClause, text

from cpqbridge.errors import FixConfiguration, RetryLater
from cpqbridge.history import locks
from cpqbridge.history.database import Database, open_database
from cpqbridge.history.ledger import History
from cpqbridge.history.locks import DatabaseLocks
from cpqbridge.settings import DatabaseSettings
from cpqbridge.values import Outcome
from tests.jobs.conftest import until

ONE, TWO, THREE = (f"Order:80100000000000{number}AAA" for number in (1, 2, 3))
KEY = "account:001"
SOON = 10.0
"""Seconds within which what is to happen at once has happened."""

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


class Gate:
    """Lets a statement of the session go on only when it is opened; may make it fail once it is done."""

    def __init__(self, database: Database, statement: TextClause, error: Exception | None = None) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()
        self._statement, self._error = statement, error
        self._run = database.run_in_session

    async def run(self, statement: TextClause, parameters: Any) -> tuple[list[Any], str]:
        if statement is not self._statement:
            return await self._run(statement, parameters)
        self.reached.set()
        await self.opened.wait()
        got = await self._run(statement, parameters)
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return got


@asynccontextmanager
async def two_processes(settings: DatabaseSettings) -> AsyncIterator[tuple[Database, Database]]:
    async with AsyncExitStack() as stack:
        names = ("one", "two")
        first, second = [await stack.enter_async_context(open_database(settings, name)) for name in names]
        yield first, second


async def is_free(database: Database) -> bool:
    """Return whether another process gets the lock now."""
    got, session = await database.run_in_session(locks.TRY, {"keys": [f"|{KEY}"]})
    if got:
        await database.run_in_session(locks.RELEASE, {"keys": got, "sessions": [session]})
    return bool(got)


async def hold(held: DatabaseLocks, then: asyncio.Event, left: asyncio.Event | None = None) -> None:
    async with held.hold([KEY]):
        then.set()
        await (left or asyncio.Event()).wait()


def test_who_went_away_before_its_turn_takes_no_record_over(database: DatabaseSettings, database_url: str) -> None:
    async def scenario() -> None:
        async with two_processes(database) as (first, second):
            one, two = History(first, ""), History(second, "")
            run = await one.start_run("sync order", {})
            await one.begin_record(run, ONE, None)
            with psycopg.connect(database_url) as other:
                other.execute("SELECT FROM cpqbridge.fence WHERE record_key = %s FOR UPDATE", [ONE])
                slow = asyncio.ensure_future(one.begin_record(run, ONE, None))
                await until(lambda: first.run(lambda session: session.execute(WAITING).scalar_one()))
                gone = asyncio.ensure_future(one.begin_record(run, TWO, None))
                await asyncio.sleep(0)
                gone.cancel()
                await asyncio.wait([gone])
                attempt = await two.begin_record(run, TWO, None)
            await slow
            await one.begin_record(run, THREE, None)  # with or after what was asked for before
            await two.finish_record(attempt, outcome=Outcome.SYNCED)

    asyncio.run(scenario())


def test_a_release_of_a_lost_session_lets_go_of_nothing_in_the_next(
    database: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with two_processes(database) as (first, second):
            held = DatabaseLocks(first, "")
            late = Gate(first, locks.RELEASE)
            monkeypatch.setattr(first, "run_in_session", late.run)
            began, leave, again = asyncio.Event(), asyncio.Event(), asyncio.Event()
            lost = asyncio.ensure_future(hold(held, began, leave))
            await began.wait()
            leave.set()
            await late.reached.wait()
            pid = first._mark.split()[0]
            await second.run(lambda session: session.execute(text(f"SELECT pg_terminate_backend({pid}, 5000)")))
            lost.cancel()
            await asyncio.wait([lost])
            with pytest.raises(RetryLater):
                await hold(held, again)
            holding = asyncio.ensure_future(hold(held, again))
            await again.wait()
            late.opened.set()
            await first.run_in_session(locks.TRY, {"keys": []})  # after the release
            assert not await is_free(second)
            holding.cancel()
            await asyncio.wait([holding])
            assert await is_free(second)

    asyncio.run(scenario())


@pytest.mark.parametrize("error", [RetryLater("CPQ-101", "out of memory"), FixConfiguration("CPQ-306", "refused")])
def test_a_try_that_fails_when_it_has_got_locks_keeps_none(
    database: DatabaseSettings, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def scenario() -> None:
        async with two_processes(database) as (first, second):
            held = DatabaseLocks(first, "")
            failing = Gate(first, locks.TRY, error)
            failing.opened.set()
            monkeypatch.setattr(first, "run_in_session", failing.run)

            async def briefly(key: str) -> None:
                with suppress(type(error)):
                    async with held.hold([key]):
                        pass

            await asyncio.gather(briefly(KEY), briefly("another"))
            assert await is_free(second)

    asyncio.run(scenario())


def test_who_is_cancelled_twice_while_trying_keeps_no_lock(
    database: DatabaseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with two_processes(database) as (first, second):
            held = DatabaseLocks(first, "")
            late = Gate(first, locks.TRY)
            monkeypatch.setattr(first, "run_in_session", late.run)
            trying = asyncio.ensure_future(hold(held, asyncio.Event()))
            await late.reached.wait()
            for _ in range(2):
                trying.cancel()
                await asyncio.wait([trying], timeout=0.05)
            late.opened.set()
            await asyncio.wait([trying])
            await until(lambda: is_free(second), SOON)

    asyncio.run(scenario())
