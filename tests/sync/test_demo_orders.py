"""The demo's orders end to end: outcomes, amounts, strict request schema, and a second sync that writes nothing."""

from __future__ import annotations

import asyncio

from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.zuora_schema import check_request, check_response


def sync_all(both: Both) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(list(DEMO_ORDERS))

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


def test_the_whole_batch_is_read_in_one_salesforce_query(demo: Both) -> None:
    sync_all(demo)
    paths = [request["path"] for request in demo.requests("salesforce")]
    reads = [path for path in paths if "oauth" not in path]
    assert len(reads) <= 13, reads  # describes of what is read; then orders, accounts, products, schedules, rates
