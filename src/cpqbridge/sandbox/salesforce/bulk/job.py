"""A Bulk 2.0 job: what was asked, how far it is, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

State = Literal["Open", "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"]

DELIMITERS: Final[Mapping[str, str]] = {
    "BACKQUOTE": "`",
    "CARET": "^",
    "COMMA": ",",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDINGS: Final[Mapping[str, str]] = {"LF": "\n", "CRLF": "\r\n"}
FINISHED: Final = frozenset({"JobComplete", "Failed", "Aborted"})


@dataclass
class Job:
    """One job.

    Attributes:
        id: 18 characters, prefix 750.
        kind: Family of the resource.
        operation: `query`, `queryAll`, `insert`, `update`, `upsert`, `delete` or `hardDelete`.
        sobject: API name of the object.
        version: API version of the request that made it.
        created: When, UTC.
        user_id: Who made it.
        delimiter: Key of `DELIMITERS`.
        line_ending: Key of `LINE_ENDINGS`.
        query: Statement of a query job.
        key: External id field of an upsert.
        state: Where it stands.
        polls: How many more times it is seen in progress.
        changed: When the state changed last, UTC.
        error: Why it failed.
        columns: Header of the CSV.
        rows: Result rows of a query; uploaded rows of an ingest.
        succeeded: Rows of `successfulResults` (with `sf__Id`, `sf__Created`).
        failed: Rows of `failedResults` (with `sf__Id`, `sf__Error`).
        upload: The CSV text uploaded so far, None before an upload.
    """

    id: str
    kind: Literal["query", "ingest"]
    operation: str
    sobject: str
    version: str
    created: datetime
    user_id: str
    delimiter: str = "COMMA"
    line_ending: str = "LF"
    query: str = ""
    key: str | None = None
    state: State = "UploadComplete"
    polls: int = 0
    changed: datetime = field(init=False)
    error: str | None = None
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    succeeded: list[list[str]] = field(default_factory=list)
    failed: list[list[str]] = field(default_factory=list)
    upload: str | None = None

    def __post_init__(self) -> None:
        self.changed = self.created

    def move(self, state: State, now: datetime) -> None:
        """Enter a state."""
        self.state = state
        self.changed = now

    def as_json(self) -> dict[str, Any]:
        """Return the job's information as `GET jobs/…/{id}` gives it."""
        body: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject,
            "createdById": self.user_id,
            "createdDate": _stamp(self.created),
            "systemModstamp": _stamp(self.changed),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        return body | (self._query_part() if self.kind == "query" else self._ingest_part())

    def _query_part(self) -> dict[str, Any]:
        if self.state not in FINISHED:
            return {}
        done = {
            "numberRecordsProcessed": len(self.rows),
            "retries": 0,
            "totalProcessingTime": 1,
            "isPkChunkingSupported": True,
        }
        return done | ({"errorMessage": self.error} if self.error else {})

    def _ingest_part(self) -> dict[str, Any]:
        part: dict[str, Any] = {"jobType": "V2Ingest"}
        if self.key:
            part["externalIdFieldName"] = self.key
        if self.state == "Open":
            part["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        if self.state in FINISHED:
            part |= {
                "numberRecordsProcessed": len(self.succeeded) + len(self.failed),
                "numberRecordsFailed": len(self.failed),
                "retries": 0,
                "totalProcessingTime": 1,
                "apiActiveProcessingTime": 1,
                "apexProcessingTime": 0,
            }
            if self.error:
                part["errorMessage"] = self.error
        return part


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"
