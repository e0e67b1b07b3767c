"""The client of one tenant: calls in any of its families, queries, asynchronous jobs."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from cpqbridge.errors import CallForHelp, RetryLater
from cpqbridge.telemetry.working import track_id as current_track_id
from cpqbridge.transport.channel import Channel, Wiring
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.closing import AsyncClosing
from cpqbridge.transport.download import Address
from cpqbridge.transport.exchange import OnExchange, Request
from cpqbridge.transport.polling import Polling, until
from cpqbridge.transport.session import Session
from cpqbridge.zuora.connection import ZuoraConnection
from cpqbridge.zuora.dialect import ZuoraDialect
from cpqbridge.zuora.refusals import Fault, NotFound, job_refusal

Row = dict[str, Any]

MOST_PAGE_SIZE = 99
"""Rows in one answer of Object Query."""

_KEYED = frozenset({"POST", "PATCH"})
_READS = frozenset({"GET", "HEAD"})
_CODE = re.compile(r"\b[5-9]\d{7}\b")


POLLING = Polling()
"""For asynchronous orders."""


class ZuoraClient(AsyncClosing):
    """Speaks to one tenant. Use it as an async context manager; safe for many tasks of one event loop.

    Args:
        connection: Where the tenant is and how to sign in.
        wiring: Network, clock and retry policy.
        on_exchange: Told of every attempt at a call.
    """

    def __init__(
        self,
        connection: ZuoraConnection,
        wiring: Wiring | None = None,
        *,
        on_exchange: OnExchange | None = None,
    ) -> None:
        self._headers = connection.headers
        self._channel = Channel(
            ZuoraDialect(connection),
            wiring or Wiring(),
            on_exchange=on_exchange,
            timeouts=connection.timeouts,
            most=connection.concurrency,
            share=connection.share,
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._channel.aclose()

    @property
    def clock(self) -> Clock:
        """Time and chance."""
        return self._channel.clock

    async def session(self) -> Session:
        """Return the session, signing in first when there is none.

        Raises:
            CpqBridgeError: The sign-in failed.
        """
        return await self._channel.session()

    def download(self, address: Address) -> AsyncGenerator[bytes]:
        """Give the bytes of a file of results at its pre-signed address; no token is sent there."""
        return self._channel.download(address)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Sequence[tuple[str, str]] = (),
        idempotency_key: str | None = None,
        track_id: str | None = None,
        reads: bool = False,
    ) -> Row:
        """Call the API and return the document of the answer.

        Args:
            method: HTTP method.
            path: Such as `/v1/orders`; parts that come from data must be percent-encoded (`part`).
            body: JSON document.
            params: Query parameters.
            idempotency_key: For POST and PATCH, fewer than 240 characters; makes a repetition safe. A repetition after
                a definite refusal takes the key with `-2`, `-3` …, as Zuora would only replay the refusal.
            track_id: Shown in Zuora's logs; at most 64 characters without colon, semicolon and quotes. By default it
                names the run and the record that are worked on.
            reads: Nothing changes by it although it is a POST, such as a preview.

        Returns:
            The document; an array as `{"results": […]}`, an empty body as `{}`.

        Raises:
            NotFound: There is no such thing.
            RetryLater: It may work later; `unknown_result` says whether the work may have been done.
            CpqBridgeError: Any other refusal, with Zuora's code and request id in `detail`.
        """
        track_id = track_id or current_track_id()
        headers = {**self._headers, **({"Zuora-Track-Id": track_id} if track_id else {})}
        request = Request(
            method,
            path,
            params=params,
            body=body,
            headers=headers,
            reads=reads or method in _READS,
            idempotency_key=idempotency_key if method in _KEYED else None,
        )

        def unchanged(document: Row) -> Row:
            return document

        return await self._channel.send(request, unchanged)

    async def get_or_none(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Row | None:
        """Return what is at a path, or None when there is nothing."""
        try:
            return await self.send("GET", path, params=params)
        except NotFound:
            return None

    async def zoql(self, query: str) -> list[Row]:
        """Return all rows of a ZOQL query; fields without a value are absent from a row.

        Raises:
            FixConfiguration: CPQ-305, a custom field is missing in the tenant.
        """
        page = await self.send("POST", "/v1/action/query", body={"queryString": query}, reads=True)
        rows = list(page.get("records") or ())
        while not page.get("done", True):
            body = {"queryLocator": page["queryLocator"]}
            page = await self.send("POST", "/v1/action/queryMore", body=body, reads=True)
            rows += page.get("records") or ()
        return rows

    async def object_query(
        self,
        objects: str,
        *,
        filters: Sequence[str] = (),
        fields: Sequence[str] = (),
        expand: Sequence[str] = (),
        sort: str | None = None,
        page_size: int = MOST_PAGE_SIZE,
    ) -> list[Row]:
        """Return all rows of an Object Query, following its cursor.

        Args:
            objects: Such as `orders` or `order-line-items`.
            filters: Conditions that must all hold, such as `orderNumber.IN:[a,b]`.
            fields: Fields to return; all when empty.
            expand: Relations to return with each row.
            sort: Such as `updatedDate.ASC`.
            page_size: Rows in one answer, 1 to 99.
        """
        params = [("pageSize", str(page_size)), *(("filter[]", condition) for condition in filters)]
        params += [(name, ",".join(words)) for name, words in (("fields[]", fields), ("expand[]", expand)) if words]
        params += [("sort[]", sort)] if sort else []
        rows: list[Row] = []
        cursor: list[tuple[str, str]] = []
        while True:
            page = await self.send("GET", f"/object-query/{objects}", params=[*params, *cursor])
            rows += page.get("data") or ()
            if not page.get("nextPage"):
                return rows
            cursor = [("cursor", page["nextPage"])]

    async def poll_job(self, job_id: str, polling: Polling = POLLING) -> Row:
        """Wait for an asynchronous job and return its whole document, with `result`.

        Raises:
            RetryLater: CPQ-106, it has not ended in time; it may still do its work.
            CpqBridgeError: It failed; nothing was done.
        """
        status: str | None = None

        async def look() -> Row | None:
            nonlocal status
            job = await self.get_job(job_id)
            status = job.get("status")
            return job if status in {"Completed", "Failed"} else None

        job = await until(look, polling, self.clock)
        if job is None:
            message = f"Zuora's job {job_id} is still {status or 'without a status'} after {polling.most:.0f} seconds"
            raise RetryLater("CPQ-106", message, detail={"job": job_id}, unknown_result=True)
        if status == "Failed":
            raise _job_failure(job_id, job)
        return job

    async def get_job(self, job_id: str) -> Row:
        """Return an asynchronous job as it is now."""
        return await self.send("GET", f"/v1/async-jobs/{part(job_id)}")


def part(value: str) -> str:
    """Return a value as one part of a path.

    Raises:
        CallForHelp: CPQ-902, it is empty: the path would mean something else.
    """
    if value in {"", ".", ".."}:
        raise CallForHelp("CPQ-902", f"A Zuora address was built with the empty part {value!r}")
    return quote(value, safe="")


def _job_failure(job_id: str, job: Mapping[str, Any]) -> Exception:
    errors = job.get("errors")
    text = errors if isinstance(errors, str) else str(errors or "")
    return job_refusal(job_id, text, [Fault(code, text) for code in _CODE.findall(text)])
