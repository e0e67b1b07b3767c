"""Making, finding, advancing and ending jobs: what query and ingest jobs have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from cpqbridge.sandbox.salesforce.bulk.job import DELIMITERS, FINISHED, LINE_ENDINGS, Job
from cpqbridge.sandbox.salesforce.errors import SalesforceError, not_found
from cpqbridge.sandbox.salesforce.ids import MalformedId, make_id, to_18
from cpqbridge.sandbox.salesforce.rest import Answer, Call
from cpqbridge.sandbox.salesforce.soql import SoqlError


def new_job(call: Call, kind: Literal["query", "ingest"], body: dict[str, Any], sobject: str) -> Job:
    """Register a job; its delimiter and line ending are checked here.

    Raises:
        SalesforceError: a member has no allowed value.
    """
    delimiter, ending = body.get("columnDelimiter") or "COMMA", body.get("lineEnding") or "LF"
    for name, value, known in (("columnDelimiter", delimiter, DELIMITERS), ("lineEnding", ending, LINE_ENDINGS)):
        if str(value) not in known:
            raise SalesforceError(400, "API_ERROR", f"Unknown value for {name}: {value}")
    if body.get("contentType") not in (None, "CSV"):
        raise SalesforceError(400, "INVALIDJOB", "InvalidJob : The content type must be CSV")
    org = call.org
    identifier = make_id("750", next(org.bulk_numbers))
    job = Job(
        identifier, kind, body["operation"], sobject, call.version, org.clock(), org.user_id, delimiter, ending,
        polls=org.settings.bulk_polls,
    )  # fmt: skip
    org.bulk[job.id] = job
    return job


def find(call: Call, kind: str, job_id: str) -> Job:
    """Return a job of that family.

    Raises:
        SalesforceError: 404 when there is none.
    """
    try:
        job = call.org.bulk.get(to_18(job_id))
    except MalformedId:
        job = None
    if job is None or job.kind != kind:
        raise not_found()
    return job


def listed(call: Call, kind: str) -> Answer:
    """Answer `GET jobs/{kind}`: all jobs, newest first."""
    jobs = [job.as_json() for job in reversed(call.org.bulk.values()) if job.kind == kind]
    return Answer(body={"done": True, "nextRecordsUrl": None, "records": jobs})


def advance(call: Call, job: Job, work: Callable[[Call, Job], None]) -> None:
    """Have a job that is ready seen in progress once more, or do its work; a refusal of the whole job fails it."""
    if job.state not in {"UploadComplete", "InProgress"}:
        return
    if job.polls > 0:
        job.polls -= 1
        job.move("InProgress", call.org.clock())
        return
    try:
        work(call, job)
    except (SalesforceError, SoqlError) as error:
        job.error = error.message
        job.move("Failed", call.org.clock())
    else:
        job.move("JobComplete", call.org.clock())


def abort(call: Call, job: Job) -> Answer:
    """Answer `PATCH {"state": "Aborted"}`.

    Raises:
        SalesforceError: the job is over.
    """
    if job.state in FINISHED:
        message = f"Aborting already {job.state} Job not allowed"
        raise SalesforceError(400, "INVALIDJOBSTATE", message)
    job.move("Aborted", call.org.clock())
    return Answer(body=job.as_json())


def remove(call: Call, job: Job) -> Answer:
    """Answer `DELETE jobs/{kind}/{id}`.

    Raises:
        SalesforceError: the job is not over.
    """
    if job.state not in FINISHED:
        message = f"Delete not allowed: job is in state {job.state}. Abort it or wait until it is complete"
        raise SalesforceError(400, "API_ERROR", message)
    del call.org.bulk[job.id]
    return Answer(204)


def csv_answer(text: str, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer of CSV."""
    return Answer(200, text.encode(), headers or {}, "text/csv;charset=UTF-8")
