"""A thing sold with its revisions: how much of it there is on a day, and what it costs. Pure.

An amendment does not touch what was sold before: it adds a row with the difference. A chain is the original row and
its differences; the quantity is their sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.salesforce.cpq.pricing import PRECISIONS, rounded

Row = Mapping[str, Any]

SUBSCRIPTION = "SBQQ__Subscription__c"
ASSET = "Asset"
_WHOLE_PRICES = ("Block", "Percent Of Total")


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of a chain.

    Attributes:
        id: The subscription or asset.
        start: First day.
        quantity: Units; negative takes some away.
        net: Net price from its start to the chain's end, per unit (in all, where the chain is priced as a whole).
        item: Id of the order product that made it.
    """

    id: str
    start: date
    quantity: Decimal
    net: Decimal
    item: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A thing sold, and its revisions.

    Attributes:
        sobject: `SBQQ__Subscription__c` or `Asset`.
        original: The row that the sale made.
        line: The quote line that sold it; empty when there is none.
        pieces: The original and its revisions, by start.
        end: Last day; None without end.
        terminated: First day after it was amended to zero, or None.
        renewed: First day of its renewal, or None.
        precision: The org's Subscription Prorate Precision.
    """

    sobject: str
    original: Row
    line: Row
    pieces: tuple[Piece, ...]
    end: date | None
    terminated: date | None
    renewed: date | None
    precision: str

    @property
    def id(self) -> str:
        """Id of the original row."""
        return str(self.original["Id"])

    @property
    def name(self) -> str:
        """What people call it: the subscription number, the asset's name."""
        return str(self.original["Name"])

    @property
    def is_asset(self) -> bool:
        """Whether it is an asset."""
        return self.sobject == ASSET

    @property
    def product(self) -> str:
        """Id of the product."""
        return str(self.original["Product2Id" if self.is_asset else "SBQQ__Product__c"])

    @property
    def item(self) -> str | None:
        """Id of the order product that sold it."""
        return self.original.get("SBQQ__OrderProduct__c")

    @property
    def segments(self) -> str | None:
        """Key that the segments of one multi-dimensional line share; None for what is in one piece."""
        return self.original.get("SBQQ__SegmentKey__c")

    @property
    def segment(self) -> int | None:
        """Number of the segment, from 1."""
        index = self.original.get("SBQQ__SegmentIndex__c")
        return int(index) if self.segments and index is not None else None

    @property
    def kind(self) -> str:
        """`Renewable`, `One-time` or `Evergreen`; empty for an asset."""
        return str(self.original.get("SBQQ__SubscriptionType__c") or "")

    @property
    def start(self) -> date:
        """First day."""
        return self.pieces[0].start

    @property
    def quantity(self) -> Decimal:
        """Units once every amendment made so far has come into force."""
        return sum((piece.quantity for piece in self.pieces), Decimal(0))

    @property
    def whole(self) -> bool:
        """Whether prices are for the whole quantity: the quote line's effective quantity was 1."""
        by_method = self.original.get("SBQQ__PricingMethod__c") in _WHOLE_PRICES
        return by_method and self.line.get("SBQQ__EffectiveQuantity__c") is not None

    @property
    def price(self) -> Decimal:
        """Net price for its whole term once every amendment has come into force, see `price_on`."""
        return self.price_on(date.max)

    def price_on(self, moment: date) -> Decimal:
        """Return the net price from the first to the last day, per unit (in all, where it is priced as a whole).

        What is priced as a whole gets another price with each amendment; anything else keeps that of the first sale.
        """
        if not self.whole:
            return self.pieces[0].net
        begun = [piece for piece in self.pieces if piece.start <= moment]
        return rounded(sum((self.worth(one.net, one.start, self.start) for one in begun), Decimal(0)), "")

    def quantity_on(self, moment: date) -> Decimal:
        """Return the units that are active on a day."""
        over = (self.terminated, self.renewed)
        if any(limit and limit <= moment for limit in over) or (self.end and self.end < moment):
            return Decimal(0)
        return sum((piece.quantity for piece in self.pieces if piece.start <= moment), Decimal(0))

    def months(self, start: date, end: date | None) -> Decimal:
        """Return the months that a span is charged as; 1 for what is charged once or has no end."""
        if end is None or self.is_asset or self.original.get("SBQQ__ChargeType__c") == "One-Time":
            return Decimal(1)
        return PRECISIONS[self.precision](start, end)

    def worth(self, net: Decimal, since: date, start: date) -> Decimal:
        """Return what a price for `since` to the chain's end is for `start` to the chain's end, unrounded."""
        return net * self.months(start, self.end) / self.months(since, self.end)
