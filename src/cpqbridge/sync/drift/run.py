"""Use case: everything in both systems that should be equal and is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cpqbridge.errors import FixConfiguration
from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Record
from cpqbridge.mapping.tables import Tables
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.organization import today
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients, Watch, open_clients
from cpqbridge.sync.drift.chains import compare_chains
from cpqbridge.sync.drift.difference import COLUMNS
from cpqbridge.sync.drift.fields import NAMES
from cpqbridge.sync.drift.linking import link_items
from cpqbridge.sync.drift.progress import Progress, Silence
from cpqbridge.sync.drift.reading import read_all
from cpqbridge.sync.drift.rules import LEFT_OUT, Bench, Rules
from cpqbridge.sync.drift.scope import Scope, comparison_key, work_path
from cpqbridge.sync.drift.sources import OrgColumns, linked_side, org_columns, org_side, tenant_rows, tenant_side
from cpqbridge.sync.drift.steps import (
    compare_accounts,
    compare_line_items,
    compare_orderless,
    compare_subscriptions,
)
from cpqbridge.sync.drift.work_file import FOUND, WorkFile
from cpqbridge.sync.source import CpqSource
from cpqbridge.transport.channel import Wiring
from cpqbridge.zuora import lookups
from cpqbridge.zuora.billing_rules import get_billing_rules

_COMPARISON = "comparison"


@dataclass(frozen=True, slots=True)
class Count:
    """How many differences there are of a field."""

    kind: str
    field: str
    count: int


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found; it stays in the work file until the run is over.

    Attributes:
        as_of: The day.
        work: The work file.
    """

    as_of: date
    work: WorkFile

    @property
    def counts(self) -> list[Count]:
        """How many differences there are, by kind and field."""
        sql = "SELECT kind, field, count(*) FROM difference GROUP BY kind, field ORDER BY kind, field"
        return [Count(*row) for row in self.work.run(sql)]

    @property
    def total(self) -> int:
        """How many differences there are."""
        return self.work.count("difference")

    @property
    def read(self) -> dict[str, int]:
        """Rows that were read, by what they are."""
        return dict(self.work.run("SELECT name, rows FROM part ORDER BY name"))

    @property
    def left_out(self) -> int:
        """Contracts that are over, and that Zuora does not have."""
        return int(self.work.mark(LEFT_OUT) or 0)

    def differences(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield the differences by account, subscription and record; at most so many, if that is said."""
        sql = (
            "SELECT kind, field, account, account_name, subscription, order_number, record, salesforce, zuora, next "
            "FROM difference ORDER BY account_name, account, subscription, record, n LIMIT ?"
        )
        for row in self.work.run(sql, [-1 if limit is None else limit]):
            yield dict(zip(COLUMNS, row, strict=True))


@asynccontextmanager
async def drift(
    settings: Settings,
    scope: Scope,
    *,
    restart: bool = False,
    progress: Progress | None = None,
    watch: Watch | None = None,
    wiring: Wiring | None = None,
) -> AsyncIterator[Drift]:
    """Compare both systems and give what differs; the work file goes when that has been told, and stays after a stop.

    Args:
        settings: Connections, options, values, mapping and data folder.
        scope: What is compared.
        restart: Begin anew, whatever a stopped run has read.
        progress: Is told how far it has come.
        watch: Called after each HTTP exchange.
        wiring: Clock and retry policy of both clients, for tests.

    Raises:
        CpqBridgeError: A side cannot be read, or the work file cannot be used; what was read stays.
    """
    scope = _checked(scope)
    watcher = progress or Silence()
    async with open_clients(settings, watch, wiring) as clients:
        as_of = scope.as_of or await today(clients.salesforce)
        with WorkFile(work_path(settings, f"drift-{as_of}", sorted(scope.accounts)), anew=restart) as work:
            bench = await _read(clients, settings, replace(scope, as_of=as_of), work, watcher)
            compare(bench, scope, watcher)
            yield Drift(as_of, work)
            work.remove()


def compare(bench: Bench, scope: Scope, progress: Progress) -> None:
    """Compare what was read, from where a stopped run has come to."""
    work, key = bench.work, comparison_key(scope)
    if work.mark(_COMPARISON) != key:
        with work.transaction():
            work.forget(FOUND)
            work.set_mark(_COMPARISON, key)
    link_items(work, bench.rules.options)
    for step in (compare_chains, compare_subscriptions, compare_orderless, compare_accounts, compare_line_items):
        step(bench, progress)


def _checked(scope: Scope) -> Scope:
    """Return the scope with ids as Salesforce writes them.

    Raises:
        FixConfiguration: CPQ-307, something is no id, or no field.
    """
    wrong = [one for one in scope.accounts if to_18(one) is None]
    if wrong:
        raise FixConfiguration("CPQ-307", f"{wrong[0]} is no id of a Salesforce account", field="--account")
    unknown = sorted(scope.only - set(NAMES))
    if unknown:
        message = f"There is no field {unknown[0]}"
        raise FixConfiguration("CPQ-307", message, field="--only", remedy=f"Fields are: {', '.join(NAMES)}.")
    return replace(scope, accounts=tuple(dict.fromkeys(to_18(one) or one for one in scope.accounts)))


async def _read(clients: Clients, settings: Settings, scope: Scope, work: WorkFile, progress: Progress) -> Bench:
    """Read both sides, and what is needed to compare them."""
    tables = tables_for(settings.mapping, settings.values)
    org = await org_columns(clients.salesforce, settings.options, tables, scope.accounts)
    tenant = tenant_rows(settings.options.account_key_field, scope.accounts)
    await read_all(work, [org_side(clients.salesforce, org), tenant_side(clients.zuora, tenant)], progress)
    if scope.accounts:
        ids = (key for (key,) in work.run("SELECT id FROM item UNION SELECT id FROM schedule"))
        await read_all(work, [linked_side(clients.zuora, settings.options.account_key_field, ids)], progress)
    rules = Rules(
        as_of=scope.as_of or date.max,
        since=scope.since,
        only=scope.only,
        options=settings.options,
        values=settings.values.model_dump(),
        tables=tables,
        links=await _links(clients, settings, tables, work, org),
        units=await lookups.units_of_measure(clients.zuora) if work.count("schedule") else {},
        billing=await get_billing_rules(clients.zuora),
    )
    return Bench(work, org, tenant, rules, scope.accounts)


async def _links(
    clients: Clients, settings: Settings, tables: Tables, work: WorkFile, org: OrgColumns
) -> Mapping[str, list[Record]]:
    """Return the links to schedules of the products that are sold by usage: as many as the catalog has."""
    if org.schedules is None:
        return {}
    source = CpqSource(clients.salesforce, settings.options, tables)
    rows = work.run("SELECT DISTINCT i.product FROM schedule s JOIN item i ON i.id = s.item")
    return await source.schedules(sorted(product for (product,) in rows if product))
