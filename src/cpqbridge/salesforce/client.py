"""The client of one org: queries, describes, composite calls and writes, in as few API calls as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote as percent

from cpqbridge.errors import CallForHelp, CpqBridgeError, RetryLater
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.salesforce.describe import Describe
from cpqbridge.salesforce.dialect import ApiUsage, SalesforceDialect
from cpqbridge.salesforce.paging import Row, Unread, unfold
from cpqbridge.salesforce.refusals import refusal
from cpqbridge.transport.channel import Channel, Wiring
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.closing import AsyncClosing
from cpqbridge.transport.exchange import OnExchange, Request
from cpqbridge.transport.retries import Trial
from cpqbridge.transport.session import Session, Unauthorized
from cpqbridge.transport.together import together

LONGEST_URL = 12_000
"""Characters of an encoded query that go into an address; Salesforce takes 16,384 bytes with all headers."""

QUERIES_PER_COMPOSITE = 5
DESCRIBES_PER_COMPOSITE = 10
ROWS_PER_COLLECTION = 200
_HEADERS = {"Sforce-Call-Options": "client=cpqbridge"}
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Subrequest:
    """One part of a composite call.

    Attributes:
        method: HTTP method.
        path: Below the version root, such as `sobjects/Order/801…`; references like `@{one.id}` are resolved there.
        reference: Name of the part, unique in the call.
        body: JSON body.
    """

    method: str
    path: str
    reference: str
    body: Any = None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one record of a collection.

    Attributes:
        id: The record's id; None when it was refused before it had one.
        error: Why it was refused; None for success.
    """

    id: str | None
    error: CpqBridgeError | None = None


class SalesforceClient(AsyncClosing):
    """Speaks to one org. Use it as an async context manager; safe for many tasks of one event loop.

    Args:
        connection: Where the org is and how to sign in.
        wiring: Network, clock and retry policy.
        on_exchange: Told of every attempt at a call.
    """

    def __init__(
        self,
        connection: SalesforceConnection,
        wiring: Wiring | None = None,
        *,
        on_exchange: OnExchange | None = None,
    ) -> None:
        self._connection = connection
        self._dialect = SalesforceDialect(connection)
        self._channel = Channel(
            self._dialect,
            wiring or Wiring(),
            on_exchange=on_exchange,
            timeouts=connection.timeouts,
            most=connection.concurrency,
        )
        self._describes: dict[str, Describe | None] = {}
        self._describing = asyncio.Lock()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._channel.aclose()

    @property
    def api_usage(self) -> ApiUsage | None:
        """Calls of the org in the last 24 hours, as of the last answer."""
        return self._dialect.api_usage

    @property
    def server_time(self) -> datetime | None:
        """The org's time of the last answer, in whole seconds: never later than it is there now."""
        return self._dialect.server_time

    @property
    def clock(self) -> Clock:
        """Time and chance."""
        return self._channel.clock

    async def session(self, stale: Session | None = None) -> Session:
        """Return the session, for what speaks to the org by other ways than HTTP.

        Args:
            stale: A session that was refused there; another one is wanted.

        Raises:
            CpqBridgeError: The sign-in failed.
        """
        return await self._channel.session(stale)

    async def read(
        self,
        path: str,
        *,
        method: str = "GET",
        params: Sequence[tuple[str, str]] = (),
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Read any resource; what a POST makes here, such as a query job, may be made twice without harm.

        Args:
            path: Below the version root, or from the host when it begins with a slash.
            method: HTTP method.
            params: Query parameters.
            body: JSON document.
            headers: Further headers.

        Returns:
            The document; the `Reply` itself for CSV.
        """
        whole = path if path.startswith("/") else f"{self._connection.root}/{path}"
        sent = {**_HEADERS, **(headers or {})}
        return await self._send(Request(method, whole, params=params, body=body, headers=sent, reads=True))

    async def query(self, soql: str) -> list[Row]:
        """Return all rows of a query, with all pages of all children; child results are lists, or None for no rows.

        Raises:
            CpqBridgeError: See `refusals`.
        """
        encoded = percent(soql, safe="")
        if len(encoded) > LONGEST_URL:
            return (await self.query_many([soql]))[0]
        page = await self._call("GET", f"query?q={encoded}")
        return await self._rows(page)

    async def query_all(self, soql: str) -> list[Row]:
        """Return all rows of a query, with those in the recycle bin, which `IsDeleted` tells apart.

        Raises:
            CpqBridgeError: See `refusals`.
        """
        page = await self._call("GET", f"queryAll?q={percent(soql, safe='')}")
        return await self._rows(page)

    async def query_many(self, queries: Sequence[str], *, all_rows: bool = False) -> list[list[Row]]:
        """Return the rows of several queries, five in one API call.

        Args:
            queries: SOQL.
            all_rows: With those in the recycle bin, as `query_all` gives them.

        Raises:
            CpqBridgeError: One of them is refused.
        """
        pages: list[dict[str, Any]] = []
        resource = "queryAll" if all_rows else "query"
        for start in range(0, len(queries), QUERIES_PER_COMPOSITE):
            some = queries[start : start + QUERIES_PER_COMPOSITE]
            parts = [
                Subrequest("GET", f"{resource}?q={percent(soql, safe='')}", f"q{number}")
                for number, soql in enumerate(some)
            ]
            pages += [part["body"] for part in await self.composite(parts, all_succeed=True)]
        return await together(self._rows(page) for page in pages)

    async def composite(
        self, parts: Sequence[Subrequest], *, all_or_none: bool = False, all_succeed: bool = False
    ) -> list[dict[str, Any]]:
        """Run up to 25 parts in one API call.

        Args:
            parts: At most five of them queries or collections.
            all_or_none: Undo everything when one part fails.
            all_succeed: Raise the error of the first part that failed, after the usual repetitions.

        Returns:
            `{"body", "httpHeaders", "httpStatusCode", "referenceId"}` in the order of the parts.
        """
        body = {
            "allOrNone": all_or_none,
            "collateSubrequests": False,
            "compositeRequest": [self._part(part) for part in parts],
        }
        reads = all(part.method in _READS for part in parts)

        def in_order(document: Any) -> list[dict[str, Any]]:
            answers = {part["referenceId"]: part for part in document["compositeResponse"]}
            if all_succeed:
                for part in parts:
                    _succeed(answers[part.reference], writes=not reads)
            return [answers[part.reference] for part in parts]

        request = Request("POST", f"{self._connection.root}/composite", body=body, headers=_HEADERS, reads=reads)
        return await self._channel.send(request, in_order)

    async def describe(self, sobject: str) -> Describe | None:
        """Return an object's describe, read once per client; None when the org has no such object."""
        return (await self.describe_many([sobject]))[sobject]

    async def describe_many(self, names: Iterable[str]) -> dict[str, Describe | None]:
        """Return several objects' describes by name; those not read yet come together."""
        wanted = list(dict.fromkeys(names))
        async with self._describing:
            unread = [name for name in wanted if name.lower() not in self._describes]
            for start in range(0, len(unread), DESCRIBES_PER_COMPOSITE):
                await self._read_describes(unread[start : start + DESCRIBES_PER_COMPOSITE])
            return {name: self._describes[name.lower()] for name in wanted}

    def forget_describes(self) -> None:
        """Read the describes of objects anew when they are needed again: fields and permissions change."""
        self._describes.clear()

    async def global_describe(self) -> list[Row]:
        """Return all objects that the user sees, without their fields."""
        document = await self._call("GET", "sobjects")
        return list(document["sobjects"])

    async def userinfo(self) -> Row:
        """Return who is signed in: `user_id`, `organization_id`, `preferred_username`, `urls` and more."""
        return dict(await self._send(Request("GET", "/services/oauth2/userinfo", reads=True)))

    async def limits(self) -> Row:
        """Return the org's allocations: `{"DailyApiRequests": {"Max", "Remaining"}, …}`."""
        return dict(await self._call("GET", "limits"))

    async def update_collection(
        self, sobject: str, records: Sequence[Mapping[str, Any]], *, all_or_none: bool = False
    ) -> list[RowResult]:
        """Change many records of one object, 200 in one API call; rows that were locked are tried again.

        Args:
            sobject: The object.
            records: Each with `Id` and the fields to set.
            all_or_none: Undo a whole call when one of its rows fails.

        Returns:
            What became of each, in the same order. Refused rows are no exception.
        """
        results: list[RowResult] = []
        for start in range(0, len(records), ROWS_PER_COLLECTION):
            some = records[start : start + ROWS_PER_COLLECTION]
            results += await self._update(sobject, some, all_or_none)
        return results

    async def upsert(
        self, sobject: str, key_field: str, key: str, values: Mapping[str, Any], *, update_only: bool = False
    ) -> RowResult:
        """Write one record by an external id, or by `Id` with `update_only`.

        Raises:
            CpqBridgeError: It was refused, or several records have the key.
        """
        query = "?updateOnly=true" if update_only and key_field.lower() != "id" else ""
        own = percent(key, safe="") if key_field.lower() == "id" else f"{key_field}/{percent(key, safe='')}"
        document = await self._call("PATCH", f"sobjects/{sobject}/{own}{query}", body=dict(values), harmless=True)
        return RowResult(document["id"] if document else key if key_field.lower() == "id" else None)

    async def _rows(self, page: dict[str, Any]) -> list[Row]:
        rows: list[Row] = []
        unread = list(unfold(page, rows))
        while unread:
            further = await together(self._page(part) for part in unread)
            unread = [part for found in further for part in found]
        return rows

    async def _page(self, unread: Unread) -> list[Unread]:
        if not unread.url.startswith("/services/data/"):
            raise CallForHelp("CPQ-901", f"Salesforce gave a next page of an unknown form: {unread.url}")
        page = await self._send(Request("GET", unread.url, headers=_HEADERS, reads=True))
        return list(unfold(page, unread.rows))

    async def _read_describes(self, names: Sequence[str]) -> None:
        parts = [Subrequest("GET", f"sobjects/{name}/describe", f"d{number}") for number, name in enumerate(names)]
        for name, part in zip(names, await self.composite(parts), strict=True):
            if part["httpStatusCode"] == 404:
                self._describes[name.lower()] = None
                continue
            _succeed(part)
            self._describes[name.lower()] = Describe.of(part["body"])

    async def _update(self, sobject: str, records: Sequence[Mapping[str, Any]], all_or_none: bool) -> list[RowResult]:
        results: dict[int, RowResult] = {}
        waiting = list(range(len(records)))
        trial = Trial(Request("PATCH", "/", harmless=True), self._channel.policy)
        while True:
            body = {"allOrNone": all_or_none, "records": [_row(sobject, records[place]) for place in waiting]}
            answers = await self._call("PATCH", "composite/sobjects", body=body, harmless=True)
            results |= {place: _result(answer) for place, answer in zip(waiting, answers, strict=True)}
            passing = [error for place in waiting if isinstance(error := results[place].error, RetryLater)]
            if not passing:
                break
            pause = trial.after(passing[0], self._channel.clock.jitter())
            if pause is None:
                break
            waiting = [place for place in waiting if all_or_none or isinstance(results[place].error, RetryLater)]
            await self._channel.clock.sleep(pause)
        return [results[place] for place in range(len(records))]

    def _part(self, part: Subrequest) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "method": part.method,
            "url": f"{self._connection.root}/{part.path}",
            "referenceId": part.reference,
        }
        return shown if part.body is None else {**shown, "body": part.body}

    async def _call(self, method: str, path: str, *, body: Any = None, harmless: bool = False) -> Any:
        return await self._send(
            Request(
                method,
                f"{self._connection.root}/{path}",
                body=body,
                headers=_HEADERS,
                reads=method in _READS,
                harmless=harmless,
            )
        )

    async def _send(self, request: Request) -> Any:
        def unchanged(document: Any) -> Any:
            return document

        return await self._channel.send(request, unchanged)


def _succeed(part: Mapping[str, Any], *, writes: bool = False) -> None:
    """Raise the error of a composite's part, when it failed."""
    if part["httpStatusCode"] >= 300:
        raise refusal(part["httpStatusCode"], part["body"], writes=writes)


def _row(sobject: str, record: Mapping[str, Any]) -> Row:
    return {"attributes": {"type": sobject}, **{"id" if n == "Id" else n: value for n, value in record.items()}}


def _result(answer: Mapping[str, Any]) -> RowResult:
    if answer.get("success"):
        return RowResult(answer.get("id"))
    error = refusal(400, answer.get("errors") or [])
    if isinstance(error, Unauthorized):
        error = CallForHelp("CPQ-901", "Salesforce refused the session for one row only")
    return RowResult(answer.get("id"), error)
