"""`POST composite`: up to 25 subrequests that may use each other's answers; the status is always 200."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from cpqbridge.sandbox.salesforce.composite.subrequests import Subrequest, as_json, parse, run
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.rest import Answer, Call

MAX_SUBREQUESTS: Final = 25
MAX_QUERIES: Final = 5
"""Subrequests that may be queries or collections."""


def composite(call: Call) -> Answer:
    """Answer `POST composite`."""
    body = call.json_object()
    entries = call.json_part("compositeRequest")
    if not 1 <= len(entries) <= MAX_SUBREQUESTS:
        message = f"The composite request has {len(entries)} subrequests. It must have 1 to {MAX_SUBREQUESTS}."
        raise SalesforceError(400, "LIMIT_EXCEEDED" if entries else "INVALID_INPUT", message)
    requests = parse(entries)
    heavy = sum(map(_is_heavy, requests))
    if heavy > MAX_QUERIES:
        message = f"The composite request has {heavy} queries and collections. The limit is {MAX_QUERIES}."
        raise SalesforceError(400, "LIMIT_EXCEEDED", message)
    answers = run(call, requests, all_or_none=body.get("allOrNone") is True)
    return Answer(body={"compositeResponse": [as_json(item, answers[item.reference_id]) for item in requests]})


def _is_heavy(request: Subrequest) -> bool:
    path = urlsplit(request.url).path
    return any(part in path for part in ("/query", "/queryAll", "/composite/sobjects"))
