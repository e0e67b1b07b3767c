"""Prints a plan: every operation, and for every value where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.output import out, outcome_text
from cpqbridge.money.reconciliation.causes import CAUSES
from cpqbridge.planning.plan import Proof
from cpqbridge.planning.proof.gate import money
from cpqbridge.sync.result import SyncResult, printable
from cpqbridge.transport.wire import encode


def print_plan(result: SyncResult) -> None:
    """Print the operations of one record with the lineage of their values."""
    out.print(f"\n[bold]{result.object} {escape(result.record)}[/bold] {outcome_text(result.outcome)}")
    if result.proofs:
        out.print(_amounts(result.proofs))
    for number, operation in enumerate(result.operations, 1):
        out.print(f"\n {number}. [bold]{operation.name}[/bold]  {operation.method} {escape(operation.path)}")
        for line in operation.lineage:
            was = "" if line.was is None else f"  [yellow](was {escape(readable(line.was))})[/yellow]"
            out.print(f"    {escape(line.target)} = [cyan]{escape(readable(line.value))}[/cyan]{was}", soft_wrap=True)
            source = escape(line.source) if line.source else "default"
            out.print(f"        [dim]← {source}  ({escape(line.rule)})[/dim]", soft_wrap=True)


def _amounts(proofs: Sequence[Proof]) -> Table:
    """Return what each line comes to in CPQ and in Zuora."""
    table = Table("order product", "product", "CPQ quoted", "Zuora will bill", "difference", "because", box=None)
    for column in table.columns[2:5]:
        column.justify = "right"
    for proof in proofs:
        found = proof.explained
        if found is None:
            table.add_row(
                proof.number, escape(proof.product), "–", "–", "", f"[dim]{escape(proof.unknown or '')}[/dim]"
            )
            continue
        causes = (f"{CAUSES[part.cause].title} ({part.amount:+,})" for part in found.parts)
        difference = f"[yellow]{found.difference:+,}[/yellow]" if found.difference else "0.00"
        amounts = (f"{money(found.quoted)} {proof.currency}", money(found.billed), difference)
        table.add_row(proof.number, escape(proof.product), *amounts, escape("; ".join(causes)))
    return table


def readable(value: Any) -> str:
    """Return a value as people read it: texts, numbers and dates as they are, lists and objects as JSON."""
    shown = printable(value)
    return encode(shown).decode() if isinstance(shown, list | dict) else str(shown)
