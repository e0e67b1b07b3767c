"""The SQLite tables of a catalogue: one for each object, one column for each stored field.

Fields added later are kept in a table of their own, so that kept data opens with them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import asdict

import msgspec

from cpqbridge.sandbox.salesforce.catalogue.columns import column_type, quoted
from cpqbridge.sandbox.salesforce.catalogue.dictionary import flag
from cpqbridge.sandbox.salesforce.catalogue.model import IDS, Catalogue, Field, SObject

_DELETED = flag("IsDeleted")
"""Every table has this column, also those of objects that show no such field."""


def restore_fields(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Add the fields to the catalogue that an earlier run added to this database."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS _added_field (sobject TEXT, name TEXT, field TEXT, PRIMARY KEY (sobject, name))"
    )
    for sobject, text in connection.execute("SELECT sobject, field FROM _added_field").fetchall():
        if catalogue.get(sobject):
            catalogue.add_field(sobject, msgspec.json.decode(text, type=Field))


def create(connection: sqlite3.Connection, catalogue: Catalogue) -> None:
    """Make the tables and columns that the database lacks."""
    connection.execute("CREATE TABLE IF NOT EXISTS _note (name TEXT PRIMARY KEY, value TEXT)")
    for kind in catalogue:
        fields = [field for field in kind.every if field.stored]
        present = _columns(connection, kind)
        if not present:
            columns = [
                "_n INTEGER PRIMARY KEY",
                *map(_column, [_DELETED, *(f for f in fields if f.name != "IsDeleted")]),
            ]
            connection.execute(f"CREATE TABLE {quoted(kind.name)} ({', '.join(columns)})")
        for field in fields:
            if not present:
                _add_index(connection, kind, field)
            elif field.name not in present:
                _add_column(connection, kind, field)


def add_field(connection: sqlite3.Connection, kind: SObject, field: Field) -> None:
    """Make the column of a field added to the catalogue, and remember the field."""
    connection.execute(
        "INSERT OR REPLACE INTO _added_field VALUES (?, ?, ?)",
        (kind.name, field.name, msgspec.json.encode(asdict(field)).decode()),
    )
    if field.stored and field.name not in _columns(connection, kind):
        _add_column(connection, kind, field)


def _columns(connection: sqlite3.Connection, kind: SObject) -> set[str]:
    return {row[1] for row in connection.execute(f"PRAGMA table_info({quoted(kind.name)})")}


def _add_column(connection: sqlite3.Connection, kind: SObject, field: Field) -> None:
    connection.execute(f"ALTER TABLE {quoted(kind.name)} ADD COLUMN {_column(field)}")
    _add_index(connection, kind, field)


def _column(field: Field) -> str:
    default = " DEFAULT 0" if field.type == "boolean" else ""
    return f"{quoted(field.name)} {column_type(field)}{default}"


def _add_index(connection: sqlite3.Connection, kind: SObject, field: Field) -> None:
    table, column = quoted(kind.name), quoted(field.name)
    if field.type in IDS or field.external_id or field.unique or field.name_field:
        once = "UNIQUE " if field.type == "id" else ""
        index = quoted(f"{kind.name}.{field.name}")
        connection.execute(f"CREATE {once}INDEX {index} ON {table} ({column}) WHERE {column} IS NOT NULL")
