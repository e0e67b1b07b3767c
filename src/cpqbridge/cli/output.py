"""What commands print: one JSON document with `--json`, else tables and sentences; and the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cpqbridge.errors import ERRORS, CpqBridgeError, FixConfiguration, SignInRefused
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome

DONE, WRONG_USE, HELD, FAILED = 0, 2, 3, 4
"""Exit statuses: done; wrong use or configuration; held or waiting; failed."""

_STYLES = {
    Outcome.SYNCED: "green",
    Outcome.UNCHANGED: "dim",
    Outcome.WAITING: "yellow",
    Outcome.HELD: "yellow",
    Outcome.FAILED: "red",
    None: "cyan",
}
CONFIGURATION = frozenset(code for code in ERRORS if code.startswith("CPQ-2")) | {"CPQ-301", "CPQ-302", "CPQ-306"}
"""Errors that stop every record alike, until the configuration is mended."""

_encoder = msgspec.json.Encoder(decimal_format="number")

_WIDE = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 132
"""Columns when nobody looks at a terminal: enough for every table in one line a row."""

out = Console(highlight=False, width=_WIDE)
err = Console(stderr=True, highlight=False)


def counted(number: int, noun: str) -> str:
    """Return a number of things, such as `1 record` or `2,000 records`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def print_json(document: Any) -> None:
    """Print one JSON document and nothing else."""
    sys.stdout.buffer.write(msgspec.json.format(_encoder.encode(document), indent=2) + b"\n")
    sys.stdout.flush()


def print_json_lines(summary: Any, name: str, documents: Iterable[Any]) -> None:
    """Print one JSON document whose list has a line for each entry: a million of them are never in memory together.

    Args:
        summary: What stands under `summary`.
        name: Name of the list.
        documents: Its entries.
    """
    write = sys.stdout.buffer.write
    write(b'{"summary": ' + _encoder.encode(summary) + b',\n"' + name.encode() + b'": [')
    for place, document in enumerate(documents):
        write((b",\n" if place else b"\n") + _encoder.encode(document))
    write(b"\n]}\n")
    sys.stdout.flush()


def exit_status(results: Iterable[SyncResult]) -> int:
    """Return the worst status of the results: wrong configuration, failed, held or waiting, done."""
    statuses = {_status(result) for result in results}
    return next((status for status in (WRONG_USE, FAILED, HELD) if status in statuses), DONE)


def _status(result: SyncResult) -> int:
    if result.outcome is Outcome.FAILED:
        return WRONG_USE if result.reasons and result.reasons[0].code in CONFIGURATION else FAILED
    return HELD if result.outcome in (Outcome.HELD, Outcome.WAITING) else DONE


def status_of(error: CpqBridgeError) -> int:
    """Return the exit status of an error that stopped a whole command."""
    return WRONG_USE if isinstance(error, FixConfiguration | SignInRefused) else FAILED


def print_error(error: CpqBridgeError, *, as_json: bool) -> None:
    """Print an error that stopped a whole command: what happened, where, and what to do next."""
    if as_json:
        print_json({"error": error.as_dict()})
        return
    err.print(f"[red]{error.code}[/red] {escape(error.message)}")
    place = " · ".join(escape(part) for part in (error.record, error.field) if part)
    if place:
        err.print(f"  at {place}")
    err.print(f"  → {escape(error.remedy)}")


def results_table(results: Sequence[SyncResult]) -> Table:
    """Return the table of records, outcomes and Zuora numbers."""
    table = Table("record", "outcome", "Zuora account", "Zuora order", "subscriptions", "line items", box=None)
    for result in results:
        zuora = result.zuora
        table.add_row(
            escape(result.record),
            outcome_text(result.outcome),
            str(zuora.get("accountNumber") or ""),
            str(zuora.get("orderNumber") or ""),
            str(len(zuora.get("subscriptions") or ()) or ""),
            str(len(zuora.get("orderLineItems") or ()) or ""),
        )
    return table


def outcome_text(outcome: Outcome | None) -> str:
    """Return an outcome with its colour."""
    style = _STYLES[outcome]
    return f"[{style}]{outcome.value if outcome else 'planned'}[/{style}]"


def print_reasons(results: Iterable[SyncResult]) -> None:
    """Print why records wait, are held or failed, each with its next step; and what else was done than carried over."""
    for result in results:
        if result.note:
            out.print(f"\n[bold]{escape(result.record)}[/bold] {escape(result.note)}")
        for reason in result.reasons:
            out.print(f"\n[bold]{escape(result.record)}[/bold] {reason.code} {escape(reason.message)}")
            if reason.field:
                out.print(f"  at {escape(reason.field)}")
            out.print(f"  → {escape(reason.remedy)}")
