"""`cpqbridge backfill --dry-run`: what would become of the orders, without writing anything anywhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import IO

import msgspec

from cpqbridge.cli.backfill_progress import BackfillProgress
from cpqbridge.cli.backfill_report import COLUMNS, print_report, rows, status, summary
from cpqbridge.cli.files import save_csv
from cpqbridge.cli.output import out, print_json_lines
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.dry_run import dry_run
from cpqbridge.jobs.backfill.report import Tally
from cpqbridge.jobs.backfill.store import RecordOutcome
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import batch_reader, open_clients, removal_reader
from cpqbridge.sync.planner import Planner

_decoder = msgspec.json.Decoder(RecordOutcome)


async def plan(settings: Settings, asked: Asked, csv_file: Path | None, as_json: bool) -> int:
    """Plan what is asked for, tell what was found, and return the exit status."""
    tally = Tally()
    with tempfile.SpooledTemporaryFile(KEPT) as file:
        spool = _Spool(file)
        async with open_clients(settings) as clients:
            planner = Planner(batch_reader(settings, clients), removal_reader(settings, clients))
            with BackfillProgress(quiet=as_json) as progress:
                async with aclosing(dry_run(clients.salesforce, planner, asked)) as planning:
                    async for planned in planning:
                        spool.add(planned.records)
                        for record in planned.records:
                            tally.add(record.outcome or "", record.code, record.number or record.record_id)
                        report = tally.report()
                        progress.show("planning", report.records, planned.total, report.outcomes)
        report = tally.report()
        if csv_file:
            save_csv(csv_file, COLUMNS, rows(spool.records()))
        if as_json:
            print_json_lines(summary(report), "records", rows(spool.records()))
        else:
            print_report(report)
            out.print("Nothing was written.")
    return status(report)


KEPT = 4_000_000
"""Bytes that are kept in memory before they go to a file."""


class _Spool:
    """Records on disk, so that a million of them are never in memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def add(self, records: Iterable[RecordOutcome]) -> None:
        """Add records."""
        self._file.writelines(msgspec.json.encode(record) + b"\n" for record in records)

    def records(self) -> Iterator[RecordOutcome]:
        """Yield all records."""
        self._file.seek(0)
        yield from (_decoder.decode(line) for line in self._file)
