"""Query jobs: accepted, in progress, completed, failed or cancelled; few run at a time, some more wait.

Jobs advance when a client looks at any of them, so that every run is the same.
"""

from __future__ import annotations

import time
import uuid
from typing import Any

from cpqbridge.sandbox.zuora.data_query.engine import run
from cpqbridge.sandbox.zuora.data_query.files import Files
from cpqbridge.sandbox.zuora.data_query.formats import COMPRESSED, ENDINGS, render
from cpqbridge.sandbox.zuora.data_query.words import SqlError
from cpqbridge.sandbox.zuora.envelopes import NO_BODY, REQUEST_LIMIT, PlainError, code
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

KIND = "dataQueryJob"
ACCEPTED, RUNNING, COMPLETED, FAILED, CANCELLED = "accepted", "in_progress", "completed", "failed", "cancelled"

RETRIES = 3

#: Members of a job that the API shows, when they have a value.
_SHOWN = (
    "id", "query", "useIndexJoin", "sourceData", "queryStatus", "outputRows", "processingTime", "errorCode",
    "errorMessage", "remainingRetries", "retries", "updatedOn", "createdOn", "createdBy",
)  # fmt: skip

#: Code of a failure that the query itself causes.
_BAD_QUERY = "LINK_10000005"


class Jobs:
    """The query jobs of one tenant."""

    def __init__(self, tenant: Tenant, files: Files) -> None:
        """Run jobs of a tenant, and put their results among the files."""
        self._tenant = tenant
        self._files = files
        self._user = str(uuid.uuid5(uuid.NAMESPACE_OID, "api user"))

    def submit(self, body: Row) -> Row:
        """Take a checked request in.

        Raises:
            PlainError: 429, as many jobs wait as may.
        """
        self._advance()
        most = self._tenant.settings.data_query_limits["queued"]
        if len(self._in(ACCEPTED)) >= most:
            message = f"The number of queued queries exceeds the limit of {most}."
            raise PlainError(429, code(NO_BODY, REQUEST_LIMIT), message)
        job = {
            "id": str(uuid.uuid4()),
            "query": body["query"],
            "useIndexJoin": bool(body.get("useIndexJoin")),
            "sourceData": body.get("sourceData") or "LIVE",
            "queryStatus": ACCEPTED,
            "remainingRetries": RETRIES,
            "retries": RETRIES,
            "createdBy": self._user,
            "output": body["outputFormat"],
            "compression": body["compression"],
            "separator": body.get("columnSeparator"),
            "readDeleted": bool(body.get("readDeleted")),
            "polls": 0,
        }
        return self._tenant.store.insert(KIND, job)

    def look(self, job_id: str) -> Row | None:
        """A job as it is now, after all jobs have gone on a step; None when there is none."""
        self._advance()
        return self._tenant.store.get(KIND, job_id)

    def listed(self, status: str | None, size: int) -> list[Row]:
        """The latest jobs first."""
        self._advance()
        rows = [job for job in self._tenant.store.rows(KIND) if status in {None, job["queryStatus"]}]
        return rows[::-1][:size]

    def cancel(self, job: Row) -> Row:
        """Cancel a job that has not ended.

        Raises:
            PlainError: 400, it has.
        """
        if job["queryStatus"] not in {ACCEPTED, RUNNING}:
            message = f"The query job is {job['queryStatus']} and cannot be cancelled."
            raise PlainError(400, 400, message)
        return self._change(job, queryStatus=CANCELLED)

    def _advance(self) -> None:
        free = self._tenant.settings.data_query_limits["running"] - len(self._in(RUNNING))
        for job in self._in(ACCEPTED)[: max(0, free)]:
            self._change(job, queryStatus=RUNNING, polls=self._tenant.settings.async_job_polls)
        for job in self._in(RUNNING):
            if job["polls"] > 0:
                self._change(job, polls=job["polls"] - 1)
            else:
                self._run(job)

    def _run(self, job: Row) -> None:
        started = time.perf_counter()
        try:
            result = run(self._tenant, job["query"], deleted=job["readDeleted"])
        except SqlError as error:
            self._change(job, queryStatus=FAILED, errorCode=_BAD_QUERY, errorMessage=str(error))
            return
        content = render(result, job["output"], job["compression"], job["separator"], file_name(job, packed=False))
        self._files.keep(file_name(job), content)
        elapsed = int((time.perf_counter() - started) * 1000)
        self._change(job, queryStatus=COMPLETED, outputRows=len(result.rows), processingTime=elapsed)

    def _in(self, status: str) -> list[Row]:
        return [job for job in self._tenant.store.rows(KIND) if job["queryStatus"] == status]

    def _change(self, job: Row, **changes: Any) -> Row:
        return self._tenant.store.update(KIND, job["id"], changes)


def file_name(job: Row, *, packed: bool = True) -> str:
    """The name of a job's file."""
    plain = f"{job['id']}.{ENDINGS[job['output']]}"
    return plain + COMPRESSED[job["compression"]] if packed else plain


def view(job: Row, data_file: str | None) -> Row:
    """A job as the API shows it."""
    moments = {"createdOn": job["createdDate"], "updatedOn": job["updatedDate"]}
    shown = {name: value for name in _SHOWN if (value := {**job, **moments}.get(name)) is not None}
    return {**shown, **({"dataFile": data_file} if data_file else {})}
