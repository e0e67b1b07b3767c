"""The ledger's reads for people: lists and single runs and records."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Select, func, or_, select

from cpqbridge.history.rows import OperationRow, RecordDetail, RecordRow, RunDetail, RunRow
from cpqbridge.history.tables import operation, record, run
from cpqbridge.values import SUCCESSES, Outcome

RUN_RECORDS = 10_000
"""At most so many records are shown with a run."""

R = TypeVar("R", RecordRow, OperationRow)

_RECORD_COLUMNS = [record.c[field.name] for field in fields(RecordRow)]
_OPERATION_COLUMNS = [operation.c[field.name] for field in fields(OperationRow)]


def records(
    scope: str,
    *,
    limit: int,
    outcome: Outcome | None,
    record: str | None,
    open_only: bool,
    since: datetime | None = None,
) -> Select[Any]:
    """Return the query of a list of records, the latest first (see `History.list_records`)."""
    table = _RECORD_COLUMNS[0].table.c
    query = select(*_RECORD_COLUMNS).where(table.scope == scope).order_by(table.id.desc()).limit(limit)
    if outcome is not None:
        query = query.where(table.outcome == outcome.value)
    if record is not None:
        named = or_(table.record_key == record, table.number == record, table.salesforce_id == record)
        query = query.where(named)
    if since is not None:
        query = query.where(table.started_at >= since)
    if open_only:
        unsettled = or_(table.outcome.is_(None), table.outcome.not_in([success.value for success in SUCCESSES]))
        query = query.where(table.closed_by.is_(None), unsettled)
    return query


def record_rows(connection: Connection, query: Select[Any]) -> list[RecordRow]:
    """Return the records that a query of `records` finds."""
    return [_record(row) for row in connection.execute(query)]


def runs(connection: Connection, scope: str, *, limit: int, since: datetime | None) -> list[RunRow]:
    """Return runs, the latest first, each with how many of its records have each outcome."""
    found = select(run).where(run.c.scope == scope).order_by(run.c.id.desc()).limit(limit)
    if since is not None:
        found = found.where(run.c.started_at >= since)
    rows = connection.execute(found).all()
    ids = [row.id for row in rows]
    counted = select(record.c.run_id, record.c.outcome, func.count()).where(record.c.run_id.in_(ids))
    outcomes: dict[int, dict[str, int]] = {}
    for run_id, outcome, count in connection.execute(counted.group_by(record.c.run_id, record.c.outcome)):
        outcomes.setdefault(run_id, {})[outcome or "cut off"] = count
    return [
        RunRow(
            row.id, row.command, row.version, row.started_at, row.ended_at, outcomes.get(row.id, {}), row.interrupted
        )
        for row in rows
    ]


def detail(connection: Connection, scope: str, number: int) -> RecordDetail | RunDetail | None:
    """Return a record with its operations, a run with its records, or None."""
    found = connection.execute(
        select(*_RECORD_COLUMNS, record.c.plan).where(record.c.id == number, record.c.scope == scope)
    ).first()
    if found is None:
        return _run(connection, scope, number)
    its = select(*_OPERATION_COLUMNS).where(operation.c.record_id == number).order_by(operation.c.id)
    rows = tuple(OperationRow(**row._asdict()) for row in connection.execute(its))
    return RecordDetail(_record(found), found.plan, rows)


def _run(connection: Connection, scope: str, number: int) -> RunDetail | None:
    found = connection.execute(select(run).where(run.c.id == number, run.c.scope == scope)).first()
    if found is None:
        return None
    its = select(*_RECORD_COLUMNS).where(record.c.run_id == number).order_by(record.c.id).limit(RUN_RECORDS)
    return RunDetail(
        found.id,
        found.command,
        found.version,
        found.options,
        found.started_at,
        found.ended_at,
        tuple(record_rows(connection, its)),
        found.interrupted,
    )


def _record(row: Any) -> RecordRow:
    values = {column.name: getattr(row, column.name) for column in _RECORD_COLUMNS}
    values["outcome"] = None if row.outcome is None else Outcome(row.outcome)
    return RecordRow(**values)
