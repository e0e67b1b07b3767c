"""Prints a plan: every operation, and for every value where it came from."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.output import out, outcome_text
from cpqbridge.planning.plan import Operation
from cpqbridge.sync.result import SyncResult, printable


def print_plan(result: SyncResult) -> None:
    """Print the operations of one record with the lineage of their values."""
    out.print(f"\n[bold]{result.object} {escape(result.record)}[/bold] {outcome_text(result.outcome)}")
    for number, operation in enumerate(result.operations, 1):
        out.print(f"\n {number}. {operation.name}  {operation.method} {escape(operation.path)}")
        out.print(_lineage(operation))


def _lineage(operation: Operation) -> Table:
    table = Table("Zuora field", "value", "from Salesforce", "rule", box=None, padding=(0, 2, 0, 3))
    for line in operation.lineage:
        value = escape(str(printable(line.value)))
        table.add_row(escape(line.target), value, escape(line.source or "default"), escape(line.rule))
    return table
