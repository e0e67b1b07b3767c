"""What tests of the watch share: a connection with a database and channels, without any system behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text

from cpqbridge.history.database import Database, open_database
from cpqbridge.jobs.due import DueStore, Lane, Settled, Wanted, queue_of
from cpqbridge.jobs.limits.circuit import CircuitState
from cpqbridge.settings.alerts import AlertSettings, Channel
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.zuora import ZuoraSettings
from cpqbridge.transport.clock import Clock
from cpqbridge.values import Outcome
from tests.alerts.conftest import mail_server, make_mail_server, make_receiver, receiver

__all__ = ["mail_server", "make_mail_server", "make_receiver", "receiver"]

SCOPE = "https://org.example > https://tenant.example"
KEY = "k-of-ops"


class FakeTime:
    """Time that only goes on when it is told to."""

    def __init__(self) -> None:
        self.moment = 1000.0
        self.clock = Clock(monotonic=lambda: self.moment)


@dataclass
class FakeCircuit:
    state: CircuitState = field(default_factory=CircuitState)


@dataclass
class FakeUpstream:
    system: str
    circuit: FakeCircuit = field(default_factory=FakeCircuit)
    budget: Any = None


@dataclass
class FakeShares:
    salesforce: FakeUpstream = field(default_factory=lambda: FakeUpstream("Salesforce"))
    zuora: FakeUpstream = field(default_factory=lambda: FakeUpstream("Zuora"))


@dataclass
class Watched:
    """Stands for a connection: real settings and database, and systems that are said to be up or down."""

    settings: Settings
    database: Database
    name: str = "default"
    scope: str = SCOPE
    shares: FakeShares = field(default_factory=FakeShares)
    time: FakeTime = field(default_factory=FakeTime)

    @property
    def due(self) -> DueStore:
        return DueStore(self.database, self.scope, queue_of(self.scope))

    def open_lane(self) -> Lane | None:
        up = not (self.shares.salesforce.circuit.state.open or self.shares.zuora.circuit.state.open)
        return Lane.BACKFILL if up else None

    async def ended(self, number: int, outcome: Outcome, code: str = "CPQ-403", message: str = "no address") -> None:
        """Let an order come to an outcome."""
        wanted = Wanted("Order", f"801{number:06d}", f"001{number:06d}", f"{number:08d}")
        await self.due.add([wanted])
        [row] = await self.due.take(wanted.account, 1)
        delay = None if outcome is Outcome.SYNCED else 86_400.0
        await self.due.settle([Settled(row, outcome, delay=delay, code=code, message=message)])

    async def value(self, sql: str, **values: Any) -> Any:
        statement = text(sql.replace("FROM ", "FROM cpqbridge.").replace("UPDATE ", "UPDATE cpqbridge."))
        return await self.database.run(
            lambda one: (result := one.execute(statement, values)).returns_rows and result.scalar()
        )

    async def back(self, hours: float) -> None:
        """Let all that was told and begun be longer ago."""
        for column in ("since", "ended_at"):
            await self.value(f"UPDATE incident SET {column} = {column} - make_interval(secs => :s)", s=hours * 3600)  # noqa: S608
        await self.value("UPDATE told SET at = at - make_interval(secs => :s)", s=hours * 3600)


MakeWatched = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture
def watched(database_url: str) -> MakeWatched:
    """Give a function that opens a connection with channels and alert settings."""

    @asynccontextmanager
    async def make(channels: dict[str, Channel] | None = None, **more: Any) -> AsyncIterator[Watched]:
        settings = Settings(
            salesforce=SalesforceSettings(
                login_url="https://acme.my.salesforce.com", client_id="a", client_secret=Secret.of("b")
            ),
            zuora=ZuoraSettings(base_url="https://rest.zuora.com", client_id="c", client_secret=Secret.of("d")),
            alerts=AlertSettings(channels=channels or {}, **more),
            database=DatabaseSettings.at(database_url),
        )
        async with open_database(settings.database) as database:
            yield Watched(settings, database)

    return make


def webhook(url: str, **more: Any) -> Channel:
    return Channel(kind="webhook", url=Secret.of(url), key=Secret.of(KEY), **more)
