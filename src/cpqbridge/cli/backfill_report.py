"""Tells what became of the orders of a back-fill: as a table with the next steps, as JSON, and as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.backfill_progress import outcomes
from cpqbridge.cli.output import CONFIGURATION, DONE, FAILED, HELD, WRONG_USE, counted, out
from cpqbridge.jobs.backfill.report import CANCELLED, PLANNED, Group, Report
from cpqbridge.jobs.backfill.store import Backfill, RecordOutcome
from cpqbridge.values import Outcome

COLUMNS = ("number", "record_id", "account", "outcome", "code", "message", "ended_at")
"""Of the CSV file, and of the records in the JSON document."""

_STYLES = {
    Outcome.FAILED.value: "red",
    Outcome.HELD.value: "yellow",
    Outcome.WAITING.value: "yellow",
    CANCELLED: "dim",
    PLANNED: "cyan",
    Outcome.SYNCED.value: "green",
    Outcome.UNCHANGED.value: "dim",
}


def print_report(report: Report) -> None:
    """Print outcomes and reasons, the worst first, each with what to do about it."""
    if not report.groups:
        out.print("No order was found.")
        return
    table = Table("outcome", "code", "orders", "because", "for example", box=None)
    table.columns[2].justify = "right"
    for group in report.groups:
        examples = ", ".join(group.examples) if group.code else ""
        style = _STYLES[group.outcome]
        outcome = f"[{style}]{group.outcome}[/{style}]"
        table.add_row(outcome, group.code or "", f"{group.records:,}", escape(group.title), escape(examples))
    out.print(table)
    steps = {group.code: group.remedy for group in report.groups if group.remedy}
    if steps:
        out.print("\nWhat to do:")
    for code, remedy in steps.items():
        out.print(f"  {code} → {escape(remedy)}", soft_wrap=True)
    out.print(f"\n{counted(report.records, 'order')}: {outcomes(report.outcomes)}")


def summary(report: Report, backfill: Backfill | None = None) -> dict[str, Any]:
    """Return the report for JSON output; without a back-fill that of a dry run."""
    its = backfill_document(backfill) if backfill else {"state": "planned"}
    groups = [group.as_dict() for group in report.groups]
    return {**its, "records": report.records, "outcomes": report.outcomes, "reasons": groups}


def backfill_document(backfill: Backfill) -> dict[str, Any]:
    """Return a back-fill for JSON output."""
    return {
        "id": backfill.id,
        "state": backfill.state.value,
        "asked": backfill.asked.as_dict(),
        "total": backfill.total,
        "startedAt": backfill.started_at,
        "endedAt": backfill.ended_at,
    }


def rows(records: Iterable[RecordOutcome]) -> Iterator[dict[str, Any]]:
    """Yield records by the names of the columns."""
    for record in records:
        values = asdict(record)
        yield {name: values[name] for name in COLUMNS}


def status(report: Report) -> int:
    """Return the exit status: that of the worst outcome."""
    return max((_status(group) for group in report.groups), key=_RANK.index, default=DONE)


_RANK = (DONE, HELD, FAILED, WRONG_USE)


def _status(group: Group) -> int:
    if group.outcome == Outcome.FAILED:
        return WRONG_USE if group.code in CONFIGURATION else FAILED
    return HELD if group.outcome in (Outcome.HELD, Outcome.WAITING, CANCELLED) else DONE
