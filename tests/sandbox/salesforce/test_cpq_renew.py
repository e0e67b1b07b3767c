from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.sandbox.salesforce.cpq_life import items, lines, opportunity, quote, sold, subscriptions
from tests.world import Line, World


def contract_row(world: World, number: str) -> dict[str, Any]:
    [row] = world.org.store.find("Contract", "ContractNumber", number)
    return row


def prices(world: World, order: str) -> list[tuple[Decimal, Decimal]]:
    return [(item["Quantity"], item["UnitPrice"]) for item in items(world, order)]


def test_a_renewal_sells_everything_again_in_a_new_contract(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10, Decimal("120.00")))
    sales.amend(contract, "2026-07-01", {"product": "SEAT", "quantity": 15})
    [original] = subscriptions(sales, first)
    number = sales.renew(contract)
    [item] = items(sales, number)
    assert (item["Quantity"], item["UnitPrice"], item["SBQQ__ContractAction__c"]) == (15, 120, "Renew")
    assert (item["ServiceDate"], item["EndDate"], item["SBQQ__RevisedOrderProduct__c"]) == (
        "2027-01-01", "2027-12-31", None,
    )  # fmt: skip
    [made] = subscriptions(sales, number)
    assert (made["SBQQ__RevisedSubscription__c"], made["SBQQ__Quantity__c"]) == (None, 15)
    assert made["SBQQ__Contract__c"] != original["SBQQ__Contract__c"]
    [line] = lines(sales, number)
    assert (line["SBQQ__RenewedSubscription__c"], line["SBQQ__UpgradedSubscription__c"]) == (original["Id"], None)
    old = contract_row(sales, contract)
    rows = sales.org.store.find("SBQQ__Subscription__c", "SBQQ__Contract__c", old["Id"])
    assert [row["SBQQ__RenewedDate__c"] for row in rows] == ["2027-01-01"] * 2
    assert (old["SBQQ__RenewalForecast__c"], old["SBQQ__RenewalQuoted__c"]) == (True, True)
    deal = opportunity(sales, number)
    assert (deal["SBQQ__Renewal__c"], deal["SBQQ__RenewedContract__c"]) == (True, old["Id"])
    assert old["SBQQ__RenewalOpportunity__c"] == deal["Id"]
    assert quote(sales, number)["SBQQ__Type__c"] == "Renewal"
    new = sales.contract(number)
    assert [held.quantity for held in sales.active(contract, "2026-12-31").values()] == [15]
    assert (sales.active(contract, "2027-01-01"), sales.active(new, "2026-12-31")) == ({}, {})
    assert [held.quantity for held in sales.active(new, "2027-01-01").values()] == [15]


def test_the_contract_can_be_renewed_once_only_and_its_renewal_again(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product()))
    second = sales.contract(sales.renew(contract))
    with pytest.raises(SalesforceError, match="has its renewal quote already"):
        sales.renew(contract)
    row = contract_row(sales, contract)
    sales.org.store.update("Contract", row["Id"], {"SBQQ__RenewalQuoted__c": False}, system=True)
    with pytest.raises(SalesforceError, match="nothing to renew"):
        sales.renew(contract)
    third = sales.contract(sales.renew(second, term=24))
    assert (contract_row(sales, third)["StartDate"], contract_row(sales, third)["EndDate"]) == (
        "2028-01-01", "2029-12-31",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("account", "body", "price"),
    [
        ({}, {}, "120.00"),
        ({}, {"uplift": 5}, "126.00"),
        ({}, {"term": 6}, "60.00"),
        ({}, {"changes": [{"product": "SEAT", "uplift": Decimal("7.5")}], "uplift": 5}, "129.00"),
        ({}, {"changes": [{"product": "SEAT", "netPrice": 99}]}, "99.00"),
        ({}, {"changes": [{"product": "SEAT", "listPrice": 200, "discount": 10}]}, "180.00"),
        ({"SBQQ__RenewalPricingMethod__c": "List"}, {}, "10.00"),
        ({"SBQQ__RenewalPricingMethod__c": "Same"}, {}, "120.00"),
        ({"SBQQ__RenewalPricingMethod__c": "Uplift"}, {}, "123.60"),
    ],
)
def test_the_price_of_the_new_term(sales: World, account: dict[str, Any], body: dict[str, Any], price: str) -> None:
    order = sales.order(
        sales.account(**account), [Line(sales.product(), 2, Decimal(120))], start="2026-01-01", end="2026-12-31"
    )
    contract = sales.contract(order)
    row = contract_row(sales, contract)
    sales.org.store.update("Contract", row["Id"], {"SBQQ__RenewalUpliftRate__c": 3}, system=True)
    assert prices(sales, sales.renew(contract, *body.pop("changes", ()), **body)) == [(2, Decimal(price))]


def test_products_and_quantities_change_at_renewal(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10), Line(sales.product("Old")), Line(sales.product("Gone")))
    sales.product("Next")
    number = sales.renew(
        contract,
        {"product": "SEAT", "quantity": 20},
        {"product": "OLD", "swap": {"product": "NEXT", "quantity": 3, "netPrice": 7}},
        {"product": "GONE", "quantity": 0},
        add=[{"product": sales.product("Extra"), "quantity": 2}],
    )
    assert [(i["Quantity"], i["UnitPrice"], i["SBQQ__ContractAction__c"]) for i in items(sales, number)] == [
        (20, 120, "Renew"), (3, 7, "New"), (2, 10, "New"),
    ]  # fmt: skip


def test_an_early_renewal_ends_the_old_term(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    new = sales.contract(sales.renew(contract, effectiveDate="2026-10-01"))
    assert contract_row(sales, contract)["SBQQ__ExpirationDate__c"] == "2026-09-30"
    assert contract_row(sales, new)["EndDate"] == "2027-09-30"
    assert len(sales.active(contract, "2026-09-30")) == 1
    assert (len(sales.active(contract, "2026-10-01")), len(sales.active(new, "2026-10-01"))) == (0, 1)


def test_what_is_sold_once_is_not_renewed_and_assets_only_when_wanted(sales: World) -> None:
    fee = sales.product("Fee", SBQQ__SubscriptionType__c="One-time")
    router = sales.product("Router", subscription=False)
    first, contract = sold(sales, Line(sales.product(), 2), Line(fee), Line(router, 3, Decimal(450)))
    number = sales.renew(contract, includeAssets=True)
    assert prices(sales, number) == [(2, 120), (3, 450)]
    [seat, asset] = lines(sales, number)
    assert (seat["SBQQ__RenewedAsset__c"], asset["SBQQ__RenewedAsset__c"]) == (
        None, items(sales, first)[2]["SBQQ__Asset__c"],
    )  # fmt: skip
    renewed = items(sales, number)[1]["SBQQ__Asset__c"]
    assert renewed not in (None, items(sales, first)[2]["SBQQ__Asset__c"])


def test_renewed_usage_keeps_its_rates_unless_others_are_agreed(sales: World) -> None:
    traffic = sales.usage_product()
    sales.schedule(traffic)
    _, contract = sold(sales, Line(traffic, rates={"Data": [(0, None, "0.07", "PerUnit")]}))
    first = sales.renew(contract)
    second = sales.renew(
        sales.contract(first), {"product": "TRAFFIC", "rates": {"Data": [[0, None, Decimal("0.09"), "PerUnit"]]}}
    )
    for number, price in ((first, "0.07"), (second, "0.09")):
        [item] = items(sales, number)
        [schedule] = sales.org.store.find("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", item["Id"])
        rates = sales.org.store.find(
            "SBQQ__OrderItemConsumptionRate__c", "SBQQ__OrderItemConsumptionSchedule__c", schedule["Id"]
        )
        assert [rate["SBQQ__Price__c"] for rate in rates] == [Decimal(price)]


def test_a_bundle_is_renewed_in_its_shape(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product("Suite")))
    sales.amend(
        contract, "2026-02-01", add=[{"product": sales.product(), "under": subscriptions(sales, first)[0]["Name"]}]
    )
    suite, seat = items(sales, sales.renew(contract))
    assert (seat["SBQQ__RequiredBy__c"], seat["SBQQ__BundleRoot__c"]) == (suite["Id"], suite["Id"])


@pytest.mark.parametrize("spoil", ["evergreen", "asset based", "draft", "cancelled", "backwards", "too early"])
def test_what_cannot_be_renewed(sales: World, spoil: str) -> None:
    kind = {"SBQQ__SubscriptionType__c": "Evergreen"} if spoil == "evergreen" else {}
    account = sales.account()
    order = sales.order(account, [Line(sales.product(**kind))], start="2026-01-01", end="2026-12-31")
    contract = sales.contract(order)
    row = contract_row(sales, contract)
    if spoil == "asset based":
        sales.org.store.update("Account", account, {"SBQQ__RenewalModel__c": "Asset Based"}, system=True)
    if spoil == "draft":
        sales.org.store.update("Contract", row["Id"], {"Status": "Draft"}, system=True)
    if spoil == "cancelled":
        sales.cancel(contract, "2026-05-01")
    when = {"backwards": {"endDate": "2026-12-31"}, "too early": {"effectiveDate": "2026-01-01"}}.get(spoil, {})
    before = sales.org.store.count("SBQQ__Quote__c")
    with pytest.raises(SalesforceError) as refused:
        sales.renew(contract, **when)
    assert (refused.value.status, refused.value.code) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert sales.org.store.count("SBQQ__Quote__c") == before
