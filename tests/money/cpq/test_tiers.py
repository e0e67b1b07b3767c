"""Prices by quantity: blocks, ranges and slabs, with bounds that exclude their upper end."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.cpq.tiers import PriceTier, price_at, slab_price


def tiers(*bounds: tuple[int, int | None, str]) -> list[PriceTier]:
    return [PriceTier(Decimal(low), None if up is None else Decimal(up), Decimal(price)) for low, up, price in bounds]


THREE = tiers((1, 10, "9"), (10, 20, "8"), (20, None, "7"))


@pytest.mark.parametrize(("quantity", "price"), [("1", 9), ("9", 9), ("9.5", 9), ("10", 8), ("19", 8), ("500", 7)])
def test_one_price_for_the_quantity(quantity: str, price: int) -> None:
    assert price_at(THREE, Decimal(quantity)) == price
    assert price_at(reversed(THREE), Decimal(quantity)) == price


@pytest.mark.parametrize(
    ("quantity", "price"),
    [("0", 0), ("1", 9), ("9", 81), ("10", 89), ("19", 161), ("20", 168), ("30", 9 * 9 + 10 * 8 + 11 * 7)],
)
def test_each_tiers_units_at_its_price(quantity: str, price: int) -> None:
    assert slab_price(reversed(THREE), Decimal(quantity)) == price


def test_a_first_tier_from_nothing_begins_with_the_first_unit() -> None:
    assert slab_price(tiers((0, 10, "9"), (10, None, "8")), Decimal(11)) == 9 * 9 + 2 * 8


@pytest.mark.parametrize(
    ("bounds", "quantity", "unit"),
    [
        (((1, 10, "9"),), "10", "unit 10"),
        (((1, 10, "9"), (12, None, "8")), "15", "unit 10"),
        (((5, None, "9"),), "7", "unit 1"),
        ((), "1", "unit 1"),
    ],
)
def test_units_without_a_price_are_refused(
    bounds: tuple[tuple[int, int | None, str], ...], quantity: str, unit: str
) -> None:
    with pytest.raises(ValueError, match=unit):
        slab_price(tiers(*bounds), Decimal(quantity))


def test_a_quantity_without_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="the quantity 10"):
        price_at(tiers((1, 10, "100")), Decimal(10))


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_slab_is_the_sum_of_its_units(first: int, more: int) -> None:
    units = sum(price_at(THREE, Decimal(unit)) for unit in range(first + 1, first + more + 1))
    assert slab_price(THREE, Decimal(first + more)) - slab_price(THREE, Decimal(first)) == units
