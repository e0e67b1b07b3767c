"""Percent-of-total products follow what is sold beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.salesforce.cpq_life import items, sold
from tests.world import Line, World

TO = "2026-07-01"


def care(world: World, **more: Any) -> Line:
    """Care at 20 percent, sold for 240 a year: of 1,200 in seats."""
    product = world.product(
        "Care",
        SBQQ__SubscriptionPricing__c="Percent Of Total",
        SBQQ__PricingMethod__c="Percent Of Total",
        **{"SBQQ__SubscriptionPercent__c": 20, **more},
    )
    return Line(product, 1, Decimal(240))


def seats(world: World) -> Line:
    return Line(world.product(SBQQ__IncludeInMaintenance__c=True), 10, Decimal(120))


def changes(world: World, number: str) -> list[tuple[Decimal, Decimal, str]]:
    return [(i["Quantity"], i["UnitPrice"], i["SBQQ__ContractAction__c"]) for i in items(world, number)]


def test_what_is_sold_more_is_covered_by_one_more(sales: World) -> None:
    _, contract = sold(sales, seats(sales), care(sales))
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 15})
    assert changes(sales, number) == [(5, 60, "Amend"), (1, 60, "New")]
    assert [held.price for held in sales.active(contract, TO).values()] == [120, 240, 60]


def test_nothing_more_is_covered_where_the_package_says_so(sales: World) -> None:
    sales.org.settings.include_net_new_in_maintenance = False
    _, contract = sold(sales, seats(sales), care(sales))
    assert len(changes(sales, sales.amend(contract, TO, {"product": "SEAT", "quantity": 15}))) == 1


def test_what_is_taken_away_lowers_the_price_by_ending_and_selling_again(sales: World) -> None:
    _, contract = sold(sales, seats(sales), care(sales))
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 5})
    assert changes(sales, number) == [(-5, 60, "Amend"), (-1, 120, "Cancel"), (1, 60, "New")]


def test_it_ends_with_all_that_it_covers(sales: World) -> None:
    _, contract = sold(sales, seats(sales), care(sales))
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 0})
    assert changes(sales, number) == [(-10, 60, "Cancel"), (-1, 120, "Cancel")]
    assert sales.active(contract, TO) == {}


def test_what_was_covered_by_one_more_goes_first(sales: World) -> None:
    _, contract = sold(sales, seats(sales), care(sales))
    sales.amend(contract, TO, {"product": "SEAT", "quantity": 15})
    number = sales.amend(contract, "2026-10-01", {"product": "SEAT", "quantity": 9})
    assert changes(sales, number) == [(-6, 30, "Amend"), (-1, 60, "Cancel"), (1, 54, "New"), (-1, 30, "Cancel")]


def test_a_person_decides_otherwise(sales: World) -> None:
    _, contract = sold(sales, seats(sales), care(sales))
    number = sales.amend(contract, TO, {"product": "SEAT", "quantity": 15}, {"product": "CARE", "netPrice": 7})
    assert changes(sales, number) == [(5, 60, "Amend"), (-1, 120, "Cancel"), (1, 7, "New")]


@pytest.mark.parametrize(("product", "more"), [
    ({"SBQQ__ExcludeFromMaintenance__c": True}, []), ({}, [(1, 45, "New")]),
])  # fmt: skip
def test_one_time_products_count_for_the_rest_of_the_term(sales: World, product: dict[str, Any], more: Any) -> None:
    _, contract = sold(sales, seats(sales), care(sales))
    router = sales.product("Router", subscription=False, **product)
    number = sales.amend(contract, TO, add=[{"product": router, "quantity": 1, "netPrice": 450}])
    assert changes(sales, number) == [(1, 450, "New"), *more]


def test_a_renewal_prices_it_anew_on_one_line(sales: World) -> None:
    router = sales.product("Router", subscription=False)
    _, contract = sold(sales, seats(sales), care(sales), Line(router, 1, Decimal(100)))
    sales.amend(contract, TO, {"product": "SEAT", "quantity": 15})
    number = sales.renew(contract, {"product": "SEAT", "quantity": 20})
    assert changes(sales, number) == [(20, 120, "Renew"), (1, 500, "Renew")]


def test_one_that_knows_no_percentage_keeps_its_price(sales: World) -> None:
    _, contract = sold(sales, seats(sales), care(sales, SBQQ__SubscriptionPercent__c=None))
    assert len(changes(sales, sales.amend(contract, TO, {"product": "SEAT", "quantity": 15}))) == 1
    assert changes(sales, sales.renew(contract)) == [(15, 120, "Renew"), (1, 240, "Renew")]
