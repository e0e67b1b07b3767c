"""The org's records: typed SQLite tables made from the catalogue, in memory or in one file.

The store sets what the platform sets (id, owner, audit stamps, auto-numbers, defaults) and works out formulas. Who may
write what, and whether a value is allowed, is the API layer's to check.
"""

# ruff: noqa: S608  SQL is built of catalogue names only; values are always arguments.
from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cpqbridge.sandbox.salesforce import soql
from cpqbridge.sandbox.salesforce.catalogue import Catalogue, Field, SObject, standard_catalogue, tables
from cpqbridge.sandbox.salesforce.catalogue import columns as col
from cpqbridge.sandbox.salesforce.events.writes import CREATE, DELETE, UNDELETE, UPDATE, Write
from cpqbridge.sandbox.salesforce.ids import MalformedId, make_id, to_18
from cpqbridge.sandbox.wire import decode, encode

Row = dict[str, Any]
_NUMBER_FORMAT: Final = re.compile(r"^(.*)\{(0+)\}$")
_FIRST_NUMBER: Final = {("Order", "OrderNumber"): 100, ("Contract", "ContractNumber"): 100}
INTEGRATION_USER: Final = make_id("005", 1)
"""The user that owns what is written, until `Store.user_id` says otherwise."""


class NotWritable(ValueError):
    """A write names a field that does not exist, is worked out, or is the platform's to set."""


class NoSuchRecord(KeyError):
    """No record of that object has that id."""


class Store:
    """All records of one org.

    Attributes:
        catalogue: Objects and fields; a field added to it appears in the tables.
        clock: Returns the present moment, with a time zone.
        user_id: Who is noted as creator, modifier and owner of what is written.
        cursors: Open query cursors, see `soql`.
        watched: Objects whose writes are told of.
        on_commit: Called with the writes of watched objects at the end of their transaction, and still inside it.
    """

    def __init__(
        self,
        catalogue: Catalogue | None = None,
        *,
        path: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        user_id: str = INTEGRATION_USER,
    ) -> None:
        self.catalogue = catalogue or standard_catalogue()
        self.clock = clock
        self.user_id = user_id
        self.cursors = soql.Cursors()
        self._lock = threading.RLock()
        self._depth = 0
        self.watched: frozenset[str] = frozenset()
        self.on_commit: Callable[[list[Write]], None] | None = None
        self._writes: list[Write] = []
        self._numbers: dict[tuple[str, str], int] = {}
        self._selects: dict[str, tuple[str, list[Field]]] = {}
        self._defaults: dict[str, tuple[Row, list[Field]]] = {}
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        col.register_functions(self._connection)
        soql.register_functions(self._connection)
        self._connection.execute("PRAGMA journal_mode = WAL" if path else "PRAGMA synchronous = OFF")
        tables.restore_fields(self._connection, self.catalogue)
        with self.transaction():
            tables.create(self._connection, self.catalogue)
        self.catalogue.subscribe(self._catalogue_changed)

    def close(self) -> None:
        """Close the database; the store cannot be used after that."""
        self._connection.close()

    # Writing

    def insert(self, sobject: str, values: Mapping[str, Any], *, system: bool = False) -> str:
        """Add a record and return its 18 character id.

        Args:
            sobject: Object name in any case.
            values: API values by field name in any case.
            system: Also allow fields that only the platform writes (ids, stamps, auto-numbers).

        Raises:
            NotWritable: for a field that cannot be written.
            BadValue: for a value its field cannot hold.
        """
        kind = self.catalogue.require(sobject)
        row = self._writable(kind, values, system=system, updating=False)
        with self._lock:
            number = self._next(kind.name, "Id")
            complete = self._platform_values(kind, number, row) | row
            names = ", ".join(map(col.quoted, complete))
            marks = ", ".join("?" * len(complete))
            self._connection.execute(
                f"INSERT INTO {col.quoted(kind.name)} ({names}) VALUES ({marks})", tuple(complete.values())
            )
            if kind.name in self.watched:
                self._tell(Write(kind.name, complete["Id"], CREATE, _filled(complete)))
        return str(complete["Id"])

    def update(self, sobject: str, record_id: str, values: Mapping[str, Any], *, system: bool = False) -> None:
        """Change fields of a record and stamp it as modified now.

        Raises:
            NoSuchRecord: when there is none of that id.
            NotWritable: for a field that cannot be written.
            BadValue: for a value its field cannot hold.
        """
        kind = self.catalogue.require(sobject)
        row = self._writable(kind, values, system=system, updating=True)
        row = self._stamps(kind) | row
        with self._lock:
            before = self._stored(kind, record_id, row) if kind.name in self.watched else {}
            self._change(kind, record_id, row)
            if before:
                changed = {name: value for name, value in row.items() if before.get(name, value) != value}
                self._tell(Write(kind.name, before["Id"], UPDATE, changed))

    def delete(self, sobject: str, record_id: str) -> None:
        """Move a record, and those that hang under it by cascade, to the recycle bin.

        Raises:
            NoSuchRecord: when there is none of that id.
        """
        self._set_deleted(self.catalogue.require(sobject), record_id, deleted=True)

    def undelete(self, sobject: str, record_id: str) -> None:
        """Bring a record back from the recycle bin, with those that hang under it.

        Raises:
            NoSuchRecord: when there is none of that id.
        """
        self._set_deleted(self.catalogue.require(sobject), record_id, deleted=False)

    def add_field(self, sobject: str, field: Field) -> None:
        """Add a field to an object; kept data remembers it.

        Raises:
            KeyError: when the org has no such object.
        """
        self.catalogue.add_field(sobject, field)

    def note(self, name: str, value: Any) -> None:
        """Keep a JSON value beside the records."""
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO _note VALUES (?, ?)", (name, encode(value).decode()))

    def noted(self, name: str) -> Any:
        """Return the JSON value kept under that name, or None."""
        rows = self.fetch("SELECT value FROM _note WHERE name = ?", (name,))
        return decode(rows[0][0].encode()) if rows else None

    def clear(self) -> None:
        """Delete every record for good and start all numbers afresh; the fields stay."""
        with self.transaction():
            for kind in self.catalogue:
                self._connection.execute(f"DELETE FROM {col.quoted(kind.name)}")
            self._numbers.clear()
        self.cursors.clear()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all writes inside happen together or not at all; may be nested."""
        with self._lock:
            self._depth += 1
            name, told = f"level_{self._depth}", len(self._writes)
            self._connection.execute(f"SAVEPOINT {name}")
            try:
                yield
                self._tell_committed(depth=1)
            except BaseException:
                self._connection.execute(f"ROLLBACK TO {name}")
                del self._writes[told:]
                raise
            finally:
                self._connection.execute(f"RELEASE {name}")
                self._depth -= 1

    # Reading

    def get(self, sobject: str, record_id: str) -> Row | None:
        """Return all fields of a record, deleted ones included, or None. Formulas and addresses are worked out."""
        try:
            rows = self._select(self.catalogue.require(sobject), '"Id" = ?', to_18(record_id))
        except MalformedId:
            return None
        return rows[0] if rows else None

    def find(self, sobject: str, field: str, value: Any) -> list[Row]:
        """Return all fields of the records, not deleted, whose field has that value (None finds empty ones).

        Raises:
            KeyError: when there is no such object or field.
            BadValue: when the field cannot hold the value.
        """
        kind = self.catalogue.require(sobject)
        known = kind.field(field, hidden=True)
        if known is None:
            raise KeyError(field)
        sql = col.expression(self.catalogue, kind, known, "t")
        condition = f"{sql} IS NULL" if value is None else f"{sql} = ?"
        arguments = [] if value is None else [col.to_sql(known, value)]
        return self._select(kind, f't."IsDeleted" = 0 AND {condition}', *arguments)

    def count(self, sobject: str) -> int:
        """Return how many records, not deleted, the object has."""
        name = col.quoted(self.catalogue.require(sobject).name)
        return int(self.fetch(f'SELECT COUNT(*) FROM {name} WHERE "IsDeleted" = 0', ())[0][0])

    def query(self, text: str, *, all_rows: bool = False, **options: Any) -> soql.QueryResult:
        """Run a SOQL statement; the options are those of `soql.run`.

        Raises:
            SoqlError: when the statement is refused.
        """
        return soql.run(self, text, all_rows=all_rows, **options)

    def fetch(self, sql: str, arguments: tuple[Any, ...] | list[Any]) -> list[tuple[Any, ...]]:
        """Run a reading SQL statement and return its rows."""
        with self._lock:
            return self._connection.execute(sql, arguments).fetchall()

    def execute(self, sql: str, arguments: tuple[Any, ...] | list[Any] = ()) -> None:
        """Run a writing SQL statement on a table beside the records."""
        with self._lock:
            self._connection.execute(sql, arguments)

    def _catalogue_changed(self, kind: SObject, added: Field | None) -> None:
        with self.transaction():
            self._selects.clear()
            self._defaults.clear()
            if added is not None:
                tables.add_field(self._connection, kind, added)

    # What is told of

    def _tell(self, write: Write) -> None:
        self._writes.append(write)
        self._tell_committed(depth=0)

    def _tell_committed(self, depth: int) -> None:
        """Tell of all writes if so many transactions are open."""
        if self._depth == depth and self._writes and self.on_commit:
            writes, self._writes = self._writes, []
            self.on_commit(writes)

    def _stored(self, kind: SObject, record_id: str, names: Iterable[str]) -> Row:
        """Return what some columns of a record hold, and its id; empty when there is none of that id."""
        stored = list(dict.fromkeys(["Id", *names]))
        columns = ", ".join(map(col.quoted, stored))
        rows = self.fetch(f'SELECT {columns} FROM {col.quoted(kind.name)} WHERE "Id" = ?', (_canonical(record_id),))
        return dict(zip(stored, rows[0], strict=True)) if rows else {}

    # Rows

    def _writable(self, kind: SObject, values: Mapping[str, Any], *, system: bool, updating: bool) -> Row:
        row: Row = {}
        for name, value in values.items():
            field = kind.field(name, hidden=system)
            if field is None or not field.stored:
                raise NotWritable(f"{kind.name}.{name}")
            if not system and not (field.updateable if updating else field.createable):
                raise NotWritable(f"{kind.name}.{name}")
            row[field.name] = col.to_sql(field, value)
        return row

    def _platform_values(self, kind: SObject, number: int, given: Row) -> Row:
        now = col.stamp(self.clock().replace(microsecond=0))
        values: Row = {"_n": number, "Id": make_id(kind.key_prefix, number), "IsDeleted": 0}
        values |= dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
        values |= dict.fromkeys(("CreatedById", "LastModifiedById"), self.user_id)
        fixed, numbered = self._defaults_of(kind)
        values |= fixed | {field.name: self._auto_number(kind, field) for field in numbered if field.name not in given}
        if kind.field("OwnerId", hidden=True):
            values["OwnerId"] = self.user_id
        return values

    def _defaults_of(self, kind: SObject) -> tuple[Row, list[Field]]:
        if kind.name not in self._defaults:
            fields = [field for field in kind.every if field.stored and field.name != "IsDeleted"]
            fixed = {field.name: col.to_sql(field, field.default) for field in fields if field.default is not None}
            self._defaults[kind.name] = (fixed, [field for field in fields if field.auto_number])
        return self._defaults[kind.name]

    def _stamps(self, kind: SObject) -> Row:
        now = col.stamp(self.clock().replace(microsecond=0))
        stamps = {"LastModifiedDate": now, "SystemModstamp": now, "LastModifiedById": self.user_id}
        return {name: value for name, value in stamps.items() if kind.field(name, hidden=True)}

    def _change(self, kind: SObject, record_id: str, row: Row) -> None:
        assignments = ", ".join(f"{col.quoted(name)} = ?" for name in row)
        with self._lock:
            done = self._connection.execute(
                f'UPDATE {col.quoted(kind.name)} SET {assignments} WHERE "Id" = ?',
                (*row.values(), _canonical(record_id)),
            )
        if not done.rowcount:
            raise NoSuchRecord(f"{kind.name} {record_id}")

    def _set_deleted(self, kind: SObject, record_id: str, *, deleted: bool) -> None:
        with self.transaction():
            self._change(kind, record_id, self._stamps(kind) | {"IsDeleted": int(deleted)})
            if kind.name in self.watched:
                names = [] if deleted else [field.name for field in kind.every if field.stored]
                values = _filled(self._stored(kind, record_id, names)) if names else {}
                self._tell(Write(kind.name, to_18(record_id), DELETE if deleted else UNDELETE, values))
            for link in kind.links:
                if link.cascade_delete:
                    child = self.catalogue.require(link.child_sobject)
                    where = f'{col.quoted(link.field)} = ? AND "IsDeleted" = ?'
                    sql = f'SELECT "Id" FROM {col.quoted(child.name)} WHERE {where}'
                    for (child_id,) in self.fetch(sql, (_canonical(record_id), int(not deleted))):
                        self._set_deleted(child, child_id, deleted=deleted)

    def _select(self, kind: SObject, condition: str, *arguments: Any) -> list[Row]:
        if kind.name not in self._selects:
            fields = [field for field in kind.every if field.type != "address"]
            listed = ", ".join(col.expression(self.catalogue, kind, field, "t") for field in fields)
            self._selects[kind.name] = (f"SELECT {listed} FROM {col.quoted(kind.name)} t", fields)
        select, fields = self._selects[kind.name]
        return [
            self._row(kind, fields, raw) for raw in self.fetch(f"{select} WHERE {condition} ORDER BY _n", arguments)
        ]

    @staticmethod
    def _row(kind: SObject, fields: list[Field], raw: tuple[Any, ...]) -> Row:
        row = {field.name: col.from_sql(field, value) for field, value in zip(fields, raw, strict=True)}
        for field in kind.fields.values():
            if field.type == "address":
                row[field.name] = soql.address(
                    field.name, {part.name: row[part.name] for part in kind.parts(field.name)}
                )
        return row

    # Numbers

    def _next(self, kind: str, field: str) -> int:
        if (kind, field) not in self._numbers:
            last = self.fetch(f"SELECT COALESCE(MAX(_n), 0) FROM {col.quoted(kind)}", ())[0][0]
            self._numbers[kind, field] = last
        self._numbers[kind, field] += 1
        return self._numbers[kind, field]

    def _auto_number(self, kind: SObject, field: Field) -> str:
        prefix, zeros = _number_format(field)
        if (kind.name, field.name) not in self._numbers:
            column = col.quoted(field.name)
            sql = f"SELECT MAX(CAST(SUBSTR({column}, ?) AS INTEGER)) FROM {col.quoted(kind.name)}"
            last = self.fetch(sql, (len(prefix) + 1,))[0][0]
            self._numbers[kind.name, field.name] = (
                _FIRST_NUMBER.get((kind.name, field.name), 1) - 1 if last is None else last
            )
        return f"{prefix}{self._next(kind.name, field.name):0{len(zeros)}d}"


def _filled(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _number_format(field: Field) -> tuple[str, str]:
    match = _NUMBER_FORMAT.match(field.auto_number or "")
    if match is None:
        raise ValueError(f"{field.name}: the auto-number format {field.auto_number!r} has no {{0}}")
    return match[1], match[2]


def _canonical(record_id: str) -> str:
    try:
        return to_18(record_id)
    except MalformedId as error:
        raise NoSuchRecord(record_id) from error
