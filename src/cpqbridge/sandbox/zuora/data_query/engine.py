"""Running a query: the tables that it needs become an SQLite database in memory, which answers it.

Numbers are loaded as binary fractions, so that SQLite can compare and multiply them; a decimal of up to fifteen digits
comes back as it was, and sums are exact (`functions`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.data_query.functions import exact, register
from cpqbridge.sandbox.zuora.data_query.literals import moment
from cpqbridge.sandbox.zuora.data_query.schema import TYPES, Column, Table, tables
from cpqbridge.sandbox.zuora.data_query.statement import Statement, read, refusal, shown
from cpqbridge.sandbox.zuora.data_query.words import SqlError
from cpqbridge.sandbox.zuora.object_query.spelling import shown as spelled
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Places of a ``decimal(22,9)``.
_PLACES = Decimal("0.000000001")

#: Type of a column -> its declaration. The first word finds the converter, the rest decides how SQLite keeps it.
_DECLARED = {
    TYPES["text"]: "varchar",
    TYPES["number"]: "zuora_decimal real",
    TYPES["int"]: "bigint",
    TYPES["bool"]: "zuora_boolean",
    TYPES["date"]: "varchar",
    TYPES["datetime"]: "varchar",
}

sqlite3.register_converter("zuora_decimal", lambda stored: Decimal(stored.decode()).quantize(_PLACES))
sqlite3.register_converter("zuora_boolean", lambda stored: stored == b"1")


@dataclass(frozen=True, slots=True)
class Result:
    """The rows of a query: the names of the columns, and the values in their order."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def run(tenant: Tenant, query: str, *, deleted: bool = False) -> Result:
    """Answer a query.

    Args:
        tenant: Whose data.
        query: ``SELECT``, ``SHOW TABLES``, ``SHOW COLUMNS`` or ``DESCRIBE``.
        deleted: Read only deleted records: the sandbox keeps none.

    Raises:
        SqlError: Trino would refuse it, or it reads or gives too much.
    """
    known = tables(tenant)
    listed = shown(query, known)
    if listed is not None:
        return Result(list(listed[0]), [tuple(row.values()) for row in listed])
    now = tenant.clock().astimezone(UTC).replace(microsecond=0).isoformat()
    statement = read(query, known, tenant.today(), now)
    connection = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
    try:
        register(connection)
        for table in statement.tables.values():
            _load(connection, tenant, table, statement.needs(table), deleted=deleted)
        return _answer(connection, statement, tenant.settings.data_query_limits["outputRows"])
    finally:
        connection.close()


def _load(connection: sqlite3.Connection, tenant: Tenant, table: Table, names: list[str], *, deleted: bool) -> None:
    columns = [table.columns[name] for name in names]
    declared = ", ".join(f'"{column.name}" {_DECLARED[column.type]}' for column in columns)
    connection.execute(f'create table "{table.name}" ({declared}, primary key ("id")) without rowid')
    rows = [] if deleted else list(tenant.store.rows(table.kind))
    most = tenant.settings.data_query_limits["inputRows"]
    if len(rows) > most:
        raise SqlError(f"Query exceeded the maximum number of input records for table {table.name}: {most}")
    places = ", ".join("?" * len(columns))
    connection.executemany(f'insert into "{table.name}" values ({places})', _values(columns, rows))  # noqa: S608


def _values(columns: list[Column], rows: Iterable[Row]) -> Iterator[list[Any]]:
    readers = [(column.field, _READERS.get(column.type), column.field == "deleted") for column in columns]
    for row in rows:
        yield [
            0
            if never
            else None
            if (value := row.get(name)) is None
            else reader(value)
            if reader
            else spelled(name, value)
            for name, reader, never in readers
        ]


_READERS: dict[str, Callable[[Any], Any]] = {
    TYPES["number"]: float,
    TYPES["int"]: int,
    TYPES["bool"]: int,
    TYPES["date"]: str,
    TYPES["datetime"]: moment,
}


def _answer(connection: sqlite3.Connection, statement: Statement, most: int) -> Result:
    try:
        cursor = connection.execute(statement.sql)
        rows = cursor.fetchmany(most + 1)
    except sqlite3.Error as error:
        raise refusal(statement, str(error)) from error
    if len(rows) > most:
        raise SqlError(f"Query exceeded the maximum number of output records: {most}")
    names = [str(item[0]) for item in cursor.description]
    columns = [name.lower() if name.isidentifier() else f"_col{place}" for place, name in enumerate(names)]
    if any(isinstance(value, float) for row in rows for value in row):
        rows = [tuple(_number(value) for value in row) for row in rows]
    return Result(columns, rows)


def _number(value: Any) -> Any:
    return exact(value).quantize(_PLACES) if isinstance(value, float) else value
