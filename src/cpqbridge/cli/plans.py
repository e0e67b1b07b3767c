"""Prints a plan: every operation, and for every value where it came from."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from cpqbridge.cli.output import out, outcome_text
from cpqbridge.sync.result import SyncResult, printable
from cpqbridge.transport.wire import encode


def print_plan(result: SyncResult) -> None:
    """Print the operations of one record with the lineage of their values."""
    out.print(f"\n[bold]{result.object} {escape(result.record)}[/bold] {outcome_text(result.outcome)}")
    for number, operation in enumerate(result.operations, 1):
        out.print(f"\n {number}. [bold]{operation.name}[/bold]  {operation.method} {escape(operation.path)}")
        for line in operation.lineage:
            was = "" if line.was is None else f"  [yellow](was {escape(readable(line.was))})[/yellow]"
            out.print(f"    {escape(line.target)} = [cyan]{escape(readable(line.value))}[/cyan]{was}", soft_wrap=True)
            source = escape(line.source) if line.source else "default"
            out.print(f"        [dim]← {source}  ({escape(line.rule)})[/dim]", soft_wrap=True)


def readable(value: Any) -> str:
    """Return a value as people read it: texts, numbers and dates as they are, lists and objects as JSON."""
    shown = printable(value)
    return encode(shown).decode() if isinstance(shown, list | dict) else str(shown)
