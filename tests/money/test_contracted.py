"""Contracted amounts: what CPQ sold beside what Zuora's charges come to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.contracted import held, sold

MONEY = st.decimals(0, 100_000, places=2)


def item(net: str | None, quantity: str | None = "1", method: str | None = "List", **changes: Any) -> dict[str, Any]:
    subscription = {"SBQQ__NetPrice__c": net and Decimal(net), "SBQQ__PricingMethod__c": method}
    return {
        "Quantity": quantity and Decimal(quantity),
        "UnitPrice": Decimal(999),
        "SBQQ__Subscription__r": subscription,
        **changes,
    }


def bought(price: str | None, quantity: str, **changes: Any) -> dict[str, Any]:
    return {"Quantity": Decimal(quantity), "UnitPrice": price and Decimal(price), **changes}


@pytest.mark.parametrize(
    ("items", "amount"),
    [
        ([], "0.00"),
        ([item("120", "5")], "600.00"),
        ([item("120", "5", "Block")], "120.00"),
        ([item("120", "5", None, Product2={"SBQQ__PricingMethod__c": "Block"})], "120.00"),
        ([item("120", "5", "List", Product2={"SBQQ__PricingMethod__c": "Block"})], "600.00"),
        ([item(None, "2")], "1998.00"),
        ([item("0", "2")], "0.00"),
        ([item("120", None)], "0.00"),
        ([bought("9.50", "2")], "19.00"),
        ([bought("9.50", "2", SBQQ__Subscription__r=None)], "19.00"),
        ([bought("9.50", "2", Product2={"SBQQ__PricingMethod__c": "Block"})], "19.00"),
        ([bought(None, "2")], "0.00"),
        ([item("0.005", "1")], "0.01"),
        ([item("0.004", "1"), item("0.004", "1")], "0.01"),
        ([item("120", "5"), item("50", "3", "Block"), bought("1", "1")], "651.00"),
    ],
    ids=[
        "nothing",
        "list price × quantity",
        "block price",
        "block by the product",
        "list by the subscription",
        "unit price where there is no net price",
        "nothing is a price",
        "no quantity",
        "line item",
        "line item with an empty link",
        "line item of a block product",
        "line item without price",
        "half a cent",
        "rounded once at the end",
        "a mixture",
    ],
)
def test_sold(items: list[dict[str, Any]], amount: str) -> None:
    assert str(sold(items)) == amount


def charge(**changes: Any) -> dict[str, Any]:
    return {"type": "Recurring", "model": "PerUnit", "price": Decimal(120), "quantity": Decimal(5), **changes}


def subscription(*charges: dict[str, Any], **changes: Any) -> dict[str, Any]:
    plans = [{"ratePlanCharges": [one]} for one in charges]
    return {"termType": "TERMED", "currentTerm": 12, "currentTermPeriodType": "Month", "ratePlans": plans, **changes}


def in_days(start: str, days: int) -> dict[str, Any]:
    return {"termStartDate": start, "currentTerm": days, "currentTermPeriodType": "Day"}


WHOLE_TERM = {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12, "billingPeriod": "Month"}
FLAT = {"model": "FlatFee", "quantity": None}
EVERGREEN = {"termType": "EVERGREEN", "currentTerm": 0, "currentTermPeriodType": None}

HELD = {
    "nothing": (subscription(), "0.00"),
    "no rate plans": (subscription(ratePlans=None), "0.00"),
    "the whole term's price": (subscription(charge(**WHOLE_TERM)), "600.00"),
    "the whole term's price, 36 months": (
        subscription(charge(**(WHOLE_TERM | {"specificListPriceBase": 36})), currentTerm=36),
        "600.00",
    ),
    "a price of 12 months over 6": (subscription(charge(**WHOLE_TERM), currentTerm=6), "300.00"),
    "flat fee": (subscription(charge(**FLAT, **WHOLE_TERM)), "120.00"),
    "flat fee ignores a quantity": (subscription(charge(**(FLAT | {"quantity": 5}), **WHOLE_TERM)), "120.00"),
    "per month": (subscription(charge(listPriceBase="Per_Month", billingPeriod="Quarter")), "7200.00"),
    "per year": (subscription(charge(listPriceBase="Per_Year", billingPeriod="Month"), currentTerm=18), "900.00"),
    **{
        f"per billing period, {period}": (
            subscription(charge(listPriceBase="Per_Billing_Period", billingPeriod=period), currentTerm=months),
            "600.00",
        )
        for period, months in {
            "Month": 1,
            "Quarter": 3,
            "Semi_Annual": 6,
            "Annual": 12,
            "Eighteen_Months": 18,
            "Two_Years": 24,
            "Three_Years": 36,
            "Five_Years": 60,
            "Subscription_Term": 17,
        }.items()
    },
    "no base is per billing period": (subscription(charge(billingPeriod="Month")), "7200.00"),
    **{
        f"a term of {days} days from {start}": (
            subscription(charge(billingPeriod="Month", quantity=1), **in_days(start, days)),
            amount,
        )
        for start, days, amount in [
            ("2026-02-01", 365, "1440.00"),
            ("2026-02-01", 14, "60.00"),
            ("2028-02-01", 29, "120.00"),
            ("2026-01-01", 45, "180.00"),
            ("2026-02-15", 28, "114.19"),
        ]
    },
    "one-time": (subscription(charge(type="OneTime"), currentTerm=36), "600.00"),
    "one-time flat fee": (subscription(charge(type="OneTime", **FLAT)), "120.00"),
    "usage": (subscription(charge(type="Usage", quantity=None)), "0.00"),
    "evergreen counts once": (subscription(charge(**WHOLE_TERM), **EVERGREEN), "600.00"),
    "no price": (subscription(charge(price=None, **WHOLE_TERM)), "0.00"),
    "a quantity of nothing": (subscription(charge(**(WHOLE_TERM | {"quantity": 0}))), "0.00"),
    "several": (subscription(charge(**WHOLE_TERM), charge(type="OneTime", **FLAT)), "720.00"),
}


@pytest.mark.parametrize("case", HELD)
def test_held(case: str) -> None:
    row, amount = HELD[case]
    assert str(held(row)) == amount


@given(price=MONEY, quantity=st.decimals(0, 1000, places=2), months=st.integers(1, 120))
def test_a_whole_terms_price_comes_to_what_was_sold(price: Decimal, quantity: Decimal, months: int) -> None:
    line = item(str(price), str(quantity))
    base = {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": months}
    row = subscription(charge(price=price, quantity=quantity, **base), currentTerm=months)
    assert held(row) == sold([line])
