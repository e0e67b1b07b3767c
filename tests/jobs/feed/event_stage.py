"""A feed of events between a Pub/Sub API that is played and a poll that only notes what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cpqbridge.errors import RetryLater
from cpqbridge.eventbus.pubsub_pb2 import CUSTOM
from cpqbridge.jobs.feed.event_follower import Pauses
from cpqbridge.jobs.feed.event_teller import Rhythm
from cpqbridge.jobs.feed.events import EventFeed
from cpqbridge.jobs.feed.hints import Hints
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.settings.settings import Settings
from tests.salesforce.events.bus import LOGIN, ORDERS, Bus, until

RHYTHM = Rhythm(apart=0.02, quiet=0.05, first=0.02, longest=0.1)
PAUSES = Pauses(first=0.02, longest=0.1, mend=0.05, longest_mend=0.1)


@dataclass
class Store:
    """Keeps cursors, as `DueStore` does."""

    values: dict[str, Any] = field(default_factory=dict)
    moves: int = 0

    async def add(self, wanted: list[Any], cursors: dict[str, Any]) -> int:
        assert not wanted
        await asyncio.sleep(0)
        self.moves += 1
        self.values |= cursors
        return 0

    async def cursor(self, name: str) -> Any:
        await asyncio.sleep(0)
        return self.values.get(name)

    def at(self, topic: str = ORDERS) -> int | None:
        """Return how many events of a topic are behind its position; None where it has none."""
        value = self.values.get(f"events:{topic}") or {}
        return int(value["replay_id"], 16) - 7_000 if value.get("replay_id") else None


@dataclass
class Poll:
    """Notes what it is told. `fails` hints are refused; `holds` keeps hints from ending."""

    told: list[Hints] = field(default_factory=list)
    fails: int = 0
    holds: asyncio.Event | None = None
    before: Callable[[], None] = lambda: None

    async def __call__(self, hints: Hints) -> None:
        self.told.append(hints)
        self.before()
        if self.holds:
            await self.holds.wait()
        if self.fails:
            self.fails -= 1
            raise RetryLater("CPQ-101", "Salesforce cannot be reached")

    def records(self, name: str = "Order") -> set[str]:
        """Return all records that were named."""
        return {one for hints in self.told for one in hints.get(name, ())}

    @property
    def everything(self) -> int:
        """How often all was to be looked at."""
        return sum(not hints for hints in self.told)


@dataclass
class Clients:
    salesforce: SalesforceClient


@dataclass
class Connection:
    settings: Settings
    clients: Clients
    due: Store


def settings(bus: Bus | None, folder: Path, login: str = LOGIN, **events: Any) -> Settings:
    """Settings that name the bus and trust its certificate."""
    chosen = {"topics": [ORDERS], **events}
    if bus:
        certificate = folder / "ca.pem"
        certificate.write_bytes(bus.ca.cert_pem.bytes())
        chosen = {"address": bus.endpoint.address, "ca_certificate": str(certificate), **chosen}
    document = {
        "salesforce": {"login_url": login, "client_id": "key"},
        "zuora": {"base_url": "https://rest.zuora.com", "client_id": "key"},
        "auto_sync": {"events": chosen},
    }
    return Settings.model_validate(document)


@dataclass
class Scene:
    """All that a test needs."""

    bus: Bus
    folder: Path
    store: Store = field(default_factory=Store)
    poll: Poll = field(default_factory=Poll)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    clients: list[SalesforceClient] = field(default_factory=list)

    def feed(self, rhythm: Rhythm = RHYTHM, own_fields: tuple[str, ...] = (), **events: Any) -> EventFeed:
        """Start a feed."""
        salesforce = self.bus.salesforce()
        self.clients.append(salesforce)
        connection = Connection(settings(self.bus, self.folder, **events), Clients(salesforce), self.store)
        feed = EventFeed(connection, self.poll, own_fields=own_fields, rhythm=rhythm, pauses=PAUSES)
        self.tasks.append(asyncio.ensure_future(feed.run()))
        return feed

    async def following(self, count: int = 1) -> None:
        """Wait until streams have begun, and the poll was told to look at everything where they are new."""
        await until(lambda: len(self.bus.started) >= count)
        await until(lambda: self.poll.told or self.bus.started[-1][1] == CUSTOM)

    async def stop(self) -> None:
        """Kill all feeds."""
        for task in self.tasks:
            task.cancel()
        ended = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
        for client in self.clients:
            await client.aclose()
        self.tasks, self.clients = [], []


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """A bus that answers, and no feed yet."""
    bus = Bus()
    await bus.start()
    one = Scene(bus, folder)
    try:
        yield one
    finally:
        await one.stop()
        await bus.stop()
