"""Reads which orders a back-fill has, page by page, each kept together with where it ends: a kill loses nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import structlog

from cpqbridge.errors import CpqBridgeError, FixConfiguration
from cpqbridge.jobs.backfill import asked as queries
from cpqbridge.jobs.backfill.asked import Asked, Part
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore, Found, State
from cpqbridge.salesforce.bulk import bulk_query
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.transport.lanes import BACKFILL, in_lane
from cpqbridge.transport.pages import ExpiredResult
from cpqbridge.values import JSONObject, Outcome

log = structlog.get_logger(__name__)

PAGE = 2_000
"""Orders in a page: as many as one answer of a query has."""

MANY = 20_000
"""Orders from which on they are read by the Bulk API: its job takes some seconds, and far fewer calls."""

BULK_PAGE = 10_000
"""Orders in a page of the Bulk API's result."""

REFUSED = frozenset({"MALFORMED_QUERY", "INVALID_FIELD", "INVALID_QUERY_FILTER_OPERATOR", "INVALID_TYPE",
                     "MALFORMED_ID", "QUERY_TOO_COMPLICATED"})  # fmt: skip
"""Salesforce's words for a condition that is wrong."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far the reading is.

    Attributes:
        part: The share of what is asked for that is read.
        after: The last order of it that was read.
        read: How many orders were read.
        job: The job of the Bulk API that reads it; the result is gone on with at `locator`.
        locator: Where the next page of the job's result begins.
    """

    part: int = 0
    after: str | None = None
    read: int = 0
    job: str | None = None
    locator: str | None = None

    def as_dict(self) -> JSONObject:
        """Return it as JSON."""
        return {"part": self.part, "after": self.after, "read": self.read, "job": self.job, "locator": self.locator}

    @classmethod
    def of(cls, document: Any) -> Position:
        """Return the position that `as_dict` has written; the beginning for None."""
        return cls(**document) if document else cls()

    def next_part(self, found: int) -> Position:
        """Return the beginning of the next share."""
        return Position(self.part + 1, None, self.read + found)


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders that were read, and where the next ones begin."""

    found: Sequence[Found]
    end: Position


async def expected(client: SalesforceClient, asked: Asked) -> int:
    """Return how many orders there are of what is asked for.

    Raises:
        FixConfiguration: CPQ-307, Salesforce refuses the condition; in its words.
        CpqBridgeError: It cannot be asked.
    """
    if asked.orders:
        return min(len(asked.orders), asked.limit or len(asked.orders))
    try:
        counted = sum([await _count(client, part) for part in asked.parts()])
    except CpqBridgeError as error:
        if asked.where and error.detail.get("code") in REFUSED:
            remedy = "Correct the condition: a SOQL condition on Order, as after WHERE."
            raise FixConfiguration("CPQ-307", error.message, field="--where", remedy=remedy) from error
        raise
    return min(counted, asked.limit or counted)


async def _count(client: SalesforceClient, part: Part) -> int:
    document = await client.read("query", params=[("q", queries.count(part))])
    return int(document["totalSize"])


async def pages(
    client: SalesforceClient, asked: Asked, position: Position, total: int | None
) -> AsyncGenerator[OrderPage, None]:
    """Give the orders of what is asked for, from a position on.

    Args:
        client: The org.
        asked: What is asked for.
        position: Where to begin.
        total: How many orders are expected: it decides how they are read.
    """
    parts = asked.parts()
    while position.part < len(parts) and (left := _left(asked, position)) != 0:
        part = parts[position.part]
        bulk = position.job or (len(parts) == 1 and (total or 0) > MANY and position.after is None)
        reading = _bulk(client, part, position, asked.limit) if bulk else _query(client, part, position, left)
        async with aclosing(reading):
            async for page in reading:
                position = page.end
                yield page


def _left(asked: Asked, position: Position) -> int | None:
    return None if asked.limit is None else max(0, asked.limit - position.read)


async def _query(
    client: SalesforceClient, part: Part, position: Position, left: int | None
) -> AsyncGenerator[OrderPage, None]:
    """Give one page of a part by an ordinary query."""
    most = PAGE if left is None else min(PAGE, left)
    rows = await client.query(queries.after(part, position.after, most))
    found = [_found(row) for row in rows]
    if len(rows) < most:
        missing = _missing(part, found)
        yield OrderPage([*found, *missing], position.next_part(len(rows) + len(missing)))
    else:
        yield OrderPage(found, Position(position.part, rows[-1]["Id"], position.read + len(rows)))


async def _bulk(
    client: SalesforceClient, part: Part, position: Position, limit: int | None
) -> AsyncGenerator[OrderPage, None]:
    """Give the pages of a part by the Bulk API; where its result has expired, from the beginning."""
    soql = queries.whole(part, limit)
    read = position.read
    try:
        result = bulk_query(client, soql, max_records=BULK_PAGE, job=position.job, locator=position.locator)
        async for page in result:
            read += len(page.rows)
            found = [_found(row) for row in page.rows]
            if page.locator is None:
                yield OrderPage(found, Position(position.part + 1, None, read))
            else:
                yield OrderPage(found, Position(position.part, None, read, page.job, page.locator))
    except ExpiredResult as expired:
        log.info("the result of a bulk query has expired and is read anew", job=position.job, said=expired.message)
        yield OrderPage([], Position(position.part))


def _found(row: Any) -> Found:
    return Found(row["Id"], row["OrderNumber"], row["AccountId"])


def _missing(part: Part, found: Sequence[Found]) -> list[Found]:
    """Return the orders that were named and that Salesforce does not have, with their outcome."""
    there = {one.number.casefold() for one in found}
    return [
        Found(number, number, "", Outcome.FAILED.value, "CPQ-419", f"Salesforce has no Order with number {number}")
        for number in part.numbers
        if number.casefold() not in there
    ]


class BackfillReader:
    """Reads what back-fills have, and makes it due.

    Args:
        client: The org.
        store: The back-fills.
    """

    def __init__(self, client: SalesforceClient, store: BackfillStore) -> None:
        self._client = client
        self._store = store

    async def check(self, asked: Asked) -> int:
        """Return how many orders there are of what is asked for (see `expected`)."""
        return await expected(self._client, asked)

    async def read(
        self, backfill: Backfill, progress: Callable[[Backfill, int], Awaitable[None]] | None = None
    ) -> None:
        """Read a back-fill to its end, from where it was, and make its records due.

        It stops without an error when the back-fill is paused or cancelled, or somebody else reads it.

        Args:
            backfill: The back-fill.
            progress: Told how many orders were read.
        """
        with in_lane(BACKFILL):
            await self._read(backfill, progress)

    async def _read(self, backfill: Backfill, progress: Callable[[Backfill, int], Awaitable[None]] | None) -> None:
        if backfill.position is None:
            backfill = replace(backfill, total=await self.check(backfill.asked))
            await self._store.expect(backfill, backfill.total or 0)
        was = backfill.position
        async with aclosing(pages(self._client, backfill.asked, Position.of(was), backfill.total)) as reading:
            async for page in reading:
                if not await self._store.take_up(backfill, was, page.end.as_dict(), page.found):
                    return
                was = page.end.as_dict()
                if progress:
                    await progress(backfill, page.end.read)
        await self._store.release(backfill, was)

    async def read_all(self, *, mend: bool = True) -> None:
        """Read every back-fill that is to be read, and note those that have come to their end.

        Args:
            mend: Look at each of their records, whether it is still due.

        Raises:
            CpqBridgeError: One of them cannot be read; all others were.
        """
        refused: list[CpqBridgeError] = []
        for backfill in await self._store.in_state(State.READING):
            try:
                await self.read(backfill)
            except CpqBridgeError as error:
                refused.append(error)
        for backfill in await self._store.in_state(State.WORKING):
            await (self._store.mend if mend else self._store.settle)(backfill)
        await self._store.sweep()
        if refused:
            raise refused[0]
