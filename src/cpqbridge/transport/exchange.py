"""One request, its reply, and what may be told of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from cpqbridge.transport.limiter import LONGEST_ASKED
from cpqbridge.transport.wire import decode

CSV = "text/csv"
"""Media type of tables."""

_REQUEST_ID = ("zuora-request-id", "x-sfdc-request-id", "x-request-id")


@dataclass(frozen=True, slots=True)
class Request:
    """One call of a system's API.

    Attributes:
        method: `GET`, `POST` …
        path: Below the system's address, beginning with a slash, already percent-encoded.
        params: Query parameters in order; a name may come several times.
        body: JSON document; None sends no body.
        form: Form fields instead of JSON, only for signing in.
        headers: Further headers.
        reads: Nothing changes by it (also true for queries that are sent by POST).
        harmless: It writes, but a repetition has no further effect.
        idempotency_key: The system does it once per key, and repeats its first answer.
    """

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    body: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    reads: bool = False
    harmless: bool = False
    idempotency_key: str | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again although its result is unknown."""
        return self.reads or self.harmless or self.idempotency_key is not None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a system answered.

    Attributes:
        status: HTTP status.
        headers: Names in any case.
        document: The parsed JSON body; None when the body is empty or no JSON.
        is_json: Whether the body was JSON.
        content: The body as it came.
    """

    status: int
    headers: Mapping[str, str]
    document: Any
    is_json: bool
    content: bytes = field(default=b"", repr=False)

    @classmethod
    def of(cls, response: httpx.Response) -> Reply:
        """Read a response, whatever its body is; CSV is not mistaken for JSON, which a lone column would look like."""
        if _media_type(response.headers) == CSV:
            return cls(response.status_code, response.headers, None, is_json=False, content=response.content)
        try:
            return cls(response.status_code, response.headers, decode(response.content), is_json=True)
        except ValueError:
            return cls(response.status_code, response.headers, None, is_json=False, content=response.content)

    @property
    def is_csv(self) -> bool:
        """Whether the body is a table of comma-separated values."""
        return _media_type(self.headers) == CSV

    @property
    def request_id(self) -> str | None:
        """The system's own id of the request, for its support."""
        return next((self.headers[name] for name in _REQUEST_ID if name in self.headers), None)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, when the system named them; never more than `LONGEST_ASKED`."""
        given = self.headers.get("retry-after", "")
        return min(LONGEST_ASKED, float(given)) if given.isascii() and given.isdigit() else None

    @property
    def detail(self) -> dict[str, str]:
        """`{"status", "request_id"}` for an error."""
        return {"status": str(self.status), **({"request_id": self.request_id} if self.request_id else {})}


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Exchange:
    """The record of one attempt, for counting and logs: no query, no headers, no bodies, hence no secrets.

    Attributes:
        system: `Salesforce` or `Zuora`.
        method: HTTP method.
        path: Without its query.
        status: HTTP status; None when there was no answer.
        elapsed: Seconds from sending to the end of the answer.
        attempt: 1 for the first.
        reads: Whether the request only reads.
        request_id: The system's own id.
        error: What went wrong on the way when there was no answer, such as `ReadTimeout`.
    """

    system: str
    method: str
    path: str
    status: int | None
    elapsed: float
    attempt: int
    reads: bool
    request_id: str | None = None
    error: str | None = None


OnExchange = Callable[[Exchange], None]
"""Told of every attempt, after it."""
