"""Tells the poll what the streams have brought: many events in one hint, and positions only when the hint is stored."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from cpqbridge.errors import CpqBridgeError
from cpqbridge.jobs.due import Wanted
from cpqbridge.jobs.feed.hints import Hint, Hints
from cpqbridge.jobs.supervise import doubled
from cpqbridge.transport.clock import Clock
from cpqbridge.values import JSON

log = structlog.get_logger(__name__)


class Cursors(Protocol):
    """Where positions are kept; `DueStore` does."""

    async def add(self, wanted: list[Wanted], cursors: dict[str, JSON]) -> int:
        """Note what is due, and move cursors."""
        ...

    async def cursor(self, name: str) -> JSON:
        """Return where a cursor stands, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often the poll is told.

    Attributes:
        apart: Seconds between two hints at the least.
        burst: Hints in a row after which these pauses are doubled, with each further one.
        slowest: Most seconds of that.
        quiet: Seconds after which positions are stored that need no hint.
        first: Seconds before a hint that failed is given again; doubled each time.
        longest: Most seconds of that.
        most: Ids in one hint; with more, the poll looks at everything.
    """

    apart: float = 0.2
    burst: int = 5
    slowest: float = 1
    quiet: float = 30
    first: float = 1
    longest: float = 60
    most: int = 2_000


@dataclass(slots=True)
class Heard:
    """What has come in since the last hint. Its size is bounded by `Rhythm.most`."""

    records: dict[str, set[str]] = field(default_factory=dict)
    wanted: bool = False
    everything: bool = False
    positions: dict[str, bytes | None] = field(default_factory=dict)
    since: float | None = None

    def add(self, hints: Hints, most: int) -> None:
        """Take in what an event says; no records mean everything."""
        self.wanted = True
        self.everything = self.everything or not hints
        if not self.everything:
            for name, ids in hints.items():
                self.records.setdefault(name, set()).update(ids)
            self.everything = sum(map(len, self.records.values())) > most
        if self.everything:
            self.records.clear()

    def hints(self) -> Hints:
        """Return what to tell."""
        return {name: sorted(ids) for name, ids in self.records.items()}

    def before(self, later: Heard, most: int) -> Heard:
        """Return this together with what has come in later."""
        self.positions |= later.positions
        if later.wanted:
            self.add({} if later.everything else later.records, most)
        return self


class Teller:
    """Collects what the streams bring and tells the poll, one hint at a time.

    Args:
        hint: The poll.
        cursors: Where positions are kept.
        rhythm: How often.
        stretch: Makes pauses longer when the org's day is short of calls; each hint takes at least one.
        clock: Time and chance.
    """

    def __init__(
        self,
        hint: Hint,
        cursors: Cursors,
        rhythm: Rhythm,
        clock: Clock,
        stretch: Callable[[float], float] = lambda seconds: seconds,
    ) -> None:
        self._hint = hint
        self._cursors = cursors
        self._rhythm = rhythm
        self._clock = clock
        self._stretch = stretch
        self._heard = Heard()
        self._something = asyncio.Event()
        self.hints = 0
        """How often the poll was told."""
        self.delay = 0.0
        """Seconds from the first event of the last hint until what is due by it was stored."""

    def heard(self, topic: str, hints: Hints | None, position: bytes | None) -> None:
        """Take in what an event says, and the position after it.

        Args:
            topic: Where it came from.
            hints: Records; none in it for everything; None for nothing.
            position: Where the stream goes on after it; None keeps the one before.
        """
        if position is not None:
            self._heard.positions[topic] = position
        if hints is not None:
            self._heard.add(hints, self._rhythm.most)
            self._something.set()
            if self._heard.since is None:
                self._heard.since = self._clock.monotonic()

    def forget(self, topic: str) -> None:
        """Take a position back that is not known any more, and have everything looked at."""
        self._heard.positions[topic] = None
        self.heard(topic, {}, None)

    async def position(self, topic: str) -> bytes | None:
        """Return where a stream goes on after a restart; None where it was never read."""
        value = await self._cursors.cursor(_name(topic))
        text = value.get("replay_id") if isinstance(value, dict) else None
        try:
            return bytes.fromhex(text) if isinstance(text, str) else None
        except ValueError:
            return None

    async def run(self) -> None:
        """Tell the poll until cancelled. A hint that fails is given again, with what has come in meanwhile."""
        failures = in_a_row = 0
        while True:
            await self._wait()
            heard, self._heard = self._heard, Heard()
            self._something.clear()
            try:
                await self._tell(heard)
                failures = 0
                pause = doubled(self._rhythm.apart, max(0, in_a_row - self._rhythm.burst), self._rhythm.slowest)
            except CpqBridgeError as error:
                self._heard = heard.before(self._heard, self._rhythm.most)
                self._something.set()
                failures += 1
                pause = doubled(self._rhythm.first, failures - 1, self._rhythm.longest)
                level = logging.WARNING if failures == 1 else logging.DEBUG
                log.log(level, "events: the poll could not be told", code=error.code, said=error.message)
            await self._clock.sleep(self._stretch(pause))
            in_a_row = in_a_row + 1 if self._something.is_set() else 0

    async def _wait(self) -> None:
        """Wait until there is something to tell, or positions have been standing for a while."""
        while not self._something.is_set():
            try:
                async with asyncio.timeout(self._rhythm.quiet):
                    await self._something.wait()
            except TimeoutError:
                if self._heard.positions:
                    return

    async def _tell(self, heard: Heard) -> None:
        if heard.wanted:
            await self._hint(heard.hints())
            self.hints += 1
            if heard.since is not None:
                self.delay = self._clock.monotonic() - heard.since
        if heard.positions:
            moved: dict[str, JSON] = {
                _name(topic): {"replay_id": None if place is None else place.hex()}
                for topic, place in heard.positions.items()
            }
            await self._cursors.add([], cursors=moved)


def _name(topic: str) -> str:
    return f"events:{topic}"
