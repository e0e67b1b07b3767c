"""What many ask for at the same time is done in one call, and each gets its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.errors import FixData, RetryLater
from cpqbridge.transport.joint import Joint


class Side:
    """Doubles numbers, one call at a time, and keeps what each call was given; each call takes a turn of the loop."""

    def __init__(self, refused: int | None = None, away: bool = False) -> None:
        self.calls: list[list[int]] = []
        self.running = 0
        self.called = asyncio.Event()
        self._refused = refused
        self._away = away

    async def double(self, numbers: Sequence[int]) -> list[int]:
        self.calls.append(list(numbers))
        self.called.set()
        self.running += 1
        assert self.running == 1
        await asyncio.sleep(0)
        self.running -= 1
        if self._away:
            raise RetryLater("CPQ-101", "away")
        if self._refused in numbers:
            raise FixData("CPQ-401", f"{self._refused} cannot be doubled")
        return [2 * number for number in numbers]


def test_who_asks_meanwhile_goes_along_with_the_next_call() -> None:
    side = Side()

    async def work() -> list[int]:
        joint = Joint(side.double)
        first = asyncio.ensure_future(joint.ask(1))
        await side.called.wait()
        return [*await asyncio.gather(*(joint.ask(number) for number in (2, 3, 4))), await first]

    assert asyncio.run(work()) == [4, 6, 8, 2]
    assert side.calls == [[1], [2, 3, 4]]


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(1, 7))
def test_nothing_that_has_something_in_common_goes_together(numbers: list[int], most: int) -> None:
    side = Side()

    def rest(number: int) -> Iterable[Hashable]:
        return [number % 3]

    async def work() -> list[int]:
        joint = Joint(side.double, rest, most)
        return await asyncio.gather(*(joint.ask(number) for number in numbers))

    assert asyncio.run(work()) == [2 * number for number in numbers]
    assert sorted(number for call in side.calls for number in call) == sorted(numbers)
    for call in side.calls:
        assert len({number % 3 for number in call}) == len(call) <= most
    for kind in range(3):  # in the order in which they were asked for
        assert [number for call in side.calls for number in call if number % 3 == kind] == [
            number for number in numbers if number % 3 == kind
        ]


def test_what_is_wrong_with_one_part_is_its_askers_alone() -> None:
    side = Side(refused=2)

    async def work() -> list[int | BaseException]:
        joint = Joint(side.double)
        return await asyncio.gather(*(joint.ask(number) for number in (1, 2, 3)), return_exceptions=True)

    one, two, three = asyncio.run(work())
    assert (one, three) == (2, 6)
    assert isinstance(two, FixData)
    assert side.calls == [[1, 2, 3], [1], [2], [3]]


def test_a_side_that_is_away_is_asked_once() -> None:
    side = Side(away=True)

    async def work() -> list[int | BaseException]:
        joint = Joint(side.double)
        return await asyncio.gather(*(joint.ask(number) for number in (1, 2, 3)), return_exceptions=True)

    assert all(isinstance(answer, RetryLater) for answer in asyncio.run(work()))
    assert side.calls == [[1, 2, 3]]


def test_who_goes_away_takes_nobody_along() -> None:
    side = Side()

    async def work() -> int:
        joint = Joint(side.double)
        gone = asyncio.ensure_future(joint.ask(1))
        stays = asyncio.ensure_future(joint.ask(2))
        await side.called.wait()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        return await stays + await joint.ask(3)

    assert asyncio.run(work()) == 10
    assert side.calls == [[1, 2], [3]]


def test_nobody_waits_for_ever_where_a_call_is_cut_off() -> None:
    called = asyncio.Event()
    go = asyncio.Event()

    async def do(numbers: Sequence[int]) -> list[int]:
        if 1 in numbers:
            called.set()
            await go.wait()
            raise asyncio.CancelledError
        return [2 * number for number in numbers]

    async def work() -> tuple[int | BaseException, int | BaseException]:
        joint = Joint(do)
        first = asyncio.ensure_future(joint.ask(1))
        await called.wait()
        second = asyncio.ensure_future(joint.ask(2))
        await asyncio.sleep(0)
        go.set()
        async with asyncio.timeout(5):
            one, two = await asyncio.gather(first, second, return_exceptions=True)
        return one, two

    one, two = asyncio.run(work())
    assert isinstance(one, RetryLater)
    assert two == 4


@pytest.mark.parametrize(("regardless", "calls"), [(False, [[1], [3]]), (True, [[1], [2, 3]])])
def test_who_goes_away_before_its_turn_has_no_part_any_more(regardless: bool, calls: list[list[int]]) -> None:
    done: list[list[int]] = []
    called = asyncio.Event()
    go = asyncio.Event()

    async def do(numbers: Sequence[int]) -> list[int]:
        done.append(list(numbers))
        called.set()
        await go.wait()
        return [2 * number for number in numbers]

    async def work() -> list[int]:
        joint = Joint(do, regardless=regardless)
        first = asyncio.ensure_future(joint.ask(1))
        await called.wait()
        gone, stays = (asyncio.ensure_future(joint.ask(number)) for number in (2, 3))
        await asyncio.sleep(0)  # both have asked
        gone.cancel()
        go.set()
        return [await first, await stays]

    assert asyncio.run(work()) == [2, 6]
    assert done == calls
