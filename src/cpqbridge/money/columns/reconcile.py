"""What CPQ sold against what Zuora bills, of many lines at once, with the cause of every difference.

The same steps as `reconciliation.waterfall`, in the same order, with the same result. Lines whose exact amount rounds
to what was sold need none of them, and of the others each step computes only those that it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cpqbridge.money.columns.amounts import CHUNK, sum_of_items
from cpqbridge.money.columns.calendar import Flags, Ints
from cpqbridge.money.columns.lines import NO_CHARGE, Lines, slices
from cpqbridge.money.columns.months import periods
from cpqbridge.money.columns.quotes import Quotes
from cpqbridge.money.columns.quotients import Exact
from cpqbridge.money.columns.scalar import explained_row
from cpqbridge.money.columns.shares import Share
from cpqbridge.money.columns.steps import CAUSES, waterfall
from cpqbridge.money.reconciliation.causes import Cause

_NOT_SYNCED, _NOT_BILLED, _ROUNDING, _OTHER = (
    CAUSES.index(one) for one in (Cause.NOT_SYNCED, Cause.NOT_BILLED, Cause.ROUNDING, Cause.OTHER)
)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Lines on both sides, in minor units.

    Attributes:
        quoted: What CPQ sold.
        billed: What Zuora bills.
        parts: What the difference comes from: a row for each of `CAUSES`, a column for each line. The columns add up to
            the differences.
        scalar: How many lines the code for one line has computed.
    """

    quoted: Ints
    billed: Ints
    parts: Ints
    scalar: int

    @property
    def difference(self) -> Ints:
        """Zuora's amounts less CPQ's."""
        return self.billed - self.quoted

    def part(self, cause: Cause) -> Ints:
        """Return what a cause explains of each line."""
        found: Ints = self.parts[CAUSES.index(cause)]
        return found


def reconcile_columns(
    quotes: Quotes, lines: Lines, billed: Ints | None = None, chunk: int = CHUNK
) -> Iterator[Reconciled]:
    """Yield lines on both sides, chunk by chunk.

    Args:
        quotes: What CPQ sold; any number of lines.
        lines: What Zuora bills, row by row the same.
        billed: What Zuora says that it bills, in minor units; where that is not known, it is worked out.
        chunk: Lines that are computed at once.

    Raises:
        OverflowError: An amount has more minor units than 64 bits hold.
    """
    for rows in slices(len(lines), chunk):
        yield reconciled(quotes.chunk(rows), lines.chunk(rows), None if billed is None else billed[rows])


def reconciled(quotes: Quotes, lines: Lines, billed: Ints | None) -> Reconciled:
    """Return the lines of one chunk on both sides."""
    computed, parts = np.zeros(len(lines), np.int64), np.zeros((len(CAUSES), len(lines)), np.int64)
    days = (lines.kind != NO_CHARGE) & (lines.start < lines.end)
    rows = np.flatnonzero(days & lines.usual() & quotes.usual() & (lines.quantity != 0))
    computed[rows], parts[:, rows], good = _by_columns(quotes.take(rows), lines.take(rows))
    left = days.copy()
    left[rows] = ~good
    for row in np.flatnonzero(left):
        computed[row], parts[:, row] = _by_scalar(quotes, lines, int(row))
    nothing = np.where(lines.kind == NO_CHARGE, _NOT_SYNCED, _NOT_BILLED)
    rows = np.flatnonzero(~days)
    parts[nothing[rows], rows] = -quotes.amount[rows]
    actual = computed if billed is None else billed.astype(np.int64, copy=False)
    parts[_OTHER] += actual - computed
    return Reconciled(quotes.amount, actual, parts, int(np.count_nonzero(left)))


def _by_columns(quotes: Quotes, lines: Lines) -> tuple[Ints, Ints, Flags]:
    """Return the sum of the invoice items, the parts, and which lines could be computed."""
    cut = periods(lines)
    items, good = sum_of_items(lines, cut)
    close, fine = _rounds_to(quotes.amount, lines, cut.months(lines))
    good &= fine
    parts = np.zeros((len(CAUSES), len(lines)), np.int64)
    parts[_ROUNDING] = np.where(close, items - quotes.amount, 0)
    rows = np.flatnonzero(good & ~close)
    if len(rows):
        made = waterfall(quotes.take(rows), lines.take(rows), items[rows])
        parts[:, rows], good[rows] = made.parts, made.good
    return items, parts, good


def _rounds_to(amounts: Ints, lines: Lines, months: Share) -> tuple[Flags, Flags]:
    """Return whether exact amounts are less than half an increment away from others, and where that is known."""
    exact = Exact(len(lines))
    value = exact.product(lines.price, lines.quantity)
    over = exact.product(lines.price_months * lines.scale, months.over)
    whole, rest = exact.divided(np.abs(value), 2 * months.months, over)
    wanted = 2 * amounts * np.where(value < 0, -1, 1)
    low, high = wanted - lines.increment, wanted + lines.increment
    return ((whole > low) | ((whole == low) & (rest > 0))) & (whole < high), exact.good


def _by_scalar(quotes: Quotes, lines: Lines, row: int) -> tuple[int, Ints]:
    """Return the sum of the invoice items and the parts of one line, by the code for one line."""
    made = explained_row(quotes, lines, row)
    parts, minor = np.zeros(len(CAUSES), np.int64), int(lines.minor[row])
    for part in made.parts:
        parts[CAUSES.index(part.cause)] = int(part.amount * minor)
    return int(made.billed * minor), parts
