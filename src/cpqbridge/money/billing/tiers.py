"""What Zuora charges for a quantity, before time comes into it: the charge models and their price tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

_NOTHING = Decimal(0)


class ChargeModel(StrEnum):
    """How a charge makes a price of a quantity; named as in the Orders API."""

    FLAT_FEE = "FlatFee"
    PER_UNIT = "PerUnit"
    TIERED = "Tiered"
    """The units in each tier have the price of that tier."""
    VOLUME = "Volume"
    """All units have the price of the tier that the quantity reaches."""
    OVERAGE = "Overage"
    """Units above the included ones are charged."""
    TIERED_WITH_OVERAGE = "TieredWithOverage"


@dataclass(frozen=True, slots=True)
class Tier:
    """A price for a range of quantities, which begins where the tier before ends.

    Attributes:
        ending: The last unit in it; None where it has no end.
        price: Of one unit, or of all of them.
        flat: Whether it is the price of all units (`priceFormat` FlatFee).
    """

    ending: Decimal | None
    price: Decimal
    flat: bool = False


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A price by quantity.

    Attributes:
        model: How the quantity counts.
        price: Of all (flat fee), of one unit, or of one unit above what is included (overage).
        tiers: Of a tiered or volume model, the lowest first.
        included: Units that cost nothing extra, for overage.
    """

    model: ChargeModel = ChargeModel.PER_UNIT
    price: Decimal = _NOTHING
    tiers: tuple[Tier, ...] = ()
    included: Decimal = _NOTHING

    def of(self, quantity: Decimal) -> Fraction:
        """Return the exact price of a quantity.

        Raises:
            ValueError: The quantity lies above the last tier, and the model has no price for that.
        """
        match self.model:
            case ChargeModel.FLAT_FEE:
                return Fraction(self.price)
            case ChargeModel.PER_UNIT:
                return Fraction(self.price) * Fraction(quantity)
            case ChargeModel.OVERAGE:
                return Fraction(self.price) * Fraction(max(quantity - self.included, _NOTHING))
            case ChargeModel.VOLUME:
                return _volume(self.tiers, quantity)
        over = self.model is ChargeModel.TIERED_WITH_OVERAGE
        return _tiered(self.tiers, quantity, self.price if over else None)


def _volume(tiers: Sequence[Tier], quantity: Decimal) -> Fraction:
    for tier in tiers:
        if tier.ending is None or quantity <= tier.ending:
            return Fraction(tier.price) * (1 if tier.flat else Fraction(quantity))
    raise _too_much(quantity)


def _tiered(tiers: Sequence[Tier], quantity: Decimal, overage: Decimal | None) -> Fraction:
    total, below = Fraction(0), _NOTHING
    for tier in tiers:
        reached = quantity if tier.ending is None else min(quantity, tier.ending)
        if reached > below:
            total += Fraction(tier.price) * (1 if tier.flat else Fraction(reached - below))
            below = reached
    if below >= quantity:
        return total
    if overage is None:
        raise _too_much(quantity)
    return total + Fraction(overage) * Fraction(quantity - below)


def _too_much(quantity: Decimal) -> ValueError:
    return ValueError(f"No price tier reaches the quantity {quantity}.")
