"""Exact products and quotients of many lines at once, rounded once by integer arithmetic.

A number that does not fit into 64 bits is never made: its row is named, and goes to the code for one line.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from cpqbridge.money.columns.calendar import Flags, Ints
from cpqbridge.money.rounding import RoundingMode

LARGEST: Final = 2**61
"""No product is larger; two bits are left for what is added to it."""

MODES: Final = tuple(RoundingMode)
"""Rounding modes by their number in a column."""

_HALF_UP, _UP = MODES.index(RoundingMode.HALF_UP), MODES.index(RoundingMode.UP)


class Exact:
    """Computes with columns, and remembers the rows in which a number did not fit; what is made of those is nothing.

    Attributes:
        good: The rows in which all numbers did.
    """

    def __init__(self, rows: int) -> None:
        self.good: Flags = np.ones(rows, np.bool_)

    def product(self, first: Ints, *others: Ints) -> Ints:
        """Return the product of some columns."""
        for other in others:
            fits = np.abs(first) <= LARGEST // np.maximum(np.abs(other), 1)
            first = first * other if self._keep(fits) else np.where(fits, first, 0) * other
        return first

    def divided(self, size: Ints, times: Ints, over: Ints) -> tuple[Ints, Ints]:
        """Return `size * times / over` as a whole number, and what is left of `over`.

        Args:
            size: Zero or more.
            times: Zero or more.
            over: Zero or more; zero is what is left of a product that did not fit.
        """
        whole, part = np.divmod(size, over if self.good.all() else np.maximum(over, 1))
        most = LARGEST // np.maximum(times, 1)
        fits = (part <= most) & (whole < most)
        if not self._keep(fits):
            times = np.where(fits, times, 0)
        more, rest = np.divmod(part * times, over if self.good.all() else np.maximum(over, 1))
        return whole * times + more, rest

    def rounded(self, amount: Ints, times: Ints, over: Ints, mode: Ints) -> Ints:
        """Return `amount * times / over`, rounded to a whole number.

        Args:
            amount: May be below zero.
            times: Zero or more.
            over: Zero or more, as in `divided`.
            mode: Numbers of `MODES`.
        """
        whole, rest = self.divided(np.abs(amount), times, over)
        up = ((mode == _HALF_UP) & (rest >= over - rest)) | ((mode == _UP) & (rest > 0))
        found: Ints = np.sign(amount) * (whole + up)
        return found

    def at_most(self, whole: Ints, rest: Ints, over: Ints, limit: Ints, parts: Ints) -> Flags:
        """Return where `whole + rest / over` is not more than `limit / parts`.

        Args:
            whole: Zero or more.
            rest: Less than `over`.
            over: One or more.
            limit: Zero or more.
            parts: One or more.
        """
        most, left = np.divmod(limit, parts)
        same = whole == most
        less = self.product(np.where(same, rest, 0), parts) <= self.product(np.where(same, left, 0), over)
        found: Flags = (whole < most) | (same & less)
        return found

    def _keep(self, fits: Flags) -> bool:
        """Remember the rows that did not fit; return whether there are none."""
        every = bool(fits.all())
        if not every:
            self.good &= fits
        return every
