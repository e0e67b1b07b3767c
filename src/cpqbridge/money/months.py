"""Months of the calendar: what CPQ's and Zuora's amounts are compared in."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache


@lru_cache(maxsize=2048)
def calendar_months(start: date, end: date) -> Fraction:
    """Return the months from `start` until before `end`, each partial one as its days over the days of that month."""
    return Fraction((end.year - start.year) * 12 + end.month - start.month) + _gone(end) - _gone(start)


def decimal_months(start: date, end: date) -> Decimal:
    """Return the same, to all the places that a Decimal has."""
    months = calendar_months(start, end)
    return Decimal(months.numerator) / months.denominator


def _gone(day: date) -> Fraction:
    """Return the part of a month that is over when a day begins."""
    return Fraction(day.day - 1, monthrange(day.year, day.month)[1])
