"""What both sides are compared by: items of bill runs, and the segments that each run finds."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from tests.money.agreement.case import Case

Item = tuple[str, str, Decimal]
"""First day, first day after it, and signed amount."""

Items = list[Item]

Segment = tuple[date, date, Decimal]
"""First day, first day after it, and units."""

_LONG = timedelta(3000)
"""After so many days everything is due."""


def segments_of(case: Case) -> list[tuple[list[Segment], date]]:
    """Return the segments that each bill run finds, and the last day up to which it bills."""
    days = [*(day for day, _ in case.steps), case.end]
    sold = [(start, end, units) for (start, end), (_, units) in zip(pairwise(days), case.steps, strict=True)]
    last = case.end + _LONG
    if case.change is None:
        return [(sold, last)]
    [(start, end, units)] = sold
    changed = [(start, case.change.on, units)]
    if case.change.quantity is not None:
        changed.append((case.change.on, end, case.change.quantity))
    return [(sold, case.change.through), (changed, last)]
