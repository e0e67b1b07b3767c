"""Reads the changes of followed objects from the org, five objects in one API call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from cpqbridge.errors import CpqBridgeError, FixConfiguration, RetryLater, SignInRefused
from cpqbridge.jobs.feed.position import Key, after, stamp_of
from cpqbridge.jobs.feed.sources import BY_NAME, Found, Source, found, value
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.literals import among, chunks
from cpqbridge.salesforce.select import resolve

log = structlog.get_logger(__name__)

ROWS = 2000
"""Rows of a page, the most that the org gives in one piece."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Changes of one object in the order of their keys.

    Attributes:
        rows: As they were read.
        more: Whether there may be more behind them.
        keys: The rows' places in the order of changes.
    """

    rows: Sequence[Row]
    more: bool
    keys: Sequence[Key]

    @classmethod
    def of(cls, rows: Sequence[Row], *, more: bool = False) -> Page:
        """Return a page of rows as they were read."""
        stamps = {text: stamp_of(text) for text in {row["SystemModstamp"] for row in rows}}
        return cls(rows, more, [Key(stamps[row["SystemModstamp"]], row["Id"]) for row in rows])


class ChangeReader:
    """Reads changes of those objects that the org has; the others are left out, and said once.

    Args:
        client: The org.
        rows: Rows of a page.
    """

    def __init__(self, client: SalesforceClient, rows: int = ROWS) -> None:
        self._client = client
        self._rows = rows
        self._selects: dict[str, str] = {}
        self._said: set[str] = set()

    async def open(self, sources: Iterable[Source]) -> None:
        """Find out what can be read of these objects.

        Raises:
            FixConfiguration: CPQ-303, orders or a field of theirs are hidden.
        """
        wanted = list(sources)
        await self._client.describe_many(sorted({source.sobject for source in wanted}))
        for source in wanted:
            try:
                self._selects[source.sobject] = (await resolve(self._client, source.select)).soql
            except FixConfiguration as error:
                self._leave_out(source, error)

    def has(self, source: Source) -> bool:
        """Return whether an object can be read."""
        return source.sobject in self._selects

    async def pages(self, asked: Mapping[Source, Key]) -> dict[Source, Page]:
        """Return the next page of each object after a place; those that the org refuses now are left out.

        Raises:
            CpqBridgeError: The org cannot be asked, or refuses to show orders.
        """
        texts = {source: self._soql(source, after(key)) for source, key in asked.items()}
        try:
            answers = await self._client.query_many(list(texts.values()), all_rows=True)
        except (RetryLater, SignInRefused):
            raise
        except CpqBridgeError:
            return await self._one_by_one(texts)
        return {source: self._page(rows) for source, rows in zip(texts, answers, strict=True)}

    async def named(self, source: Source, ids: Collection[str]) -> Page:
        """Return the records of an object with these ids."""
        if not self.has(source):
            return Page.of([])
        queries = [f"{self._selects[source.sobject]} WHERE {among('Id', some)}" for some in chunks(ids)]
        answers = await self._client.query_many(queries, all_rows=True)
        return Page.of([row for rows in answers for row in rows])

    async def found(self, source: Source, rows: Sequence[Row]) -> list[Found]:
        """Return the records that changes lead to; where the way goes through another object, that one is asked."""
        if source.link is None:
            return [one for row in rows for one in found(source, row)]
        other = BY_NAME[source.link.source]
        if not self.has(other):
            return []
        keys = [key for row in rows if (key := value(row, source.link.key))]
        queries = [f"{self._selects[other.sobject]} WHERE {among(source.link.field, some)}" for some in chunks(keys)]
        answers = await self._client.query_many(queries)
        return [one for linked in answers for row in linked for one in found(other, row)]

    def _soql(self, source: Source, condition: str) -> str:
        order = f"ORDER BY SystemModstamp, Id LIMIT {self._rows}"
        return f"{self._selects[source.sobject]} WHERE {condition} {order}"

    def _page(self, rows: Sequence[Row]) -> Page:
        return Page.of(rows, more=len(rows) >= self._rows)

    async def _one_by_one(self, texts: Mapping[Source, str]) -> dict[Source, Page]:
        """Return what the org gives, and leave out what it refuses by itself."""
        pages: dict[Source, Page] = {}
        for source, text in texts.items():
            try:
                (rows,) = await self._client.query_many([text], all_rows=True)
            except (RetryLater, SignInRefused):
                raise
            except CpqBridgeError as error:
                self._leave_out(source, error)
            else:
                pages[source] = self._page(rows)
        return pages

    def _leave_out(self, source: Source, error: CpqBridgeError) -> None:
        if source.sobject == "Order":
            raise error
        self._selects.pop(source.sobject, None)
        if source.sobject in self._said:
            return
        self._said.add(source.sobject)
        log.warning("changes are not followed", object=source.sobject, code=error.code, said=error.message)
