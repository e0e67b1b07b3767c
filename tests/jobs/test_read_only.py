"""A database that takes no writes for a while: what was opened meanwhile would take none for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from cpqbridge.errors import RetryLater
from cpqbridge.history.database import open_database
from cpqbridge.settings.database import DatabaseSettings
from tests.jobs.conftest import Stage, until
from tests.world import Line

WRITE = text("INSERT INTO cpqbridge.circuit SELECT * FROM cpqbridge.circuit")
LOCK = text("SELECT pg_try_advisory_lock(4711)")


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Let new sessions take no writes until the end of the block; there are no others."""
    with psycopg.connect(url, autocommit=True) as other:
        name = sql.Identifier(other.info.dbname)
        other.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only TO on").format(name))
        try:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            yield
        finally:
            other.execute("SET default_transaction_read_only TO off")
            other.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))


def test_a_service_writes_again_when_the_database_does(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            orders = await stage.orders(connection)
            await until(lambda: "worker default" in engine.tasks and engine.processes.writes)
            with read_only(stage.url):
                await until(lambda: not engine.processes.writes)
            await until(lambda: engine.processes.writes, 20)

            async def added() -> bool:
                try:
                    await connection.due.add(orders)
                except RetryLater:
                    return False
                return True

            await until(added, 20)
            engine.wake(connection)
            await until(lambda: stage.both.counts()["order"] == 1)
            await stage.settled(connection)

    asyncio.run(scenario())


@pytest.mark.parametrize("together", [False, True])
def test_a_connection_that_takes_no_writes_is_not_used_again(jobs_database: str, together: bool) -> None:
    async def scenario() -> None:
        async with open_database(DatabaseSettings.at(jobs_database), "test") as database:
            write = database.transact if together else database.run
            _, before = await database.run_in_session(LOCK, {})
            await database.run(lambda one: one.execute(text("SET default_transaction_read_only TO on")))
            with pytest.raises(RetryLater, match="CPQ-101"):
                await write(lambda one: one.execute(WRITE))
            await write(lambda one: one.execute(WRITE))
            [got], after = await database.run_in_session(LOCK, {})  # the locks may have been those of a replica
            assert got
            assert after != before

    asyncio.run(scenario())


def test_locks_are_held_only_where_something_can_be_written(jobs_database: str) -> None:
    async def scenario() -> None:
        async with open_database(DatabaseSettings.at(jobs_database), "test") as database:
            with read_only(jobs_database):
                with pytest.raises(RetryLater):
                    await database.run_in_session(LOCK, {})
                with pytest.raises(RetryLater, match="takes no writes"):
                    await database.run_in_session(LOCK, {})
            assert (await database.run_in_session(LOCK, {}))[0] == [True]

    asyncio.run(scenario())
