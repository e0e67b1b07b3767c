"""What the tests' world makes is what the package and the platform would have made."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.visibility import reshape
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.world import CHARGE_MODELS, Line, World


@pytest.fixture
def world() -> Iterator[World]:
    org = Org.open()
    lay_foundation(org)
    yield World(org)
    org.close()


def rows(world: World, text: str) -> list[dict[str, Any]]:
    return world.org.store.query(text).records


def test_block_prices_hang_under_their_product(world: World) -> None:
    product = world.product("Storage", SBQQ__PricingMethod__c="Block")
    world.block_prices(product, [(1, 10, "100"), (10, None, "900.50")])
    [row] = rows(
        world,
        "SELECT (SELECT SBQQ__LowerBound__c, SBQQ__UpperBound__c, SBQQ__Price__c, SBQQ__PriceBook__r.IsStandard"
        " FROM SBQQ__BlockPrices__r ORDER BY SBQQ__LowerBound__c) FROM Product2",
    )
    blocks = row["SBQQ__BlockPrices__r"]["records"]
    assert [(b["SBQQ__LowerBound__c"], b["SBQQ__UpperBound__c"], b["SBQQ__Price__c"]) for b in blocks] == [
        (1, 10, 100), (10, None, Decimal("900.5")),
    ]  # fmt: skip
    assert blocks[0]["SBQQ__PriceBook__r"]["IsStandard"] is True


@pytest.mark.parametrize(
    ("unit", "field"),
    [("Percent", "SBQQ__Discount__c"), ("Amount", "SBQQ__DiscountAmount__c"), ("Price", "SBQQ__Price__c")],
)
def test_a_discount_schedule_has_tiers_in_its_unit(world: World, unit: str, field: str) -> None:
    product = world.product()
    schedule = world.discount_schedule(product, [(1, 10, 0), (10, None, "12.5")], type="Slab", unit=unit)
    [row] = rows(
        world,
        "SELECT SBQQ__DiscountSchedule__c, SBQQ__DiscountSchedule__r.SBQQ__Type__c,"
        " SBQQ__DiscountSchedule__r.SBQQ__DiscountUnit__c FROM Product2",
    )
    head = row["SBQQ__DiscountSchedule__r"]
    assert (row["SBQQ__DiscountSchedule__c"], head["SBQQ__Type__c"]) == (schedule, "Slab")
    assert head["SBQQ__DiscountUnit__c"] == unit
    tiers = world.org.store.find("SBQQ__DiscountTier__c", "SBQQ__Schedule__c", schedule)
    assert [(tier["SBQQ__LowerBound__c"], tier["SBQQ__UpperBound__c"], tier[field]) for tier in tiers] == [
        (1, 10, 0), (10, None, Decimal("12.5")),
    ]  # fmt: skip


@pytest.mark.parametrize("model", CHARGE_MODELS)
def test_products_of_the_charge_model_matrix_can_be_sold(world: World, model: str) -> None:
    product = world.product_of_model(model)
    world.order(world.account(), [Line(product)])
    [item] = rows(world, "SELECT SBQQ__ChargeType__c, SBQQ__PricingMethod__c, SBQQ__Subscription__c FROM OrderItem")
    expected = CHARGE_MODELS[model]
    assert {name: item[name] for name in ("SBQQ__ChargeType__c", "SBQQ__PricingMethod__c")} == {
        name: expected[name] for name in ("SBQQ__ChargeType__c", "SBQQ__PricingMethod__c")
    }
    assert bool(item["SBQQ__Subscription__c"]) is ("SBQQ__SubscriptionPricing__c" in expected)


def test_an_order_is_made_in_a_currency_of_its_own(world: World) -> None:
    product = world.product()
    with pytest.raises(LookupError, match="no price"):
        world.order(world.account(), [Line(product)], currency="EUR")
    world.price(product, "EUR", "9.90")
    number = world.order(world.account(CurrencyIsoCode="EUR"), [Line(product)], currency="EUR")
    [order] = rows(
        world,
        "SELECT OrderNumber, CurrencyIsoCode, SBQQ__Quote__r.CurrencyIsoCode, Account.CurrencyIsoCode,"
        " (SELECT CurrencyIsoCode, ListPrice, SBQQ__Subscription__r.CurrencyIsoCode FROM OrderItems) FROM Order"
        " WHERE Account.CurrencyIsoCode = 'EUR'",
    )
    [item] = order["OrderItems"]["records"]
    assert (order["OrderNumber"], order["CurrencyIsoCode"], item["ListPrice"]) == (number, "EUR", Decimal("9.9"))
    linked = (order["SBQQ__Quote__r"], order["Account"], item, item["SBQQ__Subscription__r"])
    assert {record["CurrencyIsoCode"] for record in linked} == {"EUR"}


def test_an_order_knows_its_opportunity(world: World) -> None:
    account = world.account()
    deal = world.opportunity(account, "Big one", Amount=Decimal(500), LeadSource="Web", NextStep="Sign", Type="Renewal")
    kind = world.record_type("Opportunity", "Direct_Sale")
    world.org.store.update("Opportunity", deal, {"RecordTypeId": kind}, system=True)
    number = world.order(account, [Line(world.product())], opportunity=deal, PoNumber="PO-7")
    [order] = rows(
        world,
        "SELECT OrderNumber, PoNumber, OpportunityId, Opportunity.Name, Opportunity.StageName, Opportunity.CloseDate,"
        " Opportunity.Amount, Opportunity.Type, Opportunity.LeadSource, Opportunity.NextStep, Opportunity.OwnerId,"
        " Opportunity.AccountId, Opportunity.SBQQ__PrimaryQuote__r.Name, Opportunity.RecordType.DeveloperName,"
        " SBQQ__Quote__r.SBQQ__Opportunity2__r.Name, SBQQ__Quote__r.Name FROM Order",
    )
    assert (order["OrderNumber"], order["PoNumber"], order["OpportunityId"]) == (number, "PO-7", deal)
    sold = order["Opportunity"]
    assert (sold["Name"], sold["Amount"], sold["NextStep"], sold["Type"]) == ("Big one", 500, "Sign", "Renewal")
    assert sold["RecordType"]["DeveloperName"] == "Direct_Sale"
    assert sold["SBQQ__PrimaryQuote__r"]["Name"] == order["SBQQ__Quote__r"]["Name"]
    assert order["SBQQ__Quote__r"]["SBQQ__Opportunity2__r"]["Name"] == "Big one"


def test_a_single_currency_org_works_the_same(world: World) -> None:
    world.org.settings.apply({"multiCurrency": False})
    reshape(world.org.store, world.org.settings)
    product = world.usage_product()
    world.schedule(product)
    number = world.order(world.account(), [Line(product, rates={"Data": [(0, None, 1, "PerUnit")]})])
    [rate] = rows(world, "SELECT SBQQ__Price__c FROM SBQQ__OrderItemConsumptionRate__c")
    assert (rate["SBQQ__Price__c"], number) == (1, "00000100")
