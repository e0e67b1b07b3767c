"""Service periods of many lines at once: how many whole ones, and the months billed for a part at each end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cpqbridge.money.columns.calendar import Ints, cut, cut_month
from cpqbridge.money.columns.lines import Lines
from cpqbridge.money.columns.shares import Share, part_of_period


@dataclass(frozen=True, slots=True)
class Periods:
    """The invoice items of each row.

    Attributes:
        whole: Whole billing periods.
        head: Months billed for the part of a billing period at the start, or for a line within one billing period.
        tail: Months billed for the part of a billing period at the end.
    """

    whole: Ints
    head: Share
    tail: Share

    def months(self, lines: Lines) -> Share:
        """Return the months that are billed in all."""
        return self.head + self.tail + Share(self.whole * lines.months, np.ones_like(self.whole))


def periods(lines: Lines) -> Periods:
    """Return the service periods of each line; a line without a day has none."""
    day, length = lines.cycle_day, lines.months
    base = cut_month(lines.anchor - 1, day) + 1
    first, last = cut_month(lines.start, day), cut_month(lines.end - 1, day)
    first, last = first - (first - base) % length, last - (last - base) % length
    begin, after = cut(first, day), cut(last + length, day)
    there = lines.end > lines.start
    inside = (first == last) & ((lines.start > begin) | (lines.end < after)) & there
    starts = (lines.start > begin) & there | inside
    ends = (lines.end < after) & there & ~inside
    whole = np.where(there, (last - first) // length + 1 - starts - ends, 0)
    head, tail = Share.nothing(len(lines)), Share.nothing(len(lines))
    rows = np.flatnonzero(starts)
    if len(rows):
        some = lines.take(rows)
        stop = cut(first[rows] + some.months, some.cycle_day)
        head.put(rows, part_of_period(some, some.start, np.minimum(some.end, stop), begin[rows], stop))
    rows = np.flatnonzero(ends)
    if len(rows):
        some = lines.take(rows)
        start = cut(last[rows], some.cycle_day)
        tail.put(rows, part_of_period(some, start, some.end, start, after[rows]))
    return Periods(whole, head, tail)
