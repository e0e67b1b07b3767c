"""What a back-fill would do: every order is planned, and nothing is written anywhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.reading import Position, expected, pages
from cpqbridge.jobs.backfill.report import PLANNED
from cpqbridge.jobs.backfill.store import Found, RecordOutcome
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.sync.batch import BATCH
from cpqbridge.sync.planner import Planner
from cpqbridge.sync.result import SyncResult


@dataclass(frozen=True, slots=True)
class Planned:
    """Orders that were planned, and how many there are in all."""

    records: Sequence[RecordOutcome]
    total: int


async def dry_run(client: SalesforceClient, planner: Planner, asked: Asked) -> AsyncGenerator[Planned, None]:
    """Plan the orders of what is asked for, some hundred at a time.

    Raises:
        FixConfiguration: CPQ-307, Salesforce refuses the condition; in its words.
        CpqBridgeError: A system cannot be read.
    """
    total = await expected(client, asked)
    async with aclosing(pages(client, asked, Position(), total)) as reading:
        async for page in reading:
            for some in _batches(page.found):
                numbers = [one.number for one in some if one.outcome is None]
                results = {result.record: result for result in await planner.orders(numbers)} if numbers else {}
                yield Planned([_record(one, results.get(one.number)) for one in some], total)


def _batches(found: Sequence[Found]) -> Iterator[Sequence[Found]]:
    for start in range(0, len(found), BATCH):
        yield found[start : start + BATCH]


def _record(found: Found, result: SyncResult | None) -> RecordOutcome:
    named = ("Order", found.record_id, found.number, found.account)
    if result is None:
        return RecordOutcome(*named, found.outcome, found.code, found.message, None)
    main = result.reasons[0] if result.reasons and result.outcome else None
    outcome = result.outcome.value if result.outcome else PLANNED
    return RecordOutcome(*named, outcome, main.code if main else None, main.message if main else result.note, None)
