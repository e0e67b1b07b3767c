"""How many months Salesforce CPQ charges a span of days as: the package setting Subscription Prorate Precision.

Days are inclusive on both ends; months are exact. Source: package settings "Subscription Prorate Precision"; published
examples in `tests/money/test_proration.py`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

_DAY = timedelta(days=1)
_STORED = Decimal("0.0001")


class Precision(StrEnum):
    """The settings' values that have a published formula."""

    MONTH = "Month"
    DAY = "Day"
    MONTHLY_DAILY = "Monthly + Daily"
    CALENDAR = "Calendar Monthly + Daily"


def charged_months(precision: Precision, start: date, end: date) -> Decimal:
    """Return the months that a span is charged as, unrounded."""
    return _MONTHS[precision](start, end + _DAY)


def precision_of(multiplier: Decimal, start: date, end: date, default_term: Decimal) -> Precision | None:
    """Return the setting by which CPQ came to a multiplier, or None when no published formula gives it.

    Args:
        multiplier: As stored on an order product, with four decimals.
        start: First day.
        end: Last day.
        default_term: The product's subscription term in months.
    """
    for precision in Precision:
        made = charged_months(precision, start, end) / default_term
        if made.quantize(_STORED, ROUND_HALF_UP) == multiplier.quantize(_STORED, ROUND_HALF_UP):
            return precision
    return None


def _whole(start: date, after: date) -> tuple[int, int]:
    """Return the whole months between two days, and the days left over."""
    months = (after.year - start.year) * 12 + after.month - start.month
    reached = _later(start, months)
    if reached > after:
        months -= 1
        reached = _later(start, months)
    return months, (after - reached).days


def _later(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _by_month(start: date, after: date) -> Decimal:
    months, days = _whole(start, after)
    return Decimal(months + (1 if days else 0))


def _by_day(start: date, after: date) -> Decimal:
    return Decimal((after - start).days * 12) / 365


def _monthly_daily(start: date, after: date) -> Decimal:
    months, days = _whole(start, after)
    return months + Decimal(days * 12) / 365


def _calendar(start: date, after: date) -> Decimal:
    months = (after.year - start.year) * 12 + after.month - start.month
    return months + _gone(after) - _gone(start)


def _gone(day: date) -> Decimal:
    """Return the part of a month that is over when a day begins."""
    return Decimal(day.day - 1) / monthrange(day.year, day.month)[1]


_MONTHS: Mapping[Precision, Callable[[date, date], Decimal]] = {
    Precision.MONTH: _by_month,
    Precision.DAY: _by_day,
    Precision.MONTHLY_DAILY: _monthly_daily,
    Precision.CALENDAR: _calendar,
}
