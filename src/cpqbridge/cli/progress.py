"""Shows how far long work has come, on standard error and only on a terminal."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cpqbridge.cli.output import err
from cpqbridge.sync.result import SyncResult


class Shown:
    """Progress on standard error, while the block runs and only on a terminal; what is said is always said.

    Args:
        columns: What a line is made of.
        quiet: Show nothing.
    """

    def __init__(self, *columns: ProgressColumn, quiet: bool) -> None:
        self._progress = Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal)

    def say(self, text: str) -> None:
        """Say something about the run."""
        err.print(escape(text))

    def stop(self) -> None:
        """Show no progress any more."""
        self._progress.stop()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Watching(Shown):
    """A progress bar over records, with the outcomes so far; how many there are may be unknown (None)."""

    def __init__(self, records: int | None, *, quiet: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        super().__init__(*columns, quiet=quiet)
        self._task = self._progress.add_task("reading", total=records)
        self._outcomes: Counter[str] = Counter()

    def done(self, result: SyncResult) -> None:
        """Count a result."""
        self._outcomes[result.outcome.value if result.outcome else "planned"] += 1
        shown = ", ".join(f"{count} {outcome}" for outcome, count in self._outcomes.items())
        self._progress.update(self._task, advance=1, description=shown)


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        """Return the rate, once it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class WatchingSteps(Shown):
    """A line of progress for each step."""

    def __init__(self, *, quiet: bool) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
        super().__init__(*columns, quiet=quiet)
        self._tasks: dict[str, TaskID] = {}

    def step(self, name: str, done: int, total: int | None) -> None:
        """Show how much of a step is done."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)
