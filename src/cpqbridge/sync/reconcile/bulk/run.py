"""Use case: reconcile all orders that were changed since a day, in bulk and in bounded memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec

from cpqbridge.mapping.custom import tables_for
from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.waterfall import Explained
from cpqbridge.planning.plan import Proof
from cpqbridge.salesforce.organization import today
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients, Watch, open_clients
from cpqbridge.sync.drift.linking import link_items
from cpqbridge.sync.drift.progress import Progress, Silence
from cpqbridge.sync.drift.reading import read_all
from cpqbridge.sync.drift.rules import Rules
from cpqbridge.sync.drift.scope import work_path
from cpqbridge.sync.drift.work_file import WorkFile
from cpqbridge.sync.reconcile.bulk.compare import Comparison
from cpqbridge.sync.reconcile.bulk.once import line_items
from cpqbridge.sync.reconcile.bulk.reading import Plan, begin, plan_of
from cpqbridge.sync.reconcile.line import Line, Source, Total
from cpqbridge.sync.source import CpqSource
from cpqbridge.transport.channel import Wiring
from cpqbridge.zuora.billing_rules import get_billing_rules

FEW_ACCOUNTS = 200
"""Up to so many accounts, only what they were sold is read; beyond, everything is."""

_NOBODY = ("000000000000000AAA",)
"""The id of no account."""

_KEPT = 5_000
"""Lines that are written down together."""


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """A line in the short form that the work file keeps."""

    item: str
    number: str
    product: str
    currency: str
    order: str
    subscription: str | None
    charge: str | None
    source: str
    quoted: Decimal | None
    billed: Decimal | None
    parts: list[tuple[str, Decimal, str]]
    unknown: str | None


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Row).decode


@dataclass(slots=True)
class CauseSum:
    """What a cause comes to in a currency: in how many lines, and how much in all."""

    cause: Cause
    currency: str
    lines: int = 0
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class Summary:
    """What all lines come to.

    Attributes:
        lines: How many there are.
        differing: How many differ by more than the options let them.
        without_total: How many have no total.
        causes: By cause and currency.
        totals: By currency.
    """

    lines: int = 0
    differing: int = 0
    without_total: int = 0
    causes: dict[tuple[Cause, str], CauseSum] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)

    def take(self, line: Line, *, differs: bool) -> None:
        """Add a line."""
        made, currency = line.proof.explained, line.proof.currency
        self.lines += 1
        self.differing += differs
        self.without_total += made is None
        if made is not None:
            before = self.totals.get(currency, Total(currency, Decimal(0), Decimal(0)))
            self.totals[currency] = Total(currency, before.quoted + made.quoted, before.billed + made.billed)
        for part in line.parts:
            key = part.cause, currency
            found = self.causes.setdefault(key, CauseSum(*key))
            found.lines += 1
            found.amount += part.amount


@dataclass(frozen=True, slots=True)
class Found:
    """What was found; it stays in the work file until the run is over.

    Attributes:
        since: The day.
        summary: What all lines come to.
        work: The work file.
    """

    since: date
    summary: Summary
    work: WorkFile

    def lines(self, limit: int | None = None) -> Iterator[Line]:
        """Yield the lines, those that differ most first; at most so many, if that is said."""
        sql = "SELECT record FROM line ORDER BY differs DESC, size DESC, n LIMIT ?"
        for (record,) in self.work.run(sql, [-1 if limit is None else limit]):
            yield _line(_decode(record))


@asynccontextmanager
async def reconcile_since(
    settings: Settings,
    since: date,
    *,
    restart: bool = False,
    progress: Progress | None = None,
    watch: Watch | None = None,
    wiring: Wiring | None = None,
) -> AsyncIterator[Found]:
    """Compare all that orders changed since a day; the work file goes when that has been told, and stays after a stop.

    Args:
        settings: Connections, options, values, mapping and data folder.
        since: The day.
        restart: Begin anew, whatever a stopped run has read.
        progress: Is told how far it has come.
        watch: Called after each HTTP exchange.
        wiring: Clock and retry policy of both clients, for tests.

    Raises:
        CpqBridgeError: A side cannot be read, or the work file cannot be used; what was read stays.
    """
    watcher = progress or Silence()
    async with open_clients(settings, watch, wiring) as clients:
        accounts = await _accounts(clients, since)
        name = f"reconcile-{await today(clients.salesforce)}"
        with WorkFile(work_path(settings, name, since, accounts), anew=restart) as work:
            begin(work, anew=restart)
            plan, rules = await _read(clients, settings, since, accounts, work, watcher)
            link_items(work, settings.options)
            yield Found(since, _compare(work, plan, rules, watcher), work)
            work.remove()


async def _accounts(clients: Clients, since: date) -> list[str] | None:
    """Return the accounts whose orders were changed since a day; None for more than a few."""
    moment = f"{since.isoformat()}T00:00:00Z"
    query = f"SELECT AccountId FROM Order WHERE SystemModstamp >= {moment} GROUP BY AccountId LIMIT {FEW_ACCOUNTS + 1}"  # noqa: S608 - a day
    rows = await clients.salesforce.query(query)
    found = sorted({row["AccountId"] for row in rows if row.get("AccountId")})
    return None if len(found) > FEW_ACCOUNTS else found


async def _read(
    clients: Clients, settings: Settings, since: date, accounts: list[str] | None, work: WorkFile, progress: Progress
) -> tuple[Plan, Rules]:
    """Read both sides, and what is needed to compare them."""
    tables = tables_for(settings.mapping, settings.values)
    plan = await plan_of(clients.salesforce, settings.options, tables, _NOBODY if accounts == [] else accounts or ())
    if accounts is None:
        await read_all(work, [plan.org_side(clients.salesforce), plan.tenant_side(clients.zuora)], progress)
    else:
        await read_all(work, [plan.org_side(clients.salesforce), plan.orders_side(clients.zuora)], progress)
        ids = [key for (key,) in work.run("SELECT id FROM item UNION SELECT id FROM schedule")]
        for side in plan.linked_sides(clients.zuora, ids):
            await read_all(work, [side], progress)
    products = [one for (one,) in work.run("SELECT DISTINCT i.product FROM schedule s JOIN item i ON i.id = s.item")]
    source = CpqSource(clients.salesforce, settings.options, tables)
    rules = Rules(
        as_of=since,
        since=since,
        options=settings.options,
        values=settings.values.model_dump(),
        tables=tables,
        links=await source.schedules(sorted(filter(None, products))) if products else {},
        billing=await get_billing_rules(clients.zuora),
    )
    return plan, rules


def _compare(work: WorkFile, plan: Plan, rules: Rules, progress: Progress) -> Summary:
    """Compare what was read, and write the lines down."""
    summary = Summary()
    work.run("DELETE FROM line")
    kept: list[tuple[Any, ...]] = []
    for lines in (Comparison(work, plan, rules).lines(progress), line_items(work, plan, rules)):
        for line in lines:
            kept.append(_kept(line, summary, rules.options))
            if len(kept) == _KEPT:
                _write(work, kept)
    _write(work, kept)
    return summary


def _kept(line: Line, summary: Summary, options: Options) -> tuple[Any, ...]:
    differs = line.differs(options)
    summary.take(line, differs=differs)
    return differs, float(abs(line.difference or Decimal(0))), _encode(_row(line))


def _write(work: WorkFile, kept: list[tuple[Any, ...]]) -> None:
    with work.transaction():
        work.add("line", kept, "(differs, size, record)")
    kept.clear()


def _row(line: Line) -> _Row:
    proof = line.proof
    parts = [(part.cause.value, part.amount, part.note) for part in line.parts]
    return _Row(
        proof.item, proof.number, proof.product, proof.currency, line.order, line.subscription, line.charge,
        line.source.value, line.quoted, line.billed, parts, proof.unknown,
    )  # fmt: skip


def _line(row: _Row) -> Line:
    made = None
    if row.quoted is not None and row.billed is not None:
        parts = tuple(Part(Cause(cause), amount, note) for cause, amount, note in row.parts)
        made = Explained(row.quoted, row.billed, Fraction(row.billed), parts)
    proof = Proof(row.item, row.number, row.product, row.currency, made, row.unknown)
    return Line(proof, row.order, row.subscription, row.charge, Source(row.source))
