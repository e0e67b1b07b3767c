"""The example of the vendor's page end to end: 4,290.32 in CPQ, in the plan, in Zuora's preview and on invoices."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.sync.connect import open_planner, open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.scenarios.deal import Deal
from tests.scenarios.naming import Row, records
from tests.scenarios.scene import Scene

AMOUNT = Decimal("4290.32")
FIRST, LAST = "2019-05-23", "2019-09-30"
BILLED = [
    ("2019-05-23", "2019-05-31", Decimal("290.32")),
    ("2019-06-01", "2019-06-30", Decimal(1000)),
    ("2019-07-01", "2019-07-31", Decimal(1000)),
    ("2019-08-01", "2019-08-31", Decimal(1000)),
    ("2019-09-01", "2019-09-30", Decimal(1000)),
]
CUSTOM = {"subscription_rate_plan_charge": {"price": "Period_Price__c"}}
"""The recommended alternative: a field with the price per billing period, mapped to `price`."""

WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "by itself": ({}, {}),
    "in the vendor's way": ({}, {"pricing_mode": "vendor"}),
    "price per billing period in a field": (CUSTOM, {}),
    "the same without list price base": (CUSTOM, {"sfdc_use_list_price_base": False}),
    "the same with terms in days": (CUSTOM, {"sfdc_use_list_price_base": False, "subscription_term_in_days": True}),
}


def carried(scene: Scene, number: str, way: str) -> tuple[SyncResult, SyncResult]:
    """Plan an order and sync it in one of the ways; returns the results of both."""
    mapping, options = WAYS[way]
    settings = scene.both.settings(**options).model_copy(update={"mapping": MappingSettings.model_validate(mapping)})

    async def go() -> tuple[SyncResult, SyncResult]:
        async with open_planner(settings) as planner:
            [shown] = await planner.orders([number])
        async with open_service(settings) as service:
            [done] = await service.orders([number])
        return shown, done

    return asyncio.run(go())


def previewed(scene: Scene) -> Decimal:
    """Return what Zuora's preview says of the order that was sent, as one of another number."""
    [sent] = [one["body"] for one in scene.requests() if one["path"] == "/v1/orders"]
    body: Row = {name: value for name, value in sent.items() if name not in ("orderNumber", "status")}
    [entry] = body["subscriptions"]
    [action] = entry["orderActions"]
    create = action["createSubscription"]
    [plan] = create["subscribeToRatePlans"]
    [charge] = plan["chargeOverrides"]
    charge = {name: value for name, value in charge.items() if name != "chargeNumber"}
    [catalog] = scene.both.sandbox.tenant.store.rows("productRatePlan")
    plan = {"productRatePlanId": catalog["id"], "chargeOverrides": [charge]}
    create = {**create, "subscriptionNumber": "preview", "subscribeToRatePlans": [plan]}
    body["subscriptions"] = [{**entry, "orderActions": [{**action, "createSubscription": create}]}]
    body["previewOptions"] = {"previewThruType": "TermEnd", "previewTypes": ["BillingDocs"]}
    invoices = scene.person.write("POST", "/v1/orders/preview", body)["previewResult"]["invoices"]
    return sum((Decimal(one["amount"]) for one in invoices), Decimal(0))


@pytest.mark.parametrize("way", WAYS)
def test_the_example(scene: Scene, way: str) -> None:
    """12,000 for 12 months, from 23 May until 30 September 2019: 4,290.32 on both sides."""
    org = scene.world.org
    org.add_custom_field("SBQQ__Subscription__c", name="Period_Price__c", type="currency")
    deal = Deal(scene)
    contract = deal.sell(FIRST, LAST, listed="12000")
    [subscription] = records(org, "SBQQ__Subscription__c")
    assert subscription["SBQQ__NetPrice__c"] == AMOUNT
    org.store.update("SBQQ__Subscription__c", subscription["Id"], {"Period_Price__c": Decimal(1000)}, system=True)
    shown, done = carried(scene, scene.number_of(1), way)
    assert done.outcome is Outcome.SYNCED, (done, contract)
    for result in (shown, done):
        [proof] = result.as_dict()["amounts"]
        assert (proof["quoted"], proof["billed"], proof["causes"]) == ("4290.32", "4290.32", [])
    assert previewed(scene) == AMOUNT
    items = deal.bill(LAST)
    assert sorted((one["serviceStartDate"], one["serviceEndDate"], one["amount"]) for one in items) == BILLED
    assert deal.billed() == AMOUNT
