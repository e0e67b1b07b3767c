"""Jobs that the queue takes to be in work at a worker that lives, and are not: they hold up nobody."""

from __future__ import annotations

import asyncio

import psycopg

from tests.jobs.conftest import Stage, rows, until
from tests.world import Line

STRAY = """
    INSERT INTO cpqbridge_jobs.procrastinate_jobs (queue_name, task_name, lock, args, status, worker_id)
    SELECT %(queue)s::text, 'cpqbridge.look', %(queue)s::text || ':' || %(account)s::text, '{}', 'doing', max(id)
    FROM cpqbridge_jobs.procrastinate_workers
"""


def test_a_job_whose_end_could_not_be_told_is_dropped(stage: Stage) -> None:
    account = stage.world.account()
    stage.world.order(account, [Line(stage.world.product())])

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]

            async def works() -> bool:
                return bool(await rows(connection.database, "cpqbridge_jobs.procrastinate_workers"))

            await until(works)
            with psycopg.connect(stage.url, autocommit=True) as session:
                session.execute("SET search_path TO cpqbridge_jobs, public")
                session.execute(STRAY, {"queue": connection.queue, "account": account})
                await connection.due.add(await stage.orders(connection))
                session.execute("UPDATE cpqbridge.due SET begun = 1")  # the work that the job stood for did not end
            engine.wake(connection)
            await until(lambda: stage.both.counts()["order"] == 1, 20)
            await stage.settled(connection)

            async def nothing_left() -> bool:
                return not await rows(connection.database, "cpqbridge_jobs.procrastinate_jobs")

            await until(nothing_left)

    asyncio.run(scenario())


def test_a_job_in_hand_is_left_alone(stage: Stage) -> None:
    product = stage.world.product()
    for number in range(3):
        stage.world.order(stage.world.account(f"Customer {number}"), [Line(product)])
    stage.both.fault("delay", path="/v1/orders", times=3, delay_ms=4000)

    async def scenario() -> None:
        async with stage.engine() as engine:
            connection = engine.connections[0]
            await stage.work(engine, *await stage.orders(connection))
            assert stage.both.counts()["order"] == 3
            listed = [row for row in await connection.history.list_records(limit=50) if row.kind == "Order"]
            assert len(listed) == 3  # nobody else began with one of them meanwhile

    asyncio.run(scenario())
