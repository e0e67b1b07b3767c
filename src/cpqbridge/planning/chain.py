"""Chains: what was sold once, with everything that changed it since. Pure; the words are Salesforce CPQ's.

An amendment does not touch what was sold: it adds an order product with the difference (`SBQQ__RevisedOrderProduct__c`
names the original). A renewal sells anew, in a new contract; only its quote line names the subscription that it renews.
One chain of such sales is one subscription in Zuora. Source: orders sync, use cases; decisions 5, 11 and 12.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cached_property

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record

REVISED = "SBQQ__RevisedOrderProduct__c"
SEGMENT_KEY = "SBQQ__SegmentKey__c"
SUBSCRIPTION = "SBQQ__Subscription__c"
CANCEL = "Cancel"


class How(Enum):
    """How a sale follows the one before it."""

    NEW = "new business"
    SEGMENT = "the next segment of a multi-dimensional quote"
    RENEWAL = "a renewal"
    REBOOK = "the same product sold again at another price"


@dataclass(frozen=True, slots=True)
class Piece:
    """One order product of a sale: the original, or a revision with the difference.

    Attributes:
        item: The order product, with its `Order`.
        start: First day.
        end: First day after it; None for evergreen.
        quantity: Units; negative takes some away.
    """

    item: Record
    start: date
    end: date | None
    quantity: Decimal

    @property
    def order(self) -> str:
        """The order's number."""
        return str(self.item["Order"]["OrderNumber"])


@dataclass(frozen=True, slots=True)
class Sale:
    """An order product with its revisions.

    Attributes:
        item: The original order product.
        how: How it follows the sale before it.
        pieces: The original and its revisions, in the order in which they were contracted.
    """

    item: Record
    how: How
    pieces: tuple[Piece, ...]

    @property
    def start(self) -> date:
        """First day."""
        return self.pieces[0].start

    @property
    def end(self) -> date | None:
        """First day after it; None for evergreen."""
        return self.pieces[0].end

    @property
    def cancelled(self) -> date | None:
        """The day from which all of it is cancelled; None where it is not."""
        ends = (one.start for one in self.pieces[1:] if one.item.get("SBQQ__ContractAction__c") == CANCEL)
        return min(ends, default=None)

    def without(self, order: str) -> Sale | None:
        """Return the sale as it was before an order; None where the order made it."""
        if self.pieces[0].order == order:
            return None
        return Sale(self.item, self.how, tuple(piece for piece in self.pieces if piece.order != order))


@dataclass(frozen=True)
class Chain:
    """A sale and those that followed it, up to an order.

    Attributes:
        sales: In the order of their days.
    """

    sales: tuple[Sale, ...]

    @property
    def first(self) -> Record:
        """The order product that began it; Zuora's rate plan carries its id."""
        return self.sales[0].item

    @property
    def number(self) -> str:
        """Number of the subscription in Zuora: the name of the first subscription."""
        return str(self.first["SBQQ__Subscription__r"]["Name"])

    def before(self, order: str) -> Chain | None:
        """Return the chain as it was before an order; None where the order began it."""
        sales = [before for sale in self.sales if (before := sale.without(order))]
        return Chain(tuple(sales)) if sales else None

    def of(self, orders: Collection[str]) -> Chain:
        """Return what of the chain some of its orders have made."""
        sales = (sale for sale in self.sales if sale.pieces[0].order in orders)
        return Chain(tuple(Sale(one.item, one.how, tuple(p for p in one.pieces if p.order in orders)) for one in sales))

    @cached_property
    def orders(self) -> tuple[str, ...]:
        """Numbers of the orders that made it, in the order in which they were contracted."""
        pieces = sorted((piece for sale in self.sales for piece in sale.pieces), key=lambda piece: turn(piece.item))
        return tuple(dict.fromkeys(piece.order for piece in pieces))

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """Days on which the same is active, the earliest first; each sale ends where the next one starts."""
        return tuple(one for sale, until in _spans(self.sales) for one in _within(sale, until))


def is_change(item: Record) -> bool:
    """Return whether a contracted order product changes or continues what an earlier one sold."""
    subscription = item.get("SBQQ__Subscription__r") or {}
    earlier = subscription.get("SBQQ__RevisedSubscription__c"), renewed_subscription(item)
    return bool(item.get(SUBSCRIPTION)) and any((item.get(REVISED), *earlier))


def renewed_subscription(item: Record) -> str | None:
    """Return the id of the subscription that an order product renews; only its quote line names it."""
    found: str | None = (item.get("SBQQ__QuoteLine__r") or {}).get("SBQQ__RenewedSubscription__c")
    return found


def is_renewal(item: Record) -> bool:
    """Return whether a contracted order product sells on what an earlier one sold."""
    return bool(item.get(SUBSCRIPTION) and renewed_subscription(item))


def is_asset_change(item: Record) -> bool:
    """Return whether an order product that made no subscription changes the quantity of an asset."""
    return bool(item.get(REVISED)) and not item.get(SUBSCRIPTION)


def turn(item: Record) -> tuple[str, str]:
    """Return what order products are sorted by: when they were contracted, then the order's number."""
    subscription = item.get("SBQQ__Subscription__r") or {}
    return str(subscription.get("CreatedDate") or ""), str((item.get("Order") or {}).get("OrderNumber") or "")


def piece(item: Record) -> Piece:
    """Return an order product with its days; a segment has its own, the first segment's subscription spans them all."""
    subscription = item["SBQQ__Subscription__r"]
    segment = "Segment" if item.get(SEGMENT_KEY) and subscription.get("SBQQ__SegmentStartDate__c") else ""
    end = subscription.get(f"SBQQ__{segment}EndDate__c")
    evergreen = subscription.get("SBQQ__SubscriptionType__c") == "Evergreen" or not end
    return Piece(
        item,
        dates.parse(subscription[f"SBQQ__{segment}StartDate__c"]),
        None if evergreen else dates.parse(end) + dates.ONE_DAY,
        Decimal(item.get("Quantity") or 0),
    )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which the same quantity of the same sale is active; `end` is the first day after them, None for ever."""

    start: date
    end: date | None
    sale: Sale
    quantity: Decimal

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What of the sale is active."""
        day = self.start
        return tuple(one for one in self.sale.pieces if one.start <= day and (one.end is None or day < one.end))


def stretches(chain: Chain | None, since: date | None = None) -> list[Stretch]:
    """Return the stretches of a chain, the earliest first; each sale ends where the next one starts.

    Args:
        chain: The chain; None has no stretches.
        since: Leave out what ended until this day, but for the last one on which anything was active and what follows.
    """
    found = list(chain.stretches if chain else ())
    if since is None:
        return found
    past = [at for at, one in enumerate(found) if one.quantity > 0 and one.end is not None and one.end <= since]
    return found[past[-1] :] if past else found


def _spans(sales: Sequence[Sale]) -> Iterator[tuple[Sale, date | None]]:
    for position, sale in enumerate(sales):
        following = sales[position + 1].start if position + 1 < len(sales) else None
        yield sale, earliest(sale.end, following)


def _within(sale: Sale, until: date | None) -> Iterator[Stretch]:
    """Yield the stretches of a sale; from the day of a cancellation on there is nothing, whatever would begin later."""
    over = max(sale.cancelled, sale.start) if sale.cancelled else None
    yield from _summed(sale, earliest(over, until))
    if over is not None and (until is None or over < until):
        yield Stretch(over, until, sale, Decimal(0))


def _summed(sale: Sale, until: date | None) -> Iterator[Stretch]:
    days, steps = {sale.start}, {sale.start: Decimal(0)}
    for one in sale.pieces:
        days |= {day for day in (max(one.start, sale.start), one.end) if day and (until is None or day < until)}
        if one.end is None or one.start < one.end:
            steps[one.start] = steps.get(one.start, Decimal(0)) + one.quantity
            if one.end is not None:
                steps[one.end] = steps.get(one.end, Decimal(0)) - one.quantity
    ordered, begun = sorted(days), sorted(steps)
    quantity, taken = Decimal(0), 0
    for position, day in enumerate(ordered):
        while taken < len(begun) and begun[taken] <= day:
            quantity += steps[begun[taken]]
            taken += 1
        end = ordered[position + 1] if position + 1 < len(ordered) else until
        if until is None or day < until:
            yield Stretch(day, end, sale, quantity)


def earliest(*days: date | None) -> date | None:
    """Return the earliest of some days; None stands for never."""
    known = [day for day in days if day is not None]
    return min(known) if known else None
