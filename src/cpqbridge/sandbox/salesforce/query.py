"""The query resources: SOQL in, pages of records out."""

from __future__ import annotations

import re
from typing import Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError, not_found
from cpqbridge.sandbox.salesforce.rest import Answer, Call, Resource
from cpqbridge.sandbox.salesforce.soql import SoqlError

_BATCH: Final = re.compile(r"batchSize\s*=\s*(\d+)", re.IGNORECASE)
_SMALLEST: Final = 200
_LARGEST: Final = 2000


def batch_size(call: Call) -> int:
    """Return the page size that `Sforce-Query-Options` asks for, held between 200 and 2,000."""
    found = _BATCH.search(call.headers.get("sforce-query-options", ""))
    return min(max(int(found[1]), _SMALLEST), _LARGEST) if found else _LARGEST


def query(call: Call) -> Answer:
    """Answer `GET query?q=`."""
    return _run(call, all_rows=False)


def query_all(call: Call) -> Answer:
    """Answer `GET queryAll?q=`: deleted records too."""
    return _run(call, all_rows=True)


def query_more(call: Call, locator: str) -> Answer:
    """Answer `GET query/{locator}`: the next page."""
    return Answer(body=call.org.store.cursors.resume(locator))


def tooling_query(call: Call) -> Answer:
    """Answer `GET tooling/query`: this org has no tooling objects, so every one is unknown."""
    text = _statement(call)
    found = re.search(r"\bFROM\s+(\w+)", text, re.IGNORECASE)
    name = found[1] if found else ""
    raise SoqlError("INVALID_TYPE", f"sObject type '{name}' is not supported.")


def _run(call: Call, *, all_rows: bool) -> Answer:
    if "explain" in call.params:
        raise not_found()
    text = _statement(call)
    result = call.org.store.query(text, all_rows=all_rows, batch_size=batch_size(call), version=call.version)
    return Answer(body=result.page())


def _statement(call: Call) -> str:
    text = call.params.get("q", "")
    if not text.strip():
        raise SalesforceError(400, "MALFORMED_QUERY", "A query string has to be specified")
    return text


RESOURCES = (
    Resource("query", {"GET": query}),
    Resource("queryAll", {"GET": query_all}),
    Resource("query/{locator}", {"GET": query_more}),
    Resource("queryAll/{locator}", {"GET": query_more}),
    Resource("tooling/query", {"GET": tooling_query}),
)
