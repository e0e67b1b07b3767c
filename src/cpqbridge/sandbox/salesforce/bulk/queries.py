"""Bulk 2.0 query jobs: SOQL in, CSV out in pages."""

from __future__ import annotations

import re
from typing import Final

from cpqbridge.sandbox.salesforce.bulk import table
from cpqbridge.sandbox.salesforce.bulk.job import Job
from cpqbridge.sandbox.salesforce.bulk.registry import abort, advance, csv_answer, find, listed, new_job, remove
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.rest import Answer, Call

_DEFAULT_PAGE: Final = 50_000
_FROM: Final = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)
_SELECT: Final = re.compile(r"\s*SELECT\s+(.*?)\s+FROM\s", re.IGNORECASE | re.DOTALL)
_REFUSED: Final = (
    (re.compile(r"\(\s*SELECT\b", re.IGNORECASE), "Nested queries are not supported"),
    (re.compile(r"\bGROUP\s+BY\b", re.IGNORECASE), "Aggregate Relationships not supported in Bulk V2 Query"),
    (re.compile(r"\b(COUNT|SUM|AVG|MIN|MAX|COUNT_DISTINCT)\s*\(", re.IGNORECASE), "Aggregate functions not supported"),
    (re.compile(r"\bOFFSET\s+\d", re.IGNORECASE), "OFFSET not supported in Bulk V2 Query"),
    (re.compile(r"\bTYPEOF\b", re.IGNORECASE), "TYPEOF not supported in Bulk V2 Query"),
)
"""What a bulk query may not contain. A semi-join is no nested query of the select list, see `_check`."""


def create(call: Call) -> Answer:
    """Answer `POST jobs/query`."""
    body = call.json_object()
    if body.get("operation") not in ("query", "queryAll"):
        raise SalesforceError(400, "INVALIDJOB", f"Unknown operation: {body.get('operation')}")
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        raise SalesforceError(400, "INVALIDJOB", "InvalidJob : The query is required")
    _check(text)
    # The statement is compiled now, so that a wrong one is refused at once.
    compiled = call.org.store.query(text, all_rows=True, version=call.version)
    if "address" in compiled.columns.values():
        raise SalesforceError(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    found = _FROM.search(text)
    job = new_job(call, "query", body, _object_name(call, found[1] if found else ""))
    job.query = text
    return Answer(200, job.as_json())


def _check(text: str) -> None:
    selected = _SELECT.match(text)
    for pattern, message in _REFUSED:
        scope = selected[1] if selected and "SELECT" in pattern.pattern else text
        if pattern.search(re.sub(r"'(?:\\.|[^'])*'", "''", scope)):
            raise SalesforceError(400, "API_ERROR", message)


def _object_name(call: Call, name: str) -> str:
    found = call.org.store.catalogue.get(name)
    return found.name if found else name


def show(call: Call, job_id: str) -> Answer:
    """Answer `GET jobs/query/{id}`; each look moves the job on."""
    job = find(call, "query", job_id)
    advance(call, job, _run)
    return Answer(body=job.as_json())


def _run(call: Call, job: Job) -> None:
    result = call.org.store.query(job.query, all_rows=job.operation == "queryAll", version=job.version)
    job.columns = list(result.columns)
    job.rows = [table.flat(job.columns, record) for record in result.records]


def results(call: Call, job_id: str) -> Answer:
    """Answer `GET jobs/query/{id}/results?maxRecords=&locator=`; the last page has the locator `null`."""
    job = find(call, "query", job_id)
    advance(call, job, _run)
    if job.state != "JobComplete":
        message = f"Operation not permitted: job is in state {job.state}"
        raise SalesforceError(400, "INVALIDJOBSTATE", message)
    start, size = _number(call, "locator", 0), _number(call, "maxRecords", _DEFAULT_PAGE)
    page = job.rows[start : start + size]
    following = start + size
    headers = {
        "Sforce-NumberOfRecords": str(len(page)),
        "Sforce-Locator": _locator(following) if following < len(job.rows) else "null",
    }
    return csv_answer(table.write(job, job.columns, page), headers)


def _locator(start: int) -> str:
    return f"MTo{start:x}"


def _number(call: Call, name: str, default: int) -> int:
    text = call.params.get(name, "")
    try:
        number = int(text.removeprefix("MTo"), 16) if name == "locator" and text else int(text or default)
    except ValueError:
        number = -1
    if number < 0 or (name == "maxRecords" and number == 0):
        raise SalesforceError(400, "INVALID_QUERY_LOCATOR" if name == "locator" else "INVALIDJOB", f"invalid {name}")
    return number


def change(call: Call, job_id: str) -> Answer:
    """Answer `PATCH jobs/query/{id}`: only aborting is possible."""
    job = find(call, "query", job_id)
    if call.json_object().get("state") != "Aborted":
        raise SalesforceError(400, "INVALIDJOBSTATE", "Only the state Aborted can be set on a query job")
    return abort(call, job)


def delete(call: Call, job_id: str) -> Answer:
    """Answer `DELETE jobs/query/{id}`."""
    return remove(call, find(call, "query", job_id))


def list_jobs(call: Call) -> Answer:
    """Answer `GET jobs/query`."""
    return listed(call, "query")
