"""`cpqbridge reconcile --since`: all orders changed since a day, the lines that differ most first."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.files import save_csv
from cpqbridge.cli.output import DONE, HELD, out, print_json_lines
from cpqbridge.cli.progress import WatchingSteps
from cpqbridge.cli.reconcile_documents import COLUMNS, Document, amount, line_document, rows
from cpqbridge.cli.reconcile_table import lines_table
from cpqbridge.money.reconciliation.causes import CAUSES
from cpqbridge.settings.options import Options
from cpqbridge.sync.reconcile.bulk.run import CauseSum, Found, reconcile_since


def since(
    day: date,
    *,
    restart: bool,
    csv_file: Path | None,
    lines: int,
    config: Path | None,
    connection: str | None,
    as_json: bool,
) -> int:
    """Compare all orders changed since a day, tell what was found, and return the exit status."""

    async def do() -> int:
        settings = connection_for(config, connection)
        with WatchingSteps(quiet=as_json) as watching:
            async with reconcile_since(settings, day, restart=restart, progress=watching) as found:
                watching.stop()
                if csv_file:
                    save_csv(csv_file, COLUMNS, (row for line in found.lines() for row in rows(line.order, line)))
                if as_json:
                    print_json_lines(_summary(found), "lines", map(line_document, found.lines()))
                else:
                    _tell(found, lines, settings.options)
                return found.summary.differing

    return HELD if asyncio.run(do()) else DONE


def _summary(found: Found) -> Document:
    summary = found.summary
    return {
        "since": found.since.isoformat(),
        "lines": summary.lines,
        "differing": summary.differing,
        "withoutTotal": summary.without_total,
        "causes": [_cause(one) for one in _sorted(found)],
        "totals": [
            {
                "currency": one.currency,
                **{name: amount(getattr(one, name), one.currency) for name in ("quoted", "billed", "difference")},
            }
            for _, one in sorted(summary.totals.items())
        ],
    }


def _cause(one: CauseSum) -> Document:
    entry = CAUSES[one.cause]
    return {
        "cause": one.cause.value,
        "title": entry.title,
        "currency": one.currency,
        "lines": one.lines,
        "amount": amount(one.amount, one.currency),
        "remedy": entry.remedy,
    }


def _sorted(found: Found) -> list[CauseSum]:
    return sorted(found.summary.causes.values(), key=lambda one: (one.currency, -abs(one.amount)))


def _tell(found: Found, lines: int, options: Options) -> None:
    summary = found.summary
    if not summary.lines:
        out.print(f"No order was changed since {found.since}.")
        return
    if summary.causes:
        table = Table("currency", "cause", "lines", "amount", "what mends it", box=None)
        for one in _sorted(found):
            entry = CAUSES[one.cause]
            name = one.cause.value.replace("_", " ")
            table.add_row(one.currency, name, f"{one.lines:,}", amount(one.amount, one.currency), escape(entry.remedy))
        out.print(table)
        out.print()
    shown = [line for line in found.lines(lines) if line.difference]
    if shown:
        out.print(lines_table(shown, options))
        out.print()
    for _, total in sorted(summary.totals.items()):
        sums = [amount(value, total.currency) for value in (total.quoted, total.billed, total.difference)]
        out.print(f"{total.currency}: quoted {sums[0]}, Zuora {sums[1]}, difference {sums[2]}", style="bold")
    out.print(
        f"{summary.lines:,} lines since {found.since}: {summary.differing:,} differ by more than the options let them, "
        f"{summary.without_total:,} have no total."
    )
