"""The catalog: found by external id, attached to a product of the same SKU, finished after a broken run, or made."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Operation, Ref, SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import Charge, RatePlan, ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r


def planned(*records: dict[str, Any], state: ZuoraState | None = None) -> SyncPlan:
    """The plan of an order with one item of each product."""
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: r.account()}, products={one["Id"]: one for one in records})
    items = [
        r.item(
            Id=f"802{n}", OrderItemNumber=f"{n}", Product2=one, Product2Id=one["Id"], subscription={"Name": f"S-{n}"}
        )
        for n, one in enumerate(records)
    ]
    return plan_order(r.draft(state or r.known_state(plans={}), snapshot), r.order(*items))


def catalog(plan: SyncPlan) -> list[Operation]:
    assert plan.stop is None, plan.problems
    return [one for one in plan.operations if one.name.startswith("create_product")]


def charge_ids(plan: SyncPlan) -> list[Any]:
    actions = [one["orderActions"][0] for one in plan.operations[-1].body["subscriptions"]]
    plans = [one["createSubscription"]["subscribeToRatePlans"][0] for one in actions]
    return [one["chargeOverrides"][0]["productRatePlanChargeId"] for one in plans]


def test_a_plan_with_its_external_id_is_left_as_it_is() -> None:
    plan = planned(r.product(Name="Renamed", ProductCode=None), state=r.known_state())
    assert catalog(plan) == []
    assert charge_ids(plan) == ["z-charge"]


def test_product_plan_and_charge_are_made() -> None:
    plan = planned(r.product())
    product, rate_plan, charge = catalog(plan)
    assert rate_plan.body["ProductId"] == Ref(product.key, "Id")
    assert charge.body["ProductRatePlanId"] == Ref(rate_plan.key, "Id")
    assert charge_ids(plan) == [Ref(charge.key, "Id")]


def test_the_product_of_the_same_sku_gets_a_plan() -> None:
    plan = planned(r.product(), state=r.known_state(plans={}, products={"SEAT": "z-product"}))
    rate_plan, _charge = catalog(plan)
    assert rate_plan.body["ProductId"] == "z-product"


def test_two_products_of_one_sku_share_the_zuora_product() -> None:
    plan = planned(r.product(), r.product(Id="01tB", Name="Cloud seat, plus"))
    assert [one.name for one in catalog(plan)].count("create_product") == 1
    plans = [one.body for one in catalog(plan) if one.name == "create_product_rate_plan"]
    assert [one["ExternalRatePlanIds"] for one in plans] == [[r.PRODUCT_ID], ["01tB"]]
    assert {one["ProductId"] for one in plans} == {Ref("product:SEAT", "Id")}


def test_a_product_in_two_items_is_made_once() -> None:
    items = [r.item(Id=f"802{n}", OrderItemNumber=f"{n}", subscription={"Name": f"S-{n}"}) for n in range(2)]
    plan = plan_order(r.draft(r.known_state(plans={})), r.order(*items))
    assert len(catalog(plan)) == 3
    assert len(set(charge_ids(plan))) == 1


def test_a_plan_whose_charge_was_not_made_is_finished() -> None:
    plan = planned(r.product(), state=r.known_state(plans={r.PRODUCT_ID: RatePlan("z-plan")}))
    (charge,) = catalog(plan)
    assert charge.body["ProductRatePlanId"] == "z-plan"


def test_a_plan_with_two_charges_is_held() -> None:
    two = RatePlan("z-plan", tuple(Charge(f"z-{n}", "Recurring", "Flat Fee Pricing", "Month") for n in range(2)))
    plan = planned(r.product(), state=r.known_state(plans={r.PRODUCT_ID: two}))
    assert plan.stop is Outcome.HELD
    assert [problem.code for problem in plan.problems] == ["CPQ-412"]
    assert "2 charges" in plan.problems[0].message


@pytest.mark.parametrize("code", [None, ""])
@pytest.mark.parametrize("plans", [{}, {r.PRODUCT_ID: RatePlan("z-plan")}], ids=["unknown", "broken off"])
def test_a_product_without_product_code_is_held(code: str | None, plans: dict[str, RatePlan]) -> None:
    plan = planned(r.product(ProductCode=code), state=r.known_state(plans=plans))
    assert plan.stop is Outcome.HELD
    assert [(problem.code, problem.field) for problem in plan.problems] == [("CPQ-406", "Product2.ProductCode")]
    assert "Invalid referenced products" in plan.problems[0].message


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"ProductCode": "S" * 51}, "CPQ-402", "Product2.ProductCode"),
        ({"SBQQ__ChargeType__c": "Overage"}, "CPQ-402", "Product2.SBQQ__ChargeType__c"),
        ({"SBQQ__BillingFrequency__c": "Weekly"}, "CPQ-402", "Product2.SBQQ__BillingFrequency__c"),
        ({"QuantityUnitOfMeasure": "U" * 26}, "CPQ-402", "Product2.QuantityUnitOfMeasure"),
        ({"Name": None}, "CPQ-401", "Product2.Name"),
    ],
)
def test_a_wrong_product_is_held(changes: dict[str, Any], code: str, field: str) -> None:
    plan = planned(r.product(**changes))
    assert plan.stop is Outcome.HELD
    assert plan.operations == ()
    assert (plan.problems[0].code, plan.problems[0].field) == (code, field)


def entry(currency: str | None, price: str | None, *, standard: bool | None = None) -> dict[str, Any]:
    book = None if standard is None else {"IsStandard": standard}
    return {"CurrencyIsoCode": currency, "UnitPrice": price and Decimal(price), "Pricebook2": book}


@pytest.mark.parametrize(
    ("entries", "currencies", "tiers"),
    [
        ([entry("EUR", "9"), entry("USD", "10")], ["EUR", "USD"], {"EUR": "9", "USD": "10"}),
        ([entry("USD", "8", standard=False), entry("USD", "10", standard=True)], ["USD"], {"USD": "10"}),
        ([entry("USD", "10", standard=True), entry("USD", "8", standard=False)], ["USD"], {"USD": "10"}),
        ([entry("USD", None)], ["USD"], {"USD": "0"}),
        ([entry(None, "10")], None, {"USD": "10"}),
        ([], None, {"USD": "0"}),
    ],
    ids=["sorted", "standard last", "standard first", "no price", "single currency", "no entries"],
)
def test_prices_of_the_price_books(entries: list[Any], currencies: Any, tiers: dict[str, str]) -> None:
    _product, rate_plan, charge = catalog(planned(r.product(PricebookEntries={"records": entries})))
    assert rate_plan.body.get("ActiveCurrencies") == currencies
    made = charge.body["ProductRatePlanChargeTierData"]["ProductRatePlanChargeTier"]
    assert {one["Currency"]: one["Price"] for one in made} == {name: Decimal(price) for name, price in tiers.items()}


def test_a_unit_of_measure_only_where_units_are_counted() -> None:
    block = r.product(SBQQ__PricingMethod__c="Block", QuantityUnitOfMeasure="Hour")
    assert "UOM" not in catalog(planned(block))[-1].body


def test_a_product_made_for_a_line_item_has_a_one_time_charge() -> None:
    item = r.asset_item()
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: r.account()}, products={r.PRODUCT_ID: item["Product2"]})
    plan = plan_order(r.draft(r.known_state(plans={}), snapshot), r.order(item))
    charge = catalog(plan)[-1]
    assert charge.body["ChargeType"] == "OneTime"
    assert "BillingPeriod" not in charge.body
    assert plan.operations[-1].body["orderLineItems"][0]["productRatePlanChargeId"] == Ref(charge.key, "Id")
