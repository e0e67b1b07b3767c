"""Shows how far long work has come, on standard error and only on a terminal."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from cpqbridge.cli.output import err
from cpqbridge.sync.result import SyncResult


class Watching:
    """A progress bar over records, with the outcomes so far; how many there are may be unknown (None)."""

    def __init__(self, records: int | None, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=quiet or not err.is_terminal,
        )
        self._task = self._progress.add_task("reading", total=records)
        self._outcomes: Counter[str] = Counter()

    def done(self, result: SyncResult) -> None:
        """Count a result."""
        self._outcomes[result.outcome.value if result.outcome else "planned"] += 1
        shown = ", ".join(f"{count} {outcome}" for outcome, count in self._outcomes.items())
        self._progress.update(self._task, advance=1, description=shown)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
