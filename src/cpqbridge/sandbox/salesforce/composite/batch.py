"""`POST composite/batch`: up to 25 independent subrequests."""

from __future__ import annotations

from typing import Any, Final

from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.rest import Answer, Call

MAX_SUBREQUESTS: Final = 25
_HALTED: Final = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing was halted per request."}]


def batch(call: Call) -> Answer:
    """Answer `POST composite/batch`; `haltOnError` skips what follows a failure with 412."""
    body = call.json_object()
    entries = call.json_part("batchRequests")
    if not 1 <= len(entries) <= MAX_SUBREQUESTS:
        message = f"The batch has {len(entries)} subrequests. It must have 1 to {MAX_SUBREQUESTS}."
        raise SalesforceError(400, "LIMIT_EXCEEDED" if entries else "INVALID_INPUT", message)
    results: list[dict[str, Any]] = []
    has_errors = False
    for entry in entries:
        answer = Answer(412, _HALTED) if has_errors and body.get("haltOnError") is True else _one(call, entry)
        has_errors = has_errors or answer.status >= 300
        results.append({"statusCode": answer.status, "result": answer.body})
    return Answer(body={"hasErrors": has_errors, "results": results})


def _one(call: Call, entry: Any) -> Answer:
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str) or not isinstance(entry.get("method"), str):
        raise ParseError("Cannot deserialize instance of subrequest: method and url are required")
    url = entry["url"]
    # Batch addresses begin at the version: `v67.0/sobjects/…`.
    try:
        inner = call.inner(
            entry["method"], url if url.startswith("/services/") else url.lstrip("/"), entry.get("richInput")
        )
        if inner.path.startswith("composite/") and not inner.path.startswith("composite/sobjects"):
            raise SalesforceError(400, "INVALID_INPUT", f"The resource {url} can't be used in a batch")
    except SalesforceError as error:
        return Answer(error.status, error.body())
    return call.api.dispatch(inner)
