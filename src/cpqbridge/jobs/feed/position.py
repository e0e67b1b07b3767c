"""How far the changes of one object were read: positions in the order of (`SystemModstamp`, `Id`). Pure.

A change can be read only when its transaction has ended, some time after its stamp: what was read up to a moment is
complete only up to an overlap before it. So a reading that is to miss nothing begins at the `floor`, an overlap before
the reading before it; and all stamps and moments are of the org's own clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from cpqbridge.values import JSON

BRIEF = 30
"""Seconds that a brief reading goes back behind the beginning of the one before."""


class Key(NamedTuple):
    """A place in the order of changes; without an id it is before all of its stamp."""

    stamp: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the changes of one object were read.

    Attributes:
        floor: All that was changed before this stamp is done.
        last: The org's time when the last reading began that has ended, or earlier.
        at: How far the reading under way has come; None when none is under way.
        began: The org's time when the reading under way began, or earlier.
        whole: Whether the reading under way, or else the last one, began at the floor; then it raises it.
    """

    floor: str
    last: str
    at: Key | None = None
    began: str = ""
    whole: bool = True

    @classmethod
    def first(cls, now: str) -> Position:
        """Return the position of one who has read nothing and is to read what is changed from now on."""
        return cls(now, now)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Position:
        """Return a position that was kept."""
        at = document["at"]
        return cls(document["floor"], document["last"], Key(*at) if at else None, document["began"], document["whole"])

    def document(self) -> JSON:
        """Return what is kept."""
        at = list(self.at) if self.at else None
        return {"floor": self.floor, "last": self.last, "at": at, "began": self.began, "whole": self.whole}

    def begin(self, now: str, *, whole: bool) -> Position:
        """Begin a reading, or go on with the one under way.

        Args:
            now: The org's time, or earlier.
            whole: Begin at the floor; otherwise shortly before the last reading.
        """
        if self.at is not None:
            return self
        start = self.floor if whole else max(self.floor, earlier(self.last, BRIEF))
        return replace(self, at=Key(start), began=now, whole=whole)

    def read(self, last: Key | None, *, more: bool, overlap: int) -> Position:
        """Take note of a page.

        Args:
            last: The key of its last row; None for no rows.
            more: Whether there are more pages.
            overlap: Seconds that a change may take from its stamp until it can be read.
        """
        if more and last is not None:
            return replace(self, at=last)
        floor = max(self.floor, earlier(self.began, overlap)) if self.whole else self.floor
        return Position(floor, self.began, whole=self.whole)

    def not_after(self, now: str, overlap: int) -> Position:
        """Return a position from which all is read that may be new, when the org's clock stands before this one."""
        floor = earlier(min(self.last, now), overlap)
        return self if self.floor <= now else Position(floor, floor)


def stamp(moment: datetime) -> str:
    """Return a moment as it is kept and as SOQL writes it: in UTC, with milliseconds; texts sort as the moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def stamp_of(text: str) -> str:
    """Return a `SystemModstamp` of an answer, such as `2026-01-31T12:00:00.000+0000`, as it is kept."""
    return stamp(datetime.fromisoformat(text))


def earlier(text: str, seconds: int) -> str:
    """Return the stamp so many seconds before."""
    return stamp(datetime.fromisoformat(text) - timedelta(seconds=seconds))


def after(key: Key) -> str:
    """Return the SOQL condition for all changes after a place; the first part lets the org use its index."""
    since = f"SystemModstamp >= {key.stamp}"
    return f"{since} AND (SystemModstamp > {key.stamp} OR Id > '{key.id}')" if key.id else since
