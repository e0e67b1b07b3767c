"""Days, months and bill cycle days of many lines at once.

A day is its number from 1970-01-01 as in `datetime64[D]`, a month its number from January 1970 as in `datetime64[M]`.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
"""A column of days, months, counts or scaled amounts."""

Flags = NDArray[np.bool_]
"""A column of yes and no."""

EPOCH: Final = date(1970, 1, 1).toordinal()
"""The ordinal of the day that has the number 0."""

_FIRST_MONTH: Final = (1900 - 1970) * 12
_AFTER_MONTH: Final = (2200 - 1970) * 12
_MONTHS: Final = (
    np.arange(_FIRST_MONTH, _AFTER_MONTH + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
)
"""The first day of each month of the tables, and of the month after the last."""

_LENGTHS: Final = np.diff(_MONTHS)
_OFFSET: Final = int(_MONTHS[0])
_MONTH_OF: Final = np.repeat(np.arange(_FIRST_MONTH, _AFTER_MONTH, dtype=np.int16), _LENGTHS)
"""The month of each day of the tables."""

EARLIEST: Final = date(1920, 1, 1).toordinal() - EPOCH
LATEST: Final = date(2180, 1, 1).toordinal() - EPOCH
"""Between these days a line may begin and end: its billing periods, of ten years at most, lie within the tables."""


def day_number(day: date) -> int:
    """Return a day as columns have it."""
    return day.toordinal() - EPOCH


def date_of(number: int) -> date:
    """Return the day that a number of a column stands for."""
    return date.fromordinal(int(number) + EPOCH)


def within(days: Ints) -> Flags:
    """Return whether each day is one that the tables can be asked for."""
    return (days >= EARLIEST) & (days <= LATEST)


def month_of(days: Ints) -> Ints:
    """Return the month of each day."""
    return _MONTH_OF[days - _OFFSET].astype(np.int64)


def first_day(months: Ints) -> Ints:
    """Return the first day of each month."""
    return _MONTHS[months - _FIRST_MONTH]


def days_in(months: Ints) -> Ints:
    """Return the days of each month."""
    return _LENGTHS[months - _FIRST_MONTH]


def cut(months: Ints, cycle_day: Ints) -> Ints:
    """Return the bill cycle day of each month; a month shorter than that is cut at its last day."""
    at = months - _FIRST_MONTH
    found: Ints = _MONTHS[at] + np.minimum(cycle_day, _LENGTHS[at]) - 1
    return found


def cut_month(days: Ints, cycle_day: Ints) -> Ints:
    """Return the month of the last cut on or before each day."""
    months = month_of(days)
    found: Ints = months - (cut(months, cycle_day) > days)
    return found


def day_in_month(days: Ints) -> Ints:
    """Return the day of month, from 1."""
    found: Ints = days - first_day(month_of(days)) + 1
    return found


def months_later(days: Ints, months: Ints) -> Ints:
    """Return the same day of the month some months later, or the last day of a month that is shorter."""
    month = month_of(days)
    return cut(month + months, days - first_day(month) + 1)


def whole_months(start: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Return the whole months from each day until before another, and the days left over."""
    months = month_of(end) - month_of(start)
    months -= months_later(start, months) > end
    return months, end - months_later(start, months)
