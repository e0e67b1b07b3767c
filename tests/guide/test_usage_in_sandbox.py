"""Usage end to end: bounds in both modes, agreed rates, shared and added schedules, as Zuora shows them afterwards."""

from __future__ import annotations

import pytest

from cpqbridge.values import Outcome
from tests.guide.story import Row, Stage
from tests.world import Line, Rate

SOLD: tuple[Rate, ...] = ((0, 185, "2", "PerUnit"), (185, 999, "1.5", "FlatFee"))


def tiers(subscription: Row, position: int = 0) -> list[tuple[str, str]]:
    """Return the bounds of the tiers of a subscription's usage charge."""
    [charge] = subscription["ratePlans"][position]["ratePlanCharges"]
    return [(str(tier["startingUnit"]), str(tier["endingUnit"])) for tier in charge["tiers"]]


@pytest.mark.parametrize(
    ("unit", "raised", "expected"),
    [
        ("Each", False, [("0", "184"), ("185", "999")]),
        ("Each", True, [("0", "185"), ("186", "999")]),
        ("GB", False, [("0", "184.99"), ("185", "999")]),
        ("GB", True, [("0", "185"), ("185.01", "999")]),
    ],
)
@pytest.mark.parametrize("kind", ["Slab", "Range"])
def test_bounds_arrive_in_both_modes(
    stage: Stage, kind: str, unit: str, raised: bool, expected: list[tuple[str, str]]
) -> None:
    product = stage.world.usage_product()
    stage.world.schedule(product, type=kind, unit=unit, rates=SOLD)
    stage.sell("usage", stage.world.account(), Line(product))
    stage.carry("usage", increment_tier_upper_bound=raised)
    assert tiers(stage.subscription("usage")) == expected
    [charge] = stage.subscription("usage")["ratePlans"][0]["ratePlanCharges"]
    assert charge["model"] == {"Slab": "Tiered", "Range": "Volume"}[kind]
    assert [tier["priceFormat"] for tier in charge["tiers"]] == ["PerUnit", "FlatFee"]


def test_rates_agreed_on_the_deal_go_before_the_schedules_own(stage: Stage) -> None:
    product = stage.world.usage_product()
    stage.world.schedule(product, "Data", unit="Each")
    agreed = {"Data": ((0, 50, 3, "PerUnit"), (50, None, "0.1234567", "PerUnit"))}
    stage.sell("usage", stage.world.account(), Line(product, rates=agreed))
    stage.carry("usage")
    [charge] = stage.subscription("usage")["ratePlans"][0]["ratePlanCharges"]
    assert tiers(stage.subscription("usage")) == [("0", "49"), ("50", "None")]
    assert str(charge["tiers"][1]["price"]) == "0.1234567"


def test_a_schedule_that_products_share_is_a_rate_plan_of_each(stage: Stage) -> None:
    first, second = stage.world.usage_product("Voice"), stage.world.usage_product("Video")
    link = stage.world.schedule(first, "Minutes", unit="Minute")
    other = stage.world.use_schedule(second, stage.world.schedule_of(link))
    stage.sell("both", stage.world.account(), Line(first), Line(second))
    stage.carry("both")
    plans = [stage.tenant.get(f"/v1/product-rate-plans/external-id/{one}")["productRatePlans"] for one in (link, other)]
    assert [[plan["name"] for plan in found] for found in plans] == [["Voice Minutes"], ["Video Minutes"]]
    sold = [stage.subscription("both", position)["ratePlans"] for position in (0, 1)]
    assert [[plan["productRatePlanId"] for plan in found] for found in sold] == [[plan["id"]] for [plan] in plans]


def test_a_schedule_added_to_a_synced_product_is_added_in_zuora(stage: Stage) -> None:
    product, account = stage.world.usage_product(), stage.world.account()
    stage.world.schedule(product, "Sent")
    stage.sell("before", account, Line(product))
    stage.carry("before")
    stage.world.schedule(product, "Stored", unit="Hour")
    stage.sell("after", account, Line(product))
    stage.carry("after")
    assert len(stage.subscription("before")["ratePlans"]) == 1
    assert [plan["ratePlanName"] for plan in stage.subscription("after")["ratePlans"]] == [
        "Traffic Sent",
        "Traffic Stored",
    ]
    skus = {plan["productSku"] for name in ("before", "after") for plan in stage.subscription(name)["ratePlans"]}
    assert skus == {"TRAFFIC"}


def test_a_product_with_a_fee_and_usage_is_one_subscription(stage: Stage) -> None:
    product = stage.world.product("Phone")
    stage.world.schedule(product, "Minutes", unit="Minute")
    stage.sell("phone", stage.world.account(), Line(product, 2))
    stage.carry("phone")
    charges = [plan["ratePlanCharges"][0] for plan in stage.subscription("phone")["ratePlans"]]
    assert [(charge["type"], charge["model"]) for charge in charges] == [("Recurring", "PerUnit"), ("Usage", "Tiered")]


def test_a_second_sync_of_usage_changes_nothing(stage: Stage) -> None:
    product = stage.world.usage_product()
    stage.world.schedule(product)
    stage.sell("usage", stage.world.account(), Line(product))
    stage.carry("usage")
    stage.carry("usage", outcome=Outcome.UNCHANGED)


def test_without_capping_a_cap_is_refused_and_nothing_is_billed(stage: Stage) -> None:
    stage.world.org.add_custom_field("SBQQ__OrderItemConsumptionRate__c", name="Cap__c", type="double")
    product = stage.world.usage_product()
    stage.world.schedule(product)
    stage.sell("usage", stage.world.account(), Line(product))
    for rate in stage.world.org.store.find("SBQQ__OrderItemConsumptionRate__c", "SBQQ__LowerBound__c", 0):
        stage.world.org.store.update("SBQQ__OrderItemConsumptionRate__c", rate["Id"], {"Cap__c": 5}, system=True)
    stage.carry("usage", outcome=Outcome.FAILED, tier_cap_field="Cap__c")
    assert [reason.code for reason in stage.results["usage"].reasons] == ["CPQ-420"]
    assert not stage.tenant.has(f"/v1/orders/{stage.numbers['usage']}")
