"""Reconciliations as JSON documents and as rows of a CSV file. Amounts are texts, last days are inclusive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cpqbridge.cli.files import save_csv
from cpqbridge.money.reconciliation.causes import CAUSES, Part
from cpqbridge.settings.amounts import smallest
from cpqbridge.sync.reconcile.line import Line, Period, Total, totals
from cpqbridge.sync.reconcile.reconciler import Reconciliation

Document = dict[str, Any]

COLUMNS = (
    "record", "order", "orderItem", "orderItemNumber", "product", "subscription", "charge", "currency", "source",
    "start", "end", "quoted", "billed", "difference", "kind", "documents", "causes",
)  # fmt: skip
"""Columns of the CSV file: a row for each line and period."""


def amount(value: Decimal | None, currency: str) -> str | None:
    """Return an amount as text with the decimals of its currency, or with more where it has more."""
    if value is None:
        return None
    places = max(_places(value), _places(smallest(currency)))
    return f"{value:.{places}f}"


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def as_document(found: Reconciliation) -> Document:
    """Return the JSON shape of a record on both sides."""
    sums = totals(found.lines)
    return {
        "record": found.record,
        "object": found.object,
        "name": found.name,
        "sent": found.sent,
        "lines": [line_document(line) for line in found.lines],
        **_sums(sums[0] if len(sums) == 1 else None),
        "totals": [{"currency": one.currency, **_sums(one)} for one in sums],
        "reasons": [reason.as_dict() for reason in found.reasons],
    }


def _sums(total: Total | None) -> Document:
    names = ("quoted", "billed", "difference")
    return {name: amount(getattr(total, name), total.currency) if total else None for name in names}


def line_document(line: Line) -> Document:
    """Return the JSON shape of a line."""
    proof, currency = line.proof, line.proof.currency
    return {
        "order": line.order or None,
        "orderItem": proof.item or None,
        "orderItemNumber": proof.number or None,
        "product": proof.product,
        "subscription": line.subscription,
        "charge": line.charge,
        "currency": currency,
        "quoted": amount(line.quoted, currency),
        "billed": amount(line.billed, currency),
        "difference": amount(line.difference, currency),
        "source": line.source.value,
        "unknown": proof.unknown,
        "causes": [cause_document(part, currency) for part in line.parts],
        "periods": [_period(one, currency) for one in line.periods],
    }


def cause_document(part: Part, currency: str) -> Document:
    """Return the JSON shape of a part of a difference."""
    entry = CAUSES[part.cause]
    return {
        "cause": part.cause.value,
        "title": entry.title,
        "amount": amount(part.amount, currency),
        "note": part.note or None,
        "remedy": entry.remedy,
    }


def _period(period: Period, currency: str) -> Document:
    return {
        "start": period.start,
        "end": last_day(period.end),
        "quoted": amount(period.quoted, currency),
        "billed": amount(period.billed, currency),
        "difference": amount(period.difference, currency),
        "kind": period.kind,
        "document": ", ".join(period.documents) or None,
    }


def last_day(end: date) -> date:
    """Return the day before one."""
    return end - timedelta(days=1)


def write_csv(file: Path, found: Iterable[Reconciliation]) -> None:
    """Write a row for each line and period.

    Raises:
        FixConfiguration: CPQ-307, the file cannot be written.
    """
    save_csv(file, COLUMNS, (row for one in found for line in one.lines for row in rows(one.record, line)))


def rows(record: str, line: Line) -> Iterator[Document]:
    """Yield the rows of a line; one without periods has one row for all of it."""
    document = line_document(line)
    causes = "; ".join(f"{one['cause']} {one['amount']}" for one in document.pop("causes"))
    periods: Sequence[Document] = document.pop("periods")
    shared = {name: value for name, value in document.items() if name in COLUMNS}
    shared |= {"record": record, "causes": causes}
    for one in periods:
        row = {**shared, **one, "documents": one["document"]}
        yield {name: row.get(name) for name in COLUMNS}
    if not periods:
        yield {**shared, "kind": document["unknown"]}
