"""Every worked example that Zuora has published, through an order and a bill run.

The settings of an example are the tenant's; a value that only holds with another rounding has that rounding as its
setting. The names are those of the examples in the order of Zuora's pages.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.zuora.billing.books import Books, next_day, override, rules, usd

BY_MONTH = rules(prorationUnit="ProrateByMonthFirst")
THIRTY = rules(prorationUnit="ProrateByMonthFirst", daysInMonth="Assume30Days")
NOTHING_PARTIAL = rules(
    prorateRecurringMonthlyCharges=False,
    proratePeriodOfRecurringCharge=False,
    prorationUnit="ProrateByMonthFirst",
)

WHOLE_MONTHS = rules(prorateRecurringMonthlyCharges=False, prorationUnit="ProrateByDay")

DAYS_IN_MONTH = ("UseActualDays", "Assume30Days", "Assume30DaysStrict")


@pytest.mark.parametrize(
    ("days_in_month", "amount"), list(zip(DAYS_IN_MONTH, ("150.00", "155.00", "124.00"), strict=True))
)
def test_part_of_a_month(days_in_month: str, amount: str) -> None:
    """27 to 31 January: 5/31, 5/30 and 4/30 of 930."""
    books = Books(**rules(daysInMonth=days_in_month))
    books.sell(books.charge(930), start="2021-01-27", end="2021-02-01")
    assert books.bill("2021-12-31") == [("2021-01-27", "2021-01-31", amount)]


@pytest.mark.parametrize(
    ("days_in_month", "amount"), list(zip(DAYS_IN_MONTH, ("290.00", "290.00", "300.00"), strict=True))
)
def test_a_whole_february_by_days(days_in_month: str, amount: str) -> None:
    """A leap year's February in a quarter: 29/90 of 900, 30/90 counted strictly; 29/91 of 910 by the calendar."""
    books = Books(**rules(daysInMonth=days_in_month, prorationUnit="ProrateByDay"))
    price = 910 if days_in_month == "UseActualDays" else 900
    plan = books.charge(price, billingPeriod="Quarter", billingPeriodAlignment="AlignToSubscriptionStart")
    late = override(books, plan, startDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2020-02-01"})
    books.sell(late, start="2020-01-01", end="2020-03-01")
    assert books.bill("2020-12-31") == [("2020-02-01", "2020-02-29", amount)]


@pytest.mark.parametrize("days_in_month", DAYS_IN_MONTH)
def test_a_whole_february_is_a_whole_month(days_in_month: str) -> None:
    books = Books(**rules(daysInMonth=days_in_month))
    books.sell(books.charge(900), start="2020-02-01", end="2020-03-01")
    assert books.bill("2020-12-31") == [("2020-02-01", "2020-02-29", "900.00")]


@pytest.mark.parametrize(
    ("settings", "amount"),
    [(THIRTY, "253.33"), (BY_MONTH, "251.61"), (BY_MONTH | usd("Up"), "251.62")],
)
def test_part_of_a_quarter_by_months(settings: dict[str, Any], amount: str) -> None:
    """100 a month in a quarter from 16 January on: 2 months and 16 days."""
    books = Books(**settings)
    plan = books.charge(
        100, billingPeriod="Quarter", listPriceBase="Per_Month", billingPeriodAlignment="AlignToSubscriptionStart"
    )
    books.sell(_from("2018-01-16", books, plan), start="2018-01-01", end="2018-04-01")
    assert books.bill("2018-12-31") == [("2018-01-16", "2018-03-31", amount)]


@pytest.mark.parametrize(("unit", "amount"), [("ProrateByMonthFirst", "560.00"), ("ProrateByDay", "570.00")])
def test_part_of_a_year(unit: str, amount: str) -> None:
    """1200 a year from 14 July on: 5 months and 18 days, or 171 days of 360."""
    books = Books(cycle_day=15, **rules(daysInMonth="Assume30Days", prorationUnit=unit))
    plan = books.charge(
        1200,
        billingPeriod="Annual",
        billCycleType="SubscriptionStartDay",
        billingPeriodAlignment="AlignToTermStart",
    )
    books.sell(_from("2018-07-14", books, plan), start="2018-01-01", end="2019-01-01")
    assert books.bill("2018-12-31") == [("2018-07-14", "2018-12-31", amount)]


def test_part_of_a_week() -> None:
    """100 a week from Monday on, cut on Wednesdays: 2 days and 5 weeks until the end of January."""
    books = Books()
    plan = books.charge(100, billingPeriod="Week", billCycleType="SpecificDayofWeek", weeklyBillCycleDay="Wednesday")
    books.sell(plan, start="2018-01-01", end="2018-03-01")
    lines = books.bill("2018-01-31")
    assert lines[0] == ("2018-01-01", "2018-01-02", "28.57")
    assert [line[0] for line in lines[1:]] == ["2018-01-03", "2018-01-10", "2018-01-17", "2018-01-24", "2018-01-31"]
    assert f"{books.total():.2f}" == "528.57"


#: Start, end (inclusive), billing period, whether parts are billed -> first and last days of the items.
SERVICE_PERIODS: list[tuple[str, str, str, dict[str, Any], list[tuple[str, str]]]] = [
    (
        "2018-11-10", "2019-03-20", "Month", BY_MONTH,
        [
            ("2018-11-10", "2018-11-30"), ("2018-12-01", "2018-12-31"), ("2019-01-01", "2019-01-31"),
            ("2019-02-01", "2019-02-28"), ("2019-03-01", "2019-03-20"),
        ],
    ),
    (
        "2018-07-15", "2019-03-15", "Quarter", BY_MONTH,
        [
            ("2018-07-15", "2018-07-31"), ("2018-08-01", "2018-10-31"), ("2018-11-01", "2019-01-31"),
            ("2019-02-01", "2019-03-15"),
        ],
    ),
    (
        "2018-11-10", "2019-03-20", "Month", NOTHING_PARTIAL,
        [
            ("2018-12-01", "2018-12-31"), ("2019-01-01", "2019-01-31"), ("2019-02-01", "2019-02-28"),
            ("2019-03-01", "2019-03-31"),
        ],
    ),
    (
        "2018-07-15", "2019-03-15", "Quarter", WHOLE_MONTHS,
        [("2018-08-01", "2018-10-31"), ("2018-11-01", "2019-01-31"), ("2019-02-01", "2019-03-31")],
    ),
    (
        "2018-07-15", "2019-03-15", "Quarter", NOTHING_PARTIAL,
        [("2018-08-01", "2018-10-31"), ("2018-11-01", "2019-01-31"), ("2019-02-01", "2019-04-30")],
    ),
    (
        "2018-01-01", "2018-01-28", "Week", BY_MONTH,
        [
            ("2018-01-01", "2018-01-02"), ("2018-01-03", "2018-01-09"), ("2018-01-10", "2018-01-16"),
            ("2018-01-17", "2018-01-23"), ("2018-01-24", "2018-01-28"),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("start", "end", "period", "settings", "expected"), SERVICE_PERIODS)
def test_service_periods(
    start: str, end: str, period: str, settings: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    books = Books(**settings)
    weekly: dict[str, Any] = {}
    if period == "Week":
        weekly = {"billCycleType": "SpecificDayofWeek", "weeklyBillCycleDay": "Wednesday"}
    books.sell(books.charge(100, billingPeriod=period, **weekly), start=start, end=next_day(end))
    assert [line[:2] for line in books.bill("2020-01-01")] == expected
    assert books.bill("2020-01-01") == []


def test_a_bill_cycle_day_in_the_middle_of_the_month() -> None:
    """Three months from 1 January 2025 with bill cycle day 20."""
    books = Books(cycle_day=20)
    books.sell(books.charge(31), start="2025-01-01", end="2025-04-01")
    assert [line[:2] for line in books.bill("2025-12-31")] == [
        ("2025-01-01", "2025-01-19"),
        ("2025-01-20", "2025-02-19"),
        ("2025-02-20", "2025-03-19"),
        ("2025-03-20", "2025-03-31"),
    ]


def test_credit_on_the_new_basis() -> None:
    """100 a quarter, 51 of 90 days used, whole dollars rounded up: 57 stay, 43 are given back."""
    books = Books(**usd("Up", "1"), **rules(prorationUnit="ProrateByDay"))
    number = books.sell(books.charge(100, billingPeriod="Quarter"), start="2023-01-01", end="2024-01-01")
    assert books.bill("2023-01-01") == [("2023-01-01", "2023-03-31", "100.00")]
    books.cancel(number, "2023-02-21")
    assert books.bill("2023-02-21") == [("2023-02-21", "2023-03-31", "-43.00")]


def test_credit_on_the_old_basis() -> None:
    """25 a month, 10 of 29 days not used, whole dollars rounded up: 9 are given back and 16 stay."""
    books = Books(cycle_day=11, **usd("Up", "1"), **rules(creditBasis="EffectiveDateToPeriodEnd"))
    number = books.sell(books.charge(25), start="2020-02-11", end="2021-02-11")
    books.bill("2020-02-11")
    books.cancel(number, "2020-03-01")
    assert books.bill("2020-03-01") == [("2020-03-01", "2020-03-10", "-9.00")]
    assert books.total() == 16


@pytest.mark.parametrize(
    ("settings", "credit"),
    [
        (BY_MONTH, ("2014-10-15", "2014-12-31", "-254.84")),
        (WHOLE_MONTHS, ("2014-11-01", "2014-12-31", "-198.91")),
    ],
)
def test_a_cancelled_quarter_is_credited(settings: dict[str, Any], credit: tuple[str, str, str]) -> None:
    books = Books(**settings)
    number = books.sell(books.charge(300, billingPeriod="Quarter"), start="2014-10-01", end="2015-10-01")
    books.bill("2014-10-01")
    books.cancel(number, "2014-10-15")
    (item,) = books.items("2014-12-31")
    assert item.row["chargeName"] == "Seats -- Proration Credit"
    assert item.line == credit


def test_a_cancelled_quarter_is_not_credited_where_no_part_is_billed() -> None:
    books = Books(**NOTHING_PARTIAL)
    number = books.sell(books.charge(300, billingPeriod="Quarter"), start="2014-10-01", end="2015-10-01")
    books.bill("2014-10-01")
    books.cancel(number, "2014-10-15")
    assert books.bill("2014-12-31") == []
    assert books.total() == 300


#: End, whether the discount is prorated -> credit of the charge, credit of the discount.
DISCOUNT_CREDITS = [
    ("2023-04-01", False, "-900.00", "420.00"),
    ("2023-04-01", True, "-900.00", "540.00"),
    ("2023-09-01", False, "-400.00", None),
    ("2023-09-01", True, "-400.00", "240.00"),
    ("2023-01-01", False, "-1200.00", "720.00"),
    ("2023-01-01", True, "-1200.00", "720.00"),
]


@pytest.mark.parametrize(("end", "prorated", "regular", "discount"), DISCOUNT_CREDITS)
def test_fixed_amount_discount_on_a_shortened_year(
    end: str, prorated: bool, regular: str, discount: str | None
) -> None:
    """A year at 1200 with 720 off is cut short."""
    books = Books(**rules(prorationUnit="ProrateByMonthFirst", discountCreditProration=prorated))
    year = books.charge(1200, billingPeriod="Annual")
    number = books.sell(
        year, books.discount(amount="720", billingPeriod="Annual"), start="2023-01-01", end="2024-01-01"
    )
    assert [line[2] for line in books.bill("2023-01-01")] == ["1200.00", "-720.00"]
    books.cancel(number, end)
    assert [line[2] for line in books.bill("2023-12-31")] == [regular, *([discount] if discount else [])]
    assert books.bill("2023-12-31") == []


def test_half_years_with_a_bill_cycle_day_and_a_discount() -> None:
    """100 a month, billed every half year from the 10th on, for three years with 20 % off."""
    books = Books(cycle_day=10, **BY_MONTH)
    half_year: dict[str, Any] = {"billingPeriod": "Semi_Annual", "listPriceBase": "Per_Month"}
    books.sell(books.charge(100, **half_year), books.discount(percent="20"), start="2021-01-01", end="2024-01-01")
    lines = books.bill("2023-01-10")
    halves = ["2021-01-10", "2021-07-10", "2022-01-10", "2022-07-10", "2023-01-10"]
    assert lines[0] == ("2021-01-01", "2021-01-09", "29.03")
    assert [(line[0], line[2]) for line in lines[1:6]] == [(day, "600.00") for day in halves]
    assert lines[6] == ("2021-01-01", "2021-01-09", "-5.81")
    assert [(line[0], line[2]) for line in lines[7:12]] == [(day, "-120.00") for day in halves]
    books.bill("2023-12-31")
    assert f"{books.total():.2f}" == "2880.00"


def test_usage_of_a_part_of_a_month() -> None:
    """Usage of 31 in January; the charge, prorated by time, begins on the 15th: 17 of 31 days."""
    books = Books()
    usage: dict[str, Any] = {
        "chargeType": "Usage",
        "chargeModel": "PerUnit",
        "uOM": "GB",
        "prorationOption": "TimeBasedProration",
    }
    number = books.sell(books.charge(1, **usage), start="2023-01-15", end="2023-12-31")
    books.upload(number, "2023-01-20", 31)
    assert books.bill("2023-02-01") == [("2023-01-15", "2023-01-31", "17.00")]


@pytest.mark.parametrize(("model", "amount"), [("Tiered", "220.00"), ("Volume", "200.00")])
def test_tiers(model: str, amount: str) -> None:
    """25 units: ten at 10 and fifteen at 8, or all of them at 8."""
    books = Books()
    tiers = [
        {"startingUnit": 0, "endingUnit": 10, "price": "10", "priceFormat": "PerUnit"},
        {"startingUnit": 11, "endingUnit": 25, "price": "8", "priceFormat": "PerUnit"},
    ]
    plan = books.charge(tiers=tiers, chargeModel=model, uOM="User", defaultQuantity=25)
    number = books.sell(plan, start="2023-01-01", end="2023-02-01")
    assert books.bill("2023-01-01") == [("2023-01-01", "2023-01-31", amount)]
    plan = books.charge(tiers=tiers, chargeModel=model, uOM="User", chargeType="Usage")
    number = books.sell(plan, start="2023-01-01", end="2023-02-01")
    for units in (5, 20):
        books.upload(number, "2023-01-10", units, unit="User")
    assert books.bill("2023-02-01") == [("2023-01-01", "2023-01-31", amount)]


#: List price, its base, billing period -> amount of a bill.
LIST_PRICES: list[tuple[int, dict[str, Any], str]] = [
    (1200, {"listPriceBase": "Per_Billing_Period", "billingPeriod": "Annual"}, "1200.00"),
    (100, {"listPriceBase": "Per_Month", "billingPeriod": "Annual"}, "1200.00"),
    (100, {"listPriceBase": "Per_Week", "billingPeriod": "Specific_Weeks", "specificBillingPeriod": 12}, "1200.00"),
    (100, {"listPriceBase": "Per_Month", "billingPeriod": "Specific_Months", "specificBillingPeriod": 12}, "1200.00"),
    (120, {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12, "billingPeriod": "Month"}, "10.00"),
    (120, {"listPriceBase": "Per_Year", "billingPeriod": "Quarter"}, "30.00"),
    (1200, {"listPriceBase": "Per_Billing_Period", "billingPeriod": "Subscription_Term"}, "1200.00"),
    (100, {"listPriceBase": "Per_Month", "billingPeriod": "Subscription_Term"}, "1200.00"),
]


@pytest.mark.parametrize(("price", "fields", "amount"), LIST_PRICES)
def test_list_price_bases(price: int, fields: dict[str, Any], amount: str) -> None:
    books = Books()
    books.sell(books.charge(price, billCycleType="ChargeTriggerDay", **fields), start="2023-01-01", end="2024-01-01")
    assert books.bill("2023-01-01")[0][2] == amount


def test_an_evergreen_subscription() -> None:
    """One period of 49.99 a month."""
    books = Books()
    plan = books.charge("49.99", chargeModel="PerUnit", uOM="User", defaultQuantity=1)
    books.sell(plan, start="2025-01-01")
    assert books.bill("2025-01-01") == [("2025-01-01", "2025-01-31", "49.99")]


@pytest.mark.parametrize("days_in_month", DAYS_IN_MONTH[:2])
def test_the_contract_of_the_vendors_page(days_in_month: str) -> None:
    """12,000 for 12 months, sold for 23 May to 30 September 2019, as 1,000 a month: 4,290.32 by actual days."""
    books = Books(**rules(daysInMonth=days_in_month))
    plan = books.charge(1000, chargeModel="PerUnit", uOM="User", defaultQuantity=1)
    number = books.sell(plan, start="2019-05-23", end="2019-10-01")
    amounts = [line[2] for line in books.bill("2019-09-30")]
    first = "290.32" if days_in_month == "UseActualDays" else "300.00"
    assert amounts == [first, "1000.00", "1000.00", "1000.00", "1000.00"]
    assert [row["chargedThroughDate"] for row in books.segments(number)] == ["2019-10-01"]


def _from(day: str, books: Books, plan: str) -> dict[str, Any]:
    return override(books, plan, startDate={"triggerEvent": "SpecificDate", "specificTriggerDate": day})
