"""Orders beyond the limits of one call: asynchronous beyond 50 subscriptions, split beyond 300 and 100 line items."""

from __future__ import annotations

import asyncio

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line


def sync(both: Both, *numbers: str) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def test_fifty_subscriptions_go_at_once(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())] * 50)
    [result] = sync(both, number)
    assert result.outcome is Outcome.SYNCED
    assert [write["path"] for write in both.writes()][-1] == "/v1/orders"
    assert len(result.zuora["subscriptions"]) == 50


def test_more_go_asynchronously_and_the_job_is_waited_for(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())] * 51)
    [result] = sync(both, number)
    assert result.outcome is Outcome.SYNCED, result.reasons
    assert [write["path"] for write in both.writes()][-1] == "/v1/async/orders"
    assert len(result.zuora["subscriptions"]) == 51
    [again] = sync(both, number)
    assert again.outcome is Outcome.UNCHANGED


def test_beyond_three_hundred_the_order_is_split(both: Both) -> None:
    hardware = both.world.product("Router", subscription=False)
    lines = [Line(both.world.product())] * 310 + [Line(hardware)] * 105
    number = both.world.order(both.world.account(), lines)
    [result] = sync(both, number)
    assert result.outcome is Outcome.SYNCED, result.reasons
    bodies = [write["body"] for write in both.writes() if "order" in write["path"] and "orderNumber" in write["body"]]
    assert [body["orderNumber"] for body in bodies] == [number, f"{number}-2"]
    assert sum(len(body.get("subscriptions", [])) for body in bodies) == 310
    assert sum(len(body.get("orderLineItems", [])) for body in bodies) == 105
    assert all(len(body.get("subscriptions", [])) <= 300 for body in bodies)
    assert all(len(body.get("orderLineItems", [])) <= 100 for body in bodies)
    [again] = sync(both, number)
    assert again.outcome is Outcome.UNCHANGED
    assert len(again.zuora["subscriptions"]) == 310


def test_many_accounts_that_share_new_products_make_each_once(both: Both) -> None:
    products = [both.world.product(f"Seat {number}") for number in range(3)]
    numbers = [
        both.world.order(both.world.account(f"Customer {customer}"), [Line(product) for product in products])
        for customer in range(12)
    ]
    results = sync(both, *numbers)
    assert {result.outcome for result in results} == {Outcome.SYNCED}
    counts = both.counts()
    assert (counts["account"], counts["product"], counts["productRatePlan"], counts["order"]) == (12, 3, 3, 12)


def test_orders_of_several_accounts_make_their_common_owner_and_contact_once(both: Both) -> None:
    product, owner = both.world.product(), both.world.account("Owner")
    contact = both.world.org.store.insert("Contact", {"LastName": "Payer", "AccountId": owner}, system=True)
    numbers = [
        both.world.order(
            both.world.account(f"Customer {customer}"),
            [Line(product)],
            InvoiceOwner__c=owner,
            BillToContactId=contact,
        )
        for customer in range(6)
    ]
    results = sync(both, *numbers)
    assert {result.outcome for result in results} == {Outcome.SYNCED}, results[0].reasons
    payers = [row for row in both.sandbox.tenant.store.rows("contact") if row["lastName"] == "Payer"]
    assert len(payers) == 1
    assert both.counts()["account"] == 7
