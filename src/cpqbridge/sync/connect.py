"""Opens both systems and the ledger from the settings, and closes them again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.tables import Tables
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.apply import Applier
from cpqbridge.sync.batch import BatchReader
from cpqbridge.sync.carry import Carrier
from cpqbridge.sync.planner import Planner
from cpqbridge.sync.products import CatalogReader, ProductSource
from cpqbridge.sync.removals import RemovalReader
from cpqbridge.sync.run import OnEnd, Progress, nothing
from cpqbridge.sync.service import SyncService
from cpqbridge.sync.target import ZuoraReader
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.exchange import Exchange
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.connection import ZuoraConnection

if TYPE_CHECKING:
    from cpqbridge.history.ledger import History

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
) -> AsyncIterator[SyncService]:
    """Open everything that a sync needs.

    Args:
        settings: Connections, options, values and database.
        progress: Called with each result as soon as it is there.
        watch: Called after each HTTP exchange.
        wiring: Clock and retry policy of both clients, for tests.

    Raises:
        CpqBridgeError: A secret is missing, or the database cannot be used.
    """
    async with open_clients(settings, watch, wiring) as clients, open_history(settings) as history:
        applier = Applier(clients.zuora, history)
        reader = batch_reader(settings, clients)
        on_end = _alerts(settings, history) if settings.options.customer_alert_email else nothing
        removals = removal_reader(settings, clients)
        yield SyncService(Carrier(reader, removals, applier, history, progress or (lambda _result: None), on_end))


def _alerts(settings: Settings, history: History) -> OnEnd:
    """Return what sends alerts; the mail library is loaded only where they are wanted."""
    from cpqbridge.sync.alerting import Alerts

    return Alerts(settings, history).tell


def batch_reader(settings: Settings, clients: Clients, tables: Tables | None = None) -> BatchReader:
    """Return the reader of both systems.

    Args:
        settings: Options, value tables and mapping.
        clients: Both systems.
        tables: Read for these; by default for the mapping of the settings.
    """
    tables = tables or tables_for(settings.mapping, settings.values)
    source = ProductSource(clients.salesforce, settings.options, tables)
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
    from cpqbridge.history.ledger import History

    async with History.open(settings.database, scope=scope_of(settings)) as history:
        yield history


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
