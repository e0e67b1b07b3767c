"""The outbox: what is still to be written onto records of Salesforce, one row per record.

A newer status takes the place of an older one. Before a call, what the fields are known to hold is forgotten, and noted
again with its answer: after a crash in between the same is written once more, and nothing is taken to be there that is
not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, Row, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from cpqbridge.history.database import Database
from cpqbridge.history.locks import DatabaseLocks
from cpqbridge.history.redact import redact
from cpqbridge.history.tables import SCHEMA
from cpqbridge.sync.run import Run
from cpqbridge.sync.write_back.marks import MarkOf, unmarked
from cpqbridge.sync.write_back.told import Telling, made_before, tellings
from cpqbridge.values import SUCCESSES

MARK = "mark"
"""What the mark of a record is kept under, beside what is told of it and then beside what its fields hold."""

LOCK = "write_back"
"""The key under which one process at a time writes, so that an older status never comes after a newer one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record with something to be written.

    Attributes:
        record_id: Its Salesforce id.
        told: What is told of it (`Telling.values`).
        written: What its fields are known to hold, by API name.
        version: Grows with each further telling.
        attempts: How often in a row it was refused.
    """

    record_id: str
    told: dict[str, Any]
    written: dict[str, Any]
    version: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a record of the outbox.

    Attributes:
        waiting: The record, as it was taken.
        written: What its fields are known to hold now.
        done: Whether nothing of what was taken is left to be written.
        pause: Seconds until the next attempt; None for none.
        attempts: How often in a row it was refused.
        message: Why it was refused.
    """

    waiting: Waiting
    written: dict[str, Any]
    done: bool = True
    pause: float | None = None
    attempts: int = 0
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Filling:
    """How full an outbox is.

    Attributes:
        waiting: Records with something still to be written.
        oldest: When the oldest of them was told of.
        given_up: Records that were refused until nobody tries any more.
    """

    waiting: int
    oldest: datetime | None
    given_up: int


class Outbox:
    """The outbox of one pair of systems.

    Args:
        database: The database of the history.
        scope: The pair of systems.
        mark_of: Gives the marks of records, by which own writes are known again.
    """

    def __init__(self, database: Database, scope: str, mark_of: MarkOf = unmarked) -> None:
        self._database = database
        self._scope = scope
        self._mark_of = mark_of
        self._locks = DatabaseLocks(database, scope)
        self._turn = asyncio.Lock()

    async def note(self, run: Run, *, retried: bool = False) -> int:
        """Note what is told of a run's records, in one statement.

        Args:
            run: A run that has ended.
            retried: Whether what failed for now is tried again by itself: then it is not told.

        Returns:
            How many records are told of.
        """
        at = datetime.now(UTC)
        told = tellings(run.ended, at, retried=retried, mark_of=self._mark_of)
        known = {one.record_id for one in told}
        made = [account for account in await self._made_before(run) if account not in known]
        return await self.put([*told, *(made_before(account, at) for account in made)])

    async def _made_before(self, run: Run) -> list[str]:
        """Return the accounts that earlier attempts at a run's records have made, and perhaps told nobody of."""
        carried = (one.attempt for one in run.ended if one.result.outcome in SUCCESSES)
        keys = [attempt.record_key for attempt in carried if attempt is not None and attempt.attempt > 1]
        return [row.account for row in await self._run(MADE, keys=keys)] if keys else []

    async def put(self, told: Sequence[Telling]) -> int:
        """Note what is told of records; what an older attempt tells later than a newer one is left out."""
        rows = [
            {"object": one.object, "record_id": one.record_id, "attempt": one.attempt, "first": one.first}
            | {"fields": {**one.values, MARK: one.mark}}
            for one in told
        ]
        if rows:
            await self._run(PUT, rows=rows)
        return len(rows)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Keep all others, in this process and in others, from writing back meanwhile.

        Raises:
            RetryLater: CPQ-105, another process has been writing for very long.
        """
        async with self._turn, self._locks.hold({LOCK}):
            yield

    async def due(self) -> list[str]:
        """Return the objects of which something is to be written now."""
        return [row.object for row in await self._run(DUE)]

    async def take(self, sobject: str, most: int) -> list[Waiting]:
        """Return records of an object with something to be written now, the oldest first."""
        rows = await self._run(TAKE, object=sobject, most=most)
        return [Waiting(row.record_id, row.fields, row.written, row.version, row.attempts) for row in rows]

    async def begin(self, sobject: str, some: Sequence[Waiting]) -> None:
        """Forget what the fields of records are known to hold: they are about to be written."""
        await self._run(BEGIN, object=sobject, ids=[one.record_id for one in some])

    async def end(self, sobject: str, noted: Sequence[Noted]) -> None:
        """Note what became of records; one of which something newer was told stays due."""
        rows = [
            {
                "record_id": one.waiting.record_id,
                "version": one.waiting.version,
                "written": one.written,
                "done": one.done,
                "pause": one.pause,
                "attempts": one.attempts,
                "message": redact(one.message),
            }
            for one in noted
        ]
        if rows:
            await self._run(END, object=sobject, rows=rows)

    async def forget(self, sobject: str, some: Sequence[Waiting]) -> None:
        """Take records away that Salesforce has no more; those of which something newer was told stay."""
        rows = [{"record_id": one.record_id, "version": one.version} for one in some]
        if rows:
            await self._run(FORGET, object=sobject, rows=rows)

    async def marks(self, sobject: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the marks of those of these records that are told of, as they were last read for it."""
        rows = await self._run(MARKS, object=sobject, ids=list(ids))
        return {row.record_id: row.mark for row in rows if row.mark is not None}

    async def filling(self) -> Filling:
        """Return how full the outbox is, for metrics and alerts."""
        [row] = await self._run(FILLING)
        return Filling(row.waiting, row.oldest, row.given_up)

    async def _run(self, statement: TextClause, **parameters: Any) -> Sequence[Row[Any]]:
        values = {"scope": self._scope, **parameters}

        def work(connection: Any) -> Sequence[Row[Any]]:
            result = connection.execute(statement, values)
            rows: Sequence[Row[Any]] = result.all() if result.returns_rows else ()
            return rows

        return await self._database.run(work)


_TYPES: dict[str, TypeEngine[Any]] = {
    "rows": JSONB(none_as_null=True),
    "ids": ARRAY(Text()),
    "keys": ARRAY(Text()),
    "most": Integer(),
}


def _statement(sql: str, *names: str) -> TextClause:
    return text(sql.replace("{schema}", SCHEMA)).bindparams(
        *(bindparam(name, type_=_TYPES.get(name, Text())) for name in ("scope", *names))
    )


PUT = _statement(
    """
    INSERT INTO {schema}.write_back AS held (scope, object, record_id, attempt, fields)
    SELECT :scope, object, record_id, attempt, fields
    FROM jsonb_to_recordset(:rows) AS row (object text, record_id text, attempt bigint, fields jsonb, first boolean)
    WHERE NOT (first AND EXISTS (
        SELECT FROM {schema}.write_back AS told
        WHERE told.scope = :scope AND told.object = row.object AND told.record_id = row.record_id
    ))
    ORDER BY object, record_id
    ON CONFLICT (scope, object, record_id) DO UPDATE SET
        attempt = coalesce(excluded.attempt, held.attempt),
        fields = held.fields || excluded.fields,
        version = held.version + 1,
        asked_at = CASE WHEN held.due_at IS NULL THEN excluded.asked_at ELSE held.asked_at END,
        due_at = CASE WHEN held.fields @> excluded.fields THEN coalesce(held.due_at, excluded.due_at)
            ELSE excluded.due_at END,
        attempts = CASE WHEN held.fields @> excluded.fields THEN held.attempts ELSE 0 END
    WHERE excluded.attempt IS NULL OR held.attempt IS NULL OR excluded.attempt >= held.attempt
    """,
    "rows",
)
"""What is told again just as it waits to be written keeps its pause; what was given up is tried once more."""

MADE = _statement(
    """
    SELECT DISTINCT substring(key FROM length('account:') + 1) AS account
    FROM {schema}.record JOIN {schema}.operation ON operation.record_id = record.id
    WHERE record.scope = :scope AND record_key = ANY(:keys) AND name = 'create_account'
        AND (state <> 'failed' OR unknown_result)
    ORDER BY account
    """,
    "keys",
)
"""Where the latest attempt at a record is a success, an account that may have been made by an earlier one is there."""

DUE = _statement(
    """
    SELECT object FROM {schema}.write_back WHERE scope = :scope AND due_at <= clock_timestamp()
    GROUP BY object ORDER BY object DESC
    """
)

TAKE = _statement(
    """
    SELECT record_id, fields, written, version, attempts FROM {schema}.write_back
    WHERE scope = :scope AND object = :object AND due_at <= clock_timestamp()
    ORDER BY due_at, record_id LIMIT :most
    """,
    *("object", "most"),
)

BEGIN = _statement(
    """
    UPDATE {schema}.write_back SET written = '{}'
    WHERE scope = :scope AND object = :object AND record_id = ANY(:ids)
    """,
    *("object", "ids"),
)

END = _statement(
    """
    UPDATE {schema}.write_back AS held SET
        written = row.written,
        fields = CASE WHEN latest AND done THEN '{}' ELSE held.fields END,
        due_at = CASE WHEN latest THEN clock_timestamp() + make_interval(secs => pause) ELSE held.due_at END,
        attempts = CASE WHEN latest THEN row.attempts ELSE held.attempts END,
        message = row.message
    FROM (
        SELECT given.*, given.version = known.version AS latest
        FROM jsonb_to_recordset(:rows) AS given (
            record_id text, version bigint, written jsonb, done boolean, pause double precision, attempts integer,
            message text
        )
        JOIN {schema}.write_back AS known
            ON known.scope = :scope AND known.object = :object AND known.record_id = given.record_id
        ORDER BY given.record_id FOR UPDATE OF known
    ) AS row
    WHERE held.scope = :scope AND held.object = :object AND held.record_id = row.record_id
    """,
    *("object", "rows"),
)

FORGET = _statement(
    """
    DELETE FROM {schema}.write_back AS held
    USING jsonb_to_recordset(:rows) AS row (record_id text, version bigint)
    WHERE scope = :scope AND object = :object AND held.record_id = row.record_id AND held.version = row.version
    """,
    *("object", "rows"),
)

MARKS = _statement(
    """
    SELECT record_id, CASE WHEN fields ? 'mark' THEN fields ELSE written END ->> 'mark' AS mark
    FROM {schema}.write_back WHERE scope = :scope AND object = :object AND record_id = ANY(:ids)
    """,
    *("object", "ids"),
)

FILLING = _statement(
    """
    SELECT count(*) FILTER (WHERE due_at IS NOT NULL) AS waiting,
        min(asked_at) FILTER (WHERE due_at IS NOT NULL) AS oldest,
        count(*) FILTER (WHERE due_at IS NULL AND fields <> '{}') AS given_up
    FROM {schema}.write_back WHERE scope = :scope
    """
)
