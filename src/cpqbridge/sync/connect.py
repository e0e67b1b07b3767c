"""Opens both systems and the ledger from the settings, and closes them again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.tables import Tables
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.sharing import extra_condition
from cpqbridge.sync.apply import Applier
from cpqbridge.sync.batch import BatchReader
from cpqbridge.sync.carry import CONCURRENCY, Carrier
from cpqbridge.sync.planner import Planner
from cpqbridge.sync.products import CatalogReader, ProductSource
from cpqbridge.sync.removals import RemovalReader
from cpqbridge.sync.run import OnEnd, Progress, in_turn, untold
from cpqbridge.sync.service import SyncService
from cpqbridge.sync.target import ZuoraReader
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.exchange import Exchange
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.connection import ZuoraConnection

if TYPE_CHECKING:
    from cpqbridge.history.database import Database
    from cpqbridge.history.destinations import Destinations
    from cpqbridge.history.ledger import History

Say = Callable[[str], None]
"""Takes one line for people."""

Shared = Callable[[Settings, "Database", Wiring | None], Awaitable[Wiring]]
"""Gives what the clients of a connection are plugged into, so that limits are shared with other processes."""

Watch = Callable[[Exchange], None]
"""Called after each HTTP exchange with either system; for counting and logging."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Clients of both systems."""

    salesforce: SalesforceClient
    zuora: ZuoraClient


@asynccontextmanager
async def open_clients(
    settings: Settings, watch: Watch | None = None, wiring: Wiring | None = None
) -> AsyncIterator[Clients]:
    """Open clients of both systems; nothing is sent before the first call.

    Args:
        settings: The connections.
        watch: Called after each HTTP exchange.
        wiring: Clock and retry policy of both, for tests.

    Raises:
        FixConfiguration: CPQ-302, a secret is missing; CPQ-311, several connections and none of them chosen.
    """
    settings = settings.single()
    async with (
        SalesforceClient(SalesforceConnection.of(settings.salesforce), wiring, on_exchange=watch) as salesforce,
        ZuoraClient(ZuoraConnection.of(settings.zuora), wiring, on_exchange=watch) as zuora,
    ):
        yield Clients(salesforce, zuora)


@asynccontextmanager
async def open_planner(settings: Settings, *, watch: Watch | None = None) -> AsyncIterator[Planner]:
    """Open what showing plans needs; nothing is written anywhere."""
    async with open_clients(settings, watch) as clients:
        yield Planner(batch_reader(settings, clients), removal_reader(settings, clients))


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    progress: Progress | None = None,
    watch: Watch | None = None,
    wiring: Wiring | None = None,
    shared: Shared | None = None,
    say: Say = lambda _line: None,
) -> AsyncIterator[SyncService]:
    """Open everything that a command's sync needs.

    Args:
        settings: Connections, options, values and database.
        progress: Called with each result as soon as it is there.
        watch: Called after each HTTP exchange.
        wiring: Clock and retry policy of both clients, for tests.
        shared: Gives what the clients are plugged into, where limits are shared with other processes.
        say: Told what was done after a run.

    Raises:
        CpqBridgeError: A secret is missing, or the database cannot be used.
    """
    from cpqbridge.history.database import open_database  # the database libraries are loaded only where one is opened
    from cpqbridge.history.ledger import History
    from cpqbridge.history.processes import end_interrupted_runs, process_name

    scope = scope_of(settings)
    async with open_database(settings.database, process_name()) as database:
        await end_interrupted_runs(database, settings.worker.takeover_seconds)
        plugged = await shared(settings, database, wiring) if shared else wiring
        async with open_clients(settings, watch, plugged) as clients:
            history = History(database, scope)
            at_end = _at_end(settings, history, clients, database, say)
            yield SyncService(carrier_of(settings, clients, database, history, progress or untold, at_end))


def carrier_of(
    settings: Settings,
    clients: Clients,
    database: Database,
    history: History,
    progress: Progress,
    on_end: OnEnd,
    concurrency: int = CONCURRENCY,
) -> Carrier:
    """Return what carries records of a pair of systems over.

    Args:
        settings: The connection's.
        clients: Both systems.
        database: The database that all connections share.
        history: The connection's ledger in it.
        progress: Called with each result.
        on_end: Called after each run that came to its end.
        concurrency: Accounts that are worked on at once.
    """
    kept = destinations(settings, database)
    return Carrier(
        batch_reader(settings, clients),
        removal_reader(settings, clients),
        Applier(clients.zuora, history),
        history,
        progress,
        on_end,
        concurrency=concurrency,
        keep=kept.keep if kept else None,
    )


def _at_end(settings: Settings, history: History, clients: Clients, database: Database, say: Say) -> OnEnd:
    """Return what is done after a run: alerts and write-back; their libraries are loaded only where they are wanted."""
    steps: list[OnEnd] = []
    if settings.options.customer_alert_email:
        from cpqbridge.sync.alerting import Alerts

        steps.append(Alerts(settings, history).tell)
    if settings.write_back.enabled:
        from cpqbridge.sync.write_back.at_end import at_end

        steps.append(at_end(settings, clients.salesforce, database, scope_of(settings), say))
    return in_turn(*steps)


def batch_reader(settings: Settings, clients: Clients, tables: Tables | None = None) -> BatchReader:
    """Return the reader of both systems.

    Args:
        settings: Options, value tables and mapping.
        clients: Both systems.
        tables: Read for these; by default for the mapping of the settings.
    """
    tables = tables or tables_for(settings.mapping, settings.values)
    share = extra_condition(settings, settings.name) or ""
    source = ProductSource(clients.salesforce, settings.options, tables, share)
    updates = settings.options.changed_orders == "update"
    amounts = settings.options.amount_proof != "off" and settings.options.billing_rules is None
    key = settings.options.account_key_field
    target = ZuoraReader(clients.zuora, key, tables, updates=updates, amounts=amounts)
    catalog = CatalogReader(source, clients.zuora, target)
    return BatchReader(source, target, catalog, settings.options, settings.values.model_dump(), tables)


def removal_reader(settings: Settings, clients: Clients) -> RemovalReader:
    """Return what finds orders that are taken back."""
    return RemovalReader(clients.salesforce, clients.zuora, settings.options)


@asynccontextmanager
async def open_history(settings: Settings) -> AsyncIterator[History]:
    """Open the ledger of this pair of systems; the database libraries are loaded only where one is opened."""
    from cpqbridge.history.database import open_database
    from cpqbridge.history.ledger import History
    from cpqbridge.history.processes import process_name

    async with open_database(settings.database, process_name()) as database:
        yield History(database, scope_of(settings))


def destinations(settings: Settings, database: Database) -> Destinations | None:
    """Return what keeps the orders of a connection from being carried by another one; None where there is no other.

    Args:
        settings: The connection's.
        database: The database that all connections share.
    """
    from cpqbridge.history.destinations import Destinations

    names = settings.siblings(settings.single().name)
    if len(names) == 1:
        return None
    scopes = {scope_of(settings.connection(name)): name for name in names}
    return Destinations(database, settings.salesforce.login_url, scope_of(settings), scopes)


def scope_of(settings: Settings) -> str:
    """Return what names one pair of systems in the database: org, tenant, and entity or organizations where there are.

    Raises:
        FixConfiguration: CPQ-311, the settings are for several connections, none of which was chosen.
    """
    settings = settings.single()
    zuora = settings.zuora
    entity = f" entity {zuora.entity_id}" if zuora.entity_id else ""
    organizations = f" orgs {','.join(sorted(zuora.org_ids))}" if zuora.org_ids else ""
    return f"{settings.salesforce.login_url} > {zuora.base_url}{entity}{organizations}"
