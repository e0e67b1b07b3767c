"""The package's price arithmetic: proration of a term, and the net price of a quote line. Pure.

Prices are `Decimal` in the quote's currency; dates are inclusive on both ends. The multiplier is used unrounded for
money and stored with four decimals, as the package does.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

DEFAULT_TERM: Final = 12
"""Months that a blank product term counts as."""

STORED_MULTIPLIER: Final = Decimal("0.0001")
"""The multiplier is stored with four decimals."""

_MONTHS_PER_DAY: Final = Decimal(12) / Decimal(365)
_MINOR_UNITS: Final[Mapping[str, Decimal]] = {"JPY": Decimal(1)}
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LinePrice:
    """Prices of a quote line.

    Attributes:
        multiplier: Proration of the term, four decimals.
        regular: List price for the line's term, per unit (for the whole quantity with block pricing).
        net: The same after the discount.
        total: What the customer pays for the line.
    """

    multiplier: Decimal
    regular: Decimal
    net: Decimal
    total: Decimal


def price_line(
    list_price: Decimal,
    quantity: Decimal,
    multiplier: Decimal,
    *,
    discount: Decimal = Decimal(0),
    block: bool = False,
    currency: str = "USD",
) -> LinePrice:
    """Return the prices of a quote line.

    Args:
        list_price: Per unit and default term; for the whole quantity when `block`.
        quantity: Units sold.
        multiplier: Unrounded proration multiplier, 1 for what is sold once.
        discount: Percent off.
        block: Block pricing: the effective quantity is 1.
        currency: ISO code; decides the decimals.
    """
    regular = rounded(list_price * multiplier, currency)
    net = rounded(list_price * multiplier * (1 - discount / 100), currency)
    return LinePrice(
        multiplier.quantize(STORED_MULTIPLIER, ROUND_HALF_UP), regular, net, net if block else net * quantity
    )


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's smallest unit."""
    return amount.quantize(_MINOR_UNITS.get(currency, _CENT), ROUND_HALF_UP)


def multiplier_of(precision: str, start: date, end: date, default_term: int | None = None) -> Decimal:
    """Return the unrounded proration multiplier of a term given by dates.

    Args:
        precision: The package setting Subscription Prorate Precision, a key of `PRECISIONS`.
        start: First day.
        end: Last day.
        default_term: The product's subscription term in months; blank counts as 12.

    Raises:
        KeyError: the precision is not known.
    """
    return PRECISIONS[precision](start, end) / Decimal(default_term or DEFAULT_TERM)


def add_months(day: date, months: int) -> date:
    """Return the same day `months` later, or that month's last day when it is shorter."""
    year, month = divmod(day.month - 1 + months, 12)
    return date(day.year + year, month + 1, min(day.day, monthrange(day.year + year, month + 1)[1]))


def end_of_term(start: date, months: int) -> date:
    """Return the last day of a term of whole months."""
    return add_months(start, months) - timedelta(days=1)


def whole_months(start: date, end: date) -> tuple[int, int]:
    """Return the whole months between two days and the days left over."""
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    if add_months(start, months) > after:
        months -= 1
    return months, (after - add_months(start, months)).days


def months_rounded_up(start: date, end: date) -> int:
    """Return the months between two days, a begun one counting as whole."""
    months, days = whole_months(start, end)
    return months + bool(days)


def _by_month(start: date, end: date) -> Decimal:
    return Decimal(months_rounded_up(start, end))


def _by_day(start: date, end: date) -> Decimal:
    return ((end - start).days + 1) * _MONTHS_PER_DAY


def _monthly_and_daily(start: date, end: date) -> Decimal:
    months, days = whole_months(start, end)
    return months + days * _MONTHS_PER_DAY


def _calendar_monthly_and_daily(start: date, end: date) -> Decimal:
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    return months + _share_of_month(after) - _share_of_month(start)


def _share_of_month(day: date) -> Decimal:
    return Decimal(day.day - 1) / monthrange(day.year, day.month)[1]


PRECISIONS: Final[Mapping[str, Callable[[date, date], Decimal]]] = {
    "Month": _by_month,
    "Day": _by_day,
    "Monthly + Daily": _monthly_and_daily,
    "Calendar Monthly + Daily": _calendar_monthly_and_daily,
}
"""Months of a term by the package setting Subscription Prorate Precision; leap days are ignored where days count."""
