"""Removes what is old from the history, a little at a time, so that nobody waits for it.

Of each record, the latest attempt stays for ever with its outcome and its numbers in Zuora: it is how cpqbridge knows
what it has carried over. Of earlier attempts, plans, calls, runs and back-fills, what is older than the setting
`database.keep_days` goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import BigInteger, Integer, Row, TextClause, bindparam, text

from cpqbridge.history.database import Database
from cpqbridge.history.tables import SCHEMA
from cpqbridge.transport.clock import Clock

log = structlog.get_logger(__name__)

SOME = 1_000
"""Rows that one statement looks at."""

DAY = 86_400.0


def _statement(sql: str, *names: str) -> TextClause:
    filled = sql.replace("{schema}", SCHEMA).replace("{cutoff}", "(clock_timestamp() - make_interval(days => :days))")
    types: dict[str, Any] = {"after": BigInteger(), "days": Integer(), "most": Integer()}
    return text(filled).bindparams(*(bindparam(name, type_=types[name]) for name in names))


_RECORDS = _statement(
    """
    WITH few AS (
        SELECT id, scope, record_key, attempt, coalesce(ended_at, started_at) < {cutoff} AS old
        FROM {schema}.record WHERE id > :after ORDER BY id LIMIT :most
    ), held AS (
        SELECT id, fence.attempt > few.attempt AS overtaken
        FROM few JOIN {schema}.fence USING (scope, record_key) WHERE old
    ), calls AS (
        DELETE FROM {schema}.operation USING held WHERE record_id = held.id RETURNING operation.id
    ), gone AS (
        DELETE FROM {schema}.record USING held WHERE record.id = held.id AND overtaken RETURNING record.id
    ), emptied AS (
        UPDATE {schema}.record SET plan = NULL FROM held
        WHERE record.id = held.id AND NOT overtaken AND plan IS NOT NULL
    )
    SELECT (SELECT max(id) FROM few) AS last, (SELECT bool_or(old) FROM few) AS old,
        (SELECT count(*) FROM gone) AS records, (SELECT count(*) FROM calls) AS operations
    """,
    *("after", "days", "most"),
)

_RUNS = _statement(
    """
    DELETE FROM {schema}.run WHERE id IN (
        SELECT id FROM {schema}.run WHERE coalesce(ended_at, started_at) < {cutoff}
            AND NOT EXISTS (SELECT FROM {schema}.record WHERE run_id = run.id)
        ORDER BY id LIMIT :most
    )
    """,
    *("days", "most"),
)

_BACKFILL_RECORDS = _statement(
    """
    DELETE FROM {schema}.backfill_record WHERE ctid = ANY(ARRAY(
        SELECT record.ctid FROM {schema}.backfill_record AS record JOIN {schema}.backfill ON backfill.id = backfill_id
        WHERE backfill.ended_at < {cutoff} LIMIT :most
    ))
    """,
    *("days", "most"),
)

_BACKFILLS = _statement(
    """
    DELETE FROM {schema}.backfill WHERE id IN (
        SELECT id FROM {schema}.backfill WHERE ended_at < {cutoff}
            AND NOT EXISTS (SELECT FROM {schema}.backfill_record WHERE backfill_id = backfill.id)
        ORDER BY id LIMIT :most
    )
    """,
    *("days", "most"),
)

_INCIDENTS = _statement(
    """
    DELETE FROM {schema}.incident WHERE id IN (
        SELECT id FROM {schema}.incident WHERE ended_at < {cutoff} ORDER BY id LIMIT :most
    )
    """,
    *("days", "most"),
)


@dataclass(slots=True)
class Removed:
    """How many rows were removed."""

    records: int = 0
    operations: int = 0
    others: int = 0


class Retention:
    """Removes what is old.

    Args:
        database: The database.
        days: For how long everything is kept.
        clock: Time.
    """

    def __init__(self, database: Database, days: int, clock: Clock | None = None) -> None:
        self._database = database
        self._days = days
        self._clock = clock or Clock()

    async def run(self) -> None:
        """Remove what is old once a day, until cancelled.

        Raises:
            CpqBridgeError: The database refuses.
        """
        while True:
            removed = await self.sweep()
            log.debug("old history was removed", records=removed.records, operations=removed.operations)
            await self._clock.sleep(DAY)

    async def sweep(self) -> Removed:
        """Remove what is old now; may be stopped anywhere."""
        removed = Removed()
        await self._records(removed)
        for statement in (_RUNS, _BACKFILL_RECORDS, _BACKFILLS, _INCIDENTS):
            while (rows := await self._some(statement)) > 0:
                removed.others += rows
        return removed

    async def _records(self, removed: Removed) -> None:
        """Go through the attempts from the first one on, up to those that are not old yet."""
        after = 0
        while True:
            found = await self._window(after)
            removed.records += found.records
            removed.operations += found.operations
            if not found.old:
                return
            after = found.last

    async def _window(self, after: int) -> Row[Any]:
        values = {"after": after, "days": self._days, "most": SOME}
        return await self._database.run(lambda session: session.execute(_RECORDS, values).one())

    async def _some(self, statement: TextClause) -> int:
        values = {"days": self._days, "most": SOME}
        return await self._database.run(lambda session: session.execute(statement, values).rowcount)
