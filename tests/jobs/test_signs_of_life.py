"""Signs of life: a process that ends in order is alive to its end, and an outage is waited for."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from typing import Any, cast

import psycopg
import pytest
import structlog
from procrastinate import PsycopgConnector
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from cpqbridge.errors import RetryLater
from cpqbridge.history.database import open_database
from cpqbridge.jobs.due import DueStore
from cpqbridge.jobs.engine import _queue, open_engine
from cpqbridge.jobs.process import Processes
from cpqbridge.jobs.work import AccountWork
from cpqbridge.settings.database import DatabaseSettings
from tests.jobs.conftest import LONGEST, Stage, rows, until
from tests.world import Line

DELAY_MS = 6000
"""Twice the time after which a silent worker's jobs are taken over in these tests."""

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

ADD_SILENT = """
    INSERT INTO cpqbridge_jobs.procrastinate_workers (last_heartbeat)
    VALUES ('2026-01-01T00:00Z'), ('2026-01-01T00:00Z') RETURNING id
"""


def test_the_jobs_of_a_process_that_stops_in_order_are_left_to_it(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])
    stage.both.fault("delay", path="/v1/orders", times=1, delay_ms=DELAY_MS)

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            async with stage.engine() as engine:
                connection = engine.connections[0]
                await connection.due.add(await stage.orders(connection))
                engine.wake(connection)

                async def ordering() -> bool:
                    begun = await rows(connection.database, "cpqbridge.operation")
                    return any(row["path"] == "/v1/orders" for row in begun)

                await until(ordering)
                other = await stack.enter_async_context(stage.engine())
            listed = [row for row in await rows(other.database, "cpqbridge.record") if row["kind"] == "Order"]
            assert [row["outcome"] for row in listed] == ["synced"]

    with structlog.testing.capture_logs() as said:
        asyncio.run(scenario())
    assert not [one for one in said if "taken over" in one["event"]]
    assert stage.both.counts()["order"] == 1


def test_a_sign_of_life_is_one_of_the_workers_too(jobs_database: str) -> None:
    async def scenario() -> None:
        async with open_database(DatabaseSettings.at(jobs_database), "test") as database:
            with psycopg.connect(jobs_database, autocommit=True) as other:
                added = other.execute(ADD_SILENT).fetchall()
            mine, others = (number for (number,) in added)
            await Processes(database, "worker", 3).alive([mine])
            workers = {row["id"]: row for row in await rows(database, "cpqbridge_jobs.procrastinate_workers")}
            assert workers[mine]["last_heartbeat"] > workers[others]["last_heartbeat"] == LONG_AGO
            [process] = await rows(database, "cpqbridge.process")
            assert process["workers"] == [mine]

    asyncio.run(scenario())


def test_a_queue_that_gets_no_connection_says_that_the_database_does_not_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_pool: AsyncConnectionPool, **_options: Any) -> None:
        raise PoolTimeout("pool initialization incomplete after 30 sec")

    async def scenario() -> None:
        async with stage.engine() as engine:
            monkeypatch.setattr(AsyncConnectionPool, "open", nobody)
            with pytest.raises(RetryLater, match="CPQ-101"):
                await engine._working(engine.connections[0])()

    asyncio.run(scenario())


WAITING = """
    SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'cpqbridge other'
"""


def test_who_stands_still_in_the_midst_of_fetching_a_job_holds_up_nobody_for_long(stage: Stage) -> None:
    stage.world.order(stage.world.account(), [Line(stage.world.product())])

    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            still = await stack.enter_async_context(open_engine(stage.settings()))
            other = await stack.enter_async_context(open_database(DatabaseSettings.at(stage.url), "other"))
            connection = still.connections[0]
            await connection.due.add(await stage.orders(connection))
            assert await connection.due.wake() == 1
            await still.processes.alive()
            app = await stack.enter_async_context(_queue(still.database, AccountWork(connection)))
            pool = cast(PsycopgConnector, app.connector).pool
            stack.enter_context(suppress(psycopg.OperationalError))  # it is ended, and finds out when it goes on
            half = await stack.enter_async_context(pool.connection())
            await half.execute("UPDATE procrastinate_jobs SET status = 'doing'")  # and there it stands
            waking = asyncio.ensure_future(DueStore(other, connection.scope, connection.queue).wake())

            async def waits() -> bool:
                with psycopg.connect(stage.url, autocommit=True) as looking:
                    return looking.execute(WAITING).fetchone() is not None

            await until(waits)
            await Processes(other, "worker", 0).take_over([connection.queue])
            async with asyncio.timeout(LONGEST):
                await waking

    asyncio.run(scenario())
