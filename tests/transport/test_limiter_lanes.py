"""Who goes first, classes of calls that do not hold each other up, shares of several processes, pauses that grow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from cpqbridge.transport.lanes import BACKFILL, LANE, LIVE, in_lane
from cpqbridge.transport.limiter import LIVE_SECONDS, Limiter, Sizing
from tests.transport.stage import Stage, reply

KINDS = {"Default": 40, "Orders": 200}


def limiter(sizing: Sizing, kinds: Mapping[str, int] | None = None, *, grows: bool = False) -> tuple[Limiter, Stage]:
    stage = Stage(lambda _: reply())
    clock = stage.wiring().clock
    return Limiter("Zuora", sizing, longest_wait=130, clock=clock, kinds=kinds, grows=grows), stage


class Callers:
    """Calls that stay inside until they are let go."""

    def __init__(self, limit: Limiter) -> None:
        self.limit = limit
        self.admitted: list[str] = []
        self._gates: dict[str, asyncio.Event] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def call(self, name: str, lane: int = LIVE, kind: str = "") -> None:
        self._gates[name] = asyncio.Event()

        async def go() -> None:
            with in_lane(lane):
                async with self.limit.slot(kind):
                    self.admitted.append(name)
                    await self._gates[name].wait()

        self._tasks.append(asyncio.create_task(go()))
        await self.settle()

    async def let_go(self, *names: str) -> None:
        for name in names:
            self._gates[name].set()
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def end(self) -> None:
        for gate in self._gates.values():
            gate.set()
        await asyncio.gather(*self._tasks)
        assert self.limit.running == 0
        assert self.limit.waiting == 0


def test_the_lane_of_a_task_is_that_of_the_tasks_it_starts() -> None:
    async def lane() -> int:
        return LANE.get()

    async def story() -> list[int]:
        with in_lane(BACKFILL):
            started = asyncio.create_task(lane())
        return [await started, LANE.get()]

    assert asyncio.run(story()) == [BACKFILL, LIVE]


def test_live_work_that_came_later_goes_before_back_fill_that_waits() -> None:
    async def story() -> list[str]:
        callers = Callers(limiter(Sizing(1))[0])
        await callers.call("first", BACKFILL)
        await callers.call("back-fill 1", BACKFILL)
        await callers.call("back-fill 2", BACKFILL)
        await callers.call("live")
        await callers.let_go("first")
        assert callers.admitted == ["first", "live"]
        await callers.end()
        return callers.admitted

    assert asyncio.run(story()) == ["first", "live", "back-fill 1", "back-fill 2"]


def test_back_fill_leaves_places_free_while_there_is_live_work_and_uses_all_otherwise() -> None:
    async def story() -> None:
        limit, stage = limiter(Sizing(5, reserve=0.4))
        callers = Callers(limit)
        for number in range(6):
            await callers.call(f"b{number}", BACKFILL)
        assert callers.admitted == ["b0", "b1", "b2", "b3", "b4"]
        await callers.let_go("b0", "b1", "b2", "b3", "b4", "b5")

        await callers.call("live")
        for number in range(6, 10):
            await callers.call(f"b{number}", BACKFILL)
        assert callers.admitted[6:] == ["live", "b6", "b7"]
        await callers.call("live too")
        await callers.call("and live")
        assert callers.admitted[9:] == ["live too", "and live"]

        await callers.let_go("live", "live too", "and live")
        stage.seconds += LIVE_SECONDS
        await callers.let_go("b6")
        assert limit.running == 3
        await callers.end()

    asyncio.run(story())


def test_a_class_that_is_full_does_not_hold_up_another() -> None:
    async def story() -> None:
        limit, _ = limiter(Sizing(10), KINDS)
        limit.follow("Default", 2, 1, 1)
        callers = Callers(limit)
        await callers.call("d1", kind="Default")
        await callers.call("d2", kind="Default")
        await callers.call("o1", kind="Orders")
        assert callers.admitted == ["d1", "o1"]
        assert limit.size_of("Orders") == 10
        await callers.end()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("processes", "sizes"), [(1, (32, 100, 100)), (2, (16, 50, 50)), (5, (6, 20, 20)), (1000, (1, 1, 1))]
)
def test_processes_divide_the_share(processes: int, sizes: tuple[int, int, int]) -> None:
    limit, _ = limiter(Sizing(100, 0.8), KINDS)
    for kind, most in KINDS.items():
        limit.follow(kind, most, most - 1, 1)
    limit.divide(processes)
    assert (limit.size_of("Default"), limit.size_of("Orders"), limit.size) == sizes


@pytest.mark.parametrize(("processes", "share"), [(2, 0.8), (3, 0.5), (7, 1)])
def test_all_processes_together_stay_within_the_share(processes: int, share: float) -> None:
    together = 0
    for _ in range(processes):
        limit, _ = limiter(Sizing(500, share), KINDS)
        limit.divide(processes)
        together += limit.size_of("Default")
    assert together <= 40 * share


@pytest.mark.parametrize(
    ("grows", "given", "slept"),
    [
        (False, None, [2, 4, 8, 16, 32, 60, 60]),
        (False, 9, [9, 9, 9]),
        (True, 300, [300, 600, 1200, 2400, 3600, 3600]),
    ],
)
def test_pauses_grow_where_the_system_does_not_say_how_long(
    grows: bool, given: float | None, slept: list[float]
) -> None:
    limit, stage = limiter(Sizing(5), grows=grows)
    found = []
    for _ in slept:
        limit.refused(given)
        found.append(limit.paused)
        stage.seconds += limit.paused
    assert found == slept
    limit.accepted()
    limit.refused(given)
    assert limit.paused == slept[0]


def test_refusals_of_calls_that_were_on_their_way_together_count_once() -> None:
    limit, _ = limiter(Sizing(5), grows=True)
    for _ in range(20):
        limit.refused(300)
    limit.accepted()
    assert limit.paused == 300


def test_a_pause_is_told_once_to_the_others_and_what_they_say_is_not_told_back() -> None:
    limit, stage = limiter(Sizing(5))
    told: list[float] = []
    limit.on_pause = told.append
    limit.spare(0, 20)
    limit.spare(0, 19)
    limit.refused(5)
    limit.pause(50)
    assert told == [20]
    assert limit.paused == 50
    limit.refused(60)
    assert told == [20, 60]
    assert stage.slept == []


def test_until_a_tenant_tells_others_are_taken_to_use_half_of_its_limits() -> None:
    limit, _ = limiter(Sizing(100, 0.8), KINDS)
    assert (limit.size_of("Default"), limit.size_of("Orders")) == (19, 99)
    assert limit.limits == KINDS


@pytest.mark.parametrize("others", [0, 10, 30, 36])
def test_all_places_that_others_leave_are_used_and_no_call_is_refused(others: int) -> None:
    """A tenant that answers with its limits as Zuora does; calls come in bursts with a lull between them."""
    calls = 300

    async def story() -> tuple[list[int], int]:
        limit, stage = limiter(Sizing(100, 0.8), KINDS)
        inside, running, rounds = [], 0, 0

        async def call() -> None:
            nonlocal running
            async with limit.slot("Default") as own:
                running += 1
                inside.append(running)
                remaining = 40 - others - running
                for _ in range(10):
                    await asyncio.sleep(0)
                running -= 1
                limit.follow("Default", 40, max(0, remaining), own)

        async def clock() -> None:
            nonlocal rounds
            while True:
                stage.seconds += 0.01
                rounds += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(clock())
        await call()
        for _ in range(3):
            await asyncio.gather(*(call() for _ in range(calls // 3)))
            stage.seconds += 5
        ticking.cancel()
        return inside, rounds

    inside, rounds = asyncio.run(story())
    most = min(32, 40 - others - 1)
    assert max(inside) <= max(most, 1)
    assert max(inside) >= most - 1
    assert rounds <= 2 * 12 * calls / most + 200
