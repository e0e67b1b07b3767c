"""How many months Salesforce CPQ charges the days of many lines as, by each Subscription Prorate Precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from cpqbridge.money.columns.calendar import Ints, days_in, first_day, month_of, whole_months
from cpqbridge.money.columns.shares import Share
from cpqbridge.money.cpq.precision import DAYS_IN_YEAR, Precision

PRECISIONS: Final = tuple(Precision)
"""Precisions by their number in a column."""


def charged_months(precision: Ints, start: Ints, end: Ints) -> Share:
    """Return the months that CPQ charges, exact.

    Args:
        precision: Numbers of `PRECISIONS`.
        start: First days.
        end: First days without.
    """
    found = Share.nothing(len(start))
    for number, one in enumerate(PRECISIONS):
        rows = np.flatnonzero(precision == number)
        if len(rows):
            found.put(rows, months_by(one, start[rows], end[rows]))
    return found


def months_by(precision: Precision, start: Ints, end: Ints) -> Share:
    """Return the months that CPQ charges by one precision, exact.

    Args:
        precision: The package setting.
        start: First days.
        end: First days without.
    """
    return _MONTHS[precision](start, end)


def _by_month(start: Ints, end: Ints) -> Share:
    months, days = whole_months(start, end)
    return Share(months + (days > 0), np.ones_like(months))


def _by_day(start: Ints, end: Ints) -> Share:
    return Share((end - start) * 12, np.full_like(start, DAYS_IN_YEAR))


def _monthly_daily(start: Ints, end: Ints) -> Share:
    months, days = whole_months(start, end)
    return Share(months * DAYS_IN_YEAR + days * 12, np.full_like(start, DAYS_IN_YEAR))


def _calendar(start: Ints, end: Ints) -> Share:
    first, after = month_of(start), month_of(end)
    begun = Share(start - first_day(first), days_in(first))
    ended = Share(end - first_day(after), days_in(after))
    months = (after - first) * begun.over * ended.over + ended.months * begun.over - begun.months * ended.over
    return Share(months, begun.over * ended.over)


_MONTHS: Mapping[Precision, Callable[[Ints, Ints], Share]] = {
    Precision.MONTH: _by_month,
    Precision.DAY: _by_day,
    Precision.MONTHLY_DAILY: _monthly_daily,
    Precision.CALENDAR: _calendar,
}
