"""Each cause alone, with the amount worked out by hand; then several at once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Weekday
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.money.reconciliation.causes import CAUSES, Cause
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.money.reconciliation.waterfall import Quoted, explain, explain_once
from cpqbridge.money.rounding import Rounding, RoundingMode
from tests.money.reconciliation.sides import MONTH_FIRST, charge, day, parts, sold

YEAR = ("2026-01-01", "2027-01-01")
"""Twelve calendar months."""
MIDDLE = ("2026-01-15", "2026-03-01")
"""17 days of January, and February."""
QUARTER = BillingPeriod(months=3)
BY_DAY = BillingRules(proration_unit=ProrationUnit.DAY)

seats = sold("1200.00", *YEAR, 10, year="120")
"""Ten seats for a year, 10.00 a month each."""
some_days = sold("48.00", *MIDDLE, year="372")
"""31.00 a month: 31 × 17/31 + 31."""
one_month = sold("30.00", "2026-01-01", "2026-02-01", year="360")


def rounded(amount: Fraction, places: str = "0.01") -> Decimal:
    return Rounding(increment=Decimal(places)).round(amount)


def test_what_matches_has_no_parts() -> None:
    found = explain([seats], charge((*YEAR, 10, 10)))
    assert parts(found) == {}
    assert (found.quoted, found.billed, found.exact) == (1200, 1200, 1200)
    assert [one.amount for one in found.items] == [100] * 12


ALONE: dict[Cause, tuple[Quoted, Charge, Decimal]] = {
    # CPQ's "Month" takes two months, Zuora 17/31 + 1; 10.00 a month
    Cause.PRORATE_PRECISION: (
        sold("20.00", *MIDDLE, year="120"),
        charge((*MIDDLE, 1, 10)),
        rounded((Fraction(17, 31) + 1 - 2) * 10),
    ),
    # begins a month late
    Cause.TRIGGER_DATES: (seats, charge(("2026-02-01", "2027-01-01", 10, 10)), Decimal(-100)),
    # 8 instead of 10
    Cause.QUANTITY: (seats, charge((*YEAR, 8, 10)), Decimal(-2 * 120)),
    # 150 is the price before discounts
    Cause.DISCOUNT: (replace(seats, listed=Decimal(150)), charge((*YEAR, 10, "12.5")), Decimal(10 * (150 - 120))),
    # the net price of the year is taken for half a year
    Cause.LIST_PRICE_BASE: (replace(seats, net=Decimal(120)), charge((*YEAR, 10, 20), price="120"), Decimal(1200)),
    # 132 a year, which is neither
    Cause.PRICE: (
        replace(seats, net=Decimal(120), listed=Decimal(150)),
        charge((*YEAR, 10, 11), price="132"),
        Decimal(10 * (132 - 120)),
    ),
    # 15/30 of a month instead of 15/31
    Cause.DAYS_IN_MONTH: (
        sold("15.00", "2026-01-17", "2026-02-01", year="372"),
        charge(("2026-01-17", "2026-02-01", 1, 31), rules=replace(MONTH_FIRST, days_in_month=DaysInMonth.THIRTY)),
        rounded(31 * (Fraction(15, 30) - Fraction(15, 31))),
    ),
    # a month from the 15th, and 14 days of 28, instead of 17/31 and February
    Cause.BILL_CYCLE_DAY: (
        some_days, charge((*MIDDLE, 1, 31), cut=15), rounded(31 * (1 + Fraction(14, 28) - Fraction(17, 31) - 1)),
    ),
    # 31 of the quarter's 90 days, at three times 30
    Cause.PRORATION_UNIT: (
        one_month,
        charge(("2026-01-01", "2026-02-01", 1, 30), period=QUARTER, rules=BY_DAY),
        rounded(90 * Fraction(31, 90) - 30),
    ),
    # quarters from November: 31 of 92 days, then 59 of 89
    Cause.ALIGNMENT: (
        sold("9000.00", "2026-01-01", "2026-04-01", year="36000"),
        charge(
            ("2026-01-01", "2026-04-01", 1, 3000), period=QUARTER, rules=BY_DAY,
            aligned=(Alignment.SUBSCRIPTION_START, "2025-11-01"),
        ),
        rounded(9000 * (Fraction(31, 92) + Fraction(59, 89) - 1)),
    ),
    # the first part of a month is not billed
    Cause.PARTIAL_PERIODS: (
        some_days, charge((*MIDDLE, 1, 31), rules=replace(MONTH_FIRST, partial_month=False)), Decimal(-17),
    ),
    # twelve times 83.33
    Cause.ROUNDING: (
        sold("1000.00", *YEAR, year="1000"),
        charge((*YEAR, 1, str(Fraction(1000, 12)))),
        12 * Decimal("83.33") - 1000,
    ),
    # 58.33 for a unit instead of 58.3333…, and three of them
    Cause.UNIT_PRICE_ROUNDING: (
        sold("174.99", "2026-01-01", "2026-08-01", 3, year="100"),
        charge(("2026-01-01", "2026-08-01", 3, str(Fraction(100, 12)))),
        Decimal("175.00") - 3 * Decimal("58.33"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("cause", ALONE, ids=str)
def test_a_cause_alone(cause: Cause) -> None:
    quoted, billed, amount = ALONE[cause]
    assert amount
    assert parts(explain([quoted], billed)) == {cause.value: amount}


def test_every_cause_says_what_it_means_and_what_mends_it() -> None:
    assert set(CAUSES) == set(Cause)
    assert all(entry.title and entry.remedy.endswith(".") for entry in CAUSES.values())


def test_a_charge_without_days_is_not_billed() -> None:
    nothing = replace(charge((*YEAR, 10, 10)), flows=())
    assert parts(explain([seats], nothing)) == {"not_billed": -1200}


def test_what_zuora_says_besides_has_another_cause() -> None:
    found = explain([seats], charge((*YEAR, 10, 10)), billed=Decimal("1180.00"))
    assert parts(found) == {"other": -20}
    found = explain([seats], charge((*YEAR, 8, 10)), billed=Decimal("1180.00"))
    assert parts(found) == {"quantity": -240, "other": 220}


# Several at once


def test_quantity_and_price() -> None:
    """8 × 132 instead of 10 × 120: two units less at the old price, then eight at twelve more."""
    found = explain([seats], charge((*YEAR, 8, 11), price="132"))
    assert parts(found) == {"quantity": -2 * 120, "price": 8 * 12}


def test_bill_cycle_day_and_days_in_month() -> None:
    """From the 15th: a whole month, then 14 days of 30. First the days: 17/30 + 1, then the cycle."""
    rules = replace(MONTH_FIRST, days_in_month=DaysInMonth.THIRTY)
    found = explain([some_days], charge((*MIDDLE, 1, 31), cut=15, rules=rules))
    days = 31 * (Fraction(17, 30) + 1)
    all_of_it = 31 * (1 + Fraction(14, 30))
    assert parts(found) == {
        "days_in_month": rounded(days) - 48,
        "bill_cycle_day": rounded(all_of_it) - rounded(days),
    }


def test_proration_unit_and_alignment() -> None:
    billed = charge(
        ("2026-01-01", "2026-02-01", 1, 30), period=QUARTER, rules=BY_DAY,
        aligned=(Alignment.SUBSCRIPTION_START, "2025-11-01"),
    )  # fmt: skip
    aligned = rounded(90 * Fraction(31, 92))
    assert parts(explain([one_month], billed)) == {
        "proration_unit": Decimal(1),
        "billing_period_alignment": aligned - 31,
    }


def test_a_late_begin_and_a_bill_cycle_day() -> None:
    """Sold from the 15th of January, billed from the 20th, with billing months from the 10th."""
    found = explain([some_days], charge(("2026-01-20", "2026-03-01", 1, 31), cut=10))
    sold_later = 31 * (Fraction(12, 31) + 1)
    billed = 31 * (Fraction(21, 31) + Fraction(19, 28))
    assert parts(found) == {
        "trigger_dates": rounded(sold_later) - 48,
        "bill_cycle_day": rounded(billed) - rounded(sold_later),
    }


# Billing periods without months


def test_weeks_of_a_leap_year() -> None:
    """366 days are more than the 52 1/7 weeks of a year; each week is rounded by itself."""
    year = sold("120.00", "2028-01-01", "2029-01-01", year="120")
    found = explain(
        [year], charge(("2028-01-01", "2029-01-01", 1, 10), period=BillingPeriod(weeks=1), cut=Weekday.SATURDAY)
    )
    exact = 10 * Fraction(366, 365) * 12
    items = 52 * Decimal("2.30") + Decimal("0.66")
    assert parts(found) == {"list_price_base": rounded(exact) - 120, "rounding": items - rounded(exact)}


def test_the_whole_term_is_counted_from_its_first_day() -> None:
    """A month from the 15th and 14/28, where CPQ has 17/31 and a month."""
    found = explain([some_days], charge((*MIDDLE, 1, 31), period=BillingPeriod(whole_term=True)))
    assert parts(found) == {"bill_cycle_day": Decimal("46.50") - 48}
    assert len(found.items) == 1


# Currencies


@pytest.mark.parametrize(
    ("rounding", "item"),
    [
        (Rounding(increment=Decimal(1)), "83"),
        (Rounding(RoundingMode.UP, Decimal(1)), "84"),
        (Rounding(RoundingMode.DOWN), "83.33"),
        (Rounding(RoundingMode.UP), "83.34"),
        (Rounding(increment=Decimal("0.05")), "83.35"),
        (Rounding(increment=Decimal("0.001")), "83.333"),
    ],
    ids=["JPY", "JPY up", "down", "up", "CHF", "KWD"],
)
def test_what_rounding_leaves_in_other_currencies(rounding: Rounding, item: str) -> None:
    billed = charge((*YEAR, 1, str(Fraction(1000, 12))), rounding=rounding)
    found = explain([sold("1000.00", *YEAR, year="1000")], billed)
    assert parts(found) == {"rounding": 12 * Decimal(item) - 1000}
    assert {one.amount for one in found.items} == {Decimal(item)}


# CPQ's own ways


@pytest.mark.parametrize(
    ("amount", "months"),
    [("20.00", "two months"), ("14.79", "45 days of 365"), ("15.21", "1 + 14 * 12/365")],
)
def test_each_precision_is_told_from_the_amount(amount: str, months: str) -> None:
    """Calendar Monthly + Daily takes 15.48 for 17/31 + 1 months."""
    found = explain([sold(amount, *MIDDLE, year="120")], charge((*MIDDLE, 1, 10)))
    assert parts(found) == {"prorate_precision": Decimal("15.48") - Decimal(amount)}, months


def test_a_price_for_all_units_has_the_rounding_of_each() -> None:
    """Zuora has one price for 7 units, CPQ rounded that of each: 7 × 58.33 instead of 7 × 58.3333…."""
    days = ("2026-01-01", "2026-08-01")
    quoted = sold("408.31", *days, year="700", rounded=7)
    found = explain([quoted], charge((*days, 1, str(Fraction(700, 12)))))
    exact = rounded(7 * Fraction(700, 12))
    assert parts(found) == {
        "unit_price_rounding": exact - Decimal("408.31"),
        "rounding": 7 * Decimal("58.33") - exact,
    }


# What is billed once


def test_once() -> None:
    cents = Rounding()
    assert parts_once("99.90", "99.90", cents) == {}
    assert parts_once("99.90", "89.90", cents) == {"price": -10}
    assert parts_once("-99.90", "-89.90", cents) == {"price": 10}
    assert parts_once("10.005", "10.00", cents) == {"rounding": Decimal("-0.01")}
    assert parts_once("10.333", "10.333", cents) == {}
    assert parts_once("1000.4", "1000", Rounding(increment=Decimal(1))) == {}


def parts_once(quoted: str, billed: str, rounding: Rounding) -> dict[str, Decimal]:
    found = explain_once(Decimal(quoted), Decimal(billed), rounding)
    made = {part.cause.value: part.amount for part in found.parts}
    assert sum(made.values()) == found.difference
    return made


def test_the_items_are_the_service_periods() -> None:
    found = explain([some_days], charge((*MIDDLE, 1, 31), cut=15))
    assert [(one.start, one.end, one.amount, one.kind.value) for one in found.items] == [
        (day("2026-01-15"), day("2026-02-15"), 31, "full"),
        (day("2026-02-15"), day("2026-03-01"), Decimal("15.50"), "partial"),
    ]
