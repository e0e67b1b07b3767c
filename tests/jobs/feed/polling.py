"""A poll of the sandbox's org over real HTTP, with a database of its own, and ways to look at what it makes due."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.history.database import Database, open_database
from cpqbridge.jobs.due import DueStore, queue_of
from cpqbridge.jobs.feed.poll import Poller
from cpqbridge.sandbox.salesforce.cpq.records import add
from cpqbridge.sandbox.salesforce.visibility import reshape
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.auto_sync import AutoSyncSettings
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients, open_clients, scope_of
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from tests.world import World

ONCE = Wiring(policy=NEVER)
"""Nothing is sent a second time."""


@dataclass(frozen=True)
class Connection:
    """What of a connection a poll needs."""

    settings: Settings
    clients: Clients
    database: Database
    due: DueStore
    scope: str


@dataclass
class Feed:
    """A poller and what it feeds."""

    poller: Poller
    connection: Connection

    async def due(self) -> dict[tuple[str, str], Any]:
        """Return what is due, by object and id."""
        sql = text("SELECT object, record_id, number, account, reason, version FROM cpqbridge.due")
        rows = await self.connection.database.run(lambda connection: connection.execute(sql).all())
        return {(row.object, row.record_id): row for row in rows}

    async def new(self) -> set[tuple[str, str]]:
        """Poll, and return what is due then; it is due no more afterwards."""
        await self.poller.poll()
        return await self.taken()

    async def taken(self) -> set[tuple[str, str]]:
        """Return what is due, and take it away."""
        found = set(await self.due())
        await self.connection.database.run(lambda connection: connection.execute(text("DELETE FROM cpqbridge.due")))
        return found

    async def arrive(self, *records: tuple[str, str]) -> None:
        """Let records have come to their outcome."""
        sql = text("INSERT INTO cpqbridge.seen (scope, object, record_id, outcome) VALUES (:scope, :o, :id, 'synced')")
        rows = [{"scope": self.connection.scope, "o": name, "id": record_id} for name, record_id in records]
        await self.connection.database.run(lambda connection: connection.execute(sql, rows))

    async def all_turns(self) -> set[tuple[str, str]]:
        """Poll until every object has had its turn; returns what is due then, and takes it away."""
        for _ in range(10):
            await self.poller.poll()
        return await self.taken()


class Stage:
    """The sandbox, and polls of it."""

    def __init__(self, sandbox: LocalSandbox, database_url: str) -> None:
        self.sandbox = sandbox
        self.world = World(sandbox.org)
        self._database_url = database_url

    def settings(self, options: Options | None = None, **auto_sync: Any) -> Settings:
        ports = (int(url.rpartition(":")[2]) for url in (self.sandbox.salesforce_url, self.sandbox.zuora_url))
        changes = {
            "database": DatabaseSettings.at(self._database_url),
            "auto_sync": AutoSyncSettings(**auto_sync),
            "options": options or Options(),
        }
        return sandbox_settings(*ports).model_copy(update=changes)

    @asynccontextmanager
    async def feed(
        self,
        wiring: Wiring | None = None,
        options: Options | None = None,
        poller: dict[str, Any] | None = None,
        **more: Any,
    ) -> AsyncIterator[Feed]:
        """Open a poll as after a start of the service."""
        settings = self.settings(options, **more)
        async with (
            open_database(settings.database) as database,
            open_clients(settings, wiring=wiring) as clients,
        ):
            scope = scope_of(settings)
            connection = Connection(settings, clients, database, DueStore(database, scope, queue_of(scope)), scope)
            yield Feed(Poller(connection, **(poller or {})), connection)

    @contextmanager
    def ago(self, seconds: float) -> Iterator[None]:
        """Let the org write what is written meanwhile with stamps of so long ago."""
        store = self.sandbox.org.store
        clock = store.clock
        store.clock = lambda: datetime.now(UTC) - timedelta(seconds=seconds)
        try:
            yield
        finally:
            store.clock = clock

    def update(self, sobject: str, record_id: str, **values: Any) -> None:
        self.sandbox.org.store.update(sobject, record_id, values, system=True)

    def touch(self, sobject: str, record_id: str, seconds: float = 0) -> None:
        """Give a record a new stamp, of so long ago."""
        with self.ago(seconds):
            self.update(sobject, record_id)

    def find(self, sobject: str, field: str, value: Any) -> list[dict[str, Any]]:
        return self.sandbox.org.store.find(sobject, field, value)

    def order(self, number: str) -> str:
        """Return the id of an order by its number."""
        return str(self.find("Order", "OrderNumber", number)[0]["Id"])

    def draft(self, account: str, **more: Any) -> str:
        """Return the id of a new order that is a draft."""
        base = {"AccountId": account, "Status": "Draft", "EffectiveDate": "2026-02-01", "Pricebook2Id": self.world.book}
        return add(self.sandbox.org, "Order", {**base, **more})

    def activated(self, account: str, count: int, *, seconds: float = 0, **more: Any) -> list[str]:
        """Return the ids of new orders without products, activated, all with one stamp of so long ago."""
        store = self.sandbox.org.store
        moment = store.clock() - timedelta(seconds=seconds)
        clock, store.clock = store.clock, lambda: moment
        try:
            ids = [self.draft(account, **more) for _ in range(count)]
            for one in ids:
                self.update("Order", one, Status="Activated")
        finally:
            store.clock = clock
        return ids

    def calls(self) -> list[dict[str, Any]]:
        """Return the API calls that the org got, without sign-ins."""
        listed = httpx.get(f"{self.sandbox.salesforce_url}/_sandbox/requests", timeout=30).json()
        return [one for one in listed if one["path"].startswith("/services/data")]

    def hide(self, *fields: str) -> None:
        """Hide fields from the user, named `Object.Field`."""
        org = self.sandbox.org
        org.settings.hidden_fields = fields
        reshape(org.store, org.settings)

    def fault(self, times: int = 1, **fault: Any) -> None:
        rule = {"match": {"path": "/services/data/*/composite"}, "times": times, **fault}
        httpx.post(f"{self.sandbox.salesforce_url}/_sandbox/faults", json=[rule], timeout=30).raise_for_status()


def orders(ids: list[str]) -> set[tuple[str, str]]:
    """Return orders as what is due is named."""
    return {("Order", one) for one in ids}
