"""Data Query: very many rows of one SQL query of the tenant's tables, in bounded memory."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, RetryLater
from cpqbridge.transport.download import FileGone
from cpqbridge.transport.pages import BEGINNING, ExpiredResult, Page, Row
from cpqbridge.transport.polling import BULK, Polling, until
from cpqbridge.zuora.client import ZuoraClient, part
from cpqbridge.zuora.refusals import NotFound
from cpqbridge.zuora.result_file import rows_of

WINDOW = 400_000
"""Rows of one job when a query is read in windows; a live query may give 500,000."""

_ENDED = frozenset({"completed", "failed", "cancelled", "canceled", "aborted"})
_FORMAT = {"outputFormat": "JSON", "compression": "GZIP", "output": {"target": "S3"}}

_CUSTOM_FIELD = re.compile(r"'([\w.]+__c)'")
_IN_PASSING = re.compile(r"time limit|timed? ?out|too many|temporar|internal error|memory", re.IGNORECASE)


async def data_query(
    client: ZuoraClient,
    sql: str,
    *,
    key: str | None = None,
    max_records: int = 10_000,
    locator: str | None = None,
    job: str | None = None,
    window: int = WINDOW,
    polling: Polling = BULK,
) -> AsyncIterator[Page]:
    """Give the rows of a SQL query in pages, in order; at most one page is in memory at a time.

    Numbers are `int` or `Decimal`, booleans `bool`, dates `YYYY-MM-DD` text, timestamps text with their offset; None
    when empty. Columns are named as in the result: lower case, or the alias (`select a.name as account`).

    A live query of more than 500,000 rows is refused by Zuora. Such a one needs a `key`: it is then read in windows,
    each by a job of its own that goes on after the last key; rows are ordered by the key, and what changes meanwhile
    may be seen in one window and not in another.

    The first page of a new job is empty and only tells the job. To go on after a stop, give `job` and `locator` of
    the last page that was kept. Without a key the file is read again from its beginning, and the rows before the
    locator are passed over; with a key a new job goes on after the locator, however old it is.

    Args:
        client: The tenant's client.
        sql: One SELECT of Trino's dialect; with a key without ORDER BY and LIMIT.
        key: A column of the result with a text that is different in every row and never empty, such as `id`.
        max_records: Most rows in one page.
        locator: Of the last page that was kept.
        job: Of the last page that was kept.
        window: Most rows of one job, with a key.
        polling: How a job's end is waited for.

    Raises:
        ExpiredResult: The job or its file is gone: begin anew, without `job` and `locator`.
        RetryLater: CPQ-106, the job has not ended in time; it can be gone on with.
        CpqBridgeError: The query or the job was refused, failed or was cancelled.
    """
    reader = _Reader(client, max_records, polling)
    if key is None:
        pages = reader.whole(sql, job, int(locator or 0))
    else:
        pages = reader.windows(sql, key, job if not locator else None, locator or BEGINNING, window)
    async with aclosing(pages):
        async for page in pages:
            yield page


def windowed(sql: str, key: str, after: str, size: int) -> str:
    """Return the query of the rows that come after a key."""
    condition = f" WHERE w.{key} > '{after.replace(chr(39), chr(39) * 2)}'" if after else ""
    return f"SELECT w.* FROM ({sql}) w{condition} ORDER BY w.{key} LIMIT {size}"  # noqa: S608 - no text but the key


class _Reader:
    """Reads the results of jobs of one tenant.

    Args:
        client: The tenant's client.
        size: Most rows in one page.
        polling: How a job's end is waited for.
    """

    def __init__(self, client: ZuoraClient, size: int, polling: Polling) -> None:
        self._client = client
        self._size = size
        self._polling = polling

    async def whole(self, sql: str, job: str | None, skip: int) -> AsyncGenerator[Page]:
        """Give the pages of one job from a row on; without a job it is made first."""
        current = job or await self._submit(sql)
        if not job:
            yield Page([], current, BEGINNING)
        total = await self._rows_when_completed(current, known=bool(job))
        place = skip
        if place == total:
            yield Page([], current, None, total)
            return
        async for rows in self._rows(current, total, skip):
            place += len(rows)
            yield Page(rows, current, str(place) if place < total else None, total)

    async def windows(self, sql: str, key: str, job: str | None, after: str, window: int) -> AsyncGenerator[Page]:
        """Give the pages of a query by its key, one job after the other."""
        total = window
        while total == window:
            current = job or await self._submit(windowed(sql, key, after, window))
            if not job:
                yield Page([], current, after)
            total = await self._rows_when_completed(current, known=bool(job))
            if not total:
                yield Page([], current, None)
                return
            job, place = None, 0
            async for rows in self._rows(current, total, 0):
                place += len(rows)
                after = _key(rows[-1], key)
                yield Page(rows, current, None if place == total < window else after)

    async def _submit(self, sql: str) -> str:
        answer = await self._client.send(
            "POST", "/query/jobs", body={"query": sql, **_FORMAT}, idempotency_key=str(uuid.uuid4())
        )
        return str(_data(answer)["id"])

    async def _rows_when_completed(self, job: str, *, known: bool) -> int:
        """Wait for a job and return how many rows it found; `known` says that it is of an earlier run."""
        status = ""

        async def look() -> Row | None:
            nonlocal status
            seen = await self._job(job)
            status = str(seen.get("queryStatus"))
            return seen if status in _ENDED else None

        ended = await until(look, self._polling, self._client.clock)
        if ended is None:
            message = f"Zuora's data query {job} is still {status} after {self._polling.most:.0f} seconds"
            raise RetryLater("CPQ-106", message, detail={"job": job})
        if status == "completed":
            return int(ended.get("outputRows") or 0)
        said = str(ended.get("errorMessage") or status)
        raise ExpiredResult("Zuora", job, said) if known else failure(job, status, said)

    async def _job(self, job: str) -> Row:
        try:
            return _data(await self._client.send("GET", f"/query/jobs/{part(job)}"))
        except NotFound as error:
            raise ExpiredResult("Zuora", job, error.message) from error

    async def _rows(self, job: str, total: int, skip: int) -> AsyncGenerator[list[Row]]:
        """Give the rows of a completed job's file after the first `skip`, as many at a time as make a page."""

        async def address() -> str:
            return str((await self._job(job)).get("dataFile") or "")

        place = skip
        try:
            async with aclosing(rows_of(self._client.download(address), self._size, skip)) as batches:
                async for rows in batches:
                    place += len(rows)
                    if place > total:
                        break
                    yield rows
        except FileGone as error:
            raise ExpiredResult("Zuora", job, str(error)) from error
        except ValueError as error:
            message = f"The file of Zuora's data query {job} cannot be read: {error}"
            raise CallForHelp("CPQ-901", message, detail={"job": job}) from error
        if place != total:
            message = f"The file of Zuora's data query {job} does not have the {total} rows that Zuora counted"
            raise CallForHelp("CPQ-901", message, detail={"job": job})


def failure(job: str, status: str, said: str) -> CpqBridgeError:
    """Return the error of a job that failed or was cancelled, by what Zuora says of it."""
    message, detail = f"Zuora: the data query {status}: {said}", {"job": job}
    if status != "failed":
        return RetryLater("CPQ-104", message, detail=detail)
    custom = _CUSTOM_FIELD.search(said)
    if custom and "cannot be resolved" in said:
        return FixConfiguration("CPQ-305", message, field=custom[1], detail=detail)
    if _IN_PASSING.search(said):
        return RetryLater("CPQ-104", message, detail=detail)
    return CallForHelp("CPQ-902" if said.startswith("line ") else "CPQ-901", message, detail=detail)


def _data(answer: Mapping[str, Any]) -> Row:
    data = answer.get("data")
    if not isinstance(data, dict):
        raise CallForHelp("CPQ-901", "Zuora answered a data query without its job")
    return data


def _key(row: Row, key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise CallForHelp("CPQ-902", f"A row of a data query has no text in its key column {key}")
    return value
