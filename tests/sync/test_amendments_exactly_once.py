"""Whatever single write of an amendment, renewal or cancellation goes wrong, a second run ends as if nothing had.

Compared are all versions of all subscriptions with their segments, not only what they come to.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import SUCCESSES, Outcome
from tests.sync.conftest import Both, MakeBoth
from tests.sync.contracts import NEXT, billed, books, carry, links, relink, seats, sell, sync, trouble
from tests.world import segmented

ORDERS = "/v1/orders"
PATHS = ["/v1/action/update", *[ORDERS] * 6]
"""The writes of what becomes of the contract below."""

FAULTS: dict[str, dict[str, Any]] = {
    "drop_request": {"fault": "drop_request"},
    "drop_response": {"fault": "drop_response"},
    "500": {"fault": "status", "status": 500, "body": "<html>oops</html>"},
    "429": {"fault": "status", "status": 429, "headers": {"Retry-After": "0"}},
}
NEW_SEAT: dict[str, Any] = {"product": "Seat", "netPrice": 40}


def lived(both: Both) -> list[str]:
    """Carry a contract of seats and disks over, lose a link; return the orders of what becomes of it."""
    world = both.world
    order, contract = sell(both, world.product("Seat"), world.product("Disk"))
    carry(both, order)
    relink(both, {links(both)[1]: None})
    changes = [
        world.amend(contract, "2026-06-01", {"product": "Disk", "quantity": 12}),
        world.amend(contract, "2026-04-01", {"product": "Disk", "quantity": 15}),
        world.amend(contract, "2026-09-01", NEW_SEAT),
    ]
    renewal = world.renew(contract, seats(20), effectiveDate="2026-12-01")
    renewed = world.contract(renewal)
    changes += [renewal, world.amend(renewed, "2027-03-01", seats(25)), world.cancel(renewed, "2027-06-01")]
    return changes


_UNDISTURBED: list[dict[str, Any]] = []


@pytest.fixture
def undisturbed(make_both: MakeBoth) -> dict[str, Any]:
    """What the tenant holds after an undisturbed sync; worked out once in each process."""
    if not _UNDISTURBED:
        both = make_both("empty")
        carry(both, *lived(both))
        _UNDISTURBED.append(books(both))
    return _UNDISTURBED[0]


def test_the_writes_are_those_that_are_troubled_below(both: Both) -> None:
    changes = lived(both)
    before = len(both.writes())
    carry(both, *changes)
    assert [write["path"] for write in both.writes()[before:]] == PATHS


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("position", range(len(PATHS)))
def test_a_second_run_ends_as_if_nothing_had_gone_wrong(
    both: Both, undisturbed: dict[str, Any], position: int, fault: str
) -> None:
    changes = lived(both)
    trouble(both, position, PATHS, **FAULTS[fault])
    first = sync(both, *changes, wiring=Wiring(policy=NEVER))
    failed = [result for result in first if result.outcome not in SUCCESSES]
    assert failed[0].outcome is Outcome.FAILED
    assert failed[0].reasons[0].code.startswith("CPQ-1")
    assert {result.outcome for result in failed[1:]} <= {Outcome.HELD}
    carry(both, *changes)
    assert books(both) == undisturbed


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("position", [0, 1, 4])
def test_the_client_mends_it_by_itself(both: Both, undisturbed: dict[str, Any], position: int, fault: str) -> None:
    changes = lived(both)
    trouble(both, position, PATHS, **FAULTS[fault])
    results = sync(both, *changes)
    assert {result.outcome for result in results} == {Outcome.SYNCED}, [result.reasons for result in results]
    assert books(both) == undisturbed


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
def test_each_order_alone_and_troubled_and_again(both: Both, undisturbed: dict[str, Any], fault: str) -> None:
    changes = lived(both)
    for number in changes:
        both.fault(path=ORDERS, **FAULTS[fault])
        assert sync(both, number, wiring=Wiring(policy=NEVER))[0].outcome is Outcome.FAILED
        assert sync(both, number)[0].outcome in SUCCESSES
    carry(both, *changes)
    assert books(both) == undisturbed


def test_segments_whose_answer_was_lost(both: Both) -> None:
    years = (("2026-02-01", "2027-01-31", 10, "100"), ("2027-02-01", "2028-01-31", 20, "110"))
    lines = segmented(both.world.product(), *years)
    order = both.world.order(both.world.account(), lines, start="2026-02-01", end="2028-01-31")
    amendment = both.world.amend(both.world.contract(order), "2026-06-01", seats(12, segment=1))
    for number in (order, amendment):
        both.fault("drop_response", path=ORDERS)
        assert sync(both, number, wiring=Wiring(policy=NEVER))[0].outcome is Outcome.FAILED
        assert sync(both, number)[0].outcome in SUCCESSES
    carry(both, order, amendment)
    assert billed(both) == [
        ("2026-02-01", "2026-06-01", 10, 100),
        ("2026-06-01", NEXT, 12, 100),
        (NEXT, "2028-02-01", 20, 110),
    ]


def test_everything_once_more_writes_nothing(both: Both) -> None:
    changes = lived(both)
    carry(both, *changes)
    written, books_before = len(both.writes()), books(both)
    for number in reversed(changes):
        assert sync(both, number)[0].outcome is Outcome.UNCHANGED
    assert len(both.writes()) == written
    assert books(both) == books_before


# Several processes at once


def at_once(both: Both, *tasks: list[str]) -> list[SyncResult]:
    async def process(numbers: list[str]) -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(numbers)

    async def do() -> list[list[SyncResult]]:
        return await asyncio.gather(*(process(numbers) for numbers in tasks))

    return [result for results in asyncio.run(do()) for result in results]


def test_processes_with_an_order_each_of_the_same_contract(both: Both, undisturbed: dict[str, Any]) -> None:
    changes = lived(both)
    results = at_once(both, *([number] for number in changes[:3]))
    assert {result.outcome for result in results} <= {*SUCCESSES, Outcome.HELD}, [result.reasons for result in results]
    carry(both, *changes)
    assert books(both) == undisturbed


def test_processes_with_all_orders_of_the_same_contract(both: Both, undisturbed: dict[str, Any]) -> None:
    changes = lived(both)
    results = at_once(both, changes, changes[::-1])
    assert {result.outcome for result in results} <= set(SUCCESSES), [result.reasons for result in results]
    assert books(both) == undisturbed


def test_a_process_that_comes_between_reading_and_writing(both: Both) -> None:
    """The second amendment was planned on what the first one had not changed yet: it must look again."""
    order, contract = sell(both)
    carry(both, order)
    first, second = (
        both.world.amend(contract, day, seats(units)) for day, units in (("2026-06-01", 15), ("2026-09-01", 12))
    )
    results = at_once(both, [first], [second], [first, second], [second, first])
    assert {result.outcome for result in results} <= set(SUCCESSES), [result.reasons for result in results]
    assert billed(both) == [
        ("2026-02-01", "2026-06-01", 10, 120),
        ("2026-06-01", "2026-09-01", 15, 120),
        ("2026-09-01", NEXT, 12, 120),
    ]
    orders = [row["orderNumber"] for row in both.sandbox.tenant.store.rows("order")]
    assert sorted(orders) == sorted({order, first, second})
