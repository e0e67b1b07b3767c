"""How often the org is asked, and how the loop goes on."""

from __future__ import annotations

import asyncio

import pytest

from cpqbridge.jobs.feed.pace import LONGEST, pace
from cpqbridge.salesforce.dialect import ApiUsage
from cpqbridge.transport.clock import Clock
from tests.jobs.feed.polling import Stage, orders


@pytest.mark.parametrize(
    ("used", "limit", "expected"),
    [
        (0, 100_000, 30),
        (69_999, 100_000, 30),
        (71_000, 100_000, 60),
        (81_000, 100_000, 120),
        (91_000, 100_000, 240),
        (96_000, 100_000, LONGEST),
        (120_000, 100_000, LONGEST),
        (0, 0, 30),
    ],
)
def test_a_day_that_is_short_of_calls_is_saved(used: int, limit: int, expected: float) -> None:
    assert pace(30, ApiUsage(used, limit)) == expected


def test_without_word_of_the_org_the_settings_hold() -> None:
    assert pace(45, None) == 45
    assert pace(3600, ApiUsage(99, 100)) == 3600


def test_the_loop_polls_after_each_pause_and_at_once_while_there_are_pages(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        pauses: list[float] = []
        made: list[str] = []
        done = asyncio.Event()

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 1:
                made.extend(stage.activated(account, 7))
            elif len(pauses) == 3:
                done.set()
                await asyncio.Event().wait()

        async with stage.feed(interval_seconds=7, poller={"clock": Clock(sleep=sleep), "rows": 2}) as feed:
            loop = asyncio.ensure_future(feed.poller.run())
            await asyncio.wait_for(done.wait(), 20)
            loop.cancel()
            assert pauses == [7, 7, 7]
            assert await feed.taken() == orders(made)

    asyncio.run(do())
