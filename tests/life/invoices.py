"""The invoices of a life: what Zuora bills of each subscription is what was proved of its orders, to the cent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Final

from cpqbridge.planning.plan import Proof
from cpqbridge.sandbox.zuora.billing.run import bill
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.life.sales import Sales
from tests.life.stage import Stage
from tests.life.truth import Sale, Sold

LAST_DAY: Final = "2099-12-31"
"""A day by which everything is billed that has an end."""

_THERE = (Outcome.SYNCED, Outcome.UNCHANGED)
_NOTHING = Decimal(0)
_CENT: Final = Decimal("0.01")


@dataclass(slots=True)
class Proofs:
    """What was proved of the orders that were carried over, when they were.

    Attributes:
        by_order: The lines of each order, by its number.
    """

    by_order: dict[str, tuple[Proof, ...]] = field(default_factory=dict)

    def take(self, results: list[SyncResult]) -> None:
        """Keep what was proved of the orders that are in Zuora now, and of those that were carried first."""
        for result in results:
            self.take(list(result.orders or ()))
            if result.outcome is Outcome.SYNCED or (result.outcome in _THERE and result.record not in self.by_order):
                self.by_order[result.record] = tuple(result.proofs)

    def of(self, sold: Sold, items: Mapping[str, str]) -> list[Proof]:
        """Return the lines about a subscription; `items` are the subscriptions of order products, by their ids."""
        pieces = {piece.id for sale in sold.sales for piece in sale.chain.pieces}
        lines = (line for order in sold.orders for line in self.by_order.get(order, ()))
        return [line for line in lines if items.get(line.item) in pieces]


def misbilled(stage: Stage, sales: Sales, proofs: Proofs, missing: set[str]) -> Iterator[str]:
    """Have everything billed; yield where that is not what was proved, or what was proved is not what was sold.

    Args:
        stage: Both systems.
        sales: What was sold.
        proofs: What was proved.
        missing: Orders that are not in Zuora.
    """
    billed = _billed(stage)
    rows = (row for deed in sales.deeds for row in _items(sales, deed.order))
    items = {str(row["Id"]): str(row["SBQQ__Subscription__c"]) for row in rows}
    for sold in sales.sold.values():
        lines = proofs.of(sold, items)
        explained = [line.explained for line in lines if line.explained]
        if len(explained) < len(lines) or not lines:
            continue
        told = f"{sold.number} ({sold.product})"
        proved = sum((one.billed for one in explained), _NOTHING)
        found = billed.get(sold.number, _NOTHING)
        # each later order may cut a month that the ones before it took as one: a cent of rounding for each
        if abs(proved - found) > _CENT * (len(explained) - 1):
            yield f"{told}: proved were {proved}, billed are {found}: {[str(one.billed) for one in explained]}"
        if missing & set(sold.orders) or _overlap(sold):
            continue
        wanted, quoted = sum(map(_worth, sold.sales), _NOTHING), sum((one.quoted for one in explained), _NOTHING)
        if wanted != quoted:
            yield f"{told}: sold were {wanted}, the proof has {quoted}"


def _items(sales: Sales, order: str) -> list[dict[str, object]]:
    [row] = sales.world.org.store.find("Order", "OrderNumber", order)
    found: list[dict[str, object]] = sales.world.org.store.find("OrderItem", "OrderId", row["Id"])
    return found


def _billed(stage: Stage) -> dict[str, Decimal]:
    """Have all billed that has an end; return invoices less credit memos of each subscription."""
    tenant = stage.both.sandbox.tenant
    store = tenant.store
    latest = store.find("subscription", isLatestVersion=True)
    bill(tenant, None, target=LAST_DAY, subscriptions=[row["name"] for row in latest if row["termType"] == "TERMED"])
    found: dict[str, Decimal] = {}
    for kind, amount, sign in (("invoiceItem", "chargeAmount", 1), ("creditMemoItem", "amount", -1)):
        for row in store.rows(kind):
            name = str(row.get("_subscription"))
            found[name] = found.get(name, _NOTHING) + sign * Decimal(row[amount])
    return found


def _overlap(sold: Sold) -> bool:
    """Return whether a renewal begins before what it renews ends, so that some days were sold twice."""
    ends = ((before.chain.end, after.chain.start) for before, after in pairwise(sold.sales))
    return any(end is None or end >= start for end, start in ends)


def _worth(sale: Sale) -> Decimal:
    """Return what one term was sold for."""
    pieces = sale.chain.pieces
    return sum((one.net if sale.chain.whole else one.net * one.quantity for one in pieces), _NOTHING)
