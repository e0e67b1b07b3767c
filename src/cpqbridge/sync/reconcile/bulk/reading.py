"""What is read in bulk: order products of Salesforce; charges, sums of invoices and credit memos of Zuora.

Zuora adds up the items of each charge itself, so that of years of invoices one row a charge is read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

from cpqbridge.mapping.tables import Tables
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.literals import chunks
from cpqbridge.settings.options import Options
from cpqbridge.sync.drift.as_billed import ACCOUNT_DAY, ATTRIBUTES
from cpqbridge.sync.drift.billed import KEY, billed_query
from cpqbridge.sync.drift.reading import Reading, Side
from cpqbridge.sync.drift.sources import (
    OrgColumns,
    Rows,
    TenantRows,
    keep_billed,
    org_columns,
    org_side,
    tenant_rows,
    tenant_side,
)
from cpqbridge.sync.drift.work_file import Part, WorkFile
from cpqbridge.transport.pages import Page
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.data_query import data_query

CHARGED_THROUGH = "rateplancharge.chargedthroughdate"

SCHEMA = """
CREATE TABLE IF NOT EXISTS documented (
    kind TEXT NOT NULL, key TEXT NOT NULL, reading TEXT NOT NULL, amount TEXT NOT NULL, through TEXT,
    PRIMARY KEY (kind, key, reading)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS line (
    n INTEGER PRIMARY KEY, differs INTEGER NOT NULL, size REAL NOT NULL, record BLOB NOT NULL);
"""
"""Tables of the work file that only a reconciliation has."""

_NAMES = {"billed charges", "order line items", "orders"}
"""What is read of Zuora as for drift."""

_BILLS = ("invoiceitem", "invoice", "invoiceid", "chargeamount", "")
_MEMOS = ("creditmemoitem", "creditmemo", "creditmemoid", "amountwithouttax", "-")
CHARGE, LINE_ITEM = "charge", "line item"
"""Kinds of what stands on documents."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read.

    Attributes:
        org: The queries of Salesforce.
        tenant: The queries of Zuora.
    """

    org: OrgColumns
    tenant: TenantRows

    def org_side(self, client: SalesforceClient) -> Side:
        """Return what is read from Salesforce."""
        return org_side(client, self.org)

    def tenant_side(self, client: ZuoraClient) -> Side:
        """Return what is read from Zuora."""
        usual = [one for one in tenant_side(client, self.tenant).readings if one.name in _NAMES]
        return Side("Zuora", [*usual, *_documents(client, "", (CHARGE, LINE_ITEM))])

    def orders_side(self, client: ZuoraClient) -> Side:
        """Return what is read from Zuora of orders and their line items alone."""
        usual = [one for one in tenant_side(client, self.tenant).readings if one.name in _NAMES - {"billed charges"}]
        return Side("Zuora", [*usual, *_documents(client, "", (LINE_ITEM,))])

    def linked_sides(self, client: ZuoraClient, external_ids: Iterable[str]) -> Iterable[Side]:
        """Yield what is read from Zuora of rate plans by the ids that they carry, and nothing else."""
        for number, some in enumerate(chunks(sorted(external_ids)), 1):
            ids = ", ".join(f"'{one}'" for one in some)
            where = f"rateplan.externallymanagedplanid IN ({ids})"
            sql = f"{self.tenant.billed} AND ({where})"
            keep = partial(keep_billed, Rows(self.tenant.billed))
            billed = Reading(f"linked charges ({number})", sql, (), partial(_data, client, sql), keep)
            yield Side("Zuora", [billed, *_documents(client, where, (CHARGE,), f" ({number})")])


async def plan_of(client: SalesforceClient, options: Options, tables: Tables, accounts: Sequence[str]) -> Plan:
    """Return what is read.

    Args:
        client: The org.
        options: The user's.
        tables: The user's mapping.
        accounts: Salesforce ids of the accounts that are looked at; none for all.
    """
    key = options.account_key_field
    billed = billed_query(key.lower(), [*ATTRIBUTES, ACCOUNT_DAY, CHARGED_THROUGH])
    tenant = replace(tenant_rows(key, accounts), billed=billed)
    return Plan(await org_columns(client, options, tables, accounts), tenant)


def begin(work: WorkFile, *, anew: bool) -> None:
    """Make the tables of a reconciliation, and empty those of a stopped run if it begins anew."""
    for sql in SCHEMA.split(";")[:-1]:
        work.run(sql)
    if anew:
        with work.transaction():
            work.forget(("documented", "line"))


def documented_among(work: WorkFile, kind: str, keys: Sequence[str]) -> dict[str, tuple[Decimal, str | None]]:
    """Return what stands on documents, by charge number or id of the order line item.

    Args:
        work: The work file.
        kind: `charge` or `line item`.
        keys: What is asked for.

    Returns:
        Invoices less credit memos, and the last day that is on any of them.
    """
    sql = f"SELECT key, amount, through FROM documented WHERE kind = '{kind}' AND key IN"  # noqa: S608 - our names
    found: dict[str, tuple[Decimal, str | None]] = {}
    for key, amount, through in work.among(sql, keys):
        before, last = found.get(key, (Decimal(0), None))
        found[key] = before + Decimal(amount), max(filter(None, (last, through)), default=None)
    return found


def _documents(client: ZuoraClient, where: str, kinds: Sequence[str], suffix: str = "") -> list[Reading]:
    """Return the queries of what is on documents, of charges or of order line items."""
    found = []
    for kind in kinds:
        for source in (_BILLS, _MEMOS):
            sql = documents_query(kind, source, where)
            name = f"{source[1]} items by {kind}{suffix}"
            keep, forget = partial(_keep, kind, name), partial(_forget, name)
            found.append(Reading(name, sql, (), _pages(client, sql), keep, optional=True, forget=forget))
    return found


def documents_query(kind: str, source: tuple[str, str, str, str, str], where: str = "") -> str:
    """Return the query of what was billed or credited in all, a row for each charge or order line item.

    Args:
        kind: `charge` or `line item`.
        source: Tables of the items and of their documents, the column between them, that of the amount, and its sign.
        where: A further condition, on rate plans.
    """
    items, documents, link, amount, sign = source
    of_charge = kind == CHARGE
    key = "rateplancharge.chargenumber" if of_charge else f"{items}.orderlineitemid"
    joins = f"JOIN {documents} ON {documents}.id = {items}.{link}"
    if of_charge:
        joins += f" JOIN rateplancharge ON rateplancharge.id = {items}.rateplanchargeid"
    if where:
        joins += " JOIN rateplan ON rateplan.id = rateplancharge.rateplanid"
    conditions = [f"{documents}.status <> 'Canceled'", f"{key} IS NOT NULL", *([f"({where})"] if where else [])]
    return (
        f"SELECT {key} AS {KEY}, {sign}SUM({items}.{amount}) AS amount, MAX({items}.serviceenddate) AS through "  # noqa: S608 - our names
        f"FROM {items} {joins} WHERE {' AND '.join(conditions)} GROUP BY {key}"
    )


def _keep(kind: str, reading: str, work: WorkFile, rows: Sequence[dict[str, Any]]) -> None:
    work.add("documented", [[kind, row[KEY], reading, str(row["amount"] or 0), row["through"]] for row in rows])


def _forget(reading: str, work: WorkFile) -> None:
    work.run("DELETE FROM documented WHERE reading = ?", [reading])


def _pages(client: ZuoraClient, sql: str) -> Callable[[Part], AsyncIterator[Page]]:
    return partial(_data, client, sql)


def _data(client: ZuoraClient, sql: str, part: Part) -> AsyncIterator[Page]:
    return data_query(client, sql, key=KEY, job=part.job or None, locator=part.locator)
