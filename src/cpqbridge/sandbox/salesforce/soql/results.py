"""Answers of a query in pages, and the registry of cursors that later pages come from.

Rows stay raw until a page is asked for: only then are values converted and child rows read, so that a page costs what
it shows.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cpqbridge.sandbox.salesforce.ids import make_id
from cpqbridge.sandbox.salesforce.soql.errors import SoqlError

Record = dict[str, Any]
Render = Callable[[int, int], list[Record]]
_KEPT: Final = 1000


class Cursors:
    """Open cursors by locator; the oldest are forgotten when too many are open."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, QueryResult] = OrderedDict()
        self._counter = itertools.count(1)

    def add(self, result: QueryResult) -> str:
        """Keep a result for later pages and return its opaque id."""
        identifier = make_id("0r8", next(self._counter))
        self._open[identifier] = result
        while len(self._open) > _KEPT:
            self._open.popitem(last=False)
        return identifier

    def resume(self, locator: str) -> Record:
        """Return the page a locator such as `0r8…-2000` stands for.

        Raises:
            SoqlError: `INVALID_QUERY_LOCATOR` for an unknown or expired one.
        """
        identifier, _, start = locator.partition("-")
        result = self._open.get(identifier)
        if result is None or not start.isdigit() or int(start) >= result.total_size:
            raise SoqlError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return result.page(int(start))

    def clear(self) -> None:
        """Forget every cursor."""
        self._open.clear()


@dataclass(slots=True)
class QueryResult:
    """The answer to a statement.

    Attributes:
        total_size: Rows in all pages together; for `COUNT()` the count.
        row_count: Rows that can be shown: `total_size`, or 0 for `COUNT()`.
        render: Makes the JSON-ready records of a range of rows.
        batch_size: Rows of a page.
        version: API version without `v`, for links.
        cursors: Where later pages are kept.
        columns: Type of each selected field by its path in a record (`Account.Name`), in the order of the select list.
    """

    total_size: int
    row_count: int
    render: Render
    batch_size: int
    version: str
    cursors: Cursors
    columns: Mapping[str, str] = field(default_factory=dict)
    _locator: str = field(default="", init=False)

    @property
    def records(self) -> list[Record]:
        """All records of all pages, JSON-ready."""
        return self.render(0, self.row_count)

    def page(self, start: int = 0) -> Record:
        """Return the answer's body from that row on: `totalSize`, `done`, `nextRecordsUrl` if not done, `records`."""
        end = min(start + self.batch_size, self.row_count)
        return self._body(end, self.render(start, end))

    def first_page(self, records: list[Record]) -> Record:
        """Return the body of the first page when its records are made already."""
        return self._body(len(records), records)

    def _body(self, end: int, records: list[Record]) -> Record:
        body: Record = {"totalSize": self.total_size, "done": end >= self.row_count}
        if not body["done"]:
            self._locator = self._locator or self.cursors.add(self)
            body["nextRecordsUrl"] = f"/services/data/v{self.version}/query/{self._locator}-{end}"
        return body | {"records": records}


def address(compound: str, parts: Record) -> Record | None:
    """Return a compound address out of its parts by field name, or None when all are empty."""
    prefix = compound.removesuffix("Address")
    value = {
        name.removeprefix(prefix)[:1].lower() + name.removeprefix(prefix)[1:]: part for name, part in parts.items()
    }
    return value if any(part is not None for part in value.values()) else None
