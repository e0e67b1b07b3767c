"""Bulk 2.0 ingest jobs: a CSV upload is written row by row, with the results of each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cpqbridge.sandbox.salesforce import records
from cpqbridge.sandbox.salesforce.bulk import table
from cpqbridge.sandbox.salesforce.bulk.job import FINISHED, Job
from cpqbridge.sandbox.salesforce.bulk.registry import abort, advance, csv_answer, find, listed, new_job, remove
from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.ids import to_18
from cpqbridge.sandbox.salesforce.records import SeveralMatches
from cpqbridge.sandbox.salesforce.rest import Answer, Call

MAX_BYTES: Final = 150_000_000
_OPERATIONS: Final = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})

# Returns the id and whether the record is new.
_Write = Callable[[Call, Job, SObject, dict[str, Any]], tuple[str, bool]]


def create(call: Call) -> Answer:
    """Answer `POST jobs/ingest`."""
    body = call.json_object()
    operation = body.get("operation")
    if str(operation) not in _OPERATIONS:
        raise SalesforceError(400, "INVALIDJOB", f"InvalidJob : Unknown operation: {operation}")
    sobject = call.org.store.catalogue.get(str(body.get("object", "")))
    if sobject is None:
        raise SalesforceError(400, "INVALIDJOB", f"InvalidJob : Invalid object: {body.get('object')}")
    key = body.get("externalIdFieldName")
    if operation == "upsert":
        field = sobject.field(str(key or ""))
        if field is None or not (field.external_id or field.type == "id"):
            message = f"InvalidJob : Field name provided, {key} does not match an External ID for {sobject.name}"
            raise SalesforceError(400, "INVALIDJOB", message)
    job = new_job(call, "ingest", body, sobject.name)
    job.state, job.key = "Open", key
    return Answer(200, job.as_json())


def upload(call: Call, job_id: str) -> Answer:
    """Answer `PUT jobs/ingest/{id}/batches`: one upload of CSV."""
    job = find(call, "ingest", job_id)
    if job.state != "Open" or job.upload is not None:
        raise SalesforceError(400, "INVALIDJOBSTATE", "Found multiple contents for job: " + job.id)
    if not isinstance(call.body, bytes) or "csv" not in call.headers.get("content-type", ""):
        raise SalesforceError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv")
    if len(call.body) > MAX_BYTES:
        raise SalesforceError(413, "REQUEST_ENTITY_TOO_LARGE", "The upload is too large")
    try:
        job.upload = call.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SalesforceError(400, "CLIENTINPUTERROR", "InvalidBatch : The upload is not UTF-8") from error
    return Answer(201)


def change(call: Call, job_id: str) -> Answer:
    """Answer `PATCH jobs/ingest/{id}` with `UploadComplete` or `Aborted`."""
    job = find(call, "ingest", job_id)
    state = call.json_object().get("state")
    if state == "Aborted":
        return abort(call, job)
    if state != "UploadComplete" or job.state != "Open":
        raise SalesforceError(400, "INVALIDJOBSTATE", f"The state {state} can't be set on a job in state {job.state}")
    job.move("UploadComplete", call.org.clock())
    return Answer(body=job.as_json())


def show(call: Call, job_id: str) -> Answer:
    """Answer `GET jobs/ingest/{id}`; each look moves the job on."""
    job = find(call, "ingest", job_id)
    advance(call, job, _run)
    return Answer(body=job.as_json())


def delete(call: Call, job_id: str) -> Answer:
    """Answer `DELETE jobs/ingest/{id}`."""
    return remove(call, find(call, "ingest", job_id))


def list_jobs(call: Call) -> Answer:
    """Answer `GET jobs/ingest`."""
    return listed(call, "ingest")


def successful(call: Call, job_id: str) -> Answer:
    """Answer `GET …/successfulResults`."""
    job = find(call, "ingest", job_id)
    return csv_answer(table.write(job, ["sf__Id", "sf__Created", *job.columns], job.succeeded))


def failures(call: Call, job_id: str) -> Answer:
    """Answer `GET …/failedResults`."""
    job = find(call, "ingest", job_id)
    return csv_answer(table.write(job, ["sf__Id", "sf__Error", *job.columns], job.failed))


def unprocessed(call: Call, job_id: str) -> Answer:
    """Answer `GET …/unprocessedrecords`: all rows of a job that ended before they were looked at."""
    job = find(call, "ingest", job_id)
    rows = job.rows if job.state in FINISHED and not (job.succeeded or job.failed) else []
    return csv_answer(table.write(job, job.columns, rows))


def _run(call: Call, job: Job) -> None:
    job.columns, job.rows = table.parse(job, job.upload or "")
    _check_columns(call, job)
    sobject = call.org.store.catalogue.require(job.sobject)
    for row in job.rows:
        _write(call, job, sobject, row)


def _check_columns(call: Call, job: Job) -> None:
    sobject = call.org.store.catalogue.require(job.sobject)
    for column in job.columns:
        relationship, dot, _ = column.partition(".")
        known = sobject.relationship(relationship) if dot else sobject.field(column)
        if known is None:
            raise SalesforceError(400, "CLIENTINPUTERROR", f"InvalidBatch : Field name not found : {column}")


def _write(call: Call, job: Job, sobject: SObject, row: list[str]) -> None:
    body = table.values(job.columns, row)
    identifier = str(body.get("Id") or "")
    try:
        record_id, created = _WRITES[job.operation](call, job, sobject, body)
    except SalesforceError as error:
        job.failed.append([identifier, f"{error.code}:{error.message}:{' '.join(error.fields or ())}--", *row])
    except SeveralMatches:
        message = f"DUPLICATE_EXTERNAL_ID:{job.key}: more than one record found for external id field:--"
        job.failed.append([identifier, message, *row])
    else:
        job.succeeded.append([record_id, str(created).lower(), *row])


def _insert(call: Call, _: Job, sobject: SObject, body: dict[str, Any]) -> tuple[str, bool]:
    return records.insert(call.org, sobject, body), True


def _update(call: Call, _: Job, sobject: SObject, body: dict[str, Any]) -> tuple[str, bool]:
    record_id = _taken_id(body)
    records.update(call.org, sobject, record_id, body)
    return to_18(record_id), False


def _upsert(call: Call, job: Job, sobject: SObject, body: dict[str, Any]) -> tuple[str, bool]:
    name = (job.key or "").lower()
    value = next((body.pop(key) for key in list(body) if key.lower() == name), None)
    if name == "id" and not value:
        return records.insert(call.org, sobject, body), True
    done = records.upsert(call.org, sobject, job.key or "", value, body)
    return done.id, done.created


def _delete(call: Call, _: Job, sobject: SObject, body: dict[str, Any]) -> tuple[str, bool]:
    record_id = _taken_id(body)
    records.delete(call.org, sobject, record_id)
    return to_18(record_id), False


def _taken_id(body: dict[str, Any]) -> str:
    value = next((body.pop(key) for key in list(body) if key.lower() == "id"), None)
    if not value:
        raise SalesforceError(400, "MISSING_ARGUMENT", "Id not specified", ())
    return str(value)


_WRITES: Final[dict[str, _Write]] = {
    "insert": _insert,
    "update": _update,
    "upsert": _upsert,
    "delete": _delete,
    "hardDelete": _delete,
}
