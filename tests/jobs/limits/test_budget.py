"""The daily budget on a real database: several processes, crashes, restarts, lanes, and what the org says itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from cpqbridge.errors import RetryLater
from cpqbridge.history.database import Database
from cpqbridge.jobs.limits.budget import ASK_AGAIN, LARGEST_PARCEL, LOOK_AGAIN, Budget
from cpqbridge.settings.limits import SalesforceLimits
from cpqbridge.transport.lanes import BACKFILL, LIVE
from cpqbridge.transport.limiter import DailyUse
from tests.jobs.limits.conftest import Databases

ORG = "Salesforce https://example.my.salesforce.com"


class Time:
    """The time of day and of the process, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)

    def day(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def budget(database: Database, time: Time, **limits: object) -> Budget:
    settings = SalesforceLimits.model_validate({"daily_calls": 100, **limits})
    return Budget(database, ORG, settings, monotonic=time.monotonic, now=time.day)


async def draw(one: Budget, lane: int = LIVE, most: int = 1000) -> int:
    """Take calls until there are none; return how many there were."""
    for number in range(most):
        try:
            await one.take(lane)
        except RetryLater as error:
            if error.code != "CPQ-110":
                raise
            return number
    return most


async def counted(database: Database) -> int:
    rows = await database.run(lambda connection: connection.scalar(text("SELECT sum(calls) FROM cpqbridge.api_calls")))
    return int(rows or 0)


def run(databases: Databases, story: Callable[[list[Database], Time], Awaitable[None]], count: int = 1) -> None:
    async def all_of_it() -> None:
        async with databases(count) as opened:
            await story(opened, Time())

    asyncio.run(all_of_it())


def test_exactly_the_budget_is_given_and_the_refusal_says_until_when(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one = budget(opened[0], time)
        assert await draw(one) == 100
        with pytest.raises(RetryLater) as caught:
            await one.take(LIVE)
        assert caught.value.retry_after == (24 * 60 + 45) * 60
        assert one.refusal(LIVE) is not None
        time.move(hours=24, minutes=44)
        assert await draw(one) == 0
        time.move(minutes=2)
        assert one.refusal(LIVE) is None
        assert await draw(one) == 100

    run(databases, story)


def test_two_processes_at_once_never_get_more(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        crowd = [budget(database, time) for database in opened for _ in range(3)]
        calls = await asyncio.gather(*(draw(one) for one in crowd for _ in range(4)))
        assert sum(calls) == 100
        assert await counted(opened[0]) == 100

    run(databases, story, 2)


@pytest.mark.parametrize("seed", range(6))
def test_crashes_lose_calls_and_never_make_more(databases: Databases, seed: int) -> None:
    chance = random.Random(seed)

    async def story(opened: list[Database], time: Time) -> None:
        made: list[datetime] = []

        async def process(database: Database) -> None:
            one = budget(database, time, daily_calls=60)
            for _ in range(chance.randrange(40)):
                try:
                    await one.take(chance.choice([LIVE, BACKFILL]))
                except RetryLater:
                    continue
                made.append(time.now)

        for _ in range(12):
            await asyncio.gather(*(process(chance.choice(opened)) for _ in range(3)))
            time.move(minutes=chance.choice([1, 50, 240]))
        for first in made:
            assert sum(first <= one < first + timedelta(hours=24) for one in made) <= 60
        assert made

    run(databases, story, 2)


def test_a_parcel_ends_with_its_hour(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one = budget(opened[0], time)
        await draw(one, most=2)
        assert await counted(opened[0]) == 3
        time.move(hours=1)
        await one.take(LIVE)
        assert await counted(opened[0]) > 3

    run(databases, story)


def test_a_short_command_takes_little_and_a_service_takes_parcels(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one = budget(opened[0], time, daily_calls=10_000)
        await one.take(LIVE)
        assert await counted(opened[0]) == 1
        await draw(one, most=400)
        assert await counted(opened[0]) <= 401 + LARGEST_PARCEL

    run(databases, story)


def test_back_fill_stops_at_its_share_and_live_work_goes_on(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one, other = budget(opened[0], time), budget(opened[1], time)
        assert await draw(one, BACKFILL) == 70
        assert one.refusal(BACKFILL) is not None
        assert one.refusal(LIVE) is None
        assert await draw(other, LIVE) == 30

    run(databases, story, 2)


def test_the_share_is_of_what_the_org_said_also_after_a_restart(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one = budget(opened[0], time, daily_calls=None)
        await one.take(LIVE)
        one.tell(DailyUse(1, 200))
        assert await draw(one) == 99
        assert await draw(budget(opened[0], time, daily_calls=None)) == 0
        assert (await one.read()).budget == 100

    run(databases, story)


def test_the_org_keeps_some_calls_for_others_and_is_looked_at_again(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one = budget(opened[0], time, daily_calls=5000)
        one.tell(DailyUse(9_000, 10_000))
        with pytest.raises(RetryLater, match="1,000 of its 10,000") as caught:
            await one.take(LIVE)
        assert caught.value.retry_after == LOOK_AGAIN
        time.move(seconds=LOOK_AGAIN)
        assert one.refusal(LIVE) is None
        assert await draw(one, most=10) == 1
        one.tell(DailyUse(8_000, 10_000))
        assert await draw(one, most=10) == 10

    run(databases, story)


def test_a_used_up_budget_is_not_asked_for_over_and_over(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        one = budget(opened[0], time, daily_calls=1)
        await draw(one)
        await opened[0].run(lambda connection: connection.execute(text("DELETE FROM cpqbridge.api_calls")))
        assert await draw(one) == 0
        time.move(seconds=ASK_AGAIN)
        assert await draw(one) == 1

    run(databases, story)


def test_orgs_have_budgets_of_their_own_and_old_hours_are_forgotten(databases: Databases) -> None:
    async def story(opened: list[Database], time: Time) -> None:
        assert await draw(budget(opened[0], time)) == 100
        other = Budget(opened[0], "Salesforce https://other", SalesforceLimits(daily_calls=5), now=time.day)
        assert await draw(other) == 5
        time.move(days=20)
        assert await draw(budget(opened[0], time), most=1) == 1
        assert await counted(opened[0]) == 1 + 5

    run(databases, story)


def test_without_a_clock_of_its_own_the_databases_time_counts(databases: Databases) -> None:
    async def story(opened: list[Database], _: Time) -> None:
        one = Budget(opened[0], ORG, SalesforceLimits(daily_calls=3))
        assert await draw(one) == 3
        await opened[0].run(
            lambda connection: connection.execute(text("UPDATE cpqbridge.api_calls SET hour = hour - interval '26 h'"))
        )
        assert await draw(Budget(opened[0], ORG, SalesforceLimits(daily_calls=3))) == 3

    run(databases, story)
