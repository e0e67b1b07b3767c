"""Writes how an amount comes about as Zuora's pages write it: `1000 * (4 + 9/31)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.schedule import Part, ServicePeriod


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of a quantity for some time.

    Attributes:
        total: The exact price.
        whole: Whole months, or weeks, that it is for.
        parts: Parts of months besides, where it is for a term of not only whole ones.
        price: Of one unit, or of a flat fee; None where the quantity has tiers.
        quantity: Units that it is multiplied by.
    """

    total: Fraction
    whole: int
    parts: tuple[Part, ...] = ()
    price: Decimal | None = None
    quantity: Decimal = Decimal(1)

    @property
    def units(self) -> Fraction:
        """Months or weeks that it is for."""
        return sum((Fraction(*part) for part in self.parts), Fraction(self.whole))

    def amount(self, units: Fraction) -> Fraction:
        """Return the exact amount for some months or weeks."""
        return self.total * units / self.units


def formula(rate: Rate, periods: Sequence[ServicePeriod]) -> str:
    """Return the formula of the amount for service periods of one charge, with the numbers filled in.

    Where periods are prorated by day, it counts in billing periods; else in months or weeks.
    """
    scale = max((period.scale for period in periods), default=1)
    months = sum(period.whole for period in periods)
    counted = Fraction(months, scale)
    parts = [part for period in periods for part in period.parts]
    if scale == 1 and counted == rate.whole and tuple(parts) == rate.parts:
        return _product(rate)
    price, time = _price(rate, scale), _time(counted, parts)
    return price if time == "1" else f"{price} * {time}"


def _product(rate: Rate) -> str:
    """Return price times quantity."""
    if rate.price is None:
        return plain_number(rate.total)
    price = plain_number(rate.price)
    return price if rate.quantity == 1 else f"{price} * {plain_number(rate.quantity)}"


def _price(rate: Rate, scale: int) -> str:
    """Return the price for one month or week, or for as many months as one whole of the parts has."""
    product = _product(rate)
    if not rate.parts and rate.whole == scale:
        return product
    divisor = "" if not rate.parts and rate.whole == 1 else f" / {_time(Fraction(rate.whole), rate.parts)}"
    factor = "" if scale == 1 else f" * {scale}"
    return f"{product}{divisor}{factor}"


def _time(whole: Fraction, parts: Sequence[Part]) -> str:
    terms = [str(whole)] if whole or not parts else []
    terms += [f"{days}/{of}" for days, of in parts]
    return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"


def plain_number(number: Decimal | Fraction) -> str:
    """Return a number without exponent and without zeros at the end; as a fraction where it has no end."""
    if isinstance(number, Fraction):
        exact = Decimal(number.numerator) / number.denominator
        if Fraction(exact) != number:
            return str(number)
        number = exact
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
