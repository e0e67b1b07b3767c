"""Charge models and their tiers, list price bases that do not fit, and how formulas are written."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from cpqbridge.money.billing.amounts import ListPriceBase, RecurringPrice, bill
from cpqbridge.money.billing.credits import Ending, billed_ending, charge_name, credit, one_time_credit
from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.discounts import fixed_discount
from cpqbridge.money.billing.formula import plain_number
from cpqbridge.money.billing.rules import BillingRules, ProrationUnit
from cpqbridge.money.billing.schedule import Kind
from cpqbridge.money.billing.tiers import ChargeModel, Tier, UnitPrice
from cpqbridge.money.rounding import Rounding

JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
CYCLE = Cycle(BillingPeriod(months=1), 1, Alignment.CHARGE, JANUARY)
D = Decimal
MIXED = (Tier(D(10), D(100), flat=True), Tier(D(20), D(8)), Tier(None, D(5)))
BOUNDED = MIXED[:2]


@pytest.mark.parametrize(
    ("unit", "quantity", "price"),
    [
        (UnitPrice(ChargeModel.FLAT_FEE, D(30)), "7", 30),
        (UnitPrice(ChargeModel.PER_UNIT, D("1.5")), "7", Fraction(21, 2)),
        (UnitPrice(ChargeModel.TIERED, tiers=MIXED), "0", 0),
        (UnitPrice(ChargeModel.TIERED, tiers=MIXED), "3", 100),
        (UnitPrice(ChargeModel.TIERED, tiers=MIXED), "25", 100 + 80 + 25),
        (UnitPrice(ChargeModel.TIERED, tiers=MIXED), "10.5", 104),
        (UnitPrice(ChargeModel.VOLUME, tiers=MIXED), "10", 100),
        (UnitPrice(ChargeModel.VOLUME, tiers=MIXED), "11", 88),
        (UnitPrice(ChargeModel.VOLUME, tiers=MIXED), "21", 105),
        (UnitPrice(ChargeModel.OVERAGE, D(2), included=D(100)), "99", 0),
        (UnitPrice(ChargeModel.OVERAGE, D(2), included=D(100)), "130", 60),
        (UnitPrice(ChargeModel.TIERED_WITH_OVERAGE, D(9), BOUNDED), "22", 100 + 80 + 18),
    ],
)
def test_price_of_a_quantity(unit: UnitPrice, quantity: str, price: Fraction) -> None:
    assert unit.of(D(quantity)) == price


@pytest.mark.parametrize("model", [ChargeModel.TIERED, ChargeModel.VOLUME])
def test_a_quantity_without_a_price(model: ChargeModel) -> None:
    with pytest.raises(ValueError, match="No price tier reaches the quantity 21"):
        UnitPrice(model, tiers=BOUNDED).of(D(21))


@pytest.mark.parametrize(
    ("base", "period", "day", "message"),
    [
        (ListPriceBase.PER_WEEK, BillingPeriod(months=1), 1, "Per_Week does not fit a billing period of months"),
        (ListPriceBase.PER_MONTH, BillingPeriod(weeks=1), Weekday.MONDAY, "Per_Month does not fit .* of weeks"),
    ],
)
def test_a_base_that_does_not_fit(base: ListPriceBase, period: BillingPeriod, day: int | Weekday, message: str) -> None:
    cycle = Cycle(period, day, Alignment.CHARGE, JANUARY)
    price = RecurringPrice(UnitPrice(price=D(1)), base)
    with pytest.raises(ValueError, match=message):
        bill(JANUARY, FEBRUARY, D(1), price, cycle, BillingRules(), Rounding())


def test_a_base_without_its_months() -> None:
    with pytest.raises(ValueError, match="needs its number of months"):
        RecurringPrice(UnitPrice(price=D(1)), ListPriceBase.PER_SPECIFIC_MONTHS)


def test_an_endless_charge_needs_a_day() -> None:
    with pytest.raises(ValueError, match="without an end"):
        bill(JANUARY, None, D(1), RecurringPrice(UnitPrice(price=D(1))), CYCLE, BillingRules(), Rounding())


@pytest.mark.parametrize(
    ("price", "quantity", "months", "unit", "formula"),
    [
        (
            RecurringPrice(UnitPrice(price=D("49.990")), ListPriceBase.PER_MONTH),
            3,
            1,
            "ProrateByDay",
            "49.99 * 3 * 16/31",
        ),
        (RecurringPrice(UnitPrice(price=D(120)), ListPriceBase.PER_YEAR), 1, 3, "ProrateByDay", "120 / 12 * 3 * 16/92"),
        (RecurringPrice(UnitPrice(price=D(300))), 1, 3, "ProrateByDay", "300 * 16/92"),
        (RecurringPrice(UnitPrice(price=D(300))), 1, 3, "ProrateByMonthFirst", "300 / 3 * 16/31"),
        (RecurringPrice(UnitPrice(ChargeModel.TIERED, tiers=MIXED)), 12, 1, "ProrateByDay", "116 * 16/31"),
    ],
)
def test_formulas(price: RecurringPrice, quantity: int, months: int, unit: str, formula: str) -> None:
    start = date(2026, 1, 16)
    cycle = Cycle(BillingPeriod(months=months), 1, Alignment.CHARGE, start)
    rules = BillingRules(proration_unit=ProrationUnit(unit))
    [item] = bill(start, FEBRUARY, D(quantity), price, cycle, rules, Rounding())
    assert item.formula == formula
    assert item.amount == Rounding().round(item.exact)


@pytest.mark.parametrize(
    ("number", "text"),
    [(D("1E+3"), "1000"), (D("10.50"), "10.5"), (D(0), "0"), (Fraction(1, 4), "0.25"), (Fraction(1, 3), "1/3")],
)
def test_numbers(number: Decimal | Fraction, text: str) -> None:
    assert plain_number(number) == text


def test_names_of_lines() -> None:
    assert charge_name("Seats", billed_ending(Kind.PARTIAL)) == "Seats -- Proration"
    assert charge_name("Seats", billed_ending(Kind.FULL)) == "Seats"
    assert charge_name("Seats", Ending.CREDIT) == "Seats -- Credit"


def test_a_credit_of_all_and_of_nothing() -> None:
    terms = D(1), RecurringPrice(UnitPrice(price=D(10))), CYCLE, BillingRules(), Rounding()
    [item] = bill(JANUARY, FEBRUARY, *terms)
    whole = credit(item, JANUARY, *terms)
    assert whole is not None
    assert (whole.amount, whole.ending) == (10, Ending.CREDIT)
    assert credit(item, FEBRUARY, *terms) is None


def test_one_time_charges_are_credited_by_a_rule_only() -> None:
    assert one_time_credit(D(50), BillingRules()) == 0
    assert one_time_credit(D(50), BillingRules(one_time_credit_back=True)) == 50


def test_a_discount_is_never_more_than_what_it_discounts() -> None:
    assert [fixed_discount(D(amount), D(100)) for amount in (30, 130)] == [-30, -100]
    assert fixed_discount(D(30), D(-5)) == 0
