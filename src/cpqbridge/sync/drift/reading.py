"""Reads both sides into the work file, page by page; what a stopped run has read is not read again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cpqbridge.errors import CpqBridgeError
from cpqbridge.sync.drift.progress import Progress
from cpqbridge.sync.drift.work_file import Part, WorkFile
from cpqbridge.transport.pages import ExpiredResult, Page
from cpqbridge.transport.together import together

Pages = Callable[[Part], AsyncIterator[Page]]
_ABSENT = "does not exist"
"""What Zuora says of a table that belongs to a feature which is off."""

Keep = Callable[[WorkFile, Sequence[dict[str, Any]]], None]


@dataclass(frozen=True, slots=True)
class Reading:
    """One query.

    Attributes:
        name: What it reads, for people; unique.
        query: Its text: another one than a stopped run's is read anew.
        tables: Where its rows are kept, unless other readings fill them too.
        pages: Gives its pages, from where a part has come to.
        keep: Puts the rows of a page into the work file.
        optional: Whether the system may have nothing of the kind: then there are no rows.
        forget: Takes its rows out of tables that other readings fill too.
    """

    name: str
    query: str
    tables: tuple[str, ...]
    pages: Pages
    keep: Keep
    optional: bool = False
    forget: Callable[[WorkFile], None] | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """All that is read from one system, in this order; read together, so that it is of one moment as far as can be."""

    system: str
    readings: Sequence[Reading]


async def read_all(work: WorkFile, sides: Sequence[Side], progress: Progress) -> None:
    """Read what is not read yet, both sides at the same time.

    Raises:
        CpqBridgeError: A side cannot be read; what was read stays.
    """
    await together(_read_side(work, side, progress) for side in sides)
    work.finish()


async def _read_side(work: WorkFile, side: Side, progress: Progress) -> None:
    if any(_is_another(work, reading) for reading in side.readings):
        _forget(work, side)
    begun = [work.part(reading.name) for reading in side.readings]
    if any(part.rows or part.job for part in begun) and not all(part.done for part in begun):
        progress.say(f"{side.system}: going on after {sum(part.rows for part in begun):,} rows of a stopped run.")
    try:
        for reading in side.readings:
            await _read(work, reading, progress)
    except ExpiredResult:
        progress.say(f"{side.system}: the result of the stopped run has expired; it is read anew from the beginning.")
        _forget(work, side)
        for reading in side.readings:
            await _read(work, reading, progress)


def _is_another(work: WorkFile, reading: Reading) -> bool:
    return work.query(reading.name) not in (None, reading.query)


def _forget(work: WorkFile, side: Side) -> None:
    tables = dict.fromkeys(table for reading in side.readings for table in reading.tables)
    also = (reading.forget for reading in side.readings if reading.forget)
    work.begin_anew([reading.name for reading in side.readings], tables, also)


async def _read(work: WorkFile, reading: Reading, progress: Progress) -> None:
    part = work.part(reading.name)
    if part.done:
        return
    try:
        async for page in reading.pages(part):
            total = page.total if page.total is not None else part.total
            part = Part(page.job, page.locator, part.rows + len(page.rows), page.locator is None, total)
            with work.transaction():
                reading.keep(work, page.rows)
                work.note(reading.name, reading.query, part)
            progress.step(reading.name, part.rows, part.total)
    except CpqBridgeError as error:
        if not (reading.optional and _ABSENT in error.message):
            raise
        progress.say(f"Zuora has no table of {reading.name}: the tenant does not use them.")
    if not part.done:
        with work.transaction():
            work.note(reading.name, reading.query, Part(part.job, None, part.rows, True, part.rows))
