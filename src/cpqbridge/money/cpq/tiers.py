"""Prices by quantity in CPQ: block prices, and discount schedules of the types Slab and Range.

A tier holds quantities from its lower bound until before its upper bound. Source: Salesforce Help, "Discount Schedule
Fields" and "Pricing Guidance Tier Fields". What is above the last bound has no published price and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class PriceTier:
    """A price for some quantities.

    Attributes:
        lower: The least quantity.
        upper: The first quantity above it; None for no end.
        price: Of one unit; of a block, for all of them.
    """

    lower: Decimal
    upper: Decimal | None
    price: Decimal

    def covers(self, quantity: Decimal) -> bool:
        """Return whether a quantity is one of the tier's."""
        return self.lower <= quantity and (self.upper is None or quantity < self.upper)


def price_at(tiers: Iterable[PriceTier], quantity: Decimal) -> Fraction:
    """Return the price of the tier that a quantity lies in: the whole price of a block, the unit price of a range.

    Raises:
        ValueError: No tier holds the quantity.
    """
    found = next((tier for tier in tiers if tier.covers(quantity)), None)
    if found is None:
        raise ValueError(f"no tier has a price for the quantity {quantity}")
    return Fraction(found.price)


def slab_price(tiers: Iterable[PriceTier], quantity: Decimal) -> Fraction:
    """Return the price for the whole quantity where the units in each tier have the price of that tier.

    The units are 1, 2 …; the first one of a tier is its lower bound, or 1.

    Raises:
        ValueError: Some of the units are in no tier.
    """
    total, counted, sold = Fraction(0), Fraction(0), Fraction(quantity)
    for tier in sorted(tiers, key=lambda one: one.lower):
        begins = max(Fraction(tier.lower) - 1, Fraction(0))
        if counted >= sold or begins > counted:
            break
        until = sold if tier.upper is None else min(sold, Fraction(tier.upper) - 1)
        units = max(until - counted, Fraction(0))
        total += units * Fraction(tier.price)
        counted += units
    if counted < sold:
        raise ValueError(f"no tier has a price for the unit {int(counted) + 1}")
    return total
