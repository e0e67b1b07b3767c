"""Rounding of a currency."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.rounding import Rounding, RoundingMode

HALF_UP, UP, DOWN = RoundingMode


@pytest.mark.parametrize(
    ("mode", "increment", "amount", "rounded"),
    [
        (HALF_UP, "0.01", "1.005", "1.01"),
        (HALF_UP, "0.01", "-1.005", "-1.01"),
        (HALF_UP, "0.01", "1.0049", "1.00"),
        (UP, "0.01", "1.0001", "1.01"),
        (UP, "0.01", "-1.0001", "-1.01"),
        (UP, "0.01", "1.00", "1.00"),
        (DOWN, "0.01", "1.0099", "1.00"),
        (DOWN, "0.01", "-1.0099", "-1.00"),
        (HALF_UP, "0.05", "1.07", "1.05"),
        (HALF_UP, "0.05", "1.075", "1.10"),
        (UP, "1", "56.667", "57"),
        (HALF_UP, "0.01", "0", "0.00"),
    ],
)
def test_round(mode: RoundingMode, increment: str, amount: str, rounded: str) -> None:
    assert str(Rounding(mode, Decimal(increment)).round(Decimal(amount))) == rounded


@pytest.mark.parametrize("increment", ["0", "-0.01", "NaN", "Infinity"])
def test_an_increment_that_cannot_be(increment: str) -> None:
    with pytest.raises(ValueError, match="must be more than zero"):
        Rounding(increment=Decimal(increment))


@given(st.fractions(-(10**15), 10**15), st.sampled_from(RoundingMode), st.sampled_from(["0.01", "0.05", "1", "0.001"]))
def test_a_rounded_amount_is_near_and_stays(amount: Fraction, mode: RoundingMode, increment: str) -> None:
    rounding = Rounding(mode, Decimal(increment))
    rounded = rounding.round(amount)
    assert abs(Fraction(rounded) - amount) < Fraction(increment) * (1 if mode is not HALF_UP else Fraction(501, 1000))
    assert rounding.round(rounded) == rounded
    assert rounding.round(-amount) == -rounded
