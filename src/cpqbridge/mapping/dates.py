"""Calendar arithmetic of terms: Salesforce ends are inclusive, Zuora's are exclusive."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

ONE_DAY = timedelta(days=1)
_SHORTEST_MONTH = 28


def parse(value: str | date) -> date:
    """Return the date of an ISO text (`2026-02-01`, or the day of a datetime text)."""
    return value if isinstance(value, date) else date.fromisoformat(value[:10])


def add_months(start: date, months: int) -> date:
    """Return the day `months` later; a day that the month does not have becomes its last one."""
    years, month = divmod(start.month - 1 + months, 12)
    year, day = start.year + years, start.day
    if day > _SHORTEST_MONTH:
        day = min(day, calendar.monthrange(year, month + 1)[1])
    return date(year, month + 1, day)


def whole_months(start: date, end: date) -> int | None:
    """Return the months from `start` to `end` (inclusive) when they are whole, else None.

    A term that starts on 31 January and ends on 27 February, the day before the month's last, is one month: Zuora
    moves such ends to the last day that the month has.
    """
    after = end + ONE_DAY
    months = (after.year - start.year) * 12 + after.month - start.month
    return months if months > 0 and add_months(start, months) == after else None


def months_between(start: date, end: date) -> Decimal:
    """Return the months from `start` to `end` (inclusive): whole ones, plus the rest by the days of its month."""
    after = end + ONE_DAY
    months = (after.year - start.year) * 12 + after.month - start.month
    if add_months(start, months) > after:
        months -= 1
    reached = add_months(start, months)
    rest = (after - reached).days
    if not rest:
        return Decimal(months)
    length = (add_months(start, months + 1) - reached).days
    return months + Decimal(rest) / Decimal(length)


def days_between(start: date, end: date) -> int:
    """Return the days from `start` to `end`, both counted."""
    return (end - start).days + 1
