"""The share of a month's price for part of a billing period, of many lines at once: exact, as integer over integer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from cpqbridge.money.columns.calendar import Flags, Ints, cut, cut_month, first_day, month_of
from cpqbridge.money.columns.lines import ACTUAL, BY_DAY, STRICT, Lines


@dataclass(frozen=True, slots=True)
class Share:
    """A number of months of each row, exact."""

    months: Ints
    over: Ints

    @classmethod
    def nothing(cls, rows: int) -> Self:
        """Return no month in any row."""
        return cls(np.zeros(rows, np.int64), np.ones(rows, np.int64))

    def take(self, rows: Ints) -> Self:
        """Return some of the rows; their numbers ascend."""
        return self if len(rows) == len(self.over) else type(self)(self.months[rows], self.over[rows])

    def put(self, rows: Ints, some: Share) -> None:
        """Set some of the rows."""
        self.months[rows] = some.months
        self.over[rows] = some.over

    def __add__(self, other: Share) -> Share:
        same = self.over == other.over
        times = np.where(same, 1, other.over)
        return Share(self.months * times + other.months * np.where(same, 1, self.over), self.over * times)

    def __mul__(self, other: Share) -> Share:
        return Share(self.months * other.months, self.over * other.over)


def part_of_month(start: Ints, end: Ints, month: Ints, cycle_day: Ints, month_length: Ints) -> Share:
    """Return the share of the billing month that is cut in `month`, of days that lie within it."""
    actual = month_length == ACTUAL
    over = np.where(actual, cut(month + 1, cycle_day) - cut(month, cycle_day), 30)
    days = np.where(month_length == STRICT, days_of_thirty(start, end), end - start)
    return Share(np.minimum(days, over), over)


def days_of_thirty(start: Ints, end: Ints) -> Ints:
    """Return the days from each day until before another, where every month has 30."""
    return _thirty(end) - _thirty(start)


def _thirty(days: Ints) -> Ints:
    month = month_of(days)
    found: Ints = month * 30 + days - first_day(month)
    return found


def by_month(lines: Lines, start: Ints, end: Ints) -> Share:
    """Return whole billing months and parts of those at both ends, of days within one billing period."""
    first, last = cut_month(start, lines.cycle_day), cut_month(end - 1, lines.cycle_day)
    begun = start > cut(first, lines.cycle_day)
    left = end < cut(last + 1, lines.cycle_day)
    inside = (first == last) & (begun | left)
    ends = left & ~inside
    head = part_of_month(
        start, np.where(inside, end, cut(first + 1, lines.cycle_day)), first, lines.cycle_day, lines.month_length
    )
    tail = part_of_month(cut(last, lines.cycle_day), end, last, lines.cycle_day, lines.month_length)
    starts = begun | inside
    whole = last - first + 1 - starts - ends
    return _only(head, starts) + _only(tail, ends) + Share(whole, np.ones_like(whole))


def _only(share: Share, where: Flags) -> Share:
    return Share(np.where(where, share.months, 0), np.where(where, share.over, 1))


def by_day(lines: Lines, start: Ints, end: Ints, begin: Ints, after: Ints) -> Share:
    """Return the days of a part of a billing period over all of its days, in months."""
    days = np.where(lines.month_length == STRICT, days_of_thirty(start, end), end - start)
    over = np.where(lines.month_length == ACTUAL, after - begin, 30 * lines.months)
    days = np.where((start == begin) & (end == after), over, np.minimum(days, over))
    return Share(days * lines.months, over)


def part_of_period(lines: Lines, start: Ints, end: Ints, begin: Ints, after: Ints) -> Share:
    """Return the months that are billed for part of a billing period.

    Args:
        lines: Whose part it is.
        start: First day of the part.
        end: First day after it.
        begin: First day of the billing period.
        after: First day after the billing period.
    """
    start, end = _by_rules(lines, start, end, begin, after)
    found, there = Share.nothing(len(lines)), start < end
    daily = (lines.unit == BY_DAY) & (lines.months > 1)
    rows = np.flatnonzero(there & ~daily)
    if len(rows):
        found.put(rows, by_month(lines.take(rows), start[rows], end[rows]))
    rows = np.flatnonzero(there & daily)
    if len(rows):
        found.put(rows, by_day(lines.take(rows), start[rows], end[rows], begin[rows], after[rows]))
    return found


def _by_rules(lines: Lines, start: Ints, end: Ints, begin: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Return the part as the rules on partial months and periods make it; one that is not billed does not start."""
    own_start = (start > begin) & (lines.start <= lines.origin)
    own_end = (end < after) & (lines.own_end > 0)
    full = (lines.full_period > 0) & (own_start | own_end)
    if full.any():
        start, end = np.where(full, begin, start), np.where(full, after, end)
    period = (lines.partial_period == 0) & (lines.months > 1)
    ruled = (period | (lines.partial_month == 0)) & ~full
    own_start, own_end = own_start & ruled, own_end & ruled
    if own_start.any() or own_end.any():
        start = np.where(own_start, np.where(period, after, _next_cut(start, lines.cycle_day)), start)
        end = np.where(own_end, np.where(period, after, _next_cut(end, lines.cycle_day)), end)
    return start, end


def _next_cut(days: Ints, cycle_day: Ints) -> Ints:
    return cut(cut_month(days - 1, cycle_day) + 1, cycle_day)
