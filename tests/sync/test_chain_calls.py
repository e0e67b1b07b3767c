"""How often Zuora is asked about chains: for links once in a batch, for subscriptions as often as they may change."""

from __future__ import annotations

from collections import Counter

from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.contracts import billed, held, relink, seats, sell, sync
from tests.world import Line

MONTHS = ("2026-05-01", "2026-06-01", "2026-07-01")


def amended(both: Both) -> list[str]:
    """Return the numbers of an order and of three amendments."""
    order, contract = sell(both)
    return [order, *(both.world.amend(contract, day, seats(11 + at)) for at, day in enumerate(MONTHS))]


def reads(both: Both) -> Counter[str]:
    """Return how often Zuora was asked since the last time, by what for."""
    kinds = {"/object-query/rate-plans": "links", "/v1/subscriptions/accounts/": "lists", "/v1/subscriptions/": "ones"}
    paths = [one.path for one in both.exchanges if one.system == "Zuora"]
    both.exchanges.clear()
    found = (next((kind for start, kind in kinds.items() if path.startswith(start)), None) for path in paths)
    return Counter(kind for kind in found if kind)


def test_links_are_read_once_in_a_batch_and_subscriptions_before_each_write(both: Both) -> None:
    orders = amended(both)
    assert {one.outcome for one in sync(both, *orders)} == {Outcome.SYNCED}
    assert reads(both) == {"links": 2, "ones": 3}


def test_a_repeat_reads_a_subscription_once(both: Both) -> None:
    orders = amended(both)
    sync(both, *orders)
    reads(both)
    assert {one.outcome for one in sync(both, *orders)} == {Outcome.UNCHANGED}
    assert reads(both) == {"links": 1, "ones": 1}


def test_one_that_is_missing_among_carried_ones_is_planned_by_how_zuora_stands_now(both: Both) -> None:
    *carried, last = amended(both)
    sync(both, *carried)
    reads(both)
    assert [one.outcome for one in sync(both, *carried, last)] == [*[Outcome.UNCHANGED] * 3, Outcome.SYNCED]
    assert reads(both) == {"links": 1, "ones": 2}
    assert [quantity for *_, quantity, _ in billed(both)] == [10, 11, 12, 13]


def test_many_subscriptions_of_an_order_come_together(both: Both) -> None:
    world = both.world
    names = [f"Part {number}" for number in range(12)]
    order = world.order(world.account(), [Line(world.product(name)) for name in names])
    change = world.amend(world.contract(order), MONTHS[0], *({"product": name, "quantity": 2} for name in names))
    sync(both, order)
    reads(both)
    assert [one.outcome for one in sync(both, change)] == [Outcome.SYNCED]
    assert reads(both) == {"links": 1, "lists": 1}


def test_an_id_that_two_subscriptions_carry_is_held(both: Both) -> None:
    first, _ = sell(both, account=(account := both.world.account()))
    second = both.world.order(account, [Line(both.world.product("Disk"))])
    sync(both, first, second)
    rows = both.sandbox.tenant.store.rows("ratePlan")
    ids = [str(row["externallyManagedPlanId"]) for row in rows]
    relink(both, {ids[1]: ids[0]})
    [contract] = [both.world.contract(first)]
    change = both.world.amend(contract, MONTHS[0], seats(15))
    [result] = sync(both, change)
    assert held(result)[0] == "CPQ-440"
