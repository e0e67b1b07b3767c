from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.sandbox.salesforce.cpq_life import items, lines, opportunity, order, quote, sold, subscriptions
from tests.world import Line, World

TO = "2026-07-01"


def quantities(world: World, contract: str, day: str) -> list[Decimal]:
    return [held.quantity for held in world.active(contract, day).values()]


def refused(world: World, contract: str, effective: str, *changes: dict[str, Any], **more: Any) -> SalesforceError:
    with pytest.raises(SalesforceError) as error:
        world.amend(contract, effective, *changes, **more)
    return error.value


# Quantities


def test_more_units_are_a_positive_difference_that_revises_the_original(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10, Decimal("120.00")))
    [original] = subscriptions(sales, first)
    number = sales.amend(contract, TO, {"subscriptionNumber": original["Name"], "quantity": 15})
    [item] = items(sales, number)
    assert (item["Quantity"], item["UnitPrice"], item["ServiceDate"], item["EndDate"]) == (5, 60, TO, "2026-12-31")
    assert (item["SBQQ__ContractAction__c"], item["SBQQ__TerminatedDate__c"]) == ("Amend", None)
    assert item["SBQQ__RevisedOrderProduct__c"] == items(sales, first)[0]["Id"]
    assert item["SBQQ__UpgradedSubscription__c"] == original["Id"]
    [revision] = subscriptions(sales, number)
    assert revision["SBQQ__RevisedSubscription__c"] == original["Id"]
    assert (revision["SBQQ__Quantity__c"], revision["SBQQ__NetPrice__c"]) == (5, 60)
    assert (revision["SBQQ__StartDate__c"], revision["SBQQ__EndDate__c"]) == (TO, "2026-12-31")
    assert revision["SBQQ__Contract__c"] == original["SBQQ__Contract__c"]
    assert subscriptions(sales, first) == [original]
    assert sales.org.store.count("Contract") == 1
    assert quantities(sales, contract, "2026-06-30") == [10]
    assert quantities(sales, contract, TO) == [15]


def test_records_come_first(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10), Line(sales.product("Other")))
    [original, other] = subscriptions(sales, first)
    number = sales.amend(contract, TO, {"subscriptionId": original["Id"], "quantity": 15})
    [line, unchanged] = lines(sales, number)
    assert (line["SBQQ__Quantity__c"], line["SBQQ__PriorQuantity__c"], line["SBQQ__EffectiveQuantity__c"]) == (
        15,
        10,
        5,
    )
    assert (line["SBQQ__UpgradedSubscription__c"], line["SBQQ__Existing__c"]) == (original["Id"], True)
    assert (unchanged["SBQQ__UpgradedSubscription__c"], unchanged["SBQQ__NetTotal__c"]) == (other["Id"], 0)
    head, deal = quote(sales, number), opportunity(sales, number)
    assert (head["SBQQ__Type__c"], head["SBQQ__StartDate__c"], head["SBQQ__EndDate__c"]) == (
        "Amendment", TO, "2026-12-31",
    )  # fmt: skip
    assert (head["SBQQ__PaymentTerms__c"], head["SBQQ__Primary__c"]) == ("Net 30", True)
    assert deal["SBQQ__AmendedContract__c"] == head["SBQQ__MasterContract__c"] == original["SBQQ__Contract__c"]
    assert (deal["SBQQ__PrimaryQuote__c"], deal["IsWon"], deal["SBQQ__Ordered__c"]) == (head["Id"], True, True)
    assert order(sales, number)["EffectiveDate"] == TO


def test_fewer_units_are_a_negative_item(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10, Decimal("120.00")))
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 4})
    [item] = items(sales, number)
    assert (item["Quantity"], item["UnitPrice"], item["TotalPrice"]) == (-6, 60, -360)
    assert item["SBQQ__RevisedOrderProduct__c"] == items(sales, first)[0]["Id"]
    assert quantities(sales, contract, "2026-12-31") == [4]
    assert quantities(sales, contract, "2027-01-01") == []


def test_amendments_stack_on_the_first_sale(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10))
    [original] = subscriptions(sales, first)
    second = sales.amend(contract, "2026-03-01", {"product": "SEAT", "quantity": 12})
    third = sales.amend(
        contract, "2026-05-01", {"subscriptionNumber": subscriptions(sales, second)[0]["Name"], "quantity": 7}
    )
    back = sales.amend(contract, "2026-02-01", {"product": "SEAT", "quantity": 8})
    same = sales.amend(contract, "2026-05-01", {"product": "SEAT", "quantity": 9})
    assert [items(sales, n)[0]["Quantity"] for n in (second, third, back, same)] == [2, -5, 1, 1]
    for number in (second, third, back, same):
        assert items(sales, number)[0]["SBQQ__RevisedOrderProduct__c"] == items(sales, first)[0]["Id"]
        assert subscriptions(sales, number)[0]["SBQQ__RevisedSubscription__c"] == original["Id"]
    days = ("2026-01-31", "2026-02-01", "2026-03-01", "2026-05-01")
    assert [quantities(sales, contract, day) for day in days] == [[10], [11], [13], [9]]


def test_what_is_not_contracted_yet_does_not_count(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    sales.amend(contract, TO, {"product": "SEAT", "quantity": 12}, contract=False)
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 13})
    assert items(sales, number)[0]["Quantity"] == 3


def test_cancelling_is_a_negative_item_with_a_date(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10, Decimal("120.00")))
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 0})
    [item] = items(sales, number)
    assert (item["Quantity"], item["SBQQ__ContractAction__c"], item["SBQQ__TerminatedDate__c"]) == (-10, "Cancel", TO)
    for row in subscriptions(sales, first) + subscriptions(sales, number):
        assert row["SBQQ__TerminatedDate__c"] == TO
    [original] = items(sales, first)
    assert (original["SBQQ__TerminatedDate__c"], original["SBQQ__TerminatedBy__c"]) == (TO, item["Id"])
    assert (quantities(sales, contract, "2026-06-30"), quantities(sales, contract, TO)) == ([10], [])
    gone = refused(sales, contract, TO, {"subscriptionNumber": subscriptions(sales, first)[0]["Name"], "quantity": 1})
    assert gone.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"


def test_a_cancellation_before_a_later_increase_takes_back_what_both_cost(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10, Decimal("120.00")))
    sales.amend(contract, "2026-10-01", {"product": "SEAT", "quantity": 16})
    [item] = items(sales, sales.cancel(contract, TO))
    assert item["TotalPrice"] == -(10 * 60 + 6 * 30)
    assert quantities(sales, contract, "2026-11-01") == []


# Prices, swaps, additions


def test_another_price_takes_the_line_back_and_sells_it_again(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10, Decimal("120.00")))
    number = sales.amend(contract, TO, {"product": "SEAT", "netPrice": 50})
    debook, rebook = items(sales, number)
    assert (debook["Quantity"], debook["UnitPrice"], debook["SBQQ__ContractAction__c"]) == (-10, 60, "Cancel")
    assert (rebook["Quantity"], rebook["UnitPrice"], rebook["SBQQ__ContractAction__c"]) == (10, 50, "New")
    assert (rebook["SBQQ__RevisedOrderProduct__c"], rebook["EndDate"]) == (None, "2026-12-31")
    assert rebook["Product2Id"] == items(sales, first)[0]["Product2Id"]
    old, new = subscriptions(sales, number)
    assert (old["SBQQ__TerminatedDate__c"], new["SBQQ__RevisedSubscription__c"]) == (TO, None)
    [held] = sales.active(contract, TO).values()
    assert (held.subscription, held.quantity, held.price) == (new["Name"], 10, 50)


def test_a_swap_sells_another_product_instead(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    pro = sales.product("Pro")
    number = sales.amend(contract, TO, {"product": "SEAT", "swap": {"product": "PRO", "quantity": 8}})
    away, instead = items(sales, number)
    assert (away["SBQQ__ContractAction__c"], instead["SBQQ__ContractAction__c"]) == ("Cancel", "New")
    assert (instead["Product2Id"], instead["Quantity"], instead["UnitPrice"]) == (pro, 8, 5)


def test_a_new_product_ends_with_the_contract(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product()))
    addon = sales.product("Add-on")
    number = sales.amend(
        contract, "2026-10-01", add=[{"product": addon, "quantity": 3, "listPrice": 100, "discount": 10}]
    )
    [item] = items(sales, number)
    [made] = subscriptions(sales, number)
    assert (item["Quantity"], item["UnitPrice"], item["EndDate"]) == (3, Decimal("22.5"), "2026-12-31")
    assert (item["SBQQ__RevisedOrderProduct__c"], item["SBQQ__ProrateMultiplier__c"]) == (None, Decimal("0.25"))
    assert (made["SBQQ__RevisedSubscription__c"], made["SBQQ__ContractNumber__c"]) == (None, contract)
    assert made["SBQQ__RootId__c"] == made["Id"]


def test_a_new_product_outlives_the_contract_only_where_that_is_allowed(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product()))
    addon = {"product": sales.product("Add-on"), "endDate": "2027-09-30"}
    assert refused(sales, contract, "2026-10-01", add=[addon]).code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    [row] = sales.org.store.find("Contract", "ContractNumber", contract)
    sales.org.store.update("Contract", row["Id"], {"SBQQ__DisableAmendmentCoTerm__c": True}, system=True)
    [made] = subscriptions(sales, sales.amend(contract, "2026-10-01", add=[addon]))
    assert (made["SBQQ__EndDate__c"], made["SBQQ__ContractNumber__c"]) == ("2027-09-30", contract)
    assert sales.org.store.get("Contract", row["Id"])["EndDate"] == "2026-12-31"


def test_evergreen_is_amended_and_ended_at_full_price(sales: World) -> None:
    tap = sales.product("Tap", SBQQ__SubscriptionType__c="Evergreen")
    _, contract = sold(sales, Line(tap, 2, Decimal(10)))
    [item] = items(sales, sales.amend(contract, TO, {"product": "TAP", "quantity": 5}))
    assert (item["Quantity"], item["UnitPrice"], item["EndDate"]) == (3, 10, None)
    assert quantities(sales, contract, "2030-01-01") == [5]
    [end] = items(sales, sales.cancel(contract, "2027-03-01"))
    assert (end["Quantity"], end["SBQQ__TerminatedDate__c"]) == (-5, "2027-03-01")
    assert (quantities(sales, contract, "2027-02-28"), quantities(sales, contract, "2027-03-01")) == ([5], [])


# Usage, blocks, assets, bundles, segments


def test_usage_keeps_its_agreed_rates(sales: World) -> None:
    traffic = sales.usage_product()
    sales.schedule(traffic)
    first, contract = sold(sales, Line(traffic, rates={"Data": [(0, None, "0.07", "PerUnit")]}))
    number = sales.amend(contract, TO, {"product": "TRAFFIC", "quantity": 0})
    for one in (first, number):
        [schedule] = sales.org.store.find(
            "SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", items(sales, one)[0]["Id"]
        )
        [rate] = sales.org.store.find(
            "SBQQ__OrderItemConsumptionRate__c", "SBQQ__OrderItemConsumptionSchedule__c", schedule["Id"]
        )
        assert (schedule["SBQQ__ConsumptionSchedule__c"] is not None, rate["SBQQ__Price__c"]) == (True, Decimal("0.07"))
    assert items(sales, number)[0]["SBQQ__HasConsumptionSchedule__c"] is True


def test_other_rates_are_sold_anew(sales: World) -> None:
    traffic = sales.usage_product()
    sales.schedule(traffic)
    _, contract = sold(sales, Line(traffic))
    number = sales.amend(
        contract, TO, {"product": "TRAFFIC", "rates": {"Data": [[0, None, Decimal("0.01"), "PerUnit"]]}}
    )
    old, new = subscriptions(sales, number)
    assert (old["SBQQ__Quantity__c"], new["SBQQ__Quantity__c"]) == (-1, 1)
    [schedule] = sales.org.store.find("SBQQ__SubscriptionConsumptionSchedule__c", "SBQQ__Subscription__c", new["Id"])
    rates = sales.org.store.find(
        "SBQQ__SubscriptionConsumptionRate__c", "SBQQ__SubscriptionConsumptionSchedule__c", schedule["Id"]
    )
    assert [rate["SBQQ__Price__c"] for rate in rates] == [Decimal("0.01")]


def test_a_block_price_changes_by_the_difference_of_the_blocks(sales: World) -> None:
    pack = sales.product_of_model("recurring flat", "Pack")
    sales.block_prices(pack, [(1, 10, "1200"), (10, None, "1800")])
    _, contract = sold(sales, Line(pack, 5, Decimal(1200), more={"SBQQ__EffectiveQuantity__c": 1}))
    number = sales.amend(contract, TO, {"product": "PACK", "quantity": 15})
    [item], [made] = items(sales, number), subscriptions(sales, number)
    assert (item["Quantity"], item["TotalPrice"], made["SBQQ__NetPrice__c"]) == (10, 300, 300)
    [held] = sales.active(contract, TO).values()
    assert (held.quantity, held.price) == (15, 1800)
    [end] = items(sales, sales.cancel(contract, "2026-10-01"))
    assert (end["Quantity"], end["TotalPrice"]) == (-15, -450)
    assert [sales.active(contract, day)[held.subscription].price for day in ("2026-06-30", TO)] == [1200, 1800]


def test_assets_grow_and_shrink_only_where_refunds_are_allowed(sales: World) -> None:
    router = sales.product("Router", subscription=False)
    first, contract = sold(sales, Line(sales.product()), Line(router, 2, Decimal(450)))
    asset = items(sales, first)[1]["SBQQ__Asset__c"]
    assert refused(sales, contract, TO, {"product": "ROUTER", "quantity": 1}).fields == ("SBQQ__Quantity__c",)
    [item] = items(sales, sales.amend(contract, TO, {"assetId": asset, "quantity": 5}))
    assert (item["Quantity"], item["UnitPrice"], item["SBQQ__Subscription__c"]) == (3, 450, None)
    assert item["SBQQ__RevisedOrderProduct__c"] == items(sales, first)[1]["Id"]
    assert sales.org.store.get("Asset", item["SBQQ__Asset__c"])["Quantity"] == 3
    sales.org.store.update("Product2", router, {"SBQQ__AssetAmendmentBehavior__c": "Allow Refund"}, system=True)
    [back] = items(sales, sales.amend(contract, "2026-08-01", {"assetId": asset, "quantity": 4}))
    assert (back["Quantity"], back["TotalPrice"]) == (-1, -450)


def test_a_bundle_goes_with_its_parts(sales: World) -> None:
    suite, seat = sales.product("Suite"), sales.product()
    first, contract = sold(sales, Line(suite, 2))
    root = subscriptions(sales, first)[0]
    part_of = {"under": root["Name"], "fields": {"SBQQ__Bundled__c": True}}
    extra_of = {"product": sales.product("Extra"), "under": seat}
    added = sales.amend(contract, "2026-02-01", add=[{"product": seat, "quantity": 4, **part_of}, extra_of])
    part, extra = subscriptions(sales, added)
    assert (part["SBQQ__RequiredById__c"], part["SBQQ__RootId__c"]) == (root["Id"], root["Id"])
    assert (extra["SBQQ__RequiredById__c"], extra["SBQQ__RootId__c"]) == (part["Id"], root["Id"])
    grown = items(sales, sales.amend(contract, "2026-03-01", {"product": "SUITE", "quantity": 3}))
    assert [item["Quantity"] for item in grown] == [1, 2]
    assert grown[1]["SBQQ__RequiredBy__c"] == grown[0]["Id"]
    sales.product("Better")
    [_, better] = subscriptions(
        sales, sales.amend(contract, "2026-04-01", {"product": "EXTRA", "swap": {"product": "BETTER"}})
    )
    assert (better["SBQQ__RequiredById__c"], better["SBQQ__RootId__c"]) == (part["Id"], root["Id"])
    ended = items(sales, sales.amend(contract, TO, {"product": "SUITE", "quantity": 0}))
    assert [(item["Quantity"], item["SBQQ__ContractAction__c"]) for item in ended] == [
        (-3, "Cancel"), (-6, "Cancel"), (-1, "Cancel"),
    ]  # fmt: skip
    assert quantities(sales, contract, TO) == []


def segments(product: str, *terms: tuple[str, str]) -> list[Line]:
    return [
        Line(product, 10, Decimal(100 * number), more={
            "SBQQ__SegmentKey__c": "1", "SBQQ__SegmentIndex__c": number, "SBQQ__DimensionType__c": "Year",
            "SBQQ__StartDate__c": start, "SBQQ__EndDate__c": end,
        })
        for number, (start, end) in enumerate(terms, 1)
    ]  # fmt: skip


def test_segments_change_from_the_day_on(sales: World) -> None:
    terms = [(f"{year}-01-01", f"{year}-12-31") for year in (2026, 2027, 2028)]
    _, contract = sold(sales, *segments(sales.product(), *terms), end="2028-12-31")
    assert [quantities(sales, contract, f"{year}-05-01") for year in (2026, 2027, 2028)] == [[10], [10], [10]]
    number = sales.amend(contract, "2027-07-01", {"product": "SEAT", "quantity": 12})
    assert [(i["Quantity"], i["ServiceDate"], i["EndDate"], i["UnitPrice"]) for i in items(sales, number)] == [
        (2, "2027-07-01", "2027-12-31", 100), (2, "2028-01-01", "2028-12-31", 300),
    ]  # fmt: skip


# Refusals


@pytest.mark.parametrize("effective", ["2025-12-31", "2027-01-01"])
def test_a_day_outside_the_term_is_refused(sales: World, effective: str) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    error = refused(sales, contract, effective, {"product": "SEAT", "quantity": 1})
    assert (error.status, error.code) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert "outside the term" in error.message


def test_a_contract_must_be_activated(sales: World) -> None:
    order_number = sales.order(sales.account(), [Line(sales.product(), 10)])
    [row] = sales.org.store.find("Contract", "SBQQ__Order__c", order(sales, order_number)["Id"])
    error = refused(sales, row["ContractNumber"], TO, {"product": "SEAT", "quantity": 1})
    assert (error.code, "must be activated" in error.message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", True)
    assert sales.org.store.count("SBQQ__Quote__c") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subscriptionNumber": "SUB-9999999", "quantity": 1}, "NOT_FOUND"),
        ({"subscriptionId": "a0S000000000000", "quantity": 1}, "NOT_FOUND"),
        ({"product": "NOWHERE", "quantity": 1}, "NOT_FOUND"),
        ({"product": "UNSOLD", "quantity": 1}, "NOT_FOUND"),
        ({"product": "TWICE", "quantity": 1}, "INVALID_INPUT"),
        ({"quantity": 1}, "INVALID_INPUT"),
        ({"product": "SEAT", "assetId": "02i", "quantity": 1}, "INVALID_INPUT"),
        ({"product": "SEAT", "quantity": -1}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "quantity": 0, "netPrice": 1}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "quantity": 10}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "uplift": 3}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "quantity": 3, "swap": {"product": "TWICE"}}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "rates": {"None": [[0, None, 1, "PerUnit"]]}}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "swap": {"product": "TWICE", "quantity": 0}}, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        ({"product": "SEAT", "swap": {"product": "TWICE", "fields": {"Nope__c": 1}}}, "INVALID_FIELD"),
    ],
)
def test_changes_that_make_no_sense_are_refused_and_leave_nothing(
    sales: World, change: dict[str, Any], code: str
) -> None:
    twice = sales.product("Twice")
    sales.product("Unsold")
    _, contract = sold(sales, Line(sales.product(), 10), Line(twice), Line(twice))
    assert refused(sales, contract, TO, change).code == code
    assert sales.org.store.count("SBQQ__Quote__c") == sales.org.store.count("Order") == 1
    [row] = sales.org.store.find("Contract", "ContractNumber", contract)
    assert row["SBQQ__AmendmentStartDate__c"] is None


def test_a_line_is_changed_once_and_never_below_what_is_there(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    change = {"product": "SEAT", "quantity": 1}
    assert "twice" in refused(sales, contract, TO, change, change).message
    sales.amend(contract, "2026-10-01", {"product": "SEAT", "quantity": 30})
    assert "later amendment" in refused(sales, contract, TO, {"product": "SEAT", "quantity": 5}).message
    assert quantities(sales, sales.contract(sales.renew(contract)), "2027-01-01") == [30]


def test_the_org_may_forbid_negative_quantities(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    sales.org.settings.enable_negative_quantity = False
    error = refused(sales, contract, TO, {"product": "SEAT", "quantity": 1})
    assert (error.code, error.fields) == ("FIELD_INTEGRITY_EXCEPTION", ("Quantity",))
    assert sales.org.store.count("Order") == 1
    assert items(sales, sales.amend(contract, TO, {"product": "SEAT", "quantity": 11}))[0]["Quantity"] == 1


def test_the_prorate_precision_is_the_orgs(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10, Decimal("365.00")))
    sales.org.settings.prorate_precision = "Day"
    [item] = items(sales, sales.amend(contract, "2026-12-22", {"product": "SEAT", "quantity": 11}))
    assert item["UnitPrice"] == 10


def test_an_amendments_order_takes_further_fields(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    change = {"product": "SEAT", "quantity": 11}
    number = sales.amend(contract, TO, change, orderFields={"BillingCity": "Cork", "PoNumber": "7"})
    assert (order(sales, number)["BillingCity"], order(sales, number)["PoNumber"]) == ("Cork", "7")
