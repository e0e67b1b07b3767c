"""Usage charges: what uploaded usage costs, and when."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.billing.run import cancel_run
from tests.sandbox.zuora.billing.books import Books, override, rules

USAGE: dict[str, Any] = {"chargeType": "Usage", "chargeModel": "PerUnit", "uOM": "GB"}


@pytest.fixture
def books() -> Books:
    return Books()


def test_usage_is_rated_when_its_month_is_over(books: Books) -> None:
    number = books.sell(books.charge(2, **USAGE), start="2025-01-01", end="2026-01-01")
    books.upload(number, "2025-01-05", 3)
    books.upload(number, "2025-01-31", 4)
    books.upload(number, "2025-02-01", 50)
    assert books.bill("2025-01-31") == []
    (item,) = books.items("2025-02-01")
    assert item.line == ("2025-01-01", "2025-01-31", "14.00")
    assert item.row["quantity"] == 7
    assert [row["rbeStatus"] for row in books.store.rows("usage")] == ["Processed", "Processed", "Pending"]
    assert books.bill("2025-02-28") == []
    assert [row["chargedThroughDate"] for row in books.segments(number)] == ["2025-02-01"]


def test_late_usage_is_added_to_its_period(books: Books) -> None:
    tiers = [
        {"startingUnit": 0, "endingUnit": 10, "price": "1", "priceFormat": "PerUnit"},
        {"startingUnit": 10, "price": "2", "priceFormat": "PerUnit"},
    ]
    plan = books.charge(tiers=tiers, **USAGE | {"chargeModel": "Tiered"})
    number = books.sell(plan, start="2025-01-01", end="2026-01-01")
    books.upload(number, "2025-01-05", 8)
    assert books.bill("2025-02-01") == [("2025-01-01", "2025-01-31", "8.00")]
    books.upload(number, "2025-01-06", 8)
    assert books.bill("2025-02-01") == [("2025-01-01", "2025-01-31", "14.00")]


@pytest.mark.parametrize(
    ("group", "amount"),
    [("ByBillingPeriod", "38.00"), ("ByUsageStartDate", "28.00"), ("ByUsageRecord", "24.00")],
)
def test_what_is_rated_together(books: Books, group: str, amount: str) -> None:
    """24 units on two days in three records: ten at 1, all beyond at 2."""
    tiers = [
        {"startingUnit": 0, "endingUnit": 10, "price": "1", "priceFormat": "PerUnit"},
        {"startingUnit": 10, "price": "2", "priceFormat": "PerUnit"},
    ]
    plan = books.charge(tiers=tiers, ratingGroup=group, **USAGE | {"chargeModel": "Tiered"})
    number = books.sell(plan, start="2025-01-01", end="2026-01-01")
    for day, units in (("2025-01-05", 7), ("2025-01-05", 7), ("2025-01-06", 10)):
        books.upload(number, day, units)
    assert books.bill("2025-02-01")[0][2] == amount


def test_usage_beyond_what_is_included(books: Books) -> None:
    tiers = [{"overagePrice": "3", "includedUnits": "100"}]
    number = books.sell(books.charge(tiers=tiers, **USAGE | {"chargeModel": "Overage"}), start="2025-01-01")
    books.upload(number, "2025-01-05", 104)
    books.upload(number, "2025-02-05", 90)
    assert [line[2] for line in books.bill("2025-03-01")] == ["12.00", "0.00"]


def test_a_tier_with_a_cap_or_a_fixed_price(books: Books) -> None:
    books.tenant.configure({"chargeModifiers": True})
    tiers = [
        {"tier": 1, "startingUnit": 0, "endingUnit": 10, "price": 25, "priceFormat": "FlatFee"},
        {"tier": 2, "startingUnit": "10.01", "price": 2, "priceFormat": "PerUnit", "cap": 30},
    ]
    plan = override(books, books.charge(**USAGE | {"chargeModel": "Tiered"}), {"usageTiered": {"tiers": tiers}})
    number = books.sell(plan, start="2025-01-01")
    books.upload(number, "2025-01-05", 40)
    assert books.bill("2025-02-01")[0][2] == "55.00"


def test_usage_of_another_unit_or_subscription_is_not_rated(books: Books) -> None:
    number = books.sell(books.charge(2, **USAGE), start="2025-01-01")
    other = books.sell(books.charge(5, **USAGE | {"uOM": "Hour"}), start="2025-01-01")
    books.upload(other, "2025-01-05", 1)
    books.upload(number, "2025-01-05", 1, unit="Hour")
    assert books.bill("2025-02-01") == []
    books.upload(None, "2025-01-07", 1)
    assert [line[2] for line in books.bill("2025-02-01")] == ["2.00"]


def test_usage_of_a_partial_month_that_is_not_billed() -> None:
    books = Books(**rules(prorateUsageMonthlyCharges=False))
    number = books.sell(books.charge(2, **USAGE), start="2025-01-15")
    books.upload(number, "2025-01-20", 10)
    books.upload(number, "2025-02-20", 10)
    assert books.bill("2025-03-01") == [("2025-02-01", "2025-02-28", "20.00")]


def test_the_last_part_of_a_period_is_rated_when_the_subscription_ends(books: Books) -> None:
    number = books.sell(books.charge(2, **USAGE), start="2025-01-01", end="2026-01-01")
    books.upload(number, "2025-01-05", 10)
    books.cancel(number, "2025-01-10")
    assert books.bill("2025-01-10") == [("2025-01-01", "2025-01-09", "20.00")]


def test_a_cancelled_bill_run_gives_usage_back(books: Books) -> None:
    number = books.sell(books.charge(2, **USAGE), start="2025-01-01")
    books.upload(number, "2025-01-05", 10)
    made = books.run("2025-02-01")
    cancel_run(books.tenant, made.bill_run["id"])
    assert books.bill("2025-02-01") == [("2025-01-01", "2025-01-31", "20.00")]
