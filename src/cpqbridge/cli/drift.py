"""`cpqbridge drift`: everything in both systems that should be equal and is not."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Self

import msgspec
import typer
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Task as RichTask
from rich.table import Table
from rich.text import Text

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.options import AsJson, Config
from cpqbridge.cli.output import DONE, HELD, err, out
from cpqbridge.errors import FixConfiguration
from cpqbridge.sync.drift.difference import COLUMNS
from cpqbridge.sync.drift.run import Drift
from cpqbridge.sync.drift.run import drift as find_drift
from cpqbridge.sync.drift.scope import Scope

LINES = 50
"""Differences that the table shows, unless told otherwise."""

Day = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], metavar="DATE",
        help="The day; later days count too, as far as both know them [default: today in the org's time zone]",
        show_default=False,
    ),
]  # fmt: skip
Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what was changed in either system since this day."),
]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", metavar="ID", help="Only this Salesforce account; may be repeated.")
]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="FIELD", help="Only this field; may be repeated.")]
Restart = Annotated[bool, typer.Option("--restart", help="Begin anew, whatever a stopped run has read.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write all differences to this file too.")]
Lines = Annotated[int, typer.Option("--lines", min=0, help="Differences that the table shows.")]

_encoder = msgspec.json.Encoder()


def drift(
    as_of: Day = None,
    since: Since = None,
    account: Accounts = None,
    only: Only = None,
    restart: Restart = False,
    csv_file: Csv = None,
    lines: Lines = LINES,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List everything in both systems that should be equal and is not: accounts, subscriptions, rate plans, line items.

    Reads all of both systems in bulk. A run that is stopped goes on where it was when the same command is given again
    on the same day. Exit status: 0 nothing differs, 3 something does, 4 a side cannot be read.
    """
    scope = Scope(_day(as_of), _day(since), tuple(account or ()), frozenset(only or ()))

    async def do() -> int:
        settings = settings_for(config)
        with Watching(quiet=as_json) as watching:
            async with find_drift(settings, scope, restart=restart, progress=watching) as found:
                watching.stop()
                if csv_file:
                    _write_csv(csv_file, found)
                if as_json:
                    _print_json(found)
                else:
                    _print_tables(found, lines)
                return found.total

    raise typer.Exit(HELD if asyncio.run(do()) else DONE)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _summary(found: Drift) -> dict[str, Any]:
    return {
        "asOf": found.as_of.isoformat(),
        "differences": found.total,
        "counts": [asdict(one) for one in found.counts],
        "read": found.read,
        "leftOut": {"ended": found.left_out},
    }


def _print_json(found: Drift) -> None:
    """Print one document, a difference a line: a million of them are never in memory together."""
    write = sys.stdout.buffer.write
    write(b'{"summary": ' + _encoder.encode(_summary(found)) + b',\n"differences": [')
    for place, difference in enumerate(found.differences()):
        write((b",\n" if place else b"\n") + _encoder.encode(difference))
    write(b"\n]}\n")
    sys.stdout.flush()


def _write_csv(file: Path, found: Drift) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, COLUMNS)
            writer.writeheader()
            writer.writerows({name: _harmless(value) for name, value in one.items()} for one in found.differences())
    except OSError as error:
        said = (error.strerror or "unknown reason").lower()
        raise FixConfiguration("CPQ-307", f"{file} cannot be written: {said}", field="--csv") from error


def _harmless(value: str | None) -> str | None:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if value and value[0] in "=+@\t\r" else value


def _print_tables(found: Drift, lines: int) -> None:
    read = ", ".join(f"{count:,} {name}" for name, count in found.read.items())
    if not found.total:
        out.print(f"Nothing has drifted as of {found.as_of}. Read: {read}.")
    else:
        counts = Table("what", "field", "differences", box=None)
        for one in found.counts:
            counts.add_row(one.kind, one.field, f"{one.count:,}")
        out.print(counts)
        out.print()
        shown = list(found.differences(lines))
        out.print(_table(shown))
        if found.total > lines:
            out.print(f"\nand {found.total - lines:,} more: --csv FILE or --json gives all.")
        if shown:
            _print_next_steps(shown)
        out.print(f"\nAs of {found.as_of}. Read: {read}.")
    if found.left_out:
        out.print(f"Contracts that are over and that Zuora does not have are left out: {found.left_out:,}.")


def _table(shown: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("account", "subscription", "what", "Salesforce", "Zuora", box=None)
    for one in shown:
        what = " · ".join(text for text in (one["record"], f"{one['kind']} {one['field']}") if text)
        table.add_row(
            escape(one["accountName"] or one["account"]),
            escape(one["subscription"] or one["order"] or ""),
            escape(what),
            escape(one["salesforce"] or "nothing"),
            escape(one["zuora"] or "nothing"),
        )
    return table


def _print_next_steps(shown: Sequence[Mapping[str, Any]]) -> None:
    """Print what to do, each step once with how many differences it is for."""
    out.print("\nWhat to do:")
    for step, count in Counter(one["next"] for one in shown).items():
        out.print(f"  → {escape(step)} ({count:,})", soft_wrap=True)


class _Rate(ProgressColumn):
    """Rows a second."""

    def render(self, task: RichTask) -> Text:
        """Return the rate, once it is known."""
        return Text(f"{task.speed:,.0f}/s" if task.speed else "")


class Watching:
    """A line of progress for each step, on standard error and only on a terminal; what is said is always said."""

    def __init__(self, *, quiet: bool) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(),
            console=err, transient=True, disable=quiet or not err.is_terminal,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}

    def step(self, name: str, done: int, total: int | None) -> None:
        """Show how much of a step is done."""
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, total=total)
        self._progress.update(self._tasks[name], completed=done, total=total)

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
