"""Whatever single write goes wrong, a second run ends with each thing exactly once.

Every write of a whole sync is troubled in turn: the request is lost, or the work is done and the answer is lost. The
client does not repeat by itself here, as if it had been killed; the second run is a new process to all intents.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import Outcome
from tests.emptying import empty
from tests.sandboxes import Sandboxes
from tests.sync.conftest import Both
from tests.world import ADDRESS, Line

SHIPPING = {name.replace("Billing", "Shipping"): value for name, value in ADDRESS.items()}
PATHS = [
    "/v1/accounts",
    "/v1/accounts",
    "/v1/contacts",
    "/v1/contacts",
    "/v1/object/product",
    "/v1/object/product-rate-plan",
    "/v1/object/product-rate-plan-charge",
    "/v1/object/product",
    "/v1/object/product-rate-plan",
    "/v1/object/product-rate-plan-charge",
    "/v1/orders",
]
"""The writes of the order below, in this sequence."""


def sell(both: Both) -> str:
    """Return the number of an order that needs everything: parent, account, contacts, two products."""
    world = both.world
    parent = world.account("Parent")
    account = world.account("Child", ParentId=parent)
    contact = {"LastName": "Lovelace", "FirstName": "Ada", "AccountId": account, "MailingCountry": "United Kingdom"}
    bill_to = world.org.store.insert("Contact", contact, system=True)
    seat, router = world.product("Seat"), world.product("Router", subscription=False)
    lines = [Line(seat, 5), Line(router, 2)]
    return world.order(account, lines, BillToContactId=bill_to, **SHIPPING)


def sync(both: Both, number: str, wiring: Wiring | None = None) -> SyncResult:
    async def do() -> SyncResult:
        async with both.service(wiring) as service:
            [result] = await service.orders([number])
            return result

    return asyncio.run(do())


@pytest.fixture(scope="module")
def expected(worker_database: str, sandboxes: Sandboxes) -> dict[str, int]:
    """What the tenant holds after an undisturbed sync."""
    empty(worker_database)
    with sandboxes.lend("empty") as sandbox:
        both = Both(sandbox, worker_database)
        assert sync(both, sell(both)).outcome is Outcome.SYNCED
        return both.counts()


def test_the_writes_are_those_that_are_troubled_below(both: Both) -> None:
    number = sell(both)
    assert sync(both, number).outcome is Outcome.SYNCED
    assert [write["path"] for write in both.writes()] == PATHS


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
@pytest.mark.parametrize("position", range(len(PATHS)), ids=[f"{n}-{path}" for n, path in enumerate(PATHS)])
def test_a_lost_write_is_neither_lost_nor_doubled(
    both: Both, expected: dict[str, int], position: int, fault: str
) -> None:
    number = sell(both)
    trouble(both, position, fault)
    first = sync(both, number, Wiring(policy=NEVER))
    assert first.outcome is Outcome.FAILED
    assert first.reasons[0].code in ("CPQ-101", "CPQ-102")
    second = sync(both, number)
    assert second.outcome in (Outcome.SYNCED, Outcome.UNCHANGED), second.reasons
    assert both.counts() == expected
    assert second.zuora["orderNumber"] == number
    third = sync(both, number)
    assert third.outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
@pytest.mark.parametrize("position", range(len(PATHS)), ids=[f"{n}-{path}" for n, path in enumerate(PATHS)])
def test_the_client_mends_a_lost_write_by_itself(
    both: Both, expected: dict[str, int], position: int, fault: str
) -> None:
    number = sell(both)
    trouble(both, position, fault)
    assert sync(both, number).outcome is Outcome.SYNCED
    assert both.counts() == expected


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_fault_is_tried_again(both: Both, expected: dict[str, int], status: int) -> None:
    number = sell(both)
    both.fault("status", path="/v1/orders", status=status, headers={"Retry-After": "0"}, body="<html>busy</html>")
    assert sync(both, number).outcome is Outcome.SYNCED
    assert both.counts() == expected


def test_a_refusal_is_not_replayed_once_the_tenant_is_mended(both: Both, expected: dict[str, int]) -> None:
    number = sell(both)
    both.configure(flexibleBillingAttributes=False)
    refused = sync(both, number)
    assert (refused.outcome, refused.reasons[0].code) == (Outcome.FAILED, "CPQ-304")
    both.configure(flexibleBillingAttributes=True)
    assert sync(both, number).outcome is Outcome.SYNCED
    assert both.counts() == expected


def trouble(both: Both, position: int, fault: str, paths: list[str] = PATHS) -> None:
    """Let the write at this position go wrong: the fault is armed right after the one before it was answered."""
    if position == 0:
        both.fault(fault, path=paths[0])
        return
    answered = 0

    class Arming(list[Any]):
        def append(self, exchange: Any) -> None:
            nonlocal answered
            super().append(exchange)
            writes = exchange.system == "Zuora" and not exchange.reads and "oauth" not in exchange.path
            answered += writes
            if writes and answered == position:
                both.fault(fault, path=paths[position])

    both.exchanges = Arming()
