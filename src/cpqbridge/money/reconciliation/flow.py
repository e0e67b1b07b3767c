"""Amounts that run over days: so much in a month, from a day until another. The common measure of both systems."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise

Clock = Callable[[date, date], Fraction]
"""Counts the months from a day until before another."""

_NOTHING = Fraction(0)


@dataclass(frozen=True, slots=True)
class Flow:
    """So much in a month, on some days; what is taken away is negative.

    Attributes:
        start: First day.
        end: First day after it.
        quantity: Units; 1 of what has no quantity.
        monthly: Amount in a month, of all units.
    """

    start: date
    end: date
    quantity: Fraction
    monthly: Fraction

    def on(self, clock: Clock) -> Fraction:
        """Return what it comes to."""
        return self.monthly * clock(self.start, self.end) if self.monthly else _NOTHING

    @property
    def reversed(self) -> Flow:
        """The same, taken away."""
        return replace(self, quantity=-self.quantity, monthly=-self.monthly)


def total(flows: Sequence[Flow], clock: Clock) -> Fraction:
    """Return what flows come to together."""
    return sum((one.on(clock) for one in flows), _NOTHING)


def change(before: Sequence[Flow], after: Sequence[Flow]) -> list[Flow]:
    """Return what is added and what is taken away; what stays as it is, is left out."""
    left = list(before)
    added = []
    for one in after:
        if one in left:
            left.remove(one)
        else:
            added.append(one)
    return [*(one.reversed for one in left), *added]


def levels(*sides: Sequence[Flow]) -> Iterator[tuple[date, date, list[Flow]]]:
    """Yield stretches of days on which nothing changes, with what each of some sides comes to on them.

    Days on which no side has anything are left out.
    """
    days = sorted({day for side in sides for one in side for day in (one.start, one.end)})
    for start, end in pairwise(days):
        sums = [_sum(side, start, end) for side in sides]
        if any(one.quantity or one.monthly for one in sums):
            yield start, end, sums


def _sum(side: Sequence[Flow], start: date, end: date) -> Flow:
    there = [one for one in side if one.start <= start and end <= one.end]
    quantity = sum((one.quantity for one in there), _NOTHING)
    return Flow(start, end, quantity, sum((one.monthly for one in there), _NOTHING))


def bounds(flows: Sequence[Flow]) -> tuple[date, date]:
    """Return the first day and the first day after all of some flows."""
    return min(one.start for one in flows), max(one.end for one in flows)
