"""Shows how far a back-fill is: a line that changes on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn

from cpqbridge.cli.output import err
from cpqbridge.cli.progress import Shown
from cpqbridge.jobs.backfill.report import WORST_FIRST, Pace
from cpqbridge.jobs.backfill.run import Standing
from cpqbridge.jobs.backfill.store import State

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


class BackfillProgress(Shown):
    """Shows records done and in all, the rate, the time left, and the outcomes so far, on standard error.

    Args:
        quiet: Show nothing.
        now: Seconds that never go back.
    """

    def __init__(self, *, quiet: bool, now: Callable[[], float] = time.monotonic) -> None:
        columns = (
            TextColumn("{task.fields[doing]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
        )
        super().__init__(*columns, quiet=quiet)
        self._quiet = quiet
        self._now = now
        self._pace = Pace()
        self._said_at = now()
        self._task = self._progress.add_task("", total=None, doing="reading")

    def standing(self, standing: Standing) -> None:
        """Show how far a back-fill is."""
        reading = standing.backfill.state is State.READING
        doing = "reading" if reading else "working" if standing.here else "the service works"
        self.show(doing, standing.read if reading else standing.done, standing.backfill.total, standing.counts)

    def show(self, doing: str, done: int, total: int | None, counts: Mapping[str, int]) -> None:
        """Show how far something is.

        Args:
            doing: What is being done.
            done: Records done.
            total: Records in all, where that is known.
            counts: Records by outcome.
        """
        now = self._now()
        if doing != self._progress.tasks[0].fields["doing"]:
            self._pace = Pace()
        self._pace.at(now, done)
        said = " · ".join(filter(None, (self._speed(done, total), outcomes(counts))))
        self._progress.update(self._task, completed=done, total=total, description=said, doing=doing)
        if not self._quiet and not err.is_terminal and now - self._said_at >= EVERY:
            self._said_at = now
            of = f" of {total:,}" if total is not None else ""
            err.print(" · ".join(filter(None, (f"{doing}: {done:,}{of}", said))), soft_wrap=True)

    def _speed(self, done: int, total: int | None) -> str:
        rate = self._pace.rate
        if not rate:
            return ""
        left = self._pace.left(max(0, total - done)) if total is not None else None
        return f"{rate:,.1f}/s" + (f" · {duration(left)} left" if left else "")


def outcomes(counts: Mapping[str, int]) -> str:
    """Return outcomes with how many records have each, such as `1,200 synced, 3 held`; the best first."""
    return ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in reversed(WORST_FIRST) if counts.get(outcome))


def duration(seconds: float) -> str:
    """Return a time as people say it: `45 s`, `12 min`, `3 h 20 min`."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
