"""How long a back-fill that works by itself waits for the accounts that its orders brought along."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from cpqbridge.errors import FixConfiguration, RetryLater
from cpqbridge.jobs.backfill.reading import BackfillReader
from cpqbridge.jobs.backfill.run import PATIENCE, BackfillRun
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore, State
from cpqbridge.transport.clock import Clock


class Passing:
    """Time that passes while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.seconds, sleep=self.sleep)


class Filled:
    """A back-fill whose orders are done at the second look, and the accounts that are left at each look after it."""

    id = 1

    def __init__(self, time: Passing, left: list[int], end: State = State.DONE) -> None:
        self.state = State.WORKING
        self._end = end
        self._time = time
        self._left = left
        self.looks: list[float] = []

    async def get(self, _number: int) -> Any:
        return self

    async def settle(self, backfill: Any) -> Any:
        if self._time.seconds > 0:
            self.state = self._end
        return backfill

    mend = settle

    async def counts(self, _backfill: Any) -> dict[str | None, int]:
        return {"synced": 1}

    async def arrivals(self) -> int:
        self.looks.append(self._time.seconds)
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]

    async def sweep(self) -> None:
        """Nothing is set aside."""


@pytest.mark.parametrize(
    ("left", "waits"), [([0], False), ([3, 2, 1, 0], False), ([3, 3, 2], True)], ids=["none", "all come", "stand still"]
)
def test_it_waits_as_long_as_they_come(left: list[int], waits: bool) -> None:
    store = Filled(time := Passing(), list(left))
    assert carried(store, time) is State.DONE
    if waits:
        assert PATIENCE <= store.looks[-1] - store.looks[0] < 2 * PATIENCE
    else:
        assert len(store.looks) == len(left)


@pytest.mark.parametrize("end", [State.CANCELLED, State.PAUSED])
def test_it_does_not_go_on_with_them_when_it_is_taken_back(end: State) -> None:
    store = Filled(time := Passing(), [3], end)
    assert carried(store, time) is end
    assert store.looks == []


def test_a_database_that_goes_away_is_waited_for() -> None:
    class Away(Filled):
        """It is away at the second look, and back once somebody has seen to it."""

        revived = 0
        looked = 0

        async def get(self, _number: int) -> Any:
            self.looked += 1
            if self.looked in (2, 3):
                raise RetryLater("CPQ-101", "The database does not answer")
            return self

        async def revive(self) -> None:
            self.revived += 1
            if self.revived == 1:
                raise FixConfiguration("CPQ-306", "It cannot be started")

    store = Away(time := Passing(), [0])
    assert carried(store, time) is State.DONE
    assert store.revived == 2


def carried(store: Filled, time: Passing) -> State:
    async def work(stop: asyncio.Event) -> None:
        await stop.wait()

    async def nobody() -> bool:
        return False

    run = BackfillRun(
        cast(BackfillStore, store), cast(BackfillReader, None), work, nobody, lambda _standing: None, time.clock()
    )
    return asyncio.run(run.run(cast(Backfill, store))).state
