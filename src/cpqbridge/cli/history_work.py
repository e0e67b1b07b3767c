"""What the commands of `cpqbridge history` do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, TypeVar

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.options import LARGEST_ID
from cpqbridge.cli.output import counted, out, outcome_text, print_json
from cpqbridge.errors import FixData
from cpqbridge.history.database import open_database
from cpqbridge.history.ledger import History
from cpqbridge.history.rows import RecordDetail, RecordRow, RunDetail, RunRow
from cpqbridge.jobs.listing import spellings
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import scope_of

R = TypeVar("R", RecordRow, RunRow)

RECORDS = ("id", "run", "record", "outcome", "code", "message", "when")
RUNS = ("run", "command", "begun", "seconds", "outcomes")
"""The columns of both lists; where there are several connections, the connection comes first."""


async def print_records(settings: Settings, connection: str | None, wanted: Mapping[str, Any], as_json: bool) -> None:
    """List records of one connection, or of all.

    Args:
        settings: The whole configuration.
        connection: The connection; None for all.
        wanted: Which records, as `History.list_records` takes it.
        as_json: Print JSON.
    """
    record = wanted["record"]
    names = [None] if record is None else sorted(spellings(record))  # an id may also be a product code or number

    async def read(history: History) -> list[RecordRow]:
        rows = [row for name in names for row in await history.list_records(**{**wanted, "record": name})]
        return list({row.id: row for row in rows}.values())

    found = await _read(settings, connection, wanted["limit"], read)
    _print(settings, found, RECORDS, _record, as_json)


async def print_runs(
    settings: Settings, connection: str | None, limit: int, since: datetime | None, as_json: bool
) -> None:
    """List runs of one connection, or of all (see `print_records`)."""
    found = await _read(settings, connection, limit, lambda history: history.list_runs(limit=limit, since=since))
    _print(settings, found, RUNS, _run, as_json)


async def print_one(settings: Settings, connection: str | None, number: int, as_json: bool) -> None:
    """Show a record or run of one connection, or of any.

    Raises:
        FixData: CPQ-419, there is none of this number.
    """
    possible = abs(number) <= LARGEST_ID
    async with open_database(settings.database) as database:
        for own in settings.chosen(connection).values():
            if possible and (detail := await History(database, scope_of(own)).show(number)) is not None:
                break
        else:
            remedy = "See `cpqbridge history list`."
            raise FixData("CPQ-419", f"The history has no record or run {number}", remedy=remedy)
    if as_json:
        print_json(asdict(detail))
    elif isinstance(detail, RecordDetail):
        _print_record(detail)
    else:
        _print_run(detail)


async def _read(
    settings: Settings, connection: str | None, limit: int, read: Callable[[History], Awaitable[Sequence[R]]]
) -> list[tuple[str, R]]:
    """Return rows, each with its connection, the latest first: numbers only grow, whatever the connection."""
    async with open_database(settings.database) as database:
        found = [
            (name, row)
            for name, own in settings.chosen(connection).items()
            for row in await read(History(database, scope_of(own)))
        ]
    return sorted(found, key=lambda one: one[1].id, reverse=True)[:limit]


def _print(
    settings: Settings,
    found: Sequence[tuple[str, R]],
    columns: Sequence[str],
    cells: Callable[[R], Sequence[str]],
    as_json: bool,
) -> None:
    if as_json:
        print_json([{"connection": name, **asdict(row)} for name, row in found])
        return
    if not found:
        out.print("The history has nothing of the kind.")
        return
    several = len(settings.connection_names()) > 1
    table = Table(*(["connection"] if several else []), *columns, box=None)
    for name, row in found:
        table.add_row(*([name] if several else []), *cells(row))
    out.print(table)


def _record(row: RecordRow) -> Sequence[str]:
    when = row.ended_at or row.started_at
    named, said = escape(row.number or row.salesforce_id), escape(row.message or "")
    return str(row.id), str(row.run_id), named, _outcome(row), row.code or "", said, f"{when:%Y-%m-%d %H:%M:%S}"


def _run(row: RunRow) -> Sequence[str]:
    outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(row.outcomes.items()))
    return str(row.id), escape(row.command), f"{row.started_at:%Y-%m-%d %H:%M:%S}", _seconds(row), outcomes


def _seconds(row: RunRow) -> str:
    """Return how long a run took, as far as it came to its end."""
    if row.ended_at is None:
        return "not ended"
    return "interrupted" if row.interrupted else f"{(row.ended_at - row.started_at).total_seconds():,.1f}"


def _outcome(row: RecordRow) -> str:
    return outcome_text(row.outcome) if row.outcome else "cut off"


def _print_run(detail: RunDetail) -> None:
    how = ", interrupted" if detail.interrupted else ""
    out.print(f"Run {detail.id}: {escape(detail.command)}, {counted(len(detail.records), 'record')}{how}")
    for row in detail.records:
        named = escape(row.number or row.salesforce_id)
        out.print(f"  {row.id}  {named}  {_outcome(row)}  {escape(row.message or '')}")


def _print_record(detail: RecordDetail) -> None:
    row = detail.record
    out.print(f"{row.kind} {escape(row.number or row.salesforce_id)}, attempt {row.attempt}: {_outcome(row)}")
    if said := " ".join(filter(None, (row.code, row.message))):
        out.print(f"  {escape(said)}")
    if row.remedy:
        out.print(f"  → {escape(row.remedy)}")
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
