"""A named connection that is open: both systems, the ledger, and what is due."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import cpqbridge
from cpqbridge.history.database import Database
from cpqbridge.history.ledger import History
from cpqbridge.jobs.canary import Canary
from cpqbridge.jobs.due import DueStore, Lane, Settled, queue_of
from cpqbridge.jobs.limits.board import SharedLimits, Shares
from cpqbridge.planning import fingerprint
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.carry import Carrier
from cpqbridge.sync.connect import Clients, Watch, carrier_of, open_clients, scope_of
from cpqbridge.sync.look import Looker
from cpqbridge.sync.run import Progress, untold
from cpqbridge.sync.service import SyncService
from cpqbridge.sync.write_back import written_fields
from cpqbridge.sync.write_back.at_end import after_jobs
from cpqbridge.transport.channel import Wiring

OnSettled = Callable[[Settled, float], None]
"""Told what became of a record, and how many seconds after it was due."""


def nobody(_settled: Settled, _seconds: float) -> None:
    """Tell nobody what became of a record."""


@dataclass(frozen=True, slots=True)
class Connection:
    """One pair of systems.

    Attributes:
        name: Its name in the configuration.
        settings: Its complete settings.
        scope: What names it in the database.
        queue: The queue of its jobs.
        clients: Both systems.
        database: The database, which all connections share.
        history: Its ledger.
        due: What is due of it.
        carrier: Carries records over.
        looker: Brings records up to date.
        shares: What is known of the limits of both systems.
        on_settled: Told what became of each record that was due.
    """

    name: str
    settings: Settings
    scope: str
    queue: str
    clients: Clients
    database: Database
    history: History
    due: DueStore
    carrier: Carrier
    looker: Looker
    shares: Shares
    on_settled: OnSettled = nobody

    def open_lane(self) -> Lane | None:
        """Return the last lane that work can go on in now; None while no work can be done at all."""
        if self.shares.trouble(Lane.LIVE) is not None:
            return None
        return Lane.BACKFILL if self.shares.trouble(Lane.BACKFILL) is None else Lane.LIVE

    @property
    def service(self) -> SyncService:
        """Carries records over that somebody has named."""
        return SyncService(self.carrier)

    async def renew(self) -> None:
        """Read anew, when it is needed again, what is kept of both systems: objects, catalog, billing rules.

        Raises:
            CpqBridgeError: It cannot be told now whether Zuora still has what was carried there.
        """
        self.carrier.reader.renew()
        self.clients.salesforce.forget_describes()
        await Canary(self.name, self.clients.zuora, self.due).look()


@dataclass(frozen=True, slots=True)
class Hooks:
    """Who is told of what goes on in a connection.

    Attributes:
        watch: Called after each HTTP exchange.
        progress: Called with each result.
        wiring: What the clients are plugged into.
        settled: Told what became of each record that was due.
    """

    watch: Watch | None = None
    progress: Progress = untold
    wiring: Wiring | None = None
    settled: OnSettled = nobody


NO_HOOKS = Hooks()

HooksOf = Callable[[Settings], Hooks]
"""Gives the hooks of a connection by its settings."""


def no_hooks(_settings: Settings) -> Hooks:
    """Tell nobody."""
    return NO_HOOKS


@asynccontextmanager
async def open_connections(
    settings: Settings, database: Database, limits: SharedLimits, hooks: HooksOf = no_hooks
) -> AsyncIterator[list[Connection]]:
    """Open all connections of a configuration; nothing is sent before the first call.

    Args:
        settings: The whole configuration.
        database: The open database.
        limits: What the process knows of the limits of all systems.
        hooks: Who is told, by the settings of a connection.

    Raises:
        CpqBridgeError: A secret is missing.
    """
    async with AsyncExitStack() as stack:
        opened = []
        for name in settings.connection_names():
            own = settings.connection(name)
            its = hooks(own)
            shares = limits.join(own)
            clients = await stack.enter_async_context(open_clients(own, its.watch, shares.wiring(its.wiring)))
            shares.probe_by(clients)
            connection = connect(name, own, clients, database, shares, its.progress)
            opened.append(replace(connection, on_settled=its.settled))
        yield opened


def connect(
    name: str, settings: Settings, clients: Clients, database: Database, shares: Shares, progress: Progress
) -> Connection:
    """Return a connection over open clients and an open database."""
    scope = scope_of(settings)
    queue = queue_of(scope)
    history = History(database, scope)
    due = DueStore(database, scope, queue, accounts=settings.auto_sync.accounts != "none")
    at_end = after_jobs(settings, database, scope)
    carrier = carrier_of(settings, clients, database, history, progress, at_end, settings.worker.concurrency)
    sections = (settings.options, settings.values, settings.mapping)
    rules = {"version": cpqbridge.__version__}  # a later one may plan otherwise
    digest = fingerprint.of_settings(rules, *(section.model_dump(mode="json") for section in sections))
    written = frozenset(field for fields in written_fields(settings).values() for field in fields)
    looker = Looker(carrier, due.fingerprints, digest, written)
    return Connection(name, settings, scope, queue, clients, database, history, due, carrier, looker, shares)
