"""`cpqbridge history`: what was done, record by record and call by call."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import out, outcome_text, print_json
from cpqbridge.errors import FixData
from cpqbridge.history.rows import RecordDetail, RecordRow, RunRow
from cpqbridge.sync.connect import open_history
from cpqbridge.values import Outcome

app = typer.Typer(help="Look up what was done.", no_args_is_help=True)


Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Only what began on or after this day (UTC)."),
]
Limit = Annotated[int, typer.Option(help="At most so many, the latest first.", min=1)]

NOTHING = "The history has nothing of the kind."


@app.command("list")
def list_records(
    record: Annotated[str | None, typer.Option(help="Only this order number, account name or Salesforce id.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only this outcome.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only what no later success has closed.")] = False,
    since: Since = None,
    limit: Limit = 50,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List records with their outcomes, the latest first."""

    async def do() -> list[RecordRow]:
        async with open_history(connection_for(config, connection)) as history:
            return await history.list_records(
                limit=limit, outcome=outcome, record=record, open_only=open_only, since=_utc(since)
            )

    rows = asyncio.run(do())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        out.print(NOTHING)
        return
    table = Table("id", "run", "record", "outcome", "code", "message", "when", box=None)
    for row in rows:
        when = row.ended_at or row.started_at
        table.add_row(
            str(row.id),
            str(row.run_id),
            escape(row.number or row.salesforce_id),
            outcome_text(row.outcome) if row.outcome else "cut off",
            row.code or "",
            escape(row.message or ""),
            f"{when:%Y-%m-%d %H:%M:%S}",
        )
    out.print(table)


@app.command("runs")
def list_runs(
    since: Since = None,
    limit: Limit = 50,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List runs of commands and of the service, each with what became of its records, the latest first."""

    async def do() -> list[RunRow]:
        async with open_history(connection_for(config, connection)) as history:
            return await history.list_runs(limit=limit, since=_utc(since))

    rows = asyncio.run(do())
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    if not rows:
        out.print(NOTHING)
        return
    table = Table("run", "command", "begun", "seconds", "outcomes", box=None)
    for row in rows:
        seconds = f"{(row.ended_at - row.started_at).total_seconds():,.1f}" if row.ended_at else "not ended"
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(row.outcomes.items()))
        table.add_row(str(row.id), escape(row.command), f"{row.started_at:%Y-%m-%d %H:%M:%S}", seconds, outcomes)
    out.print(table)


def _utc(day: datetime | None) -> datetime | None:
    """Return the beginning of a day in UTC."""
    return day.replace(tzinfo=UTC) if day else None


@app.command("show")
def show(
    number: Annotated[int, typer.Argument(help="The id of a record or run, from `history list`.")],
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show one record or run with every call that was made."""

    async def do() -> Any:
        async with open_history(connection_for(config, connection)) as history:
            return await history.show(number)

    detail = asyncio.run(do())
    if detail is None:
        raise FixData("CPQ-419", f"The history has no record or run {number}", remedy="See `cpqbridge history list`.")
    if as_json:
        print_json(asdict(detail))
    elif isinstance(detail, RecordDetail):
        _print_record(detail)
    else:
        out.print(f"Run {detail.id}: {escape(detail.command)}, {len(detail.records)} records")
        for row in detail.records:
            shown = outcome_text(row.outcome) if row.outcome else "cut off"
            out.print(f"  {row.id}  {escape(row.number or row.salesforce_id)}  {shown}  {escape(row.message or '')}")


def _print_record(detail: RecordDetail) -> None:
    row = detail.record
    shown = outcome_text(row.outcome) if row.outcome else "cut off"
    out.print(f"{row.kind} {escape(row.number or row.salesforce_id)}, attempt {row.attempt}: {shown}")
    if row.code:
        out.print(f"  {row.code} {escape(row.message or '')}\n  → {escape(row.remedy or '')}")
    table = Table("", "operation", "state", "status", "request", "Zuora request id", box=None)
    for operation in detail.operations:
        table.add_row(
            str(operation.position + 1),
            escape(operation.name),
            operation.state,
            str(operation.status or ""),
            escape(f"{operation.method} {operation.path}"),
            operation.request_id or "",
        )
    out.print(table)
