"""Query results as plain rows: child results become lists, and what has further pages is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unread:
    """A list of rows that goes on at an address."""

    rows: list[Row]
    url: str


def unfold(page: dict[str, Any], rows: list[Row]) -> Iterator[Unread]:
    """Add the records of a page to the rows.

    `attributes` are left out; a child result becomes the list of its records, and stays None where there are none.

    Args:
        page: `{"records", "done", "nextRecordsUrl"?}`.
        rows: The list that the page belongs to; its records are appended.

    Yields:
        What goes on elsewhere: the list itself, and children at any depth. Consume it to the end.
    """
    for record in page["records"]:
        yield from _clean(record)
        rows.append(record)
    if not page.get("done", True):
        yield Unread(rows, page["nextRecordsUrl"])


def _clean(record: Row) -> Iterator[Unread]:
    record.pop("attributes", None)
    for name, value in record.items():
        if not isinstance(value, dict):
            continue
        if "records" in value and "totalSize" in value:
            children: list[Row] = []
            yield from unfold(value, children)
            record[name] = children
        else:
            yield from _clean(value)
