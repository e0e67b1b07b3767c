"""Date literals (`TODAY`, `LAST_N_DAYS:7`, `THIS_FISCAL_QUARTER`) as half-open ranges of days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

Range = tuple[date, date]
"""First day, and the first day after."""


@dataclass(frozen=True, slots=True)
class DateLiteral:
    """A named range of days.

    Attributes:
        counted: Takes a number, as `LAST_N_DAYS:n` does.
        days: The range for today, the number (0 if none) and the first month of the fiscal year.
    """

    counted: bool
    days: Callable[[date, int, int], Range]


def months_later(day: date, months: int) -> date:
    """Return the first day of the month that many months after the month of `day`."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _week_start(day: date) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7)


def _starts(unit: str, day: date, fiscal: int) -> date:
    if unit == "DAY":
        return day
    if unit == "WEEK":
        return _week_start(day)
    if unit == "MONTH":
        return day.replace(day=1)
    first = fiscal if "FISCAL" in unit else 1
    length = 3 if "QUARTER" in unit else 12
    return months_later(day, -((day.month - first) % length))


def _moved(unit: str, start: date, count: int) -> date:
    if unit in ("DAY", "WEEK"):
        return start + timedelta(days=count * (7 if unit == "WEEK" else 1))
    length = 3 if "QUARTER" in unit else 12 if "YEAR" in unit else 1
    return months_later(start, count * length)


def _spanning(unit: str, first: Callable[[int], int], after: Callable[[int], int]) -> Callable[[date, int, int], Range]:
    def days(today: date, number: int, fiscal: int) -> Range:
        start = _starts(unit, today, fiscal)
        return _moved(unit, start, first(number)), _moved(unit, start, after(number))

    return days


def _of(unit: str, first: int, after: int) -> DateLiteral:
    return DateLiteral(counted=False, days=_spanning(unit, lambda _: first, lambda _: after))


def _today_too(_number: int) -> int:
    return 1


def _before_now(_number: int) -> int:
    return 0


def _literals() -> dict[str, DateLiteral]:
    table = {
        "TODAY": _of("DAY", 0, 1), "YESTERDAY": _of("DAY", -1, 0), "TOMORROW": _of("DAY", 1, 2),
        "LAST_90_DAYS": _of("DAY", -90, 1), "NEXT_90_DAYS": _of("DAY", 1, 91),
    }  # fmt: skip
    for unit in ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"):
        table |= {f"LAST_{unit}": _of(unit, -1, 0), f"THIS_{unit}": _of(unit, 0, 1), f"NEXT_{unit}": _of(unit, 1, 2)}
    for unit in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR"):
        # LAST_N_DAYS takes today in; the longer units stop before the current one, and NEXT_N begins after it.
        end = _today_too if unit == "DAY" else _before_now
        table |= {
            f"LAST_N_{unit}S": DateLiteral(counted=True, days=_spanning(unit, lambda n: -n, end)),
            f"NEXT_N_{unit}S": DateLiteral(counted=True, days=_spanning(unit, lambda _: 1, lambda n: n + 1)),
            f"N_{unit}S_AGO": DateLiteral(counted=True, days=_spanning(unit, lambda n: -n, lambda n: 1 - n)),
        }
    return table


LITERALS: Final = _literals()
"""Every date literal by its upper-case name."""


def range_of(name: str, number: int | None, today: date, fiscal_month: int) -> Range:
    """Return the days a date literal stands for.

    Args:
        name: Upper-case name, a key of `LITERALS`.
        number: The `n` after the colon.
        today: Today where the running user is.
        fiscal_month: First month of the fiscal year, 1 to 12.

    Raises:
        OverflowError: when the range leaves the calendar.
    """
    try:
        return LITERALS[name].days(today, number or 0, fiscal_month)
    except ValueError as error:
        raise OverflowError(name) from error


def midnight(day: date, time_zone: str) -> datetime:
    """Return the moment a day begins in a time zone."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone))
