"""The catalog by itself: made, brought up to date, left alone when nothing changed, held when Zuora has it locked."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import CHARGE_MODELS, Line
from tests.zuora_schema import check_request

pytestmark = pytest.mark.anyio

FURTHER = ("AUD", "CAD", "EUR", "GBP", "JPY")
"""Five currencies beside the US dollar."""


async def synced(both: Both, *names: str, **options: Any) -> list[SyncResult]:
    async with both.service(**options) as service:
        return await service.products(names)


async def one(both: Both, name: str) -> SyncResult:
    (result,) = await synced(both, name)
    return result


def change(both: Both, kind: str, record: str, **values: Any) -> None:
    both.world.org.store.update(kind, record, values, system=True)


def row(both: Both, kind: str, **values: Any) -> dict[str, Any]:
    (found,) = both.sandbox.tenant.store.find(kind, **values)
    return found


def plan_of(both: Both, external_id: str) -> dict[str, Any]:
    link = row(both, "externalProductRatePlan", externalProductRatePlanId=external_id)
    return row(both, "productRatePlan", id=link["ratePlanId"])


def charge_of(both: Both, external_id: str) -> dict[str, Any]:
    return row(both, "productRatePlanCharge", productRatePlanId=plan_of(both, external_id)["id"])


def tiers_of(both: Both, external_id: str) -> dict[str, Decimal]:
    tiers = both.sandbox.tenant.store.find(
        "productRatePlanChargeTier", productRatePlanChargeId=charge_of(both, external_id)["id"]
    )
    return {tier["currency"]: tier["price"] for tier in tiers}


def bodies(result: SyncResult) -> list[dict[str, Any]]:
    return [dict(operation.body) for operation in result.operations]


AS_HELD = {
    "ChargeModel": "Per Unit Pricing",
    "BillCycleType": "DefaultFromCustomer",
    "BillingPeriod": "Month",
    "TriggerEvent": "ContractEffective",
    "UseDiscountSpecificAccountingCode": False,
    "ProductRatePlanChargeTierData": {"ProductRatePlanChargeTier": [{"Currency": "USD", "Price": 10}]},
}
"""What the update of a charge repeats."""


def check_writes(both: Both) -> list[dict[str, Any]]:
    writes = both.writes()
    for write in writes:
        check_request(write["method"], write["path"], write["body"])
    return writes


@pytest.mark.parametrize("by_code", [True, False])
async def test_a_product_is_made_and_then_unchanged(both: Both, by_code: bool) -> None:
    product = both.world.product("Seat", SBQQ__Taxable__c=True, SBQQ__TaxCode__c="Standard")
    name = "SEAT" if by_code else product
    first = await one(both, name)
    assert (first.outcome, first.record, first.object, first.id) == (Outcome.SYNCED, "SEAT", "Product2", product)
    assert both.counts()["productRatePlanCharge"] == 1
    writes = check_writes(both)
    second = await one(both, name)
    assert second.outcome is Outcome.UNCHANGED
    assert both.writes() == writes


async def test_an_order_finds_what_the_catalog_sync_has_made(both: Both) -> None:
    product = both.world.product("Seat")
    await one(both, "SEAT")
    number = both.world.order(both.world.account(), [Line(product)])
    async with both.service() as service:
        (result,) = await service.orders([number])
    assert result.outcome is Outcome.SYNCED
    assert not [one for one in result.operations if "product" in one.name]


async def test_what_changed_is_updated_and_nothing_else(both: Both) -> None:
    product = both.world.product("Seat", SBQQ__Taxable__c=False)
    await one(both, "SEAT")
    change(
        both,
        "Product2",
        product,
        Name="Chair",
        SBQQ__Taxable__c=True,
        SBQQ__TaxCode__c="Standard",
        Z_Accounting_Code__c="Subscription Revenue",
        Z_Deferred_Revenue_Account__c="Deferred Revenue",
        Z_Recognized_Revenue_Account__c="Recognized Revenue",
    )
    result = await one(both, "SEAT")
    assert result.outcome is Outcome.SYNCED
    names = ["update_product", "update_product_rate_plan", "update_product_rate_plan_charge"]
    assert [one.name for one in result.operations] == names
    product_body, plan_body, charge_body = bodies(result)
    assert product_body == plan_body == {"Name": "Chair"}
    assert charge_body == AS_HELD | {
        "Name": "Chair",
        "Taxable": True,
        "TaxCode": "Standard",
        "TaxMode": "TaxExclusive",
        "AccountingCode": "Subscription Revenue",
        "DeferredRevenueAccount": "Deferred Revenue",
        "RecognizedRevenueAccount": "Recognized Revenue",
        "ProductRatePlanId": plan_of(both, product)["id"],
    }
    check_writes(both)
    charge = charge_of(both, product)
    assert (charge["name"], charge["taxCode"], charge["accountingCode"]) == (
        "Chair",
        "Standard",
        "Subscription Revenue",
    )
    assert row(both, "product", sKU="SEAT")["name"] == "Chair"
    assert (await one(both, "SEAT")).outcome is Outcome.UNCHANGED


async def test_a_tax_mode_follows_salesforce(both: Both) -> None:
    product = both.world.product("Seat", SBQQ__Taxable__c=True, SBQQ__TaxCode__c="Standard")
    await one(both, "SEAT")
    change(both, "Product2", product, TaxMode__c="Tax Inclusive")
    result = await one(both, "SEAT")
    (body,) = bodies(result)
    assert body["TaxMode"] == "TaxInclusive"
    assert "AccountingCode" not in body


async def test_what_billing_has_set_is_left_where_salesforce_says_nothing(both: Both) -> None:
    product = both.world.product("Seat", SBQQ__Taxable__c=True, SBQQ__TaxCode__c="Standard")
    await one(both, "SEAT")
    store, charge = both.sandbox.tenant.store, charge_of(both, product)
    mastered = {"accountingCode": "Hardware Revenue", "taxMode": "TaxInclusive", "description": "By finance"}
    store.update("productRatePlanCharge", charge["id"], mastered)
    assert (await one(both, "SEAT")).outcome is Outcome.UNCHANGED


LOCKED: list[tuple[dict[str, Any], str, str, str]] = [
    ({"SBQQ__PricingMethod__c": "Block"}, "ChargeModel", "Flat Fee Pricing", "Per Unit Pricing"),
    ({"SBQQ__ChargeType__c": "One-Time"}, "ChargeType", "OneTime", "Recurring"),
    ({"SBQQ__BillingFrequency__c": "Annual"}, "BillingPeriod", "Annual", "Month"),
    ({"QuantityUnitOfMeasure": "User"}, "UOM", "User", "Each"),
    ({"ProductCode": "CHAIR"}, "SKU", "CHAIR", "SEAT"),
]


@pytest.mark.parametrize(("changes", "attribute", "wanted", "held"), LOCKED, ids=[case[1] for case in LOCKED])
async def test_a_locked_difference_holds_the_whole_product(
    both: Both, changes: dict[str, Any], attribute: str, wanted: str, held: str
) -> None:
    product = both.world.product("Seat")
    await one(both, product)
    before = both.writes()
    change(both, "Product2", product, Name="Chair", **changes)
    result = await one(both, product)
    assert result.outcome is Outcome.HELD
    reason = result.reasons[0]
    assert reason.code == "CPQ-429"
    assert reason.message == f"{attribute} of product Chair: Salesforce has {wanted}, Zuora {held}"
    assert reason.field == f"Product2.{next(iter(changes))}"
    assert "product code of its own" in reason.remedy
    assert both.writes() == before


async def test_a_locked_attribute_of_which_salesforce_says_nothing_is_left_to_billing(both: Both) -> None:
    product = both.world.product("Seat")
    await one(both, "SEAT")
    both.sandbox.tenant.store.update(
        "productRatePlanCharge", charge_of(both, product)["id"], {"billCycleType": "ChargeTriggerDay"}
    )
    assert (await one(both, "SEAT")).outcome is Outcome.UNCHANGED
    assert charge_of(both, product)["billCycleType"] == "ChargeTriggerDay"


async def test_new_currencies_are_activated_and_priced(both: Both) -> None:

    product = both.world.product("Seat")
    await one(both, "SEAT")
    before = len(both.writes())
    for currency in FURTHER:
        both.world.price(product, currency, 20)
    result = await one(both, "SEAT")
    assert result.outcome is Outcome.SYNCED, result.reasons
    added = [
        one["body"]["ActiveCurrencies"] for one in check_writes(both)[before:] if "ActiveCurrencies" in one["body"]
    ]
    assert [len(one) for one in added] == [5, 6]
    assert tiers_of(both, product) == {"USD": 10, **dict.fromkeys(FURTHER, 20)}
    assert (await one(both, "SEAT")).outcome is Outcome.UNCHANGED


async def test_a_price_that_stands_in_zuora_is_kept_when_a_currency_is_added(both: Both) -> None:
    product = both.world.product("Seat")
    await one(both, "SEAT")
    (tier,) = both.sandbox.tenant.store.find(
        "productRatePlanChargeTier", productRatePlanChargeId=charge_of(both, product)["id"]
    )
    both.sandbox.tenant.store.update("productRatePlanChargeTier", tier["id"], {"price": Decimal("7.5")})
    both.world.price(product, "EUR", 9)
    await one(both, "SEAT")
    assert tiers_of(both, product) == {"USD": Decimal("7.5"), "EUR": 9}


async def test_a_product_by_usage_has_a_plan_for_each_schedule(both: Both) -> None:
    product = both.world.usage_product("Traffic", Description="Data in and out")
    tiered = both.world.schedule(product, "Data", unit="GB")
    volume = both.world.schedule(product, "Calls", type="Range", unit="Each", rates=[(0, None, 5, "FlatFee")])
    result = await one(both, "TRAFFIC")
    assert result.outcome is Outcome.SYNCED, result.reasons
    check_writes(both)
    assert both.counts() | {"product": 1, "productRatePlan": 2, "productRatePlanCharge": 2} == both.counts()
    plan, charge = plan_of(both, tiered), charge_of(both, tiered)
    assert (plan["name"], plan["description"]) == ("Traffic Data", "Data in and out")
    assert (charge["name"], charge["chargeType"], charge["uOM"]) == ("Data", "Usage", "GB")
    assert charge["chargeModel"] == "Tiered"
    assert charge_of(both, volume)["chargeModel"] == "Volume"
    assert (await one(both, "TRAFFIC")).outcome is Outcome.UNCHANGED


async def test_a_schedule_added_later_is_attached(both: Both) -> None:
    product = both.world.product("Seat")
    await one(both, "SEAT")
    added = both.world.schedule(product, "Data")
    result = await one(both, "SEAT")
    assert [one.name for one in result.operations] == ["create_product_rate_plan", "create_product_rate_plan_charge"]
    assert plan_of(both, added)["productId"] == plan_of(both, product)["productId"]


async def test_a_renamed_schedule_renames_plan_and_charge(both: Both) -> None:
    product = both.world.usage_product("Traffic")
    link = both.world.schedule(product, "Data")
    await one(both, "TRAFFIC")
    change(both, "ConsumptionSchedule", both.world.schedule_of(link), Name="Volume")
    result = await one(both, "TRAFFIC")
    plan_body, charge_body = bodies(result)
    assert (plan_body, charge_body["Name"]) == ({"Name": "Traffic Volume"}, "Volume")
    check_writes(both)


async def test_of_products_that_share_a_code_the_first_names_the_zuora_product(both: Both) -> None:
    first = both.world.product("Seat")
    second = both.world.product("Seat, plus", ProductCode="SEAT")
    results = await synced(both, "SEAT")
    assert [(result.id, result.outcome) for result in results] == [(first, Outcome.SYNCED), (second, Outcome.SYNCED)]
    assert row(both, "product", sKU="SEAT")["name"] == "Seat"
    assert plan_of(both, second)["name"] == "Seat, plus"
    assert [result.outcome for result in await synced(both, "SEAT")] == [Outcome.UNCHANGED] * 2
    assert (await one(both, second)).outcome is Outcome.UNCHANGED


async def test_all_active_products_with_few_calls(both: Both) -> None:
    products = [both.world.product(f"Seat {number}") for number in range(20)]
    both.world.product("Gone", IsActive=False)
    async with both.service() as service:
        results = await service.products(everything=True)
    assert sorted(str(result.id) for result in results) == sorted(products)
    assert {result.outcome for result in results} == {Outcome.SYNCED}
    before = len(both.requests())
    async with both.service() as service:
        again = await service.products(everything=True)
    assert {result.outcome for result in again} == {Outcome.UNCHANGED}
    look_ups = [one for one in both.requests()[before:] if not one["path"].startswith("/oauth")]
    assert len([one for one in look_ups if "external-id" in one["path"]]) == 20
    assert len(look_ups) - 20 <= 8


async def test_an_unknown_product_fails_and_the_others_go_on(both: Both) -> None:
    both.world.product("Seat")
    unknown, seat = await synced(both, "NOTHING", "SEAT")
    assert (unknown.outcome, unknown.reasons[0].code) == (Outcome.FAILED, "CPQ-419")
    assert "id or product code NOTHING" in unknown.reasons[0].message
    assert seat.outcome is Outcome.SYNCED


async def test_a_product_without_a_code_is_held(both: Both) -> None:
    product = both.world.product("Seat", ProductCode=None)
    result = await one(both, product)
    assert (result.outcome, result.record, result.reasons[0].code) == (Outcome.HELD, product, "CPQ-406")


async def test_a_plan_shows_and_writes_nothing(both: Both) -> None:
    both.world.product("Seat")
    async with both.planner() as planner:
        (result,) = await planner.products(["SEAT"])
        (same,) = await planner.products(everything=True)
    assert result.outcome is None
    assert result == same
    assert result.operations[0].name == "create_product"
    assert both.writes() == []


MODELS = {
    "one-time flat": ("OneTime", "FlatFee"),
    "one-time per unit": ("OneTime", "PerUnit"),
    "recurring flat": ("Recurring", "FlatFee"),
    "recurring per unit": ("Recurring", "PerUnit"),
    "usage per unit": ("Usage", "PerUnit"),
}


@pytest.mark.parametrize("model", CHARGE_MODELS)
async def test_zuora_takes_every_row_of_the_charge_model_matrix(both: Both, model: str) -> None:
    product = both.world.product_of_model(model)
    assert (await one(both, product)).outcome is Outcome.SYNCED
    charge = charge_of(both, product)
    assert (charge["chargeType"], charge["chargeModel"]) == MODELS[model]
    assert (await one(both, product)).outcome is Outcome.UNCHANGED
    change(both, "Product2", product, Name="Renamed")
    assert (await one(both, product)).outcome is Outcome.SYNCED
    assert charge_of(both, product)["name"] == "Renamed"


async def test_usage_at_a_flat_fee(both: Both) -> None:
    product = both.world.usage_product("Access", SBQQ__PricingMethod__c="Block")
    both.world.block_prices(product, [(0, 10, 100), (10, None, 200)])
    assert (await one(both, product)).outcome is Outcome.SYNCED
    assert charge_of(both, product)["chargeModel"] == "FlatFee"


async def test_what_broke_off_is_finished(both: Both) -> None:
    product = both.world.product("Seat")
    for currency in FURTHER:
        both.world.price(product, currency, 20)
    refusal = {"Success": False, "Errors": [{"Code": "INVALID_VALUE", "Message": "Not today."}]}
    both.fault("status", path="/v1/object/product-rate-plan-charge", status=400, body=refusal)
    assert (await one(both, "SEAT")).outcome is Outcome.FAILED
    result = await one(both, "SEAT")
    assert result.outcome is Outcome.SYNCED, result.reasons
    assert [one.name for one in result.operations] == ["create_product_rate_plan_charge"]
    assert len(tiers_of(both, product)) == 6


async def test_an_order_at_the_same_time_makes_the_product_only_once(both: Both) -> None:
    product = both.world.product("Seat")
    number = both.world.order(both.world.account(), [Line(product)])

    async def order() -> SyncResult:
        async with both.service() as service:
            (result,) = await service.orders([number])
            return result

    results = await asyncio.gather(order(), one(both, "SEAT"))
    assert {result.outcome for result in results} <= {Outcome.SYNCED, Outcome.UNCHANGED}
    assert [both.counts()[kind] for kind in ("product", "productRatePlan", "productRatePlanCharge")] == [1, 1, 1]
