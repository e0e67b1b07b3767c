"""Quote line groups: one order for each, one contract for all where the quote says so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.cpq.order_by import split_lines
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.sandbox.salesforce.cpq_life import items, order, quote, subscriptions
from tests.world import Group, Line, World


def ramp(world: World, **more: Any) -> list[str]:
    seat = world.product()
    years = enumerate((2026, 2027, 2028), 1)
    groups = [Group(f"{y}-01-01", f"{y}-12-31", [Line(seat, 10 * n, Decimal(120))]) for n, y in years]
    return world.ramp(world.account(), *groups, **more)


def test_each_group_is_an_order_with_the_dates_of_the_group(sales: World) -> None:
    numbers = ramp(sales)
    assert [[(i["Quantity"], i["ServiceDate"], i["EndDate"]) for i in items(sales, one)] for one in numbers] == [
        [(10, "2026-01-01", "2026-12-31")], [(20, "2027-01-01", "2027-12-31")], [(30, "2028-01-01", "2028-12-31")],
    ]  # fmt: skip
    assert {order(sales, one)["EffectiveDate"] for one in numbers} == {"2026-01-01"}
    assert len({order(sales, one)["SBQQ__Quote__c"] for one in numbers}) == 1


def test_all_orders_of_a_single_contract_share_it_and_do_not_move_its_end(sales: World) -> None:
    numbers = ramp(sales)
    [contract] = sales.org.store.find("Contract", "SBQQ__Order__c", order(sales, numbers[0])["Id"])
    assert sales.org.store.count("Contract") == 1
    assert (contract["StartDate"], contract["EndDate"]) == ("2026-01-01", "2026-12-31")
    rows = [row for one in numbers for row in subscriptions(sales, one)]
    assert {row["SBQQ__Contract__c"] for row in rows} == {contract["Id"]}
    assert [row["SBQQ__EndDate__c"] for row in rows] == ["2026-12-31", "2027-12-31", "2028-12-31"]
    number = sales.contract(numbers[0])
    held = [[one.quantity for one in sales.active(number, f"{y}-06-01").values()] for y in (2026, 2027, 2028, 2029)]
    assert held == [[10], [20], [30], []]


def test_each_order_has_its_contract_otherwise(sales: World) -> None:
    numbers = ramp(sales, method="By Subscription End Date")
    ends = [[row["EndDate"] for row in sales.org.store.find("Contract", "SBQQ__Order__c", order(sales, one)["Id"])]
            for one in numbers]  # fmt: skip
    assert ends == [["2026-12-31"], ["2027-12-31"], ["2028-12-31"]]


def test_a_group_can_be_amended_and_cancelled_after_the_contracts_own_end(sales: World) -> None:
    numbers = ramp(sales)
    contract = sales.contract(numbers[0])
    second, third = (subscriptions(sales, one)[0]["Name"] for one in numbers[1:])
    [item] = items(sales, sales.amend(contract, "2027-07-01", {"subscriptionNumber": second, "quantity": 25}))
    assert (item["Quantity"], item["ServiceDate"], item["EndDate"]) == (5, "2027-07-01", "2027-12-31")
    [end] = items(sales, sales.cancel(contract, "2028-03-01"))
    assert (end["SBQQ__RevisedOrderProduct__c"], end["Quantity"]) == (items(sales, numbers[2])[0]["Id"], -30)
    assert sales.active(contract, "2028-02-29")[third].quantity == 30
    assert sales.active(contract, "2028-03-01") == {}


def test_the_renewal_follows_the_last_group(sales: World) -> None:
    numbers = ramp(sales)
    contract = sales.contract(numbers[0])
    gone = [{"subscriptionNumber": subscriptions(sales, one)[0]["Name"], "quantity": 0} for one in numbers[:2]]
    [item] = items(sales, sales.renew(contract, *gone, term=12))
    assert (item["ServiceDate"], item["Quantity"]) == ("2029-01-01", 30)


def test_one_order_where_the_package_forbids_several(sales: World) -> None:
    sales.org.settings.allow_multiple_orders = False
    [number] = ramp(sales)
    assert [item["ServiceDate"] for item in items(sales, number)] == ["2026-01-01", "2027-01-01", "2028-01-01"]


def test_lines_split_by_a_field_and_bundles_stay_whole(sales: World) -> None:
    [number] = ramp(sales, contracted=False)[:1]
    head = {**quote(sales, number), "SBQQ__OrderBy__c": "sbqq__billingfrequency__c"}
    rows = [
        {"Id": "1", "SBQQ__BillingFrequency__c": "Monthly"},
        {"Id": "2", "SBQQ__BillingFrequency__c": "Annual"},
        {"Id": "3", "SBQQ__BillingFrequency__c": "Annual", "SBQQ__RequiredBy__c": "1"},
        {"Id": "4"},
    ]
    assert [[row["Id"] for row in part] for part in split_lines(sales.org, head, rows)] == [["1", "3"], ["2"], ["4"]]
    with pytest.raises(SalesforceError) as refused:
        split_lines(sales.org, {**head, "SBQQ__OrderBy__c": "Nope__c"}, rows)
    assert refused.value.fields == ("SBQQ__OrderBy__c",)
