"""Rounds amounts as a currency of a Zuora tenant does: by a mode, to an increment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class RoundingMode(StrEnum):
    """Where an amount between two increments goes."""

    HALF_UP = "HalfUp"
    """To the nearer one; from the middle away from zero."""
    UP = "Up"
    """Away from zero."""
    DOWN = "Down"
    """Towards zero."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """The rounding of one currency.

    Attributes:
        mode: Where an amount between two increments goes.
        increment: The step between two amounts, more than zero; 0.05 where there is no smaller coin.
    """

    mode: RoundingMode = RoundingMode.HALF_UP
    increment: Decimal = Decimal("0.01")

    def __post_init__(self) -> None:
        if not (self.increment.is_finite() and self.increment > 0):
            raise ValueError(f"The rounding increment must be more than zero, not {self.increment}.")

    def joins(self, exact: Fraction, amount: Decimal) -> bool:
        """Return whether an exact amount is less than half an increment away from another, so only rounding differs."""
        top, bottom = exact.as_integer_ratio()
        other, of = amount.as_integer_ratio()
        step, step_of = self.increment.as_integer_ratio()
        return 2 * abs(top * of - other * bottom) * step_of < step * bottom * of

    def round(self, amount: Fraction | Decimal) -> Decimal:
        """Return an amount as a whole number of increments; exact up to 28 digits."""
        top, bottom = amount.as_integer_ratio()
        step_top, step_bottom = self.increment.as_integer_ratio()
        top, bottom = abs(top) * step_bottom, bottom * step_top
        if self.mode is RoundingMode.HALF_UP:
            steps = (2 * top + bottom) // (2 * bottom)
        elif self.mode is RoundingMode.UP:
            steps = -(-top // bottom)
        else:
            steps = top // bottom
        return Decimal(-steps if amount < 0 else steps) * self.increment
