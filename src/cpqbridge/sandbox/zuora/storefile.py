"""The SQLite file that keeps a tenant's rows between runs of the sandbox.

A row is one JSON text. Decimals are tagged, because JSON itself would give a whole one back as an integer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from cpqbridge.sandbox import wire

_TAG = "$decimal"

_SCHEMA = """
create table if not exists rows
  (kind text, id text, place integer, body blob, primary key (kind, id)) without rowid;
create table if not exists sequences (name text primary key, number integer) without rowid;
create table if not exists documents (name text primary key, body blob) without rowid;
"""


class StoreFile:
    """Rows, sequences and named documents in one SQLite file; each call is one transaction."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; its folder is made when absent."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(_SCHEMA)

    def rows(self) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
        """All rows as ``(kind, id, place, row)`` in the order in which they were inserted."""
        query = "select kind, id, place, body from rows order by kind, place"
        for kind, row_id, place, body in self._connection.execute(query).fetchall():
            yield kind, row_id, place, _unpack(wire.decode(body))

    def sequences(self) -> dict[str, int]:
        """The last number given out of each sequence."""
        return dict(self._connection.execute("select name, number from sequences"))

    def write(self, changes: Iterable[tuple[str, str, int, dict[str, Any] | None]]) -> None:
        """Write ``(kind, id, place, row)``; a row that is None is removed."""
        self._connection.execute("begin")
        for kind, row_id, place, row in changes:
            if row is None:
                self._connection.execute("delete from rows where kind = ? and id = ?", (kind, row_id))
            else:
                values = (kind, row_id, place, wire.encode(_pack(row)))
                self._connection.execute("insert or replace into rows values (?, ?, ?, ?)", values)
        self._connection.execute("commit")

    def set_sequence(self, name: str, number: int) -> None:
        """Keep the last number of a sequence."""
        self._connection.execute("insert or replace into sequences values (?, ?)", (name, number))

    def document(self, name: str) -> Any:
        """A named JSON document, or None."""
        found = self._connection.execute("select body from documents where name = ?", (name,)).fetchone()
        return None if found is None else _unpack(wire.decode(found[0]))

    def set_document(self, name: str, value: Any) -> None:
        """Keep a named JSON document."""
        self._connection.execute("insert or replace into documents values (?, ?)", (name, wire.encode(_pack(value))))

    def clear(self) -> None:
        """Remove all rows, sequences and documents."""
        self._connection.executescript("begin; delete from rows; delete from sequences; delete from documents; commit")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _pack(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {_TAG: str(value)}
    if isinstance(value, dict):
        return {key: _pack(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_pack(item) for item in value]
    return value


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        if _TAG in value:
            return Decimal(value[_TAG])
        return {key: _unpack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    return value
