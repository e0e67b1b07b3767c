"""The work file of a run: both sides as they were read, page by page, and what was found so far.

An SQLite file, so that a million lines take disk and not memory, and a run that was stopped goes on where it was: a
page and the mark of how far its part has come are written together.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cpqbridge.errors import FixConfiguration

_CACHE_KIB = 65_536

_SCHEMA = """
CREATE TABLE IF NOT EXISTS part (
    name TEXT PRIMARY KEY, query TEXT NOT NULL, job TEXT NOT NULL, locator TEXT, rows INTEGER NOT NULL,
    total INTEGER, done INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS item (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, subscription TEXT, revised TEXT, renewed TEXT, order_id TEXT, segment TEXT,
    contract TEXT, product TEXT, start TEXT, chain INTEGER, record BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS item_id ON item (id);
CREATE TABLE IF NOT EXISTS asset (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, order_number TEXT, product TEXT, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS orderless (id TEXT PRIMARY KEY, number TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS schedule (id TEXT PRIMARY KEY, item TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS rate (id TEXT PRIMARY KEY, schedule TEXT NOT NULL, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS customer (id TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS billed (
    n INTEGER PRIMARY KEY, subscription TEXT NOT NULL, plan TEXT, external_id TEXT, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, crm_id TEXT, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sold_once (
    id TEXT PRIMARY KEY, order_number TEXT NOT NULL, product TEXT, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS sent (number TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS expected (n INTEGER PRIMARY KEY, subscription TEXT NOT NULL, contract BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS paired (plan TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS party (id TEXT PRIMARY KEY, about BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS difference (
    n INTEGER PRIMARY KEY, kind TEXT NOT NULL, field TEXT NOT NULL, account TEXT, account_name TEXT, subscription TEXT,
    order_number TEXT, record TEXT, salesforce TEXT, zuora TEXT, next TEXT);
"""

_INDEXES = """
CREATE INDEX IF NOT EXISTS item_subscription ON item (subscription);
CREATE INDEX IF NOT EXISTS billed_subscription ON billed (subscription);
CREATE INDEX IF NOT EXISTS billed_external ON billed (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS schedule_item ON schedule (item);
CREATE INDEX IF NOT EXISTS rate_schedule ON rate (schedule);
CREATE INDEX IF NOT EXISTS account_crm ON account (crm_id);
CREATE INDEX IF NOT EXISTS asset_order ON asset (order_number, product);
CREATE INDEX IF NOT EXISTS sold_order ON sold_once (order_number, product);
"""
"""Made once all is read: rows without order are put into a table faster without them."""

TABLES = (
    "part", "item", "asset", "orderless", "schedule", "rate", "customer", "billed", "account", "sold_once", "sent",
    "expected", "paired", "party", "difference",
)  # fmt: skip
FOUND = ("expected", "paired", "party", "difference")
"""Tables of what a comparison finds."""


@dataclass(frozen=True, slots=True)
class Part:
    """How far one query has been read.

    Attributes:
        job: The system's job that holds its result; empty before the first page.
        locator: Where its next page begins.
        rows: Rows that are kept.
        done: Whether all are.
        total: Rows of the whole result, where the system says so.
    """

    job: str = ""
    locator: str | None = None
    rows: int = 0
    done: bool = False
    total: int | None = None


class WorkFile:
    """A work file; only one run uses it at a time.

    Args:
        path: The file; made, for the user alone, where there is none.
        anew: Forget what is in it, even where that is damaged.

    Raises:
        FixConfiguration: CPQ-306, it cannot be written, or another run has it open.
    """

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        self.path = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise _unusable(path, (error.strerror or "unknown reason").lower()) from error
        try:
            self._db = _opened(path)
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise _unusable(path, "another run uses it") from error
            if not anew:
                raise _unusable(path, f"it is damaged ({error})") from error
            _delete(path)
            self._db = _opened(path)
        if anew:
            self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def remove(self) -> None:
        """Close the file and delete it."""
        self._db.close()
        _delete(self.path)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run a statement; the cursor gives its rows one by one."""
        return self._db.execute(sql, values)

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each of many rows."""
        self._db.executemany(sql, rows)

    def add(self, table: str, rows: Sequence[Sequence[Any]], columns: str = "") -> None:
        """Put rows into a table; one that is there already is replaced."""
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.run_many(f"INSERT OR REPLACE INTO {table} {columns} VALUES ({marks})", rows)  # noqa: S608 - our names

    def among(self, sql: str, keys: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that ends in `IN`, for any number of keys."""
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            yield from self.run(f"{sql} ({', '.join('?' * len(some))})", some)

    def finish(self) -> None:
        """Make the indexes, once all is read."""
        self._db.executescript(_INDEXES)

    def part(self, name: str) -> Part:
        """Return how far a query has been read."""
        found = self.run("SELECT job, locator, rows, done, total FROM part WHERE name = ?", [name]).fetchone()
        return Part(found[0], found[1], found[2], bool(found[3]), found[4]) if found else Part()

    def query(self, name: str) -> str | None:
        """Return the text of a query that was read; None where it was not."""
        found = self.run("SELECT query FROM part WHERE name = ?", [name]).fetchone()
        return found[0] if found else None

    def note(self, name: str, query: str, part: Part) -> None:
        """Remember how far a query has been read."""
        self.run(
            "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)",
            [name, query, part.job, part.locator, part.rows, part.total, part.done],
        )

    def begin_anew(
        self, parts: Iterable[str], tables: Iterable[str], forget: Iterable[Callable[[WorkFile], None]] = ()
    ) -> None:
        """Forget what was read by some queries, and all that was found.

        Args:
            parts: Names of the queries.
            tables: The tables that only they fill.
            forget: Forget their rows in tables that others fill too.
        """
        with self.transaction():
            for one in forget:
                one(self)
            for name in parts:
                self.run("DELETE FROM part WHERE name = ?", [name])
            self.forget((*tables, *FOUND))

    def forget(self, tables: Iterable[str]) -> None:
        """Empty some tables, and forget how far comparisons have come."""
        for table in tables:
            self.run(f"DELETE FROM {table}")  # noqa: S608 - our names
        self.run("DROP TABLE IF EXISTS line_order")
        self.run("DELETE FROM mark")

    def clear(self) -> None:
        """Forget everything."""
        with self.transaction():
            self.forget(TABLES)

    def mark(self, name: str) -> str | None:
        """Return how far a comparison has come; None before it has begun."""
        found = self.run("SELECT value FROM mark WHERE name = ?", [name]).fetchone()
        return found[0] if found else None

    def set_mark(self, name: str, value: str) -> None:
        """Remember how far a comparison has come."""
        self.run("INSERT OR REPLACE INTO mark VALUES (?, ?)", [name, value])

    def count(self, table: str) -> int:
        """Return the rows of a table."""
        return int(self.run(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our names


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        for setting in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            database.execute(f"PRAGMA {setting}")
        database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _delete(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _unusable(path: Path, why: str) -> FixConfiguration:
    remedy = "Wait for the other run, begin anew with --restart, or choose another folder with `database.data_dir`."
    return FixConfiguration("CPQ-306", f"The work file {path} cannot be used: {why}", remedy=remedy)
