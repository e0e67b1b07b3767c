"""CSV in and out: delimiters and line endings of a job, and JSON records as flat rows of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.salesforce.bulk.job import DELIMITERS, LINE_ENDINGS, Job
from cpqbridge.sandbox.salesforce.errors import SalesforceError


def write(job: Job, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return CSV text, every value in quotes as the real API writes it."""
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=DELIMITERS[job.delimiter], lineterminator=LINE_ENDINGS[job.line_ending], quoting=csv.QUOTE_ALL
    )
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def parse(job: Job, text: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of an upload.

    Raises:
        SalesforceError: the line ending is not the job's, or a row is not CSV.
    """
    ending = "\r\n" if "\r\n" in text else "\n"
    if "\n" in text and ending != LINE_ENDINGS[job.line_ending]:
        message = f"LineEnding is invalid on user data. Current LineEnding setting is {job.line_ending}"
        raise SalesforceError(400, "CLIENTINPUTERROR", message)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[job.delimiter], strict=True))
    except csv.Error as error:
        raise SalesforceError(400, "CLIENTINPUTERROR", f"InvalidBatch : Failed to parse CSV: {error}") from error
    rows = [row for row in rows if row]
    if not rows:
        raise SalesforceError(400, "CLIENTINPUTERROR", "InvalidBatch : Field name not found : ")
    return rows[0], rows[1:]


def values(columns: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """Return the field values of an uploaded row: empty cells are left out, `#N/A` sets null.

    A column `Account.Key__c` names a parent by external id.
    """
    body: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=False):
        if cell == "":
            continue
        value = None if cell == "#N/A" else cell
        relationship, dot, key = column.partition(".")
        body[relationship if dot else column] = {key: value} if dot else value
    return body


def flat(columns: Sequence[str], record: Mapping[str, Any]) -> list[str]:
    """Return the cells of a query record; a column is a path such as `Account.Name` or an address part."""
    return [_cell(_follow(record, column.split("."))) for column in columns]


def _follow(record: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(record, Mapping):
            return None
        record = next((value for name, value in record.items() if name.lower() == step.lower()), None)
    return record


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
