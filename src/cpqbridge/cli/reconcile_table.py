"""The table of lines on both sides."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.reconcile_documents import amount
from cpqbridge.settings.options import Options
from cpqbridge.sync.reconcile.line import Line


def lines_table(lines: Sequence[Line], options: Options) -> Table:
    """Return the table of some lines; those that differ by more than the options let them are red."""
    table = Table("line", "product", box=None)
    for name in ("quoted", "Zuora", "difference"):
        table.add_column(name, justify="right")
    table.add_column("from")
    table.add_column("cause")
    for line in lines:
        currency = line.proof.currency
        style = "red" if line.differs(options) else "yellow" if line.difference else "green"
        difference = amount(line.difference, currency)
        table.add_row(
            escape(" ".join(part for part in (line.order, line.subscription or "") if part)),
            escape(line.proof.product),
            amount(line.quoted, currency) or "no total",
            amount(line.billed, currency) or "",
            f"[{style}]{difference}[/{style}]" if difference else "",
            line.source.value,
            _causes(line),
        )
    return table


def _causes(line: Line) -> str:
    if line.proof.unknown:
        return escape(line.proof.unknown)
    several = len(line.parts) > 1
    names = (
        part.cause.value.replace("_", " ") + (f" {amount(part.amount, line.proof.currency)}" if several else "")
        for part in line.parts
    )
    return ", ".join(names)
