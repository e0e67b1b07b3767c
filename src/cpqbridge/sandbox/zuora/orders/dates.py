"""Date arithmetic of terms and charges; ends are exclusive, month steps are cut to the month's last day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from cpqbridge.sandbox.zuora.orders.reasons import invalid

_MONTHS = {
    "Month": 1, "Months": 1, "Quarter": 3, "Semi_Annual": 6, "Annual": 12, "Year": 12, "Years": 12,
    "Eighteen_Months": 18, "Two_Years": 24, "Three_Years": 36, "Five_Years": 60, "Specific_Months": 1,
}  # fmt: skip
_DAYS = {"Day": 1, "Days": 1, "Week": 7, "Weeks": 7, "Specific_Weeks": 7, "Specific_Days": 1}


def day(value: str) -> date:
    """A ``YYYY-MM-DD`` text as date."""
    return date.fromisoformat(value)


def add(start: date, count: int, unit: str) -> date:
    """The date `count` units after `start`; the unit is a term period type, an up-to-periods type or a billing period.

    Raises:
        Refusal: The date lies beyond the year 9999.
        KeyError: The unit has no fixed length.
    """
    try:
        return _add_days(start, count * _DAYS[unit]) if unit in _DAYS else _add_months(start, count * _MONTHS[unit])
    except (ValueError, OverflowError) as error:
        raise invalid(f"{count} {unit} after {start} is beyond the year 9999.") from error


def _add_days(start: date, days: int) -> date:
    return start + timedelta(days=days)


def _add_months(start: date, count: int) -> date:
    months = start.year * 12 + start.month - 1 + count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
