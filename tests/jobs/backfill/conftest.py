from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.history.database import Database, open_database
from cpqbridge.jobs.backfill.opening import Carrying, open_carrying
from cpqbridge.jobs.backfill.reading import BackfillReader
from cpqbridge.jobs.backfill.store import BackfillStore
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.worker import WorkerSettings
from cpqbridge.sync.connect import open_clients, scope_of
from tests.sandboxes import Lend
from tests.world import World


@dataclass
class Stage:
    """Both systems, and what reads and carries back-fills between them."""

    sandbox: LocalSandbox
    settings: Settings

    @property
    def world(self) -> World:
        return World(self.sandbox.org)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[tuple[BackfillStore, BackfillReader, Database]]:
        async with open_clients(self.settings) as clients, open_database(self.settings.database) as database:
            store = BackfillStore(database, scope_of(self.settings))
            yield store, BackfillReader(clients.salesforce, store), database

    def carrying(self) -> AbstractAsyncContextManager[Carrying]:
        return open_carrying(self.settings, "default")

    def orders(self) -> list[str]:
        """Return the numbers of the orders that Zuora has."""
        return sorted(row["orderNumber"] for row in self.sandbox.tenant.store.rows("order"))


MakeStage = Callable[[str], Stage]


@pytest.fixture
def make_stage(database_url: str, lend: Lend) -> MakeStage:
    def make(seed: str) -> Stage:
        sandbox = lend(seed)
        ports = (int(url.rpartition(":")[2]) for url in (sandbox.salesforce_url, sandbox.zuora_url))
        changes = {
            "database": DatabaseSettings.at(database_url),
            "worker": WorkerSettings(takeover_seconds=3, concurrency=3),
        }
        return Stage(sandbox, sandbox_settings(*ports).model_copy(update=changes))

    return make


@pytest.fixture
def demo(make_stage: MakeStage) -> Stage:
    """Both systems with the demo's records."""
    return make_stage("demo")


@pytest.fixture
def empty(make_stage: MakeStage) -> Stage:
    """Both systems without records."""
    return make_stage("empty")
