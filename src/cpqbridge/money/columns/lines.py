"""Lines as columns: what is billed of each, over which days, by which rules; and the numbers that name a setting.

Columns may be of any integer type while they are kept; `chunk` makes them 64 bits wide for computing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from cpqbridge.money.billing.rules import DaysInMonth, ProrationUnit
from cpqbridge.money.columns.calendar import Flags, Ints, within

MONTH_LENGTHS: Final = tuple(DaysInMonth)
"""Values of `DaysInMonth` by their number in a column."""

ACTUAL: Final = MONTH_LENGTHS.index(DaysInMonth.ACTUAL)
STRICT: Final = MONTH_LENGTHS.index(DaysInMonth.THIRTY_STRICT)

UNITS: Final = tuple(ProrationUnit)
"""Values of `ProrationUnit` by their number in a column."""

MONTH_FIRST: Final = UNITS.index(ProrationUnit.MONTH_FIRST)
BY_DAY: Final = UNITS.index(ProrationUnit.DAY)

OF_MONTHS: Final = 0
OF_WEEKS: Final = 1
OF_TERM: Final = 2
"""Numbers of the kinds of billing periods. Weeks and whole terms are computed by the code for one line."""

NO_CHARGE: Final = 3
"""The kind of a line for which Zuora has no charge; nothing else is read of it but `minor`, `increment` and `mode`."""

_LONGEST: Final = 120
"""Months of the longest billing period and of the longest list price base that columns compute."""

LARGEST_PRICE: Final = 10**16
_FINEST_PRICE: Final = 10**9
_FINEST_QUANTITY: Final = 10**5
_FINEST_MINOR: Final = 10**6
_COARSEST: Final = 100
"""Bounds of prices, scales and increments, within which divisors fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Recurring charges, one row for each charge or segment; all columns have one length.

    A charge with tiers has the price of its whole quantity, and the quantity 1.

    Attributes:
        start: First day.
        end: First day without.
        origin: First day of the charge that the row is a segment of; `start` where the charge begins with the row.
        anchor: The day that the alignment names: of the charge, the subscription or the term; for the end of a term the
            first day after it.
        kind: `OF_MONTHS`, `OF_WEEKS`, `OF_TERM` or `NO_CHARGE`.
        months: Months, or weeks, of a billing period; 0 for the whole term.
        cycle_day: Bill cycle day, 1 to 31; for weeks the weekday, Monday being 0.
        term_start: First day of the term.
        term_end: First day after the term; read of whole terms only.
        month_length: Numbers of `MONTH_LENGTHS`.
        unit: Numbers of `UNITS`.
        partial_month: 1 where parts of a month, or week, at the ends of a charge are billed by their share, else 0.
        partial_period: The same of parts of periods that are longer than a month.
        full_period: 1 where a part is billed as the whole period.
        own_end: 1 where the row ends with its charge, 0 where something else of the charge follows.
        price: For one unit, in units of `1 / price_scale`.
        price_scale: A power of 10.
        price_months: Months, or weeks, that the price is for.
        quantity: In units of `1 / quantity_scale`; a flat fee has one.
        quantity_scale: A power of 10.
        minor: Minor units in one of the currency, a power of 10 that is not more than both scales together.
        increment: Minor units to a multiple of which each amount is rounded.
        mode: Numbers of `quotients.MODES`.
    """

    start: Ints
    end: Ints
    origin: Ints
    anchor: Ints
    kind: Ints
    months: Ints
    cycle_day: Ints
    term_start: Ints
    term_end: Ints
    month_length: Ints
    unit: Ints
    partial_month: Ints
    partial_period: Ints
    full_period: Ints
    own_end: Ints
    price: Ints
    price_scale: Ints
    price_months: Ints
    quantity: Ints
    quantity_scale: Ints
    minor: Ints
    increment: Ints
    mode: Ints

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Ints) -> Self:
        """Return some of the rows; their numbers ascend."""
        if len(rows) == len(self):
            return self
        return type(self)(*(getattr(self, one)[rows] for one in COLUMNS))

    def chunk(self, rows: slice) -> Self:
        """Return some of the rows, for computing."""
        return type(self)(*(getattr(self, one)[rows].astype(np.int64, copy=False) for one in COLUMNS))

    @property
    def scale(self) -> Ints:
        """What price times quantity is divided by to come to minor units."""
        return self.price_scale * self.quantity_scale // self.minor

    def usual(self) -> Flags:
        """Return which rows the columns can compute: billed by months, within the calendar's tables."""
        days = within(self.start) & within(self.end) & within(self.anchor) & within(self.origin)
        months = (self.kind == OF_MONTHS) & (self.months >= 1) & (self.months <= _LONGEST)
        prices = (self.price_months >= 1) & (self.price_months <= _LONGEST)
        scales = (self.price_scale <= _FINEST_PRICE) & (self.quantity_scale <= _FINEST_QUANTITY)
        scales &= self.minor <= _FINEST_MINOR
        amounts = (self.increment <= _COARSEST) & (np.abs(self.price) <= LARGEST_PRICE)
        found: Flags = days & months & prices & scales & amounts
        return found


COLUMNS: Final = tuple(one.name for one in fields(Lines))
"""The names of all columns."""


def slices(rows: int, chunk: int) -> Iterator[slice]:
    """Yield the rows of columns chunk by chunk."""
    return (slice(first, min(first + chunk, rows)) for first in range(0, rows, chunk))
