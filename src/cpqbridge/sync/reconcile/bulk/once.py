"""Compares order line items that were read in bulk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.causes import Cause
from cpqbridge.money.reconciliation.waterfall import explain_once
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.plan import Proof
from cpqbridge.planning.proof.billing import rounding_of
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.sync.drift.rules import Rules
from cpqbridge.sync.drift.work_file import WorkFile
from cpqbridge.sync.reconcile.bulk.reading import LINE_ITEM, Plan, documented_among
from cpqbridge.sync.reconcile.line import Line, Source, unexplained, with_billed
from cpqbridge.sync.reconcile.sent import number_of, product_of

Row = Mapping[str, Any]

_BATCH = 2_000
_RETURN = "Return"


def line_items(work: WorkFile, plan: Plan, rules: Rules) -> Iterator[Line]:
    """Yield the lines of order products without a subscription, order by order."""
    draft, after = rules.draft(), ""
    numbers = "SELECT DISTINCT order_number FROM asset WHERE order_number > ? ORDER BY order_number LIMIT ?"
    while orders := [number for (number,) in work.run(numbers, [after, _BATCH])]:
        sold: dict[str, list[Record]] = {}
        for number, packed in work.among("SELECT order_number, record FROM asset WHERE order_number IN", orders):
            sold.setdefault(number, []).append(plan.org.items.unpack(packed))
        held: dict[str, list[Row]] = {}
        for number, packed in work.among("SELECT order_number, record FROM sold_once WHERE order_number IN", orders):
            held.setdefault(number, []).append(plan.tenant.of_line_items.unpack(packed))
        ids = [row["orderlineitem_id"] for rows in held.values() for row in rows]
        billed = {key: amount for key, (amount, _) in documented_among(work, LINE_ITEM, ids).items()}
        for number, items in sold.items():
            left = held.get(number, [])
            for item in items:
                row = _take(left, item)
                if rules.counts(_modified(item)):
                    yield _line(draft, number, item, row, billed.get(row["orderlineitem_id"]) if row else None)
        after = orders[-1]


def _take(left: list[Row], item: Record) -> Row | None:
    """Take the line item that was made of an order product: of the same product, best of the same quantity."""
    same = [row for row in left if row["orderlineitem_productcode"] == item["Product2Id"]]
    alike = [row for row in same if _units(row) == Decimal(item.get("Quantity") or 0)]
    found = next(iter([*alike, *same]), None)
    if found is not None:
        left.remove(found)
    return found


def _units(row: Row) -> Decimal:
    units = abs(Decimal(row["orderlineitem_quantity"] or 0))
    return -units if row["orderlineitem_itemcategory"] == _RETURN else units


def _modified(item: Record) -> str:
    return max(str(row.get("SystemModstamp") or "") for row in (item, item.get("Order") or {}))


def _line(draft: Draft, order: str, item: Record, row: Row | None, billed: Decimal | None) -> Line:
    currency = currency_of(draft, item["Order"])
    rounding, sold = rounding_of(draft, currency), sold_for(item)
    if row is None:
        made = unexplained(rounding.round(sold), Decimal(0), Cause.NOT_SYNCED)
    else:
        made = explain_once(sold, _units(row) * Decimal(row["orderlineitem_amountperunit"] or 0), rounding)
        made = made if billed is None else with_billed(made, billed)
    source = Source.COMPUTED if billed is None else Source.INVOICES
    return Line(Proof(item["Id"], number_of(item), product_of(item), currency, made), order, source=source)
