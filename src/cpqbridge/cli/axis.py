"""The time axis of a drawing: months as columns, as many as fit."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_MOST_PER_MONTH = 6
_YEAR = 12


@dataclass(frozen=True, slots=True)
class Axis:
    """Puts days into columns.

    Attributes:
        start: First day of the first month.
        months: Months in all.
        width: Columns that there are for them.
    """

    start: date
    months: int
    width: int

    @classmethod
    def over(cls, first: date, last: date, width: int) -> Axis:
        """Return the axis from the month of a day until the end of a span, in whole months."""
        start = first.replace(day=1)
        return cls(start, max(1, _months_until(start, last) + (last.day > 1)), width)

    @property
    def per_month(self) -> float:
        """Columns of a month; a whole number where there is at least one."""
        share = self.width / self.months
        return min(_MOST_PER_MONTH, int(share)) if share >= 1 else share

    @property
    def columns(self) -> int:
        """Column of the day after the last month."""
        return round(self.months * self.per_month)

    def column(self, day: date) -> int:
        """Return the column of a day, within the axis."""
        months = _months_until(self.start, day) + (day.day - 1) / monthrange(day.year, day.month)[1]
        return min(self.columns, max(0, round(months * self.per_month)))

    def lines(self) -> list[str]:
        """Return the axis as text: the years, and below them months or quarters where there is room."""
        years = {0: str(self.start.year)}
        years |= {self.column(day): str(day.year) for day in self._days() if day.month == 1}
        below = {self.column(day): name for day in self._days() if (name := self._name(day))}
        return [_row(marks) for marks in (years, below) if marks]

    def _days(self) -> Iterator[date]:
        """Yield the first day of each month."""
        for month in range(self.months):
            number = self.start.month - 1 + month
            yield date(self.start.year + number // _YEAR, number % _YEAR + 1, 1)

    def _name(self, day: date) -> str:
        if self.per_month >= 2:
            return MONTHS[day.month - 1][: 3 if self.per_month > 3 else 1]
        return f"Q{day.month // 3 + 1}" if self.per_month >= 1 and day.month % 3 == 1 else ""


def _months_until(start: date, day: date) -> int:
    return (day.year - start.year) * _YEAR + day.month - start.month


def _row(marks: dict[int, str]) -> str:
    """Return a line with each text at its column; one that would touch the text before it is left out."""
    line = ""
    for column, text in sorted(marks.items()):
        if not line or column > len(line):
            line = line.ljust(column) + text
    return line
