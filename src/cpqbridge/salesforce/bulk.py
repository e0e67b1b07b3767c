"""Bulk API 2.0: very many rows of one SOQL query, page by page, in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any, Literal
from urllib.parse import quote as percent

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixData, RetryLater
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.flat_rows import columns, flat
from cpqbridge.salesforce.refusals import REFUSALS, refusal
from cpqbridge.transport.exchange import Reply
from cpqbridge.transport.pages import BEGINNING, ExpiredResult, Page, Row
from cpqbridge.transport.polling import BULK, Polling, until

Operation = Literal["query", "queryAll"]

_ENDED = frozenset({"JobComplete", "Failed", "Aborted"})
_NOT_BULK = ("is not supported by the Bulk API", "Selecting compound data not supported", "does not support query")
_EXPIRED = frozenset({"INVALID_QUERY_LOCATOR", "NOT_FOUND", "ENTITY_IS_DELETED"})
_LAST = "null"
_ROWS_PER_QUERY_PAGE = (200, 2000)


async def bulk_query(
    client: SalesforceClient,
    soql: str,
    *,
    operation: Operation = "query",
    max_records: int = 10_000,
    locator: str | None = None,
    job: str | None = None,
    polling: Polling = BULK,
) -> AsyncIterator[Page]:
    """Give the pages of a query, in order; at most one page is in memory at a time.

    Values are text as in the CSV (`"true"`, `"10.00"`, `"2026-01-31"`, datetimes `2026-01-31T10:00:00.000Z`), None when
    empty. Columns are named as in the result's header: `Id`, `Account.Name`.

    The first page of a new job is empty and only tells the job. To go on after a stop, give `job` and `locator` of
    the last page that was kept. An object that the Bulk API does not take is read by ordinary queries instead; their
    pages have an empty `job`.

    Args:
        client: The org's client.
        soql: Without child queries, aggregates and OFFSET.
        operation: `queryAll` also gives rows in the recycle bin.
        max_records: Most rows in one page.
        locator: Of the last page that was kept.
        job: Of the last page that was kept.
        polling: How the job's end is waited for.

    Raises:
        ExpiredResult: The job or its result is gone (kept for 7 days): begin anew, without `job` and `locator`.
        RetryLater: CPQ-106, the job has not ended in time; it can be gone on with.
        CpqBridgeError: The query or the job was refused, failed or was aborted.
    """
    if locator and not job:
        pages = _pages_of_query(client, soql, locator, max_records)
    elif job:
        pages = _pages_of_job(client, job, locator or BEGINNING, max_records, polling, known=True)
    else:
        created = await _create(client, soql, operation)
        if created:
            yield Page([], created, BEGINNING)
            pages = _pages_of_job(client, created, BEGINNING, max_records, polling, known=False)
        else:
            verb = "queryAll" if operation == "queryAll" else "query"
            pages = _pages_of_query(client, soql, f"{verb}?q={percent(soql, safe='')}", max_records)
    async for page in pages:
        yield page


async def _create(client: SalesforceClient, soql: str, operation: Operation) -> str | None:
    """Start a job and return its id; None when the object cannot be queried in bulk."""
    try:
        created = await client.read("jobs/query", method="POST", body={"operation": operation, "query": soql})
    except CpqBridgeError as error:
        if any(said in error.message for said in _NOT_BULK):
            return None
        raise
    return str(created["id"])


async def _pages_of_job(
    client: SalesforceClient, job: str, locator: str, size: int, polling: Polling, *, known: bool
) -> AsyncIterator[Page]:
    total = await _rows_when_ended(client, job, polling, known=known)
    following: str | None = locator
    while following is not None:
        page = await _page(client, job, following, size, total)
        following = page.locator
        yield page


async def _rows_when_ended(client: SalesforceClient, job: str, polling: Polling, *, known: bool) -> int | None:
    """Wait for a job and return how many rows it found.

    Args:
        client: The org's client.
        job: Its id.
        polling: How it is waited for.
        known: Whether it is of an earlier run: then its failure is a reason to begin anew.
    """
    state = ""

    async def look() -> Row | None:
        nonlocal state
        seen: Row = await _read(client, f"jobs/query/{percent(job, safe='')}", job)
        state = str(seen.get("state"))
        return seen if state in _ENDED else None

    ended = await until(look, polling, client.clock)
    if ended is None:
        message = f"Salesforce's query job {job} is still {state} after {polling.most:.0f} seconds"
        raise RetryLater("CPQ-106", message, detail={"job": job})
    if state == "JobComplete":
        rows = ended.get("numberRecordsProcessed")
        return rows if isinstance(rows, int) else None
    said = str(ended.get("errorMessage") or state)
    if known:
        raise ExpiredResult("Salesforce", job, said)
    if state == "Aborted":
        raise RetryLater("CPQ-104", f"Salesforce's query job {job} was aborted", detail={"job": job})
    raise _failure(job, said)


def _failure(job: str, said: str) -> CpqBridgeError:
    """Return the error of a failed job; its message names the code of the refused query, if there was one."""
    name = next((name for name in REFUSALS if name in said), None)
    if name is None:
        return FixData("CPQ-421", f"Salesforce's query job {job} failed: {said}", detail={"job": job})
    error = refusal(400, [{"errorCode": name, "message": said}], detail={"job": job})
    return error if isinstance(error, CpqBridgeError) else CallForHelp("CPQ-901", f"Salesforce: {said}")


async def _page(client: SalesforceClient, job: str, locator: str, size: int, total: int | None) -> Page:
    params = [("maxRecords", str(size)), *([("locator", locator)] if locator else [])]
    path = f"jobs/query/{percent(job, safe='')}/results"
    reply = await _read(client, path, job, params=params, headers={"Accept": "text/csv"})
    if not isinstance(reply, Reply):
        raise CallForHelp("CPQ-901", f"Salesforce answered {path} with something that is no CSV", detail={"job": job})
    following = reply.headers.get("sforce-locator", _LAST)
    return Page(rows_of_csv(reply.content), job, None if following in {_LAST, ""} else following, total)


async def _pages_of_query(client: SalesforceClient, soql: str, path: str, size: int) -> AsyncIterator[Page]:
    names = columns(soql)
    least, most = _ROWS_PER_QUERY_PAGE
    headers = {"Sforce-Query-Options": f"batchSize={min(max(size, least), most)}"}
    following: str | None = path
    while following is not None:
        page = await _read(client, following, "", headers=headers)
        following = page.get("nextRecordsUrl")
        yield Page([flat(record, names) for record in page["records"]], "", following, page.get("totalSize"))


async def _read(client: SalesforceClient, path: str, job: str, **options: Any) -> Any:
    try:
        return await client.read(path, **options)
    except CpqBridgeError as error:
        gone = error.detail.get("code") in _EXPIRED or error.detail.get("status") == "404"
        if gone or (error.detail.get("status") == "400" and "locator" in error.message.lower()):
            raise ExpiredResult("Salesforce", job, error.message) from error
        raise


def rows_of_csv(content: bytes) -> list[Row]:
    """Return the rows of a CSV file with a header; None for an empty value."""
    lines = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    header = next(lines, [])
    return [dict(zip(header, [value or None for value in line], strict=True)) for line in lines if line]
