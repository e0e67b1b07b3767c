"""What goes first when calls wait for a place: each task of work says which lane it is in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LIVE = 0
"""Work that somebody or some change waits for."""

BACKFILL = 1
"""Work that may take its time."""

LANE: ContextVar[int] = ContextVar("cpqbridge_lane", default=LIVE)
"""The lane of the present task; tasks that it starts are in the same one."""


@contextmanager
def in_lane(lane: int) -> Iterator[None]:
    """Do what follows in a lane."""
    token = LANE.set(lane)
    try:
        yield
    finally:
        LANE.reset(token)
