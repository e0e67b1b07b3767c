"""What Zuora bills of many lines at once: invoice items rounded one by one, and their exact sum rounded once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from cpqbridge.money.columns.calendar import Flags, Ints
from cpqbridge.money.columns.lines import Lines, slices
from cpqbridge.money.columns.months import Periods, periods
from cpqbridge.money.columns.quotients import LARGEST, Exact
from cpqbridge.money.columns.scalar import billed_row
from cpqbridge.money.columns.shares import Share

CHUNK = 16_384
"""Rows that are computed at once: few enough that their columns stay in the processor's cache."""

_MOST: Final = LARGEST // 4
"""Minor units of the largest amount; the items of a line can be added up."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What lines come to, in minor units.

    Attributes:
        items: The sum of the invoice items, each rounded by itself.
        once: The same amount, rounded once.
        scalar: How many rows the code for one line has computed.
    """

    items: Ints
    once: Ints
    scalar: int


def billed_totals(lines: Lines, chunk: int = CHUNK) -> Totals:
    """Return what Zuora bills of each line from its first day to its last.

    Args:
        lines: Any number of them.
        chunk: Rows that are computed at once.

    Raises:
        OverflowError: An amount has more minor units than 64 bits hold.
    """
    items, once = np.zeros(len(lines), np.int64), np.zeros(len(lines), np.int64)
    left: list[int] = []
    for rows in slices(len(lines), chunk):
        some = lines.chunk(rows)
        items[rows], once[rows], good = computed(some)
        left += [int(row) + rows.start for row in np.flatnonzero(~good)]
    for row in left:
        items[row], once[row] = billed_row(lines, row)
    return Totals(items, once, len(left))


def computed(lines: Lines) -> tuple[Ints, Ints, Flags]:
    """Return the sum of the items, the sum rounded once, and in which rows columns could compute both."""
    items, once = np.zeros(len(lines), np.int64), np.zeros(len(lines), np.int64)
    usual = lines.usual()
    rows = np.flatnonzero(usual)
    some = lines.take(rows)
    billed = periods(some)
    items[rows], one = sum_of_items(some, billed)
    once[rows], other = amount_of(some, billed.months(some))
    usual[rows] = one & other
    return items, once, usual


def sum_of_items(lines: Lines, billed: Periods) -> tuple[Ints, Flags]:
    """Return the sum of the invoice items, and where it could be computed."""
    exact = Exact(len(lines))
    whole, good = amount_of(lines, Share(lines.months, np.ones_like(lines.months)))
    total = exact.product(whole, billed.whole)
    good &= exact.good
    for share in (billed.head, billed.tail):
        rows = np.flatnonzero(share.months)
        if len(rows):
            amount, fine = amount_of(lines.take(rows), share.take(rows))
            total[rows] += amount
            good[rows] &= fine
    return total, good


def amount_of(lines: Lines, share: Share) -> tuple[Ints, Flags]:
    """Return the amount of some months of each line, rounded once, and whether it could be computed."""
    exact = Exact(len(lines))
    value = exact.product(lines.price, lines.quantity)
    over = exact.product(lines.price_months * lines.increment * lines.scale, share.over)
    amount = exact.product(exact.rounded(value, share.months, over, lines.mode), lines.increment)
    return amount, exact.good & (np.abs(amount) <= _MOST)
