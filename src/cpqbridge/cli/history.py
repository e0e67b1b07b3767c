"""`cpqbridge history`: what was done, record by record and call by call."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.options import MOST, AsJson, Config, OnlyConnection
from cpqbridge.values import Outcome

app = typer.Typer(help="Look up what was done.", no_args_is_help=True)


Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what began on or after this day (UTC)."),
]
Limit = Annotated[int, typer.Option(help="At most so many, the latest first.", min=1, max=MOST)]


@app.command("list")
def list_records(
    record: Annotated[str | None, typer.Option(help="Only this order number, product code or Salesforce id.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only this outcome.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what no later success has closed.")] = False,
    since: Since = None,
    limit: Limit = 50,
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List records with their outcomes, the latest first."""
    from cpqbridge.cli.history_work import print_records  # the database libraries are loaded only where one is opened

    wanted = {"limit": limit, "outcome": outcome, "record": record, "open_only": open_only, "since": _utc(since)}
    asyncio.run(print_records(settings_for(config), connection, wanted, as_json))


@app.command("runs")
def list_runs(
    since: Since = None,
    limit: Limit = 50,
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List runs of commands and of the service, each with what became of its records, the latest first."""
    from cpqbridge.cli.history_work import print_runs

    asyncio.run(print_runs(settings_for(config), connection, limit, _utc(since), as_json))


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="The id of a record or run, from `history list`.")],
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show one record or run with every call that was made."""
    from cpqbridge.cli.history_work import print_one

    asyncio.run(print_one(settings_for(config), connection, number, as_json))


def _utc(day: datetime | None) -> datetime | None:
    """Return the beginning of a day in UTC."""
    return day.replace(tzinfo=UTC) if day else None
