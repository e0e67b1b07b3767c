"""What tests of the service share: what is due, and an engine over the sandbox with a database of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from cpqbridge.history.database import Database, open_database
from cpqbridge.jobs.connection import Connection, Hooks
from cpqbridge.jobs.due import DueStore, Wanted, queue_of
from cpqbridge.jobs.engine import Engine, open_engine
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.worker import WorkerSettings
from tests.sandboxes import Lend
from tests.sync.conftest import Both

SCOPE = "https://org > https://tenant"
LONGEST = 60.0
"""Seconds after which a condition that is waited for counts as missed."""


async def until(condition: Callable[[], Any], seconds: float = LONGEST) -> None:
    """Wait until a condition holds; it may be a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def jobs_database(database_url: str) -> str:
    """Give the address of a database without jobs."""
    return database_url


@asynccontextmanager
async def due_store(url: str, scope: str = SCOPE) -> AsyncIterator[tuple[DueStore, Database]]:
    async with open_database(DatabaseSettings.at(url), "test") as database:
        yield DueStore(database, scope, queue_of(scope)), database


async def rows(database: Database, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table of the service."""
    found = await database.run(lambda one: one.execute(text(f"SELECT * FROM {table}")).mappings().all())  # noqa: S608
    return [dict(row) for row in found]


class Stage:
    """The sandbox, and engines over it."""

    def __init__(self, sandbox: LocalSandbox, url: str) -> None:
        self.both = Both(sandbox, url)
        self.sandbox = sandbox
        self.url = url

    @property
    def world(self) -> Any:
        return self.both.world

    def settings(self, *, worker: dict[str, Any] | None = None, **options: Any) -> Settings:
        chosen = WorkerSettings(**{"takeover_seconds": 3, "concurrency": 8, **(worker or {})})
        return self.both.settings(**options).model_copy(update={"worker": chosen})

    @asynccontextmanager
    async def engine(self, settings: Settings | None = None, hooks: Hooks | None = None) -> AsyncIterator[Engine]:
        """Run an engine until the end of the block; it is stopped as by Ctrl-C."""
        async with open_engine(settings or self.settings(), hooks=lambda _: hooks or Hooks()) as engine:
            stop = asyncio.Event()
            running = asyncio.ensure_future(engine.run(stop))
            try:
                yield engine
            finally:
                stop.set()
                await running

    async def orders(self, connection: Connection) -> list[Wanted]:
        """Return all orders of the org, as they are made due."""
        found = await connection.clients.salesforce.query("SELECT Id, OrderNumber, AccountId FROM Order")
        return [Wanted("Order", row["Id"], row["AccountId"], row["OrderNumber"]) for row in found]

    async def settled(self, connection: Connection) -> None:
        """Wait until nothing is due now."""

        async def nothing_due() -> bool:
            return not any((await connection.due.waiting()).values())

        await until(nothing_due)

    async def work(self, engine: Engine, *wanted: Wanted) -> None:
        """Make records due and wait until they are settled."""
        connection = engine.connections[0]
        await connection.due.add(wanted)
        engine.wake(connection)
        await self.settled(connection)


@pytest.fixture
def make_stage(jobs_database: str, lend: Lend) -> Callable[[str], Stage]:
    return lambda seed: Stage(lend(seed), jobs_database)


@pytest.fixture
def stage(make_stage: Callable[[str], Stage]) -> Stage:
    """Both systems without records."""
    return make_stage("empty")


@pytest.fixture
def demo_stage(make_stage: Callable[[str], Stage]) -> Stage:
    """Both systems with the demo's records."""
    return make_stage("demo")
