"""Amounts: the published ones, CPQ's sequence of prices, whole prices, percent of total, and where is rounded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.cpq.amounts import Discount, line_prices, percent_of_total
from cpqbridge.money.cpq.multiplier import Multiplier, by_dates, by_term
from cpqbridge.money.cpq.precision import Precision
from cpqbridge.money.cpq.tiers import PriceTier, slab_price
from cpqbridge.money.rounding import Rounding
from tests.money.cpq.arithmetic import computed

SUMMER = by_dates(Precision.CALENDAR, date(2019, 5, 23), date(2019, 9, 30), 12)
YEAR = by_term(12)
TWO_YEARS = by_term(24)
LIST = Decimal(12000)
YEN = Rounding(increment=Decimal(1))


@pytest.mark.parametrize(
    ("precision", "amount"),
    [
        (Precision.CALENDAR, "4290.32"),
        (Precision.DAY, "4306.85"),
        (Precision.MONTH, "5000.00"),
        (Precision.MONTHLY_DAILY, "4263.01"),
    ],
)
def test_the_published_span_under_each_precision(precision: Precision, amount: str) -> None:
    multiplier = by_dates(precision, date(2019, 5, 23), date(2019, 9, 30))
    assert str(line_prices(LIST, multiplier).total()) == amount


def test_the_published_licence() -> None:
    prices = line_prices(Decimal(30), TWO_YEARS)
    assert (str(prices.total()), prices.formula) == ("60.00", "30 * 24/12")


def test_prices_follow_one_another() -> None:
    prices = line_prices(
        Decimal(100),
        TWO_YEARS,
        Decimal(3),
        schedule=Discount(percent=Decimal(10)),
        additional=Discount(amount=Decimal(30)),
        partner=Decimal(20),
        distributor=Decimal(5),
    )
    assert (prices.list, prices.regular, prices.customer, prices.partner, prices.net) == (100, 180, 150, 120, 114)
    assert prices.total() == 342


def test_an_amount_off_is_for_the_term_unless_it_is_prorated() -> None:
    once = line_prices(Decimal(100), TWO_YEARS, additional=Discount(amount=Decimal(30)))
    prorated = line_prices(Decimal(100), TWO_YEARS, additional=Discount(amount=Decimal(30), prorated=True))
    assert (once.net, prorated.net) == (170, 140)


def test_a_discount_is_one_or_the_other() -> None:
    with pytest.raises(ValueError, match="not both"):
        Discount(percent=Decimal(1), amount=Decimal(1))


def test_the_unit_or_only_the_total_is_rounded() -> None:
    prices = line_prices(LIST, SUMMER, Decimal(3))
    assert prices.formula == "12000 * (3 + (9/31 + 30/30)) / 12 * 3"
    assert str(prices.unit()) == "4290.32"
    assert (str(prices.total()), str(prices.total(of_units=False))) == ("12870.96", "12870.97")
    assert (str(prices.unit(YEN)), str(prices.total(YEN, of_units=False))) == ("4290", "12871")


def test_a_price_for_all_is_not_multiplied() -> None:
    assert line_prices(Decimal(500), TWO_YEARS, Decimal(40), whole=True).total() == 1000
    slab = slab_price([PriceTier(Decimal(1), None, Decimal(7))], Decimal(40))
    prices = line_prices(slab, YEAR, Decimal(40), whole=True)
    assert (prices.total(), prices.formula) == (280, "280 * 12/12")


@pytest.mark.parametrize(
    ("arguments", "price"),
    [
        ({"once": Decimal(1000)}, Fraction(100)),
        ({"once": Decimal(1000), "multiplier": Fraction(2)}, Fraction(200)),
        ({"once": Decimal(1000), "termed": Decimal(500), "multiplier": Fraction(1, 2)}, Fraction(100)),
        ({"once": Decimal(1000), "minimum": Decimal(150)}, Fraction(150)),
        ({"once": Decimal(1000), "minimum": Decimal(150), "multiplier": Fraction(2)}, Fraction(300)),
        ({}, Fraction(0)),
    ],
)
def test_percent_of_total(arguments: dict[str, Decimal | Fraction], price: Fraction) -> None:
    assert percent_of_total(Decimal(10), **arguments) == price


amounts = st.decimals(min_value=0, max_value=10**7, places=4)
percents = st.decimals(min_value=0, max_value=100, places=2)


@given(amounts, st.integers(1, 72), st.integers(1, 36), st.decimals(1, 5000, places=2))
def test_the_formula_shown_is_the_one_computed(price: Decimal, effective: int, default: int, quantity: Decimal) -> None:
    prices = line_prices(price, by_term(effective, default), quantity)
    assert computed(prices.formula) == prices.regular * Fraction(quantity)


@given(amounts, st.integers(1, 72), percents, percents, percents, st.integers(1, 1000))
def test_rounding_units_differs_by_at_most_half_a_cent_a_unit(
    price: Decimal, months: int, seller: Decimal, partner: Decimal, distributor: Decimal, quantity: int
) -> None:
    prices = line_prices(
        price,
        by_term(months),
        Decimal(quantity),
        additional=Discount(percent=seller),
        partner=partner,
        distributor=distributor,
    )
    assert 0 <= prices.net <= prices.partner <= prices.customer <= prices.regular
    exact = Fraction(prices.net) * quantity
    assert abs(Fraction(prices.total()) - exact) <= Fraction(quantity, 200)
    assert abs(Fraction(prices.total(of_units=False)) - exact) <= Fraction(1, 200)


def test_a_price_that_is_no_decimal_is_shown_as_a_quotient() -> None:
    assert line_prices(Fraction(1, 3), Multiplier(Fraction(1), "1")).formula == "1/3 * 1"
