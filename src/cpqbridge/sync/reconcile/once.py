"""Compares order line items: order products without a subscription, which are billed once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.line_item import ROUNDING_ITEM
from cpqbridge.mapping.rule import Record
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.causes import Cause
from cpqbridge.money.reconciliation.waterfall import explain_once
from cpqbridge.planning.chain import SUBSCRIPTION
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.order import part_numbers
from cpqbridge.planning.plan import Proof
from cpqbridge.planning.proof.billing import rounding_of
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.planning.snapshot import children
from cpqbridge.sync.reconcile.line import Line, Source, unexplained, with_billed
from cpqbridge.sync.reconcile.periods import Billed, Spread, periods
from cpqbridge.sync.reconcile.sent import billed, number_of, product_of
from cpqbridge.sync.source import account_ids
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.documents import DocumentItem, documented_line_items

Row = Mapping[str, Any]

_BILLED_STATES = frozenset({"SentToBilling", "Complete"})
_RETURN = "Return"
_STRANGE = "no order product of Salesforce is behind it"


@dataclass(frozen=True, slots=True)
class _Once:
    """An order product, and its order line item in Zuora; None where there is none."""

    order: Record
    item: Record
    held: Row | None


@dataclass(frozen=True, slots=True)
class _Alone:
    """An order line item without an order product: what rounding leaves, or something that was added in Zuora."""

    order: Record
    held: Row


async def line_item_lines(zuora: ZuoraClient, draft: Draft, orders: Iterable[Record]) -> list[Line]:
    """Return the lines of the order products of some orders that have no subscription."""
    found = [one for order in orders for one in _paired(draft, order)]
    if not any(one.held for one in found):
        return [_line(draft, one, ()) for one in found if isinstance(one, _Once)]
    accounts = {account for one in found for account in account_ids(one.order)}
    rows = (draft.state.accounts[account] for account in accounts if account in draft.state.accounts)
    items: dict[str, list[DocumentItem]] = {}
    for item in await documented_line_items(zuora, sorted(row["Id"] for row in rows)):
        items.setdefault(item.line_item or "", []).append(item)
    made = [(one, items.get(str((one.held or {}).get("id")), ())) for one in found]
    return [_line(draft, one, its) if isinstance(one, _Once) else _line_alone(draft, one, its) for one, its in made]


def _paired(draft: Draft, order: Record) -> Iterator[_Once | _Alone]:
    """Yield each order product without a subscription with the line item that was made of it, then what is left."""
    sent = (draft.state.orders.get(number) or {} for number in part_numbers(order))
    left = [row for one in sent for row in one.get("orderLineItems") or ()]
    for item in children(order, "OrderItems"):
        if not item.get(SUBSCRIPTION):
            same = [row for row in left if row.get("productCode") == item["Product2Id"]]
            alike = [row for row in same if _units(row) == Decimal(item.get("Quantity") or 0)]
            held = next(iter([*alike, *same]), None)
            left = [row for row in left if row is not held]
            yield _Once(order, item, held)
    for row in left:
        yield _Alone(order, row)


def _units(row: Row) -> Decimal:
    units = Decimal(row.get("quantity") or 0)
    return -units if row.get("itemCategory") == _RETURN else units


def _line_alone(draft: Draft, one: _Alone, items: Sequence[DocumentItem]) -> Line:
    """Return what is billed beside the order products; what rounding leaves makes up for the other lines."""
    currency, row = currency_of(draft, one.order), one.held
    rounding = rounding_of(draft, currency)
    amounts = [billed(item) for item in items]
    if not amounts and row.get("itemState") in _BILLED_STATES:
        due = _day(row) or dates.parse(one.order["EffectiveDate"])
        amount = rounding.round(_units(row) * Decimal(row.get("amountPerUnit") or 0))
        amounts = [Billed(due, due + timedelta(days=1), amount, Source.COMPUTED.value)]
    name, total = str(row.get("itemName") or ""), sum((item.amount for item in amounts), Decimal(0))
    rounded = name == ROUNDING_ITEM
    made = unexplained(
        rounding.round(Decimal(0)), total, Cause.ROUNDING if rounded else Cause.OTHER, "" if rounded else _STRANGE
    )
    return Line(
        Proof("", "", name, currency, made),
        str(one.order["OrderNumber"]),
        source=Source.INVOICES if items else Source.COMPUTED,
        periods=periods([], amounts, rounding),
    )


def _line(draft: Draft, one: _Once, items: Sequence[DocumentItem]) -> Line:
    currency = currency_of(draft, one.order)
    rounding, sold = rounding_of(draft, currency), sold_for(one.item)
    day = dates.parse(one.order["EffectiveDate"])
    amounts = [billed(item) for item in items]
    if one.held is None:
        made = unexplained(rounding.round(sold), Decimal(0), Cause.NOT_SYNCED)
    else:
        amount = _units(one.held) * Decimal(one.held.get("amountPerUnit") or 0)
        made = explain_once(sold, amount, rounding)
        if amounts:
            made = with_billed(made, sum((item.amount for item in amounts), Decimal(0)))
        elif one.held.get("itemState") not in _BILLED_STATES:
            made = unexplained(made.quoted, Decimal(0), Cause.NOT_BILLED, f"it is {one.held.get('itemState')}")
        else:
            due = _day(one.held) or day
            amounts = [Billed(due, due + timedelta(days=1), made.billed, Source.COMPUTED.value)]
    start = amounts[0].start if amounts else day
    spread = Spread(start, start + timedelta(days=1), made.quoted)
    return Line(
        Proof(one.item["Id"], number_of(one.item), product_of(one.item), currency, made),
        str(one.order["OrderNumber"]),
        source=Source.INVOICES if items else Source.COMPUTED,
        periods=periods([spread], amounts, rounding),
    )


def _day(row: Row) -> date | None:
    given = row.get("billTargetDate") or row.get("transactionStartDate")
    return date.fromisoformat(str(given)[:10]) if given else None
