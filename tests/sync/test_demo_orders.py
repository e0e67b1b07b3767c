"""The demo's orders end to end: outcomes, amounts, strict request schema, and a second sync that writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from cpqbridge.sandbox.seed import DEMO_LIFE, DEMO_ORDERS
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.zuora_schema import check_request, check_response


def sync_all(both: Both, numbers: Iterable[str] = DEMO_ORDERS) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(list(numbers))

    return asyncio.run(do())


def test_each_order_ends_as_its_story_says(demo: Both) -> None:
    results = sync_all(demo)
    assert {result.record: result.outcome for result in results} == {
        number: Outcome(order.outcome) for number, order in DEMO_ORDERS.items()
    }


def test_a_second_sync_is_unchanged_and_writes_nothing(demo: Both) -> None:
    sync_all(demo)
    written = len(demo.writes())
    again = sync_all(demo)
    assert len(demo.writes()) == written
    assert {result.outcome for result in again} == {Outcome.UNCHANGED, Outcome.WAITING, Outcome.HELD}


def test_every_request_and_answer_passes_the_schema_of_the_official_sdk(demo: Both) -> None:
    sync_all(demo)
    checked = 0
    for request in demo.writes():
        check_request(request["method"], request["path"], request["body"])
        check_response(request["method"], request["path"], request["response"])
        checked += 1
    assert checked > 50


def salesforce_reads(both: Both) -> int:
    return len([one for one in both.requests("salesforce") if "oauth" not in one["path"]])


def test_the_whole_batch_of_new_orders_is_read_in_one_salesforce_query(demo: Both) -> None:
    sync_all(demo, [number for number in DEMO_ORDERS if number not in DEMO_LIFE[1:]])
    # describes of what is read; then orders, accounts, products, schedules, rates
    assert salesforce_reads(demo) <= 15


def test_what_was_sold_before_is_read_in_a_few_queries_for_all_orders_together(demo: Both) -> None:
    sync_all(demo, DEMO_LIFE)
    first = salesforce_reads(demo)
    sync_all(demo, DEMO_LIFE[-1:])
    again = salesforce_reads(demo) - first
    assert max(first, again) <= 20


def test_the_last_order_of_the_life_alone_brings_the_earlier_ones_along(demo: Both) -> None:
    [result] = [one for one in sync_all(demo, DEMO_LIFE[-1:]) if one.record == DEMO_LIFE[-1]]
    assert result.outcome is Outcome.SYNCED
    orders = [one["body"]["orderNumber"] for one in demo.writes() if one["path"] == "/v1/orders"]
    assert orders == [number for number in DEMO_LIFE if number in orders]
    assert {DEMO_LIFE[0], DEMO_LIFE[3], DEMO_LIFE[4]} <= set(orders)
