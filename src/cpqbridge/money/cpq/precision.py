"""How many months Salesforce CPQ charges a span of days as: the package setting Subscription Prorate Precision.

Days are inclusive on both ends; months are exact. Leap days count as days, and no year has more than 365 of them for a
price. Source: package settings "Subscription Prorate Precision"; published examples in
`tests/money/cpq/test_precision.py`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from cpqbridge.money.months import calendar_months

DAYS_IN_YEAR = 365
"""CPQ's year, in leap years too."""

STORED = Decimal("0.0001")
"""A multiplier is stored with four decimals."""

_DAY = timedelta(days=1)


class Precision(StrEnum):
    """The setting's values that have a published formula."""

    MONTH = "Month"
    DAY = "Day"
    MONTHLY_DAILY = "Monthly + Daily"
    CALENDAR = "Calendar Monthly + Daily"


UNPUBLISHED = ("Day with Calendar Month Weighted",)
"""The setting's values whose formula Salesforce does not publish."""


class UnknownPrecisionError(ValueError):
    """A precision that cannot be computed.

    Attributes:
        name: As it was given.
        exists: Whether CPQ has it, and only its formula is unknown.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.exists = _key(name) in {_key(one) for one in UNPUBLISHED}
        known = ", ".join(f'"{one}"' for one in Precision)
        why = "Salesforce publishes no formula of it" if self.exists else "CPQ has no such setting"
        super().__init__(f'the prorate precision "{name}" cannot be computed: {why}; what can be is {known}')


def precision_named(name: str) -> Precision:
    """Return the precision of a name; capitals, blanks and underscores do not matter.

    Raises:
        UnknownPrecisionError: It has no published formula, or CPQ has none of this name.
    """
    found = {_key(one): one for one in Precision}.get(_key(name))
    if found is None:
        raise UnknownPrecisionError(name)
    return found


def exact_months(precision: Precision, start: date, end: date) -> Fraction:
    """Return the months that a span is charged as."""
    return _RULES[precision].months(start, end + _DAY)


def charged_months(precision: Precision, start: date, end: date) -> Decimal:
    """Return the months that a span is charged as, to all the places that a Decimal has."""
    months = exact_months(precision, start, end)
    return Decimal(months.numerator) / months.denominator


def months_formula(precision: Precision, start: date, end: date) -> str:
    """Return how the months of a span come about, with the numbers filled in: `3 + (9/31 + 30/30)`."""
    return _RULES[precision].formula(start, end + _DAY)


def precisions_of(multiplier: Decimal, start: date, end: date, default_term: Decimal) -> tuple[Precision, ...]:
    """Return every setting by which CPQ may have come to a multiplier; whole months are the same by several.

    Args:
        multiplier: As stored on an order product, with four decimals.
        start: First day.
        end: Last day.
        default_term: The product's subscription term in months.
    """
    stored = multiplier.quantize(STORED, ROUND_HALF_UP)
    return tuple(
        one
        for one in Precision
        if (charged_months(one, start, end) / default_term).quantize(STORED, ROUND_HALF_UP) == stored
    )


def precision_of(multiplier: Decimal, start: date, end: date, default_term: Decimal) -> Precision | None:
    """Return the first setting by which CPQ comes to a multiplier, or None when no published formula gives it.

    Args:
        multiplier: As stored on an order product, with four decimals.
        start: First day.
        end: Last day.
        default_term: The product's subscription term in months.
    """
    return next(iter(precisions_of(multiplier, start, end, default_term)), None)


def _key(name: str) -> str:
    return "".join(name.split()).replace("_", "").casefold()


def _whole(start: date, after: date) -> tuple[int, int]:
    """Return the whole months between two days, and the days left over."""
    months = _apart(start, after)
    reached = _later(start, months)
    if reached > after:
        months -= 1
        reached = _later(start, months)
    return months, (after - reached).days


def _apart(start: date, after: date) -> int:
    return (after.year - start.year) * 12 + after.month - start.month


def _later(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, _length(date(year, month + 1, 1))))


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _by_month(start: date, after: date) -> Fraction:
    months, days = _whole(start, after)
    return Fraction(months + bool(days))


def _by_day(start: date, after: date) -> Fraction:
    return Fraction((after - start).days * 12, DAYS_IN_YEAR)


def _monthly_daily(start: date, after: date) -> Fraction:
    months, days = _whole(start, after)
    return months + Fraction(days * 12, DAYS_IN_YEAR)


def _monthly_daily_formula(start: date, after: date) -> str:
    months, days = _whole(start, after)
    return f"{months} + {days} * 12/{DAYS_IN_YEAR}" if days else str(months)


def _calendar_formula(start: date, after: date) -> str:
    """Write the first and the last month as parts even if they are whole, as the published example does."""
    last = after - _DAY
    between = _apart(start, last) - 1
    if between < 0:
        return f"{(after - start).days}/{_length(start)}"
    first = f"{_length(start) - start.day + 1}/{_length(start)}"
    return f"{between} + ({first} + {last.day}/{_length(last)})"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A setting: the months from a first day until before another, and how they come about."""

    months: Callable[[date, date], Fraction]
    formula: Callable[[date, date], str]


_RULES: Mapping[Precision, _Rule] = {
    Precision.MONTH: _Rule(_by_month, lambda start, after: str(_by_month(start, after))),
    Precision.DAY: _Rule(_by_day, lambda start, after: f"{(after - start).days} * 12/{DAYS_IN_YEAR}"),
    Precision.MONTHLY_DAILY: _Rule(_monthly_daily, _monthly_daily_formula),
    Precision.CALENDAR: _Rule(calendar_months, _calendar_formula),
}
