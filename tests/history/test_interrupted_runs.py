"""Runs whose process is gone are ended as interrupted; those of a process that lives are left alone."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy import text

from cpqbridge.history.database import Database, open_database, session_name
from cpqbridge.history.ledger import History
from cpqbridge.history.processes import end_interrupted_runs, process_name
from cpqbridge.history.rows import RunDetail, RunId, RunRow
from cpqbridge.jobs.process import Processes
from cpqbridge.settings import DatabaseSettings
from tests.jobs.conftest import until

SILENT = 15.0


async def left_behind(settings: DatabaseSettings, process: str = "") -> RunId:
    """Return a run whose process has died in it, with one record begun."""
    async with open_database(settings, process or process_name()) as database:
        history = History(database, "")
        run = await history.start_run("sync order", {})
        await history.begin_record(run, "Order:801000000000001AAA", "00000105")
        return run


async def runs(database: Database) -> dict[RunId, RunRow]:
    return {RunId(one.id): one for one in await History(database, "").list_runs(limit=50)}


async def no_session(database: Database, process: str) -> None:
    """Wait until the server has seen that a process is gone."""
    query = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = :name")
    values = {"name": session_name(process)}

    async def gone() -> bool:
        return not await database.run(lambda one: one.execute(query, values).scalar_one())

    await until(gone)


def test_a_run_whose_process_is_gone_is_ended(database: DatabaseSettings) -> None:
    async def scenario() -> None:
        gone = process_name()
        dead = await left_behind(database, gone)
        async with open_database(database, process_name()) as opened:
            history = History(opened, "")
            alive = await history.start_run("sync products", {})
            await no_session(opened, gone)
            assert await end_interrupted_runs(opened, SILENT) == 1
            found = await runs(opened)
            assert (found[dead].interrupted, found[alive].interrupted, found[alive].ended_at) == (True, False, None)
            shown = await history.show(dead)
            assert isinstance(shown, RunDetail)
            assert (shown.interrupted, shown.ended_at) == (True, shown.records[0].started_at)
            assert await end_interrupted_runs(opened, SILENT) == 0

    asyncio.run(scenario())


def test_a_run_without_records_ends_when_it_began(database: DatabaseSettings) -> None:
    async def scenario() -> None:
        gone = process_name()
        async with open_database(database, gone) as opened:
            run = await History(opened, "").start_run("sync order", {})
        async with open_database(database, process_name()) as opened:
            await no_session(opened, gone)
            await end_interrupted_runs(opened, SILENT)
            found = (await runs(opened))[run]
            assert found.ended_at == found.started_at

    asyncio.run(scenario())


def test_a_run_that_was_taken_for_dead_notes_its_own_end(database: DatabaseSettings) -> None:
    async def scenario() -> None:
        gone = process_name()
        run = await left_behind(database, gone)
        async with open_database(database, process_name()) as opened:
            await no_session(opened, gone)
            await end_interrupted_runs(opened, SILENT)
            await History(opened, "").end_run(run)
            found = (await runs(opened))[run]
            assert isinstance(found.ended_at, datetime)
            assert (found.interrupted, found.ended_at > found.started_at) == (False, True)

    asyncio.run(scenario())


def test_a_process_that_gives_signs_of_life_keeps_its_runs_until_it_is_silent(database: DatabaseSettings) -> None:
    async def scenario() -> None:
        gone = process_name()
        async with open_database(database, gone) as opened:
            await Processes(opened, "serve", SILENT).alive()
            run = await History(opened, "").start_run("auto sync", {})
        async with open_database(database, process_name()) as opened:
            await no_session(opened, gone)
            await Processes(opened, "serve", SILENT).take_over([])
            assert not (await runs(opened))[run].interrupted
            await Processes(opened, "serve", 0).take_over([])
            assert (await runs(opened))[run].interrupted

    asyncio.run(scenario())
