from __future__ import annotations

import asyncio
import math

import pytest

from cpqbridge.errors import RetryLater
from cpqbridge.transport.limiter import LONGEST_ASKED, Limiter, Sizing
from tests.transport.stage import Stage, reply


def limiter(most: int = 3, share: float = 0.5) -> tuple[Limiter, Stage]:
    stage = Stage(lambda _: reply())
    return Limiter("Zuora", Sizing(most, share), longest_wait=130, clock=stage.wiring().clock), stage


async def crowd(limit: Limiter, callers: int) -> int:
    """The most callers that were inside at one time."""
    most = 0

    async def call() -> None:
        nonlocal most
        async with limit.slot():
            most = max(most, limit.running)
            await asyncio.sleep(0)

    await asyncio.gather(*(call() for _ in range(callers)))
    assert limit.running == 0
    return most


def test_no_more_than_the_size_run_at_once() -> None:
    limit, _ = limiter(most=3)
    assert asyncio.run(crowd(limit, 20)) == 3


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        ([], 30),
        ([("Default", 40, 39)], 20),
        ([("Default", 40, 0)], 1),
        ([("Default", 40, 10)], 10),
        ([("Object Query", 80, 79), ("Default", 40, 39)], 20),
        ([("Default", 40, 0), ("Default", 40, 39)], 20),
        ([("Default", 1, 0)], 1),
    ],
)
def test_the_size_stays_below_what_the_tenant_has_left(limits: list[tuple[str, int, int]], size: int) -> None:
    limit, _ = limiter(most=30)
    for kind, allowed, remaining in limits:
        limit.follow(kind, allowed, remaining, 1)
    assert limit.size == size


def test_growth_lets_the_waiting_in() -> None:
    async def story() -> None:
        limit, _ = limiter(most=2)
        limit.follow("Default", 40, 0, 1)
        inside = asyncio.Event()
        go_on = asyncio.Event()

        async def first() -> None:
            async with limit.slot():
                inside.set()
                await go_on.wait()

        holder = asyncio.create_task(first())
        await inside.wait()
        inside.clear()
        second = asyncio.create_task(first())
        await asyncio.sleep(0)
        assert limit.running == 1
        limit.follow("Default", 40, 39, 1)
        await inside.wait()
        assert limit.running == 2
        go_on.set()
        await asyncio.gather(holder, second)

    asyncio.run(story())


def test_a_cancelled_waiter_takes_no_place() -> None:
    async def story() -> None:
        limit, _ = limiter(most=1)
        go_on = asyncio.Event()

        async def call() -> None:
            async with limit.slot():
                await go_on.wait()

        holder, waiter = asyncio.create_task(call()), asyncio.create_task(call())
        await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        go_on.set()
        await holder
        assert await crowd(limit, 2) == 1

    asyncio.run(story())


def test_a_place_given_to_a_caller_that_is_cancelled_in_the_same_moment_is_passed_on() -> None:
    async def story() -> None:
        limit, _ = limiter(most=1)

        async def call() -> None:
            async with limit.slot():
                await asyncio.sleep(0)

        holder = asyncio.create_task(call())
        await asyncio.sleep(0)
        waiter = asyncio.create_task(call())
        await holder
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        assert limit.running == 0

    asyncio.run(story())


def test_a_short_pause_is_sat_out_and_a_long_one_is_told_at_once() -> None:
    async def story() -> None:
        limit, stage = limiter()
        limit.pause(7)
        async with limit.slot():
            assert stage.slept == [7]
        limit.pause(3600)
        with pytest.raises(RetryLater) as caught:
            async with limit.slot():
                pytest.fail("nothing may go through")
        assert caught.value.code == "CPQ-103"
        assert caught.value.retry_after == 3600
        assert not caught.value.unknown_result
        assert limit.running == 0

    asyncio.run(story())


def test_no_pause_that_a_system_asks_for_lasts_longer_than_an_hour() -> None:
    for asked in (86_400.0, 1e14, math.inf, math.nan):
        limit, _ = limiter()
        limit.refused(asked)
        assert limit.paused == LONGEST_ASKED
    limit, _ = limiter()
    told: list[float] = []
    limit.on_pause = told.append
    limit.spare(0, 10**400)
    assert told == [LONGEST_ASKED]
    limit, _ = limiter()
    limit.refused(-5)
    assert limit.paused == 0


@pytest.mark.parametrize(("remaining", "reset", "slept"), [(0, 9, [9]), (5, 9, []), (1, 9, [])])
def test_an_exhausted_window_is_waited_for(remaining: int, reset: int, slept: list[float]) -> None:
    async def story() -> None:
        limit, stage = limiter()
        limit.spare(remaining, reset)
        async with limit.slot():
            assert stage.slept == slept

    asyncio.run(story())
