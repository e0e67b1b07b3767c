"""The functions of Trino that can be used here; every other one is refused as not registered."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.object_query.entity import listed

AGGREGATES = frozenset({"avg", "count", "max", "min", "sum"})

#: Functions that SQLite has under the same name and with the same meaning, and those that `register` adds.
KNOWN = AGGREGATES | listed("""
    abs coalesce concat date day dense_rank first_value lag last_value lead length lower ltrim month nullif rank replace
    round row_number rtrim substr trim upper year
""")


def register(connection: sqlite3.Connection) -> None:
    """Add the functions that SQLite lacks, and exact sums in place of its own."""
    connection.create_function("concat", -1, _concat, deterministic=True)
    for name, part in (("year", slice(0, 4)), ("month", slice(5, 7)), ("day", slice(8, 10))):
        connection.create_function(name, 1, _part(part), deterministic=True)
    connection.create_window_function("sum", 1, _Sum)
    connection.create_window_function("avg", 1, _Average)
    connection.execute("pragma case_sensitive_like = on")


def exact(value: float) -> Decimal:
    """The decimal that a column's number stands for."""
    return Decimal(repr(value))


class _Sum:
    """A sum without the errors of binary fractions."""

    def __init__(self) -> None:
        self._total = Decimal(0)
        self._count = 0
        self._whole = True

    def step(self, value: Any) -> None:
        if value is not None:
            self._total += exact(value)
            self._count += 1
            self._whole = self._whole and isinstance(value, int)

    def inverse(self, value: Any) -> None:
        if value is not None:
            self._total -= exact(value)
            self._count -= 1

    def value(self) -> Any:
        if not self._count:
            return None
        return int(self._total) if self._whole else float(self._total)

    finalize = value


class _Average(_Sum):
    def value(self) -> Any:
        return float(self._total / self._count) if self._count else None

    finalize = value


def _concat(*values: Any) -> Any:
    return None if None in values else "".join(str(value) for value in values)


def _part(part: slice) -> Any:
    def of(value: Any) -> Any:
        return None if value is None else int(str(value)[part])

    return of
