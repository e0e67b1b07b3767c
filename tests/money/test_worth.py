"""What a subscription comes to, and so what an order between two versions is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.money.worth import worth
from tests.planning.held import charge, version

YEAR = ("2026-01-01", "2027-01-01")


@pytest.mark.parametrize(
    ("one", "amount"),
    [
        (charge([(*YEAR, 25, 1200)]), "30000.00"),
        (charge([("2026-01-01", "2026-04-01", 25, 1200), ("2026-04-01", "2027-01-01", 40, 1200)]), "43500.00"),
        (charge([("2026-01-01", "2026-07-01", None, 6000)], model="FlatFee"), "3000.00"),
        (charge([(*YEAR, 2, 100)], listPriceBase="Per_Month"), "2400.00"),
        (charge([(*YEAR, 2, 100)], listPriceBase="Per_Billing_Period", billingPeriod="Quarter"), "800.00"),
        (charge([("2026-03-16", "2026-05-01", 1, 31)], listPriceBase="Per_Month"), "47.00"),
        (charge([("2026-01-01", "2026-01-02", None, 1500)], type="OneTime", model="FlatFee"), "1500.00"),
        (charge([("2026-01-01", "2026-01-01", 25, 1200)]), "0.00"),
        (charge([(*YEAR, None, None)], type="Usage", model="Tiered"), "0.00"),
    ],
)
def test_price_times_quantity_times_time(one: dict[str, Any], amount: str) -> None:
    assert worth(version("1", one)) == Decimal(amount)


@pytest.mark.parametrize(
    "one",
    [
        charge([("2026-01-01", None, 200, 8)]),
        charge([(*YEAR, 2, 10)], listPriceBase="Per_Week"),
        charge([(*YEAR, 2, 10)], listPriceBase=None, billingPeriod="Week"),
        charge([(*YEAR, 2, None, [{"price": 1}])]),
    ],
)
def test_nothing_is_said_where_there_is_no_end_or_no_monthly_price(one: dict[str, Any]) -> None:
    assert worth(version("1", charge([(*YEAR, 25, 1200)]), one)) is None
