"""Quotients are exact, or said to be too large."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.columns.quotients import LARGEST, MODES, Exact
from cpqbridge.money.rounding import Rounding, RoundingMode

amounts = st.one_of(st.integers(-LARGEST, LARGEST), st.integers(-(10**9), 10**9))
counts = st.one_of(st.integers(0, LARGEST), st.integers(0, 10**6))


@given(amounts, counts, st.one_of(st.integers(1, LARGEST), st.integers(1, 10**6)), st.integers(0, len(MODES) - 1))
def test_rounded_is_right_or_refused(amount: int, times: int, over: int, mode: int) -> None:
    exact = Exact(1)
    [made] = exact.rounded(*(np.array([one], np.int64) for one in (amount, times, over, mode)))
    if exact.good[0]:
        assert made == Rounding(MODES[mode], Decimal(1)).round(Fraction(amount * times, over))
    else:
        assert abs(amount) * max(times, 1) >= LARGEST // 2


@given(amounts, amounts)
def test_product_is_right_or_refused(one: int, other: int) -> None:
    exact = Exact(1)
    [made] = exact.product(np.array([one], np.int64), np.array([other], np.int64))
    good = abs(one * other) <= LARGEST
    assert exact.good.tolist() == [good]
    assert made == (one * other if good else 0)


@pytest.mark.parametrize(
    ("amount", "mode", "expected"),
    [
        (5, RoundingMode.HALF_UP, 1),
        (-5, RoundingMode.HALF_UP, -1),
        (4, RoundingMode.HALF_UP, 0),
        (1, RoundingMode.UP, 1),
        (-1, RoundingMode.UP, -1),
        (-19, RoundingMode.DOWN, -1),
        (20, RoundingMode.UP, 2),
    ],
)
def test_modes(amount: int, mode: RoundingMode, expected: int) -> None:
    columns = (np.array([one], np.int64) for one in (amount, 1, 10, MODES.index(mode)))
    assert Exact(1).rounded(*columns).tolist() == [expected]


@given(counts, st.integers(0, 10**6), st.integers(1, 10**6), counts, st.integers(1, 10**6))
def test_at_most_compares_fractions(whole: int, rest: int, over: int, limit: int, parts: int) -> None:
    exact, rest = Exact(1), rest % over
    [made] = exact.at_most(*(np.array([one], np.int64) for one in (whole, rest, over, limit, parts)))
    assert exact.good.all()
    assert made == (whole + Fraction(rest, over) <= Fraction(limit, parts))
