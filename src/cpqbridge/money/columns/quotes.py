"""What CPQ sold, as columns beside those of the lines that Zuora bills for it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np

from cpqbridge.money.columns.calendar import Flags, Ints, within
from cpqbridge.money.columns.lines import LARGEST_PRICE

UNKNOWN: Final = int(np.iinfo(np.int64).min)
"""A price that is not known."""

_LONGEST: Final = 120
_MOST: Final = 10**9
"""Bounds of default terms in months and of quantities, within which divisors fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """What CPQ sold of recurring products, one row for each row of `Lines`, in the scales of that row.

    Attributes:
        amount: What it came to, in minor units.
        start: First day.
        end: First day without.
        quantity: Units; one where CPQ prices all units as a whole.
        unprorated: Net price of one unit for the default term, or `UNKNOWN`.
        default_term: Months of the product's default term.
        listed: The same price before discounts, or `UNKNOWN`.
        net: Net price of one unit for all its days, or `UNKNOWN`.
    """

    amount: Ints
    start: Ints
    end: Ints
    quantity: Ints
    unprorated: Ints
    default_term: Ints
    listed: Ints
    net: Ints

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Ints) -> Self:
        """Return some of the rows; their numbers ascend."""
        if len(rows) == len(self):
            return self
        return type(self)(*(getattr(self, one)[rows] for one in QUOTE_COLUMNS))

    def chunk(self, rows: slice) -> Self:
        """Return some of the rows, for computing."""
        return type(self)(*(getattr(self, one)[rows].astype(np.int64, copy=False) for one in QUOTE_COLUMNS))

    def usual(self) -> Flags:
        """Return which rows the columns can compute."""
        days = within(self.start) & within(self.end) & (self.start < self.end)
        terms = (self.default_term >= 1) & (self.default_term <= _LONGEST)
        quantities = (self.quantity != 0) & (np.abs(self.quantity) <= _MOST)
        prices = np.abs(self.amount) <= LARGEST_PRICE
        for column in (self.unprorated, self.listed, self.net):
            prices &= (column == UNKNOWN) | (np.abs(column) <= LARGEST_PRICE)
        found: Flags = days & terms & quantities & prices
        return found


QUOTE_COLUMNS: Final = tuple(one.name for one in fields(Quotes))
"""The names of all columns."""
