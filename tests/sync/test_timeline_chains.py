"""From any number of a chain to its one subscription in Zuora, with the prices that were agreed on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.timeline import Found, Kind, timelines
from tests.sync.conftest import Both
from tests.sync.contracts import carry, seats, sell
from tests.world import Line, segmented

FIRST, AUTUMN, WINTER = "2026-02-01", "2026-09-01", "2026-12-01"
YEARS = (
    ("2026-02-01", "2027-01-31", 10, 100),
    ("2027-02-01", "2028-01-31", 10, 110),
    ("2028-02-01", "2029-01-31", 10, 120),
)


def find(both: Both, *numbers: str, kind: Kind | None = None, **options: Any) -> list[Found]:
    """What numbers lead to."""
    settings = both.settings(**options)

    async def do() -> list[Found]:
        async with open_clients(settings) as clients:
            return await timelines(clients, settings.options, numbers, kind)

    return asyncio.run(do())


def leads(found: Sequence[Found]) -> list[tuple[list[str], Sequence[str]]]:
    """Which subscriptions Zuora has of numbers, and which it lacks."""
    return [([life.subscription for life in one.timelines], one.missing) for one in found]


def prices(found: Found, charge: int = 0) -> list[tuple[str, int, int, int] | None]:
    """First day, quantity, agreed price and its months of each stretch; None where nobody agreed on the price."""
    stretches = found.timelines[0].charges[charge].stretches
    return [
        (str(one.start), int(one.quantity or 0), int(one.agreed.price), int(one.agreed.months)) if one.agreed else None
        for one in stretches
    ]


def subscriptions(both: Both) -> list[str]:
    """Numbers of all subscriptions that CPQ has made."""
    query = both.world.org.store.query("SELECT Name FROM SBQQ__Subscription__c ORDER BY Name")
    return [row["Name"] for row in query.records]


def test_segments_are_one_subscription_with_the_price_of_each_year(both: Both) -> None:
    world = both.world
    order = world.order(world.account(), segmented(world.product(), *YEARS), end="2029-01-31")
    contract = world.contract(order)
    amendment = world.amend(contract, "2027-08-01", seats(12))
    renewal = world.renew(contract)
    carry(both, order, amendment, renewal)
    found = find(both, order, amendment, renewal, *subscriptions(both))
    found += find(both, contract, kind="contract")
    assert leads(found) == [(["SUB-0000001"], ())] * len(found)
    first = prices(found[0])
    assert first[:2] == [("2026-02-01", 10, 100, 12), ("2027-02-01", 10, 110, 12)]
    assert {one.order for one in found[0].timelines[0].charges[0].stretches} == {order, amendment, renewal}
    assert None not in first


def test_a_product_sold_again_in_place_is_still_the_first_subscription(both: Both) -> None:
    order, contract = sell(both)
    change = both.world.amend(contract, AUTUMN, {"product": "Seat", "netPrice": 40})
    more = both.world.amend(contract, "2026-10-01", seats(12))
    renewal = both.world.renew(contract)
    carry(both, order, change, more, renewal, price_changes="in_place")
    found = find(both, order, change, more, renewal, *subscriptions(both), price_changes="in_place")
    assert leads(found) == [(["SUB-0000001"], ())] * len(found)
    assert prices(found[0])[:3] == [(FIRST, 10, 120, 12), (AUTUMN, 10, 40, 5), ("2026-10-01", 12, 40, 5)]


def test_an_added_product_is_on_the_subscription_that_it_joined_even_when_it_has_left(both: Both) -> None:
    order, contract = sell(both)
    both.world.product("Disk")
    added = both.world.amend(contract, AUTUMN, add=[{"product": "Disk", "quantity": 3}])
    more = both.world.amend(contract, "2026-10-01", {"product": "Disk", "quantity": 5})
    gone = both.world.amend(contract, WINTER, {"product": "Disk", "quantity": 0})
    option = {"added_products": "existing_subscription"}
    carry(both, order, added, more, **option)
    assert leads(find(both, order, added, more, **option)) == [(["SUB-0000001"], ())] * 3
    assert leads(find(both, contract, kind="contract", **option)) == [(["SUB-0000001"], ())]
    carry(both, gone, **option)
    assert leads(find(both, order, added, more, gone, *subscriptions(both), **option)) == [(["SUB-0000001"], ())] * 8


def test_a_product_of_its_own_has_its_own_price_and_one_changed_by_hand_has_that_of_zuora(both: Both) -> None:
    order, contract = sell(both)
    disk = both.world.product("Disk")
    alone = both.world.order(both.world.account("Other"), [Line(disk, 3, 80)], start="2026-06-01")
    carry(both, order, alone)
    assert prices(find(both, alone)[0]) == [("2026-06-01", 3, 80, 8)]
    [item] = both.world.org.store.find("SBQQ__Subscription__c", "SBQQ__NetPrice__c", 80)
    both.world.org.store.update("SBQQ__Subscription__c", item["Id"], {"SBQQ__NetPrice__c": 81}, system=True)
    [stretch] = find(both, alone)[0].timelines[0].charges[0].stretches
    assert (stretch.agreed, stretch.price, stretch.price_months) == (None, 80, 8)
    assert contract
