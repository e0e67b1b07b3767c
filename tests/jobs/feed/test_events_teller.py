"""How often the poll is told, with a clock that stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cpqbridge.jobs.feed.event_teller import Heard, Rhythm, Teller
from cpqbridge.jobs.feed.pace import pace
from cpqbridge.salesforce.dialect import ApiUsage
from cpqbridge.transport.clock import Clock
from tests.jobs.feed.event_stage import Poll, Store

TOPIC = "/data/OrderChangeEvent"


def slept(busy: int, count: int, stretch: Callable[[float], float] = lambda seconds: seconds) -> list[float]:
    """Return the pauses of a teller to which something comes in during the first of them."""
    pauses: list[float] = []

    async def story() -> None:
        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == count:
                task.cancel()
            if len(pauses) <= busy:
                teller.heard(TOPIC, {"Order": ["801"]}, b"1")
            else:
                asyncio.get_running_loop().call_later(0.001, teller.heard, TOPIC, {"Order": ["801"]}, b"1")
            await asyncio.sleep(0)

        teller = Teller(Poll(), Store(), Rhythm(), Clock(sleep=sleep), stretch)
        teller.heard(TOPIC, {"Order": ["801"]}, b"1")
        task = asyncio.ensure_future(teller.run())
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(story())
    return pauses


def test_hints_without_end_come_less_often_and_after_a_rest_as_often_as_before() -> None:
    assert slept(busy=9, count=12) == [0.2] * 6 + [0.4, 0.8, 1.0, 1.0, 0.2, 0.2]


def test_single_events_are_told_at_once() -> None:
    assert slept(busy=0, count=8) == [0.2] * 8


def test_an_org_short_of_calls_is_asked_less_often() -> None:
    assert slept(0, 3, lambda seconds: pace(seconds, ApiUsage(99_000, 100_000))) == [4.0] * 3


def test_what_is_heard_is_bounded() -> None:
    heard = Heard()
    for number in range(10_000):
        heard.add({"Order": [f"801{number:015d}"]}, most=2_000)
    assert heard.everything
    assert heard.hints() == {}
    assert not heard.records


def test_a_failed_hint_and_what_came_later_are_one() -> None:
    first, later = Heard(), Heard()
    first.add({"Order": ["a"]}, 10)
    first.positions = {TOPIC: b"1", "/data/AccountChangeEvent": b"5"}
    later.add({"Order": ["b"], "Account": ["c"]}, 10)
    later.positions = {TOPIC: None}
    both = first.before(later, 10)
    assert both.hints() == {"Order": ["a", "b"], "Account": ["c"]}
    assert both.positions == {TOPIC: None, "/data/AccountChangeEvent": b"5"}
    everything = Heard()
    everything.add({}, 10)
    assert both.before(everything, 10).hints() == {}
