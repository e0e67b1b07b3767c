"""Several processes at once, each with clients, ledger connections and locks of its own: nothing is made twice."""

from __future__ import annotations

import asyncio
from threading import Thread
from typing import Any

import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line


async def process(both: Both, *numbers: str) -> list[SyncResult]:
    async with both.service() as service:
        return await service.orders(numbers)


def at_once(both: Both, *tasks: tuple[str, ...]) -> list[SyncResult]:
    async def do() -> list[list[SyncResult]]:
        return await asyncio.gather(*(process(both, *numbers) for numbers in tasks))

    return [result for results in asyncio.run(do()) for result in results]


def test_orders_that_share_a_new_account_and_new_products(both: Both) -> None:
    account = both.world.account("Child", ParentId=both.world.account("Parent"))
    lines = [Line(both.world.product(f"Seat {number}")) for number in range(3)]
    results = at_once(both, *((both.world.order(account, lines),) for _ in range(4)))
    assert {result.outcome for result in results} == {Outcome.SYNCED}, results[0].reasons
    counts = both.counts()
    assert (counts["account"], counts["order"], counts["subscription"]) == (2, 4, 12)
    assert (counts["product"], counts["productRatePlan"], counts["productRatePlanCharge"]) == (3, 3, 3)


def test_the_same_order(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    results = at_once(both, (number,), (number,), (number,))
    outcomes = sorted(result.outcome or "" for result in results)
    assert outcomes == [Outcome.SYNCED, Outcome.UNCHANGED, Outcome.UNCHANGED]
    assert both.counts()["order"] == 1


def test_orders_that_share_a_new_contact(both: Both) -> None:
    account, product = both.world.account(), both.world.product()
    asyncio.run(process(both, both.world.order(account, [Line(product)])))
    contact = both.world.org.store.insert("Contact", {"LastName": "Payer", "AccountId": account}, system=True)
    orders = [both.world.order(account, [Line(product)], BillToContactId=contact) for _ in range(4)]
    results = at_once(both, *((number,) for number in orders))
    assert {result.outcome for result in results} == {Outcome.SYNCED}
    payers = [row for row in both.sandbox.tenant.store.rows("contact") if row["lastName"] == "Payer"]
    assert len(payers) == 1


@pytest.mark.parametrize("what", ["order", "products"])
def test_what_another_process_makes_between_two_queries_is_not_taken_for_a_stranger(both: Both, what: str) -> None:
    product = both.world.product()
    first, second = (both.world.order(both.world.account(name), [Line(product)]) for name in ("One", "Two"))

    class Meanwhile(list[Any]):
        """Lets another process sync the first order as soon as the rate plan was looked up in vain."""

        def append(self, exchange: Any) -> None:
            super().append(exchange)
            if "/external-id/" in exchange.path and not both.counts()["productRatePlan"]:
                other = Thread(target=lambda: asyncio.run(process(both, first)))
                both.exchanges = []
                other.start()
                other.join()

    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await (service.orders([second]) if what == "order" else service.products([product]))

    both.exchanges = Meanwhile()
    [result] = asyncio.run(do())
    assert result.outcome is (Outcome.SYNCED if what == "order" else Outcome.UNCHANGED), result.reasons
    counts = both.counts()
    assert (counts["product"], counts["productRatePlan"], counts["productRatePlanCharge"]) == (1, 1, 1)
