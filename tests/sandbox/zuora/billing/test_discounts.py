"""Discount charges: which items they discount, in which order, and what becomes of them when something ends."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.zuora.billing.books import Books, override, rules

YEAR: dict[str, Any] = {"billingPeriod": "Annual"}


@pytest.fixture
def books() -> Books:
    return Books(**rules(prorationUnit="ProrateByMonthFirst"))


def _amounts(books: Books, target: str) -> list[str]:
    return [line[2] for line in books.bill(target)]


def test_each_item_is_discounted_and_rounded_by_itself(books: Books) -> None:
    plans = books.charge("0.05"), books.charge("0.05", name="Support"), books.discount(percent="10")
    books.sell(*plans, start="2025-01-01", end="2026-01-01")
    items = books.items("2025-01-01")
    assert [str(item.amount) for item in items] == ["0.05", "0.05", "-0.01", "-0.01"]
    assert [item.row["processingType"] for item in items] == ["Charge", "Charge", "Discount", "Discount"]
    assert [item.row["appliedToInvoiceItemId"] for item in items[2:]] == [item.row["id"] for item in items[:2]]


def test_percentages_go_on_what_is_left_and_before_fixed_amounts(books: Books) -> None:
    half, tenth = books.discount(percent="50"), books.discount(percent="10")
    books.sell(books.charge(100), books.discount(amount="5"), half, tenth, start="2025-01-01", end="2025-02-01")
    assert _amounts(books, "2025-01-01") == ["100.00", "-50.00", "-5.00", "-5.00"]


def test_a_fixed_amount_takes_no_more_than_there_is(books: Books) -> None:
    plans = books.charge(30), books.charge(50, name="Support"), books.discount(amount="100")
    books.sell(*plans, start="2025-01-01", end="2025-02-01")
    assert _amounts(books, "2025-01-01") == ["30.00", "50.00", "-30.00", "-50.00"]


def test_a_fixed_amount_is_used_up_once_a_period(books: Books) -> None:
    plans = books.charge(30), books.charge(50, name="Support"), books.discount(amount="40", **YEAR)
    books.sell(*plans, start="2025-01-01", end="2026-01-01")
    assert _amounts(books, "2025-01-01") == ["30.00", "50.00", "-30.00", "-10.00"]
    assert _amounts(books, "2025-02-01") == ["30.00", "50.00"]


def test_a_monthly_amount_off_a_yearly_charge(books: Books) -> None:
    books.sell(books.charge(1200, **YEAR), books.discount(amount="10"), start="2025-01-01", end="2026-01-01")
    assert _amounts(books, "2025-01-01") == ["1200.00", *["-10.00"] * 12]


@pytest.mark.parametrize(
    ("level", "applies", "expected"),
    [
        ("rateplan", "RECURRING", ["100.00", "40.00", "200.00", "-10.00"]),
        ("subscription", "RECURRING", ["100.00", "40.00", "200.00", "-10.00", "-20.00"]),
        ("subscription", "ONETIME", ["100.00", "40.00", "200.00", "-4.00"]),
        ("subscription", "ONETIMERECURRING", ["100.00", "40.00", "200.00", "-10.00", "-4.00", "-20.00"]),
    ],
)
def test_what_a_discount_is_for(books: Books, level: str, applies: str, expected: list[str]) -> None:
    plan = books.charge(100)
    books.charge(40, plan=plan, chargeType="OneTime", name="Setup")
    books.discount(percent="10", plan=plan, discountLevel=level, applyDiscountTo=applies)
    books.sell(plan, books.charge(200), start="2025-01-01", end="2025-02-01")
    assert sorted(_amounts(books, "2025-01-01"), key=Decimal) == sorted(expected, key=Decimal)


def test_a_discount_for_the_account_reaches_its_other_subscriptions(books: Books) -> None:
    books.sell(
        books.charge(100), books.discount(amount="150", discountLevel="account"), start="2025-01-01", end="2025-02-01"
    )
    books.sell(books.charge(200), start="2025-01-01", end="2025-02-01")
    assert _amounts(books, "2025-01-01") == ["100.00", "-100.00", "200.00", "-50.00"]
    assert books.bill("2025-01-31") == []


def test_a_discount_for_the_first_months(books: Books) -> None:
    discount = books.discount(percent="50")
    first = override(
        books, discount, endDate={"endDateCondition": "Fixed_Period", "upToPeriods": 1, "upToPeriodsType": "Months"}
    )
    books.sell(books.charge(100), first, start="2025-01-01", end="2026-01-01")
    assert _amounts(books, "2025-02-01") == ["100.00", "100.00", "-50.00"]


def test_a_credited_charge_credits_its_discounts(books: Books) -> None:
    plans = books.charge(1200, **YEAR), books.discount(percent="20"), books.discount(percent="50")
    number = books.sell(*plans, start="2025-01-01", end="2026-01-01")
    assert _amounts(books, "2025-01-01") == ["1200.00", "-240.00", "-480.00"]
    books.cancel(number, "2025-07-01")
    assert books.bill("2025-07-01") == [
        ("2025-07-01", "2025-12-31", "-600.00"),
        ("2025-07-01", "2025-12-31", "120.00"),
        ("2025-07-01", "2025-12-31", "240.00"),
    ]
    assert books.bill("2025-12-31") == []


def test_another_percentage_from_a_day_on(books: Books) -> None:
    discount = books.discount(percent="10")
    number = books.sell(books.charge(365, **YEAR), discount, start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.update(number, plan=discount, on="2025-12-22", pricing={"discount": {"discountPercentage": 20}})
    assert books.bill("2025-12-22") == [
        ("2025-12-22", "2025-12-31", "-2.00"),
        ("2025-12-22", "2025-12-31", "1.00"),
    ]
    assert books.bill("2025-12-31") == []
    assert books.total() == Decimal(365) - Decimal("35.5") - 2


def test_a_removed_discount(books: Books) -> None:
    discount = books.discount(percent="10")
    number = books.sell(books.charge(365, **YEAR), discount, start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.change(number, "RemoveProduct", {"ratePlanId": books.plan(number, discount)["id"]}, on="2025-12-22")
    assert books.bill("2025-12-31") == [("2025-12-22", "2025-12-31", "1.00")]
    assert books.bill("2025-12-31") == []


def test_a_discount_that_is_added_goes_on_what_is_billed_from_then_on(books: Books) -> None:
    number = books.sell(books.charge(100), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.change(number, "AddProduct", {"productRatePlanId": books.discount(percent="10")}, on="2025-01-15")
    assert books.bill("2025-02-01") == [
        ("2025-02-01", "2025-02-28", "100.00"),
        ("2025-02-01", "2025-02-28", "-10.00"),
    ]


def test_a_one_time_discount(books: Books) -> None:
    discount = books.discount(amount="25", chargeType="OneTime")
    books.sell(books.charge(100), discount, start="2025-01-01", end="2026-01-01")
    assert _amounts(books, "2025-02-01") == ["100.00", "100.00", "-25.00"]


def test_marks_of_a_discount(books: Books) -> None:
    number = books.sell(books.charge(100), books.discount(percent="10"), start="2025-01-01", end="2026-01-01")
    books.bill("2025-02-01")
    assert [row["chargedThroughDate"] for row in books.segments(number)] == ["2025-03-01", "2025-03-01"]


def test_kept_data_is_billed_on(tmp_path: Path) -> None:
    path = tmp_path / "tenant.sqlite"
    settings = rules(prorationUnit="ProrateByMonthFirst", discountCreditProration=True)
    books = Books(path=path, **settings)
    plans = books.charge(1200, **YEAR), books.discount(amount="720", **YEAR), books.discount(percent="10")
    number = books.sell(*plans, start="2025-01-01", end="2026-01-01")
    assert _amounts(books, "2025-01-01") == ["1200.00", "-120.00", "-720.00"]
    books.reopen(path)
    assert books.bill("2025-01-31") == []
    books.cancel(number, "2025-07-01")
    assert _amounts(books, "2025-07-01") == ["-600.00", "60.00", "360.00"]
    books.reopen(path)
    assert books.bill("2025-12-31") == []
