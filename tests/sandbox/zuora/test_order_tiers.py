"""Tiers of an order, for any unit: a chain without gaps is taken as it is, any other is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.sandbox.zuora.envelopes import Refusal
from cpqbridge.sandbox.zuora.orders.tiers import checked_tiers
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.units import decimals, fits, step

Chain = list[dict[str, Any]]

_places = st.integers(0, 4)
_sizes = st.lists(st.integers(1, 10_000), min_size=1, max_size=6)


def chain(sizes: list[int], places: int, *, closed: bool) -> Chain:
    """Tiers of so many steps each, both bounds inclusive."""
    smallest = Decimal(1).scaleb(-places)
    start, made = Decimal(0), []
    for number, size in enumerate(sizes, 1):
        end = start + size * smallest
        bounds = {"startingUnit": start, "endingUnit": end}
        made.append({"tier": number, **bounds, "price": Decimal("0.5"), "priceFormat": "PerUnit"})
        start = end + smallest
    if not closed:
        del made[-1]["endingUnit"]
    return made


@given(sizes=_sizes, places=_places, closed=st.booleans())
def test_a_chain_is_taken_as_it_is(sizes: list[int], places: int, closed: bool) -> None:
    given_tiers = chain(sizes, places, closed=closed)
    rows = checked_tiers(given_tiers, "USD", Decimal(1).scaleb(-places))
    assert [{"endingUnit": None, **tier, "currency": "USD"} for tier in given_tiers] == rows


@given(sizes=st.lists(st.integers(2, 10_000), min_size=2, max_size=6), places=_places, data=st.data())
def test_a_broken_chain_is_refused(sizes: list[int], places: int, data: st.DataObject) -> None:
    smallest = Decimal(1).scaleb(-places)
    tiers = chain(sizes, places, closed=False)
    at = data.draw(st.integers(1, len(tiers) - 1))
    shift = data.draw(st.sampled_from([-smallest, smallest, -2 * smallest, smallest / 10]))
    tiers[at]["startingUnit"] += shift
    with pytest.raises(Refusal):
        checked_tiers(tiers, "USD", smallest)


@pytest.mark.parametrize(
    ("unit", "quantity", "good"),
    [
        ("Each", Decimal(5), True),
        ("Each", Decimal("5.0"), True),
        ("Each", Decimal("5.1"), False),
        ("GB", Decimal("5.12"), True),
        ("GB", Decimal("5.125"), False),
        (None, 7, True),
    ],
)
def test_quantities_of_a_unit(unit: str | None, quantity: Decimal | int, good: bool) -> None:
    assert fits(quantity, step(TenantSettings(), unit)) is good


@pytest.mark.parametrize(
    ("number", "places"), [(5, 0), (Decimal("1.50"), 1), (Decimal(100), 0), (Decimal("1E-9"), 9), (Decimal("1E+3"), 0)]
)
def test_decimals(number: Decimal | int, places: int) -> None:
    assert decimals(number) == places
