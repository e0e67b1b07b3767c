"""SOQL: parsed, compiled to SQLite, answered as the REST API answers.

`run` is the whole of it. The way of a statement: `lexer` → `parser` (`reader`, `conditions`) → `syntax` → `compiler`
(`scope`, `selection`, `filters`, `functions`, `aggregates`) → SQL → `plan` → `results`.
"""

from __future__ import annotations

from typing import Final

from cpqbridge.sandbox.salesforce.soql.aggregates import is_aggregate_query, run_aggregate
from cpqbridge.sandbox.salesforce.soql.compiler import run_records
from cpqbridge.sandbox.salesforce.soql.errors import SoqlError
from cpqbridge.sandbox.salesforce.soql.functions import register_functions
from cpqbridge.sandbox.salesforce.soql.parser import parse
from cpqbridge.sandbox.salesforce.soql.results import Cursors, QueryResult, address
from cpqbridge.sandbox.salesforce.soql.scope import Context, Records

__all__ = [
    "Cursors", "QueryResult", "SoqlError", "address", "is_aggregate_query", "parse", "register_functions", "run",
]  # fmt: skip

DEFAULT_BATCH: Final = 2000
MIN_BATCH: Final = 200


def run(
    records: Records,
    text: str,
    *,
    batch_size: int = DEFAULT_BATCH,
    version: str = "67.0",
    all_rows: bool = False,
    time_zone: str = "UTC",
) -> QueryResult:
    """Run a statement.

    Args:
        records: The store.
        text: The statement.
        batch_size: Rows of a page, brought to 200 … 2,000 as the API does.
        version: API version without `v`, for links.
        all_rows: Rows in the recycle bin are seen too (`queryAll`).
        time_zone: IANA name of the running user's time zone, for date literals.

    Raises:
        SoqlError: when the statement is refused.
    """
    size = min(max(batch_size, MIN_BATCH), DEFAULT_BATCH)
    context = Context(records, text, size, version, all_rows, time_zone)
    query = parse(text)
    return run_aggregate(context, query) if is_aggregate_query(query) else run_records(context, query)
