"""Reads for many in one go: who asks while a reading is under way is served by the next one."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cpqbridge.errors import RetryLater
from cpqbridge.sync.batch import BATCH
from cpqbridge.transport.lanes import LANE, LIVE, in_lane

T = TypeVar("T")

PAUSE = 0.05
"""Seconds in which nobody more has asked, after which a reading that may take its time begins."""

PAUSES = 10
"""At most so many of them."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[T]):
    """The keys that one caller asks for, and where its answer goes."""

    keys: Sequence[str]
    answer: asyncio.Future[T]


class Gatherer(Generic[T]):
    """Joins what several callers ask for at about the same time into one reading.

    There is one reading at a time in each lane; a second one begins beside it only for a full batch. Work that may take
    its time waits a moment for others to come, as each reading costs calls. What makes a joint reading fail, other than
    a system that does not answer, may be in one caller's records alone: then each reads by itself.

    Args:
        read: Reads records by their keys; several callers share its result.
        most: Keys in one reading.
    """

    def __init__(self, read: Callable[[list[str]], Awaitable[T]], most: int = BATCH) -> None:
        self._read = read
        self._most = most
        self._waiting: defaultdict[int, list[_Asked[T]]] = defaultdict(list)
        self._readings: defaultdict[int, set[asyncio.Task[None]]] = defaultdict(set)

    async def read(self, keys: Sequence[str]) -> T:
        """Return a reading that holds these records, and perhaps others.

        Raises:
            CpqBridgeError: They cannot be read.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        lane = LANE.get()
        self._waiting[lane].append(_Asked(keys, answer))
        self._begin(lane)
        return await answer

    def _begin(self, lane: int) -> None:
        """Begin a reading in a lane if there is none, or if enough have asked for a full one."""
        waiting, readings = self._waiting[lane], self._readings[lane]
        if waiting and (self._is_full(waiting) or not readings):
            with in_lane(lane):
                reading = asyncio.ensure_future(self._serve(waiting, patient=lane != LIVE))
            readings.add(reading)
            reading.add_done_callback(lambda ended: self._ended(ended, lane))

    def _ended(self, reading: asyncio.Task[None], lane: int) -> None:
        self._readings[lane].discard(reading)
        self._begin(lane)

    async def _come(self, waiting: Sequence[_Asked[T]]) -> None:
        """Wait as long as others come, and there is room for them."""
        for _ in range(PAUSES):
            before = len(waiting)
            if self._is_full(waiting):
                return
            await asyncio.sleep(PAUSE)
            if len(waiting) == before:
                return

    def _is_full(self, waiting: Sequence[_Asked[T]]) -> bool:
        return sum(len(asked.keys) for asked in waiting) >= self._most

    async def _serve(self, waiting: list[_Asked[T]], *, patient: bool) -> None:
        await asyncio.sleep(0)  # whoever asks in the same turn of the loop is served too
        if patient:
            await self._come(waiting)
        served: list[_Asked[T]] = []
        room = self._most
        while waiting and (not served or len(waiting[0].keys) <= room):
            served.append(waiting.pop(0))
            room -= len(served[-1].keys)
        served = [asked for asked in served if not asked.answer.done()]
        if not served:
            return
        try:
            await self._answer(served)
        finally:
            cut_off = RetryLater("CPQ-102", "The reading was cut off")
            for asked in served:
                if not asked.answer.done():
                    asked.answer.set_exception(cut_off)

    async def _answer(self, served: Sequence[_Asked[T]]) -> None:
        try:
            result = await self._read(list(dict.fromkeys(key for asked in served for key in asked.keys)))
        except Exception as error:  # noqa: BLE001 - it goes to those who asked
            if len(served) > 1 and not isinstance(error, RetryLater):
                for asked in served:
                    await self._answer([asked])
                return
            for asked in served:
                if not asked.answer.done():
                    asked.answer.set_exception(error)
            return
        for asked in served:
            if not asked.answer.done():
                asked.answer.set_result(result)
