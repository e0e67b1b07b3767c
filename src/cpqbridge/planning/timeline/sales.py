"""What Salesforce sold and at which price: the sales behind the charges of Zuora's subscriptions. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from cpqbridge.mapping import dates
from cpqbridge.planning.chain import REVISED, SUBSCRIPTION, Chain, Stretch, turn
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.sold import Sold

_ROUNDED = Decimal("0.005")
"""CPQ rounds a net price to cents."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A price as it was agreed on: of one unit, or of all of a flat fee, for so many months."""

    price: Decimal
    months: Decimal


@dataclass(frozen=True, slots=True)
class SoldPrice:
    """Days on which a price that was sold counts; `end` is the first day after them.

    Attributes:
        start: First day.
        end: First day after the last one.
        price: Net price of a unit for all days of the sale.
        months: Those days in months.
        quantity: Units.
    """

    start: date
    end: date | None
    price: Decimal
    months: Decimal
    quantity: Decimal

    def agreed(self, monthly: Decimal) -> Agreed | None:
        """Return what was agreed on, if that is what Zuora bills for a month: of a unit, or of all of a flat fee."""
        billed = monthly * self.months
        prices = (self.price, self.price * self.quantity)
        return next((Agreed(one, self.months) for one in prices if abs(one - billed) <= _ROUNDED), None)


Prices = Mapping[str, Sequence[SoldPrice]]
"""Id of the order product that began a chain, which Zuora's rate plan carries, to the prices of its sales."""


def all_sold(snapshot: Snapshot) -> Sold:
    """Return the chains of a snapshot's orders, those that are but new business among them."""
    own = {
        item["Id"]: {**item, "OrderId": order["Id"], "Order": order}
        for order in snapshot.orders.values()
        for item in children(order, "OrderItems")
        if item.get(SUBSCRIPTION)
    }
    return replace(snapshot.sold, items={**own, **snapshot.sold.items})


def prices_sold(snapshot: Snapshot) -> dict[str, tuple[SoldPrice, ...]]:
    """Return the prices of all that was sold in the chains of a snapshot's orders; those without end are left out."""
    sold = all_sold(snapshot)
    last = max(map(turn, sold.items.values()), default=("", ""))
    firsts = (one for key, one in sold.items.items() if not one.get(REVISED) and key not in sold.index.before)
    return {first["Id"]: tuple(_prices(sold.index.chain_until(first, last))) for first in firsts}


def _prices(chain: Chain) -> Iterator[SoldPrice]:
    for stretch in chain.stretches:
        price = _price(stretch)
        if price is not None:
            yield price


def _price(stretch: Stretch) -> SoldPrice | None:
    sale = stretch.sale
    net = sale.item["SBQQ__Subscription__r"].get("SBQQ__NetPrice__c")
    if net is None or sale.end is None or sale.end <= sale.start:
        return None
    months = dates.months_between(sale.start, sale.end - dates.ONE_DAY)
    return SoldPrice(stretch.start, stretch.end, Decimal(net), months, stretch.quantity)
