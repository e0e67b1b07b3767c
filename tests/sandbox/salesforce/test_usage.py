"""Usage on the CPQ side: schedules and rates from the product to the subscription."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.sandbox.salesforce.conftest import API, Client
from tests.world import Line, Rate, World

TIERS = ((100, None, "0.0312345", "PerUnit"), (0, 100, "12.50", "FlatFee"))
GRAPH = """SELECT OrderNumber, (SELECT Id, SBQQ__HasConsumptionSchedule__c, SBQQ__Subscription__r.SBQQ__NetPrice__c,
  SBQQ__Subscription__r.SBQQ__HasConsumptionSchedule__c,
  (SELECT Id, Name, CurrencyIsoCode, SBQQ__ConsumptionSchedule__c, SBQQ__Type__c, SBQQ__UnitOfMeasure__c,
     SBQQ__BillingTerm__c, SBQQ__BillingTermUnit__c, SBQQ__RatingMethod__c,
     (SELECT SBQQ__ProcessingOrder__c, SBQQ__LowerBound__c, SBQQ__UpperBound__c, SBQQ__Price__c, CurrencyIsoCode,
        SBQQ__PricingMethod__c, Cap__c FROM SBQQ__OrderItemConsumptionRates__r ORDER BY SBQQ__LowerBound__c)
   FROM SBQQ__OrderItems__r ORDER BY Name) FROM OrderItems) FROM Order WHERE OrderNumber = '{}'"""
LINKS = """SELECT Id, CurrencyIsoCode, ProductId, Product.Name, ConsumptionSchedule.Name, ConsumptionSchedule.Type,
  ConsumptionSchedule.UnitOfMeasure, ConsumptionSchedule.IsActive, ConsumptionSchedule.CurrencyIsoCode
FROM ProductConsumptionSchedule WHERE ProductId IN ('{}')"""
RATES = """SELECT Name, LowerBound, UpperBound, Price, PricingMethod, ProcessingOrder, CurrencyIsoCode
FROM ConsumptionRate WHERE ConsumptionScheduleId IN ('{}') ORDER BY LowerBound"""


@pytest.fixture
def world() -> Iterator[World]:
    org = Org.open()
    lay_foundation(org)
    yield World(org)
    org.close()


def read(world: World, number: str) -> dict[str, Any]:
    [order] = world.org.store.query(GRAPH.format(number)).records
    [item] = order["OrderItems"]["records"]
    return dict(item)


def schedules(world: World, number: str) -> list[dict[str, Any]]:
    return list((read(world, number)["SBQQ__OrderItems__r"] or {"records": []})["records"])


def bounds(schedule: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = ("LowerBound", "UpperBound", "Price", "PricingMethod")
    rates = schedule["SBQQ__OrderItemConsumptionRates__r"]["records"]
    return [tuple(rate[f"SBQQ__{name}__c"] for name in names) for rate in rates]


def test_an_order_item_has_the_schedules_and_rates_of_its_product(world: World) -> None:
    product = world.usage_product()
    tiered = world.schedule(product, "Data", rates=TIERS, BillingTermUnit="Quarter")
    world.schedule(product, "Seats", type="Range", unit="User")
    item = read(world, world.order(world.account(), [Line(product)]))
    data, seats = item["SBQQ__OrderItems__r"]["records"]
    assert data["SBQQ__ConsumptionSchedule__c"] == world.schedule_of(tiered)
    assert (data["SBQQ__Type__c"], data["SBQQ__UnitOfMeasure__c"], data["CurrencyIsoCode"]) == ("Slab", "GB", "USD")
    assert (data["SBQQ__BillingTerm__c"], data["SBQQ__BillingTermUnit__c"]) == (1, "Quarter")
    assert bounds(data) == [(0, 100, Decimal("12.5"), "FlatFee"), (100, None, Decimal("0.0312345"), "PerUnit")]
    assert (seats["SBQQ__Type__c"], seats["SBQQ__UnitOfMeasure__c"]) == ("Range", "User")
    assert item["SBQQ__HasConsumptionSchedule__c"] is True


def test_contracting_copies_them_to_the_subscription_which_costs_nothing_up_front(world: World) -> None:
    product = world.usage_product()
    world.schedule(product, rates=TIERS)
    item = read(world, world.order(world.account(), [Line(product)]))
    assert item["SBQQ__Subscription__r"]["SBQQ__NetPrice__c"] == 0
    assert item["SBQQ__Subscription__r"]["SBQQ__HasConsumptionSchedule__c"] is True
    [schedule] = world.org.store.query(
        "SELECT SBQQ__Type__c, SBQQ__Subscription__r.Name,"
        " (SELECT SBQQ__Price__c FROM SBQQ__SubscriptionConsumptionRates__r ORDER BY SBQQ__LowerBound__c)"
        " FROM SBQQ__SubscriptionConsumptionSchedule__c"
    ).records
    assert schedule["SBQQ__Subscription__r"]["Name"] == "SUB-0000001"
    prices = [rate["SBQQ__Price__c"] for rate in schedule["SBQQ__SubscriptionConsumptionRates__r"]["records"]]
    assert prices == [Decimal("12.5"), Decimal("0.0312345")]


def test_a_deal_may_have_rates_of_its_own(world: World) -> None:
    product = world.usage_product()
    world.schedule(product, "Data", rates=TIERS)
    world.schedule(product, "Calls", rates=TIERS)
    agreed: dict[str, list[Rate]] = {"Data": [(0, 50, 1, "PerUnit"), (50, None, "0.5", "PerUnit")]}
    number = world.order(world.account(), [Line(product, rates=agreed)])
    calls, data = schedules(world, number)
    assert bounds(data) == [(0, 50, 1, "PerUnit"), (50, None, Decimal("0.5"), "PerUnit")]
    assert bounds(calls)[0] == (0, 100, Decimal("12.5"), "FlatFee")


def test_only_active_schedules_in_the_currency_of_the_deal_are_sold(world: World) -> None:
    product = world.usage_product()
    world.price(product, "EUR", 9)
    world.schedule(product, "Data USD", rates=TIERS)
    world.schedule(product, "Data EUR", rates=TIERS, currency="EUR")
    world.schedule(product, "Old", rates=TIERS, currency="EUR", IsActive=False)
    number = world.order(world.account(CurrencyIsoCode="EUR"), [Line(product)], currency="EUR")
    [schedule] = schedules(world, number)
    assert (schedule["Name"], schedule["CurrencyIsoCode"]) == ("Data EUR", "EUR")
    assert {rate["CurrencyIsoCode"] for rate in schedule["SBQQ__OrderItemConsumptionRates__r"]["records"]} == {"EUR"}


def test_one_schedule_may_belong_to_several_products(world: World) -> None:
    first, second = world.usage_product("One"), world.usage_product("Two")
    schedule = world.schedule_of(world.schedule(first, "Shared"))
    world.use_schedule(second, schedule)
    number = world.order(world.account(), [Line(second)])
    assert [row["SBQQ__ConsumptionSchedule__c"] for row in schedules(world, number)] == [schedule]


def test_a_cap_goes_along_as_a_twin_field(world: World) -> None:
    product = world.usage_product()
    link = world.schedule(product, rates=TIERS)
    for rate in world.org.store.find("ConsumptionRate", "ConsumptionScheduleId", world.schedule_of(link)):
        world.org.store.update("ConsumptionRate", rate["Id"], {"Cap__c": "500"}, system=True)
    [schedule] = schedules(world, world.order(world.account(), [Line(product)]))
    assert [rate["Cap__c"] for rate in schedule["SBQQ__OrderItemConsumptionRates__r"]["records"]] == [500, 500]


def test_the_catalog_side_can_be_read_by_product_and_by_schedule(world: World) -> None:
    product = world.usage_product()
    link = world.schedule(product, rates=TIERS)
    [row] = world.org.store.query(LINKS.format(product)).records
    assert row["Id"] == link
    kept = {name: value for name, value in row["ConsumptionSchedule"].items() if name != "attributes"}
    expected = {"Name": "Data", "Type": "Slab", "UnitOfMeasure": "GB", "IsActive": True, "CurrencyIsoCode": "USD"}
    assert kept == expected
    rates = world.org.store.query(RATES.format(world.schedule_of(link))).records
    assert [(rate["LowerBound"], rate["UpperBound"], rate["ProcessingOrder"]) for rate in rates] == [
        (0, 100, 2), (100, None, 1),
    ]  # fmt: skip


def test_a_usage_order_of_a_product_without_schedules_has_none(world: World) -> None:
    item = read(world, world.order(world.account(), [Line(world.usage_product())]))
    assert item["SBQQ__OrderItems__r"] is None
    assert item["SBQQ__HasConsumptionSchedule__c"] is False


def test_usage_that_an_api_client_sets_up_is_quoted_and_ordered(client: Client, org: Org) -> None:
    lay_foundation(org)
    world = World(org)
    product = world.product("Metered", SBQQ__ChargeType__c="Usage")
    schedule = client.create("ConsumptionSchedule", Name="Data", Type="Slab", UnitOfMeasure="GB", IsActive=True)
    for order, (lower, upper) in enumerate(((0, 10), (10, None))):
        client.create(
            "ConsumptionRate", ConsumptionScheduleId=schedule, ProcessingOrder=order, PricingMethod="PerUnit",
            LowerBound=lower, UpperBound=upper, Price=0.0000001,
        )  # fmt: skip
    client.create("ProductConsumptionSchedule", ProductId=product, ConsumptionScheduleId=schedule)
    assert client.soql("SELECT SBQQ__HasConsumptionSchedule__c FROM Product2")[0]["SBQQ__HasConsumptionSchedule__c"]
    [row] = client.soql(
        "SELECT NumberOfRates, (SELECT Name FROM ConsumptionRates ORDER BY LowerBound) FROM ConsumptionSchedule"
    )
    assert row["NumberOfRates"] == 2
    assert [rate["Name"] for rate in row["ConsumptionRates"]["records"]] == ["CR-000001", "CR-000002"]
    quote = client.create("SBQQ__Quote__c", SBQQ__StartDate__c="2026-01-01")
    client.create("SBQQ__QuoteLine__c", SBQQ__Quote__c=quote, SBQQ__Product__c=product)
    [line] = client.soql(
        "SELECT SBQQ__HasConsumptionSchedule__c, (SELECT Id FROM SBQQ__QuoteLineConsumptionSchedules__r)"
        " FROM SBQQ__QuoteLine__c"
    )
    assert line["SBQQ__HasConsumptionSchedule__c"] is True
    assert line["SBQQ__QuoteLineConsumptionSchedules__r"]["totalSize"] == 1


WRONG = [
    ({"Type": "Tiered"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ({"BillingTermUnit": "Week"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ({"Type": None}, "REQUIRED_FIELD_MISSING"),
]


@pytest.mark.parametrize(("wrong", "code"), WRONG)
def test_wrong_schedules_are_refused(client: Client, wrong: dict[str, Any], code: str) -> None:
    answer = client.post(f"{API}/sobjects/ConsumptionSchedule", json={"Name": "x", "Type": "Slab"} | wrong)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_rates_need_a_schedule_bounds_and_a_price(client: Client) -> None:
    answer = client.post(f"{API}/sobjects/ConsumptionRate", json={"PricingMethod": "PerUnit"})
    [error] = answer.json()
    assert error["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert set(error["fields"]) == {"ConsumptionScheduleId", "ProcessingOrder", "LowerBound", "Price"}
