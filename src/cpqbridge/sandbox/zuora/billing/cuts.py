"""Where billing months begin: the bill cycle day of every month, counted in days and months since year 0.

A day is its proleptic ordinal (`date.toordinal`), a month ``12 * year + month - 1``. The bill cycle day of a month that
is shorter is its last day.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

#: Parts of a month: every billing month has 28 to 31 days, and this many parts divide by all of them.
TICKS = 28 * 29 * 15 * 31


def ordinal(text: str) -> int:
    """The day of a ``YYYY-MM-DD`` text."""
    return date.fromisoformat(text).toordinal()


def text(day: int) -> str:
    """A day as ``YYYY-MM-DD``."""
    return date.fromordinal(day).isoformat()


def cut(month: int, cycle_day: int) -> int:
    """The day on which the billing month that begins in a month does so."""
    year, index = divmod(month, 12)
    return date(year, index + 1, min(cycle_day, monthrange(year, index + 1)[1])).toordinal()


def month_of(day: int, cycle_day: int) -> int:
    """The month in which the billing month around a day begins."""
    on = date.fromordinal(day)
    month = on.year * 12 + on.month - 1
    return month if cut(month, cycle_day) <= day else month - 1


def month_from(day: int, cycle_day: int) -> int:
    """The month of the first cut on or after a day."""
    month = month_of(day, cycle_day)
    return month if cut(month, cycle_day) == day else month + 1


def strict_days(first: int, last: int) -> int:
    """Days of the range with every month taken as 30 days; both ends inclusive, a month's last day is its 30th."""
    begin, end = date.fromordinal(first), date.fromordinal(last)
    closing = 30 if end.day == monthrange(end.year, end.month)[1] else end.day
    return (end.year - begin.year) * 360 + (end.month - begin.month) * 30 + closing - begin.day + 1
