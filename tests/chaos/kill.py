"""Death at a write: the writes of an undisturbed run are numbered, then a process dies before or after each of them."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx

from cpqbridge.settings.settings import Settings
from tests.chaos.lab import Came, Lab, Tell, Trouble, nothing
from tests.chaos.processes import Child
from tests.chaos.writes import Handle, watch

PHASES = ("before", "after")


@dataclass(frozen=True, slots=True)
class Point:
    """Before or after the write of this number, from 0."""

    number: int
    phase: str


@dataclass(frozen=True, slots=True)
class Write:
    """A write of an undisturbed run."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Died:
    """The last words of a process."""

    point: Point
    what: str


class Deadly:
    """Numbers the writes of its process, and ends it at one of them.

    Args:
        tell: Takes each write, and the last words.
        death: Where the process ends; None lets it live.
    """

    def __init__(self, tell: Tell, death: Point | None) -> None:
        self._tell = tell
        self._death = death
        self._lock = threading.Lock()
        self._count = 0

    def before(self, what: str) -> Write:
        """Number a write that is about to be made."""
        with self._lock:
            write = Write(self._count, what)
            self._count += 1
            if self._death is None:
                self._tell(write)
        self._meet(write, "before")
        return write

    def after(self, write: Write) -> None:
        """Take that it is made; nobody has seen the answer yet."""
        self._meet(write, "after")

    async def request(self, handle: Handle, request: httpx.Request, what: str) -> httpx.Response:
        """Carry out a request."""
        write = self.before(what)
        response = await handle(request)
        self.after(write)
        return response

    def _meet(self, write: Write, phase: str) -> None:
        if self._death == Point(write.number, phase):
            self._tell(Died(self._death, write.what))
            os.kill(os.getpid(), signal.SIGKILL)


Choice = Callable[[Point, int], bool]
"""Whether a point is tried, of so many writes in all."""


def every_point(_point: Point, _writes: int) -> bool:
    """Choose all points."""
    return True


def every_moment(point: Point, writes: int) -> bool:
    """Choose one point of each moment between two writes, and those at both ends.

    All that lasts is made by writes, so what a process leaves behind when it dies after one write is the same as when
    it dies before the next one.
    """
    return point.number % 2 == 0 or (point.number == writes - 1 and point.phase == "after")


def dying(death: Point | None) -> Trouble:
    """Return what lets a process die at a point, or only tell of its writes."""

    def prepare(tell: Tell, _settings: Settings) -> None:
        watch(Deadly(tell, death))

    return prepare


@dataclass(frozen=True, slots=True)
class Covered:
    """One point of one order: where the process died, and what was wrong in the end."""

    order: str
    point: Point
    what: str
    wrong: Sequence[str]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What an order comes to when nothing happens: its outcome, what it writes, and what is wrong all the same."""

    order: str
    outcome: str
    writes: Sequence[str]
    wrong: Sequence[str]

    @classmethod
    def of(cls, order: str, came: Came) -> Undisturbed:
        """Return what is to be noted of a run without harm."""
        wrong = [*came.flaws, *(life.error for life in came.lives if life.error)]
        outcome = str((came.outcomes.get(order) or [None])[0])
        return cls(order, outcome, [write.what for write in writes_of(came)], wrong)


def points_of(clean: Came) -> Iterator[tuple[Point, str]]:
    """Yield every point of an undisturbed run, with what is written there."""
    for write in writes_of(clean):
        for phase in PHASES:
            yield Point(write.number, phase), write.what


def writes_of(clean: Came) -> list[Write]:
    """Return the writes of an undisturbed run."""
    return [told for told in clean.lives[0].told if isinstance(told, Write)]


def covered(order: str, point: Point, what: str, came: Came, clean: Came) -> Covered:
    """Judge a trial: the process must have died by SIGKILL at this very write, and the next one have come through."""
    first, *later = came.lives
    wrong = came.wrong(clean)
    if first.killed_by != signal.SIGKILL or first.told != [Died(point, what)]:
        wrong.append(f"the first process did not die at {point} of {what}: {first}")
    if len(later) != 1 or later[0].killed_by or later[0].error:
        wrong.append(f"the second process did not come through: {later}")
    return Covered(order, point, what, wrong)


def kill_everywhere(lab: Lab, orders: Sequence[str], report: Callable[[Any], None], chosen: Choice) -> None:
    """Take orders one after the other; at each, kill at every point, from the state that the orders before it left.

    The next order begins in a copy of this process, as soon as this order is carried over there: so points of several
    orders are tried at once.

    Args:
        lab: Both systems before the first of the orders.
        orders: Order numbers.
        report: Takes an `Undisturbed` for each order and a `Covered` for each point, in whichever process.
        chosen: Whether a point is tried.
    """
    if not orders:
        return
    order, *rest = orders

    def carry_on(tell: Tell) -> None:
        signal.alarm(0)
        clean = lab.clean([order], dying(None))
        tell(clean)
        gc.freeze()
        kill_everywhere(lab, rest, report, chosen)

    following = Child(carry_on)
    clean: Came = following.first()
    report(Undisturbed.of(order, clean))
    trials: list[tuple[Covered, Child]] = []
    writes = len(writes_of(clean))
    for point, what in points_of(clean):
        if chosen(point, writes):
            trial = _trial_of(lab, order, point, what, clean)
            trials = _reported([*trials, trial], report, wait=False)
    _reported(trials, report, wait=True)
    ended = following.ended()
    if ended.error or ended.killed_by:
        raise ChildProcessError(ended.error or f"ended by signal {ended.killed_by}")


def _trial_of(lab: Lab, order: str, point: Point, what: str, clean: Came) -> tuple[Covered, Child]:
    """Begin to die once and live once; return what to say if the trial itself falls."""
    child = lab.trial(
        [order],
        lambda lives: (dying(point), nothing, None)[len(lives)],
        lambda came: covered(order, point, what, came, clean),
    )
    return Covered(order, point, what, ["the trial fell"]), child


def _reported(
    trials: list[tuple[Covered, Child]], report: Callable[[Any], None], *, wait: bool
) -> list[tuple[Covered, Child]]:
    """Report the trials that are over, and return the others."""
    left = []
    for fallen, child in trials:
        if not wait and not child.speaks:
            left.append((fallen, child))
            continue
        ended = child.ended()
        report(ended.told[0] if ended.told else replace(fallen, wrong=[*fallen.wrong, str(ended)]))
    return left
