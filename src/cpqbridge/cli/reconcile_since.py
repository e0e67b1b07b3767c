"""`cpqbridge reconcile --since`: all orders changed since a day, the lines that differ most first."""

from __future__ import annotations

import asyncio
import csv
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.drift import Watching
from cpqbridge.cli.output import DONE, HELD, out
from cpqbridge.cli.reconcile_documents import COLUMNS, Document, amount, line_document, rows
from cpqbridge.cli.reconcile_table import lines_table
from cpqbridge.errors import FixConfiguration
from cpqbridge.money.reconciliation.causes import CAUSES
from cpqbridge.settings.options import Options
from cpqbridge.sync.reconcile.bulk.run import CauseSum, Found, reconcile_since

_encoder = msgspec.json.Encoder()


def since(day: date, *, restart: bool, csv_file: Path | None, lines: int, config: Path | None, as_json: bool) -> int:
    """Compare all orders changed since a day, tell what was found, and return the exit status."""

    async def do() -> int:
        settings = settings_for(config)
        with Watching(quiet=as_json) as watching:
            async with reconcile_since(settings, day, restart=restart, progress=watching) as found:
                watching.stop()
                if csv_file:
                    _write_csv(csv_file, found)
                if as_json:
                    _print_json(found)
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


def _print_json(found: Found) -> None:
    """Print one document, a line each: a million of them are never in memory together."""
    write = sys.stdout.buffer.write
    write(b'{"summary": ' + _encoder.encode(_summary(found)) + b',\n"lines": [')
    for place, line in enumerate(found.lines()):
        write((b",\n" if place else b"\n") + _encoder.encode(line_document(line)))
    write(b"\n]}\n")
    sys.stdout.flush()


def _write_csv(file: Path, found: Found) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer: csv.DictWriter[Any] = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
            writer.writeheader()
            for line in found.lines():
                writer.writerows(rows(line.order, line))
    except OSError as error:
        said = (error.strerror or "unknown reason").lower()
        raise FixConfiguration("CPQ-307", f"{file} cannot be written: {said}", field="--csv") from error


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
