"""Bounds of usage tiers: no gap, no overlap, and every amount is billed at the rate that CPQ gives it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.tiers import Bounds, Range, tier_bounds


@st.composite
def ranges(draw: st.DrawFn) -> list[Range]:
    """Draw ranges of CPQ that follow each other from 0 on."""
    edges = sorted(draw(st.sets(st.integers(1, 400), max_size=5)))
    open_end = not edges or draw(st.booleans())
    uppers: list[int | None] = [*edges, None] if open_end else [*edges]
    lowers = [0, *edges]
    return [(Decimal(low), None if up is None else Decimal(up)) for low, up in zip(lowers, uppers, strict=False)]


DECIMALS = st.integers(0, 2)


def cpq_rate(sold: Sequence[Range], amount: Decimal) -> int | None:
    """Return the position of the CPQ rate for an amount: lower bounds count, upper bounds do not."""
    return next((at for at, (low, up) in enumerate(sold) if low <= amount and (up is None or amount < up)), None)


def tiers_of(made: Sequence[Bounds], amount: Decimal) -> list[int]:
    """Return the positions of the Zuora tiers that hold an amount; both bounds count."""
    return [at for at, tier in enumerate(made) if tier.start <= amount and (tier.end is None or amount <= tier.end)]


def expected(sold: Sequence[Range], amount: Decimal, *, raise_lower: bool) -> list[int]:
    """Return the tier that must hold an amount: that of its CPQ rate.

    With `raise_lower` an upper bound itself stays in the lower tier. The last upper bound is kept in both modes.
    """
    uppers = [up for _, up in sold]
    if amount in uppers and (raise_lower or amount == uppers[-1]):
        return [uppers.index(amount)]
    found = cpq_rate(sold, amount)
    return [] if found is None else [found]


def amounts(sold: Sequence[Range], unit: Decimal) -> list[Decimal]:
    """Return the amounts around every bound, in the smallest units, and one in the middle of each range."""
    edges = {bound for one in sold for bound in one if bound is not None}
    near = {edge + step * unit for edge in edges for step in (-2, -1, 0, 1, 2)}
    middles = {(low + (low + 3 if up is None else up)) / 2 for low, up in sold}
    return sorted(amount for amount in near | {middle.quantize(unit) for middle in middles} if amount >= 0)


@given(ranges(), DECIMALS, st.booleans())
def test_every_amount_is_in_exactly_the_tier_of_its_rate(sold: list[Range], decimals: int, raise_lower: bool) -> None:
    unit = Decimal(1).scaleb(-decimals)
    made = tier_bounds(sold, decimals, raise_lower=raise_lower)
    for amount in amounts(sold, unit):
        assert tiers_of(made, amount) == expected(sold, amount, raise_lower=raise_lower)


@given(ranges(), DECIMALS, st.booleans())
def test_tiers_follow_each_other_by_one_smallest_unit(sold: list[Range], decimals: int, raise_lower: bool) -> None:
    unit = Decimal(1).scaleb(-decimals)
    made = tier_bounds(sold, decimals, raise_lower=raise_lower)
    assert (len(made), made[0].start) == (len(sold), 0)
    assert made[-1].end == sold[-1][1]
    for tier, following in pairwise(made):
        assert tier.end is not None
        assert tier.start <= tier.end
        assert following.start - tier.end == unit


@pytest.mark.parametrize(
    ("decimals", "raise_lower", "made"),
    [
        (0, False, [(0, 184), (185, 999)]),
        (0, True, [(0, 185), (186, 999)]),
        (2, False, [(0, Decimal("184.99")), (185, 999)]),
        (2, True, [(0, 185), (Decimal("185.01"), 999)]),
    ],
)
def test_the_known_vectors(decimals: int, raise_lower: bool, made: list[tuple[Decimal, Decimal]]) -> None:
    sold = [(Decimal(0), Decimal(185)), (Decimal(185), Decimal(999))]
    assert [(tier.start, tier.end) for tier in tier_bounds(sold, decimals, raise_lower=raise_lower)] == made


def number(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


@pytest.mark.parametrize(
    ("sold", "reason"),
    [
        ([], "there are no rates"),
        ([(5, None)], "the first rate begins at 5"),
        ([(0, 10), (20, None)], "a gap: one rate ends at 10, the next begins at 20"),
        ([(0, 10), (5, None)], "an overlap: one rate ends at 10, the next begins at 5"),
        ([(0, None), (10, None)], "the rate from 0 is open, but another one begins at 10"),
        ([(0, 0)], "the rate from 0 to 0 is empty"),
    ],
)
def test_what_is_refused(sold: list[tuple[int, int | None]], reason: str) -> None:
    with pytest.raises(UnmappableError, match=reason):
        tier_bounds([(Decimal(low), number(up)) for low, up in sold], 0, raise_lower=False)
