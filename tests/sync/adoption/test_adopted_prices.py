"""Prices of contracts that are adopted, whatever they are billed by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sync.adoption.test_adopter import adopt, by_hand, outcomes
from tests.sync.conftest import Both
from tests.world import CHARGE_MODELS, segmented
from tests.world import Line as Sale


def shown(both: Both, account: str, *expected: str | None) -> list[dict[str, Any]]:
    adoption = adopt(both, account)
    found = [code for _, _, code in outcomes(adoption)]
    assert found == list(expected or [None]), [one.result.reasons for one in adoption.results]
    return [pair for one in adoption.results for pair in one.as_dict()["pairs"]]


def prices(pair: dict[str, Any]) -> tuple[Any, Any, Any]:
    return pair["salesforce"]["price"], pair["zuora"]["price"], pair["priceUnknown"]


@pytest.mark.parametrize("model", [one for one in CHARGE_MODELS if not one.startswith("usage")])
def test_every_charge_model(both: Both, model: str) -> None:
    account = both.world.account()
    by_hand(both, both.world.order(account, [Sale(both.world.product_of_model(model), 1, Decimal("99.99"))]))
    adopted = adopt(both, account)
    for pair in (pair for one in adopted.results for pair in one.as_dict()["pairs"]):
        assert prices(pair) == (Decimal("99.99"), Decimal("99.99"), None)


@pytest.mark.parametrize(
    ("base", "months", "price"),
    [
        ("Per_Month", None, "10"),
        ("Per_Year", None, "120"),
        ("Per_Specific_Months", 6, "60"),
        ("Per_Billing_Period", None, "10"),
    ],
)
def test_every_list_price_base(both: Both, base: str, months: int | None, price: str) -> None:
    account = both.world.account()
    by_hand(both, both.world.order(account, [Sale(both.world.product(), 10)]))
    _reprice(both, price, {"listPriceBase": base, "specificListPriceBase": months})
    [pair] = shown(both, account)
    assert prices(pair) == (Decimal("120.00"), Decimal("120.00"), None)
    _reprice(both, str(Decimal(price) + 1), {})
    [pair] = shown(both, account, "CPQ-441")
    assert pair["differences"][0]["what"] == "price on 2026-07-01"
    assert pair["zuora"]["price"] > pair["salesforce"]["price"]


def _reprice(both: Both, price: str, changes: dict[str, Any]) -> None:
    store = both.sandbox.tenant.store
    [charge] = store.rows("ratePlanCharge")
    [tier] = store.find("ratePlanChargeTier", ratePlanChargeId=charge["id"])
    store.update("ratePlanCharge", charge["id"], changes)
    store.update("ratePlanChargeTier", tier["id"], {"price": Decimal(price)})


def test_a_price_that_cannot_be_compared_is_told(both: Both) -> None:
    account = both.world.account()
    by_hand(both, both.world.order(account, [Sale(both.world.product(), 10)]))
    _reprice(both, "3", {"listPriceBase": "Per_Week"})
    [pair] = shown(both, account)
    assert pair["salesforce"]["price"] is None
    assert "price per week" in pair["priceUnknown"]


def test_each_segment_has_its_own_price(both: Both) -> None:
    account, product = both.world.account(), both.world.product()
    years = [(f"{year}-02-01", f"{year + 1}-01-31", 10, price) for year, price in ((2026, 120), (2027, 240))]
    by_hand(both, both.world.order(account, segmented(product, *years), end="2028-01-31"))
    [pair] = shown(both, account)
    assert prices(pair) == (Decimal("120.00"), Decimal("120.00"), None)
    store = both.sandbox.tenant.store
    last = max(store.rows("ratePlanCharge"), key=lambda row: int(row["segment"]))
    [tier] = store.find("ratePlanChargeTier", ratePlanChargeId=last["id"])
    store.update("ratePlanChargeTier", tier["id"], {"price": Decimal(300)})
    [pair] = shown(both, account, "CPQ-441")
    assert pair["differences"][0]["what"] == "price on 2027-02-01"


def test_tiers_of_usage_are_compared(both: Both) -> None:
    account, traffic = both.world.account(), both.world.usage_product()
    both.world.schedule(traffic, "Data")
    by_hand(both, both.world.order(account, [Sale(traffic)]))
    [pair] = shown(both, account)
    assert prices(pair) == (None, None, None)
    store = both.sandbox.tenant.store
    tier = max(store.rows("ratePlanChargeTier"), key=lambda row: int(row["tier"]))
    store.update("ratePlanChargeTier", tier["id"], {"startingUnit": Decimal(101)})
    assert shown(both, account)[0]["differences"] == []
    store.update("ratePlanChargeTier", tier["id"], {"price": Decimal("0.06")})
    [pair] = shown(both, account, "CPQ-441")
    [difference] = pair["differences"]
    assert difference["what"] == "tiers of Data on 2026-07-01"
    assert "0.05 from 100" in difference["salesforce"]
    assert "0.06 from 101" in difference["zuora"]


def test_amended_block_prices(both: Both) -> None:
    account, flat = both.world.account(), both.world.product_of_model("recurring flat", "Flat")
    both.world.block_prices(flat, [(1, 11, 100), (11, None, 180)])
    order = both.world.order(account, [Sale(flat, 10, Decimal(1200))])
    by_hand(both, order)
    [pair] = shown(both, account)
    assert pair["salesforce"]["price"] == pair["zuora"]["price"]
    late = both.world.amend(both.world.contract(order), "2026-06-01", {"product": "Flat", "quantity": 15})
    adoption = adopt(both, account)
    assert [one.as_dict()["missingOrders"] for one in adoption.results] == [[late]]
