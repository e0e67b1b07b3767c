"""Opens what back-fills need: only the database to look at them, and one connection with an engine to carry them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.database import open_database
from cpqbridge.jobs.backfill.reading import BackfillReader
from cpqbridge.jobs.backfill.run import BackfillRun, Tell
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore
from cpqbridge.jobs.engine import Engine, open_engine
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import scope_of

SERVING = frozenset({"serve", "worker"})
"""Processes that work through what is due for as long as they run."""


@dataclass(frozen=True, slots=True)
class Backfills:
    """The back-fills of all connections that are looked at.

    Attributes:
        stores: The back-fills of each, by the connection's name.
    """

    stores: dict[str, BackfillStore]

    async def find(self, number: int) -> tuple[str, BackfillStore, Backfill]:
        """Return a back-fill, with its connection and where it is kept.

        Raises:
            FixConfiguration: CPQ-313, there is none of this number.
        """
        for name, store in self.stores.items():
            found = await store.find(number)
            if found is not None:
                return name, store, found
        raise FixConfiguration("CPQ-313", f"There is no back-fill {number}")


@asynccontextmanager
async def open_backfills(settings: Settings, connection: str | None = None) -> AsyncIterator[Backfills]:
    """Open the database alone.

    Args:
        settings: The whole configuration.
        connection: Only those of this connection; by default of all.

    Raises:
        CpqBridgeError: There is no such connection (CPQ-311), or the database cannot be used.
    """
    names = [connection] if connection else settings.connection_names()
    scopes = {name: scope_of(settings.connection(name)) for name in names}
    async with open_database(settings.database) as database:
        yield Backfills({name: BackfillStore(database, scope) for name, scope in scopes.items()})


@dataclass(frozen=True, slots=True)
class Carrying:
    """One connection, open to carry back-fills.

    Attributes:
        store: Its back-fills.
        reader: Reads their records.
        engine: Works through what is due.
    """

    store: BackfillStore
    reader: BackfillReader
    engine: Engine

    async def served(self) -> bool:
        """Return whether a service or a worker runs already on this database."""
        return any(one.kind in SERVING for one in await self.engine.processes.living())

    async def carry(self, backfill: Backfill, tell: Tell) -> Backfill:
        """Carry a back-fill to its end, or until it is paused (see `BackfillRun.run`)."""
        run = BackfillRun(self.store, self.reader, self.engine.run, self.served, tell)
        return await run.run(backfill)


@asynccontextmanager
async def open_carrying(settings: Settings, name: str) -> AsyncIterator[Carrying]:
    """Open all that back-fills of a connection need: an engine, which works through what is due of all connections.

    Args:
        settings: The whole configuration.
        name: The connection.

    Raises:
        CpqBridgeError: A secret is missing, or the database cannot be used.
    """
    async with open_engine(settings, kind="backfill") as engine:
        connection = next(one for one in engine.connections if one.name == name)
        store = BackfillStore(engine.database, connection.scope)
        yield Carrying(store, BackfillReader(connection.clients.salesforce, store), engine)
