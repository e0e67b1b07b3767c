"""`cpqbridge drift`: everything in both systems that should be equal and is not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.files import save_csv
from cpqbridge.cli.options import MOST, AsJson, Config, Connection
from cpqbridge.cli.output import DONE, HELD, out, print_json_lines
from cpqbridge.cli.progress import WatchingSteps
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
Csv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write all differences to this file too; its folder is made."),
]
Lines = Annotated[int, typer.Option("--lines", min=0, max=MOST, help="Differences that the table shows.")]


def drift(
    as_of: Day = None,
    since: Since = None,
    account: Accounts = None,
    only: Only = None,
    restart: Restart = False,
    csv_file: Csv = None,
    lines: Lines = LINES,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List everything in both systems that should be equal and is not: accounts, subscriptions, rate plans, line items.

    Reads all of both systems in bulk. A run that is stopped goes on where it was when the same command is given again
    on the same day. Exit status: 0 nothing differs, 3 something does, 4 a side cannot be read.
    """
    scope = Scope(_day(as_of), _day(since), tuple(account or ()), frozenset(only or ()))

    async def do() -> int:
        settings = connection_for(config, connection)
        with WatchingSteps(quiet=as_json) as watching:
            async with find_drift(settings, scope, restart=restart, progress=watching) as found:
                watching.stop()
                if csv_file:
                    save_csv(csv_file, COLUMNS, found.differences())
                if as_json:
                    print_json_lines(_summary(found), "differences", found.differences())
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
