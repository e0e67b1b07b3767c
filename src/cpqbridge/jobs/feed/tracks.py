"""Where the poll stands with each object. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cpqbridge.jobs.feed.position import Position
from cpqbridge.jobs.feed.reading import Page
from cpqbridge.jobs.feed.sighted import Sight, Sighted
from cpqbridge.jobs.feed.sources import Source

CALM = 1000
"""Records seen since the floor up to which every reading begins there: they fit into one page. With more, such as after
a mass update, only one reading in each overlap does, and those between are brief."""


@dataclass(slots=True)
class Track:
    """Where the poll stands with one object.

    Attributes:
        position: How far it was read.
        sighted: What was seen since the floor.
        polled: When it was last read; grows with each reading.
        whole_at: Monotonic time in seconds when the last page of a whole reading was read.
    """

    position: Position
    sighted: Sighted = field(default_factory=Sighted)
    polled: int = 0
    whole_at: float | None = None

    @property
    def under_way(self) -> bool:
        """Whether a reading has further pages."""
        return self.position.at is not None

    def begin(self, now: str, moment: float, overlap: int, *, whole: bool) -> Position:
        """Return the position to read from.

        Args:
            now: The org's time, or earlier.
            moment: Monotonic time in seconds.
            overlap: Seconds that a whole reading goes back.
            whole: Begin at the floor in any case.
        """
        stale = self.whole_at is None or moment - self.whole_at >= overlap
        return self.position.begin(now, whole=whole or stale or len(self.sighted) <= CALM)

    def move(self, position: Position, news: Mapping[str, Sight], polled: int, moment: float) -> None:
        """Take note of a page that is stored.

        Args:
            position: How far it was read.
            news: What was seen in it.
            polled: Grows with each page that is stored.
            moment: Monotonic time in seconds when the page was read.
        """
        self.sighted.remember(news)
        if position.at is None and position.whole:
            self.whole_at = moment
        if position.floor > self.position.floor:
            self.sighted.forget(position.floor)
        self.position = position
        self.polled = polled


@dataclass(frozen=True, slots=True)
class Step:
    """One page of several objects.

    Attributes:
        now: The org's time when they were read, or earlier.
        moment: Monotonic time in seconds when they were read.
        pages: The pages.
        begun: The positions that they were read from.
    """

    now: str
    moment: float
    pages: Mapping[Source, Page]
    begun: Mapping[Source, Position]

    def positions(self, overlap: int) -> dict[Source, Position]:
        """Return the positions after the pages."""
        return {
            source: self.begun[source].read(max(page.keys, default=None), more=page.more, overlap=overlap)
            for source, page in self.pages.items()
        }
