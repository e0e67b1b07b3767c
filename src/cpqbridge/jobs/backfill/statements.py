"""The statements of back-fills; each is all or nothing, and only one reader's page is taken at each position."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from cpqbridge.history.tables import SCHEMA
from cpqbridge.jobs.due import Lane
from cpqbridge.jobs.statements import ARRIVAL, JOBS

_JSON = JSONB(none_as_null=True)
_TYPES: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "asked": _JSON,
    "position": _JSON,
    "was": _JSON,
    "records": _JSON,
    "total": Integer(),
    "held": Boolean(),
    "most": Integer(),
}


_SAME = "due.scope = locked.scope AND due.object = locked.object AND due.record_id = locked.record_id"
"""Rows of what is due are always locked in the order of their keys, so that nobody waits in a circle."""


def _statement(sql: str, *names: str) -> TextClause:
    filled = sql.replace("{same}", _SAME).replace("{schema}", SCHEMA).replace("{lane}", str(int(Lane.BACKFILL)))
    filled = filled.replace("{arrival}", ARRIVAL).replace("{jobs}", JOBS)
    return text(filled).bindparams(*(bindparam(name, type_=_TYPES.get(name, Text())) for name in names))


UNFINISHED = _statement(
    """
    SELECT * FROM {schema}.backfill
    WHERE scope = :scope AND asked = :asked AND state NOT IN ('done', 'cancelled') ORDER BY id DESC LIMIT 1
    """,
    *("scope", "asked"),
)

OPEN = _statement(
    """
    INSERT INTO {schema}.backfill (scope, asked, state, held) VALUES (:scope, :asked, 'reading', :held) RETURNING *
    """,
    *("scope", "asked", "held"),
)

GET = _statement("SELECT * FROM {schema}.backfill WHERE scope = :scope AND id = :id", "scope", "id")

LIST = _statement("SELECT * FROM {schema}.backfill WHERE scope = :scope ORDER BY id DESC LIMIT :most", "scope", "most")

IN_STATE = _statement(
    "SELECT * FROM {schema}.backfill WHERE scope = :scope AND state = :state ORDER BY id", "scope", "state"
)

EXPECT = _statement(
    "UPDATE {schema}.backfill SET total = :total WHERE id = :id AND state = 'reading' AND position IS NULL",
    *("id", "total"),
)

TAKE_UP = _statement(
    """
    WITH mine AS (
        UPDATE {schema}.backfill SET position = :position
        WHERE id = :id AND state = 'reading' AND position IS NOT DISTINCT FROM :was RETURNING id
    ), made AS (
        INSERT INTO {schema}.backfill_record
            (backfill_id, object, record_id, number, account, outcome, code, message, ended_at)
        SELECT mine.id, 'Order', record_id, number, account, outcome, code, message,
            CASE WHEN outcome IS NOT NULL THEN clock_timestamp() END
        FROM mine, jsonb_to_recordset(:records) AS row (
            record_id text, number text, account text, outcome text, code text, message text
        )
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM mine
    """,
    *("id", "position", "was", "records"),
)
"""Gives 0 when the back-fill is not being read any more, or another reader has moved on from this position."""

RELEASE = _statement(
    """
    WITH mine AS (
        UPDATE {schema}.backfill SET state = CASE WHEN held THEN 'paused' ELSE 'working' END,
            total = (SELECT count(*) FROM {schema}.backfill_record WHERE backfill_id = :id)
        WHERE id = :id AND state = 'reading' AND position IS NOT DISTINCT FROM :was RETURNING id, scope, held
    ), wanted AS (
        SELECT mine.scope, object, record_id, number, account, mine.id, held
        FROM {schema}.backfill_record JOIN mine ON mine.id = backfill_id
        WHERE outcome IS NULL ORDER BY object, record_id
    )
    INSERT INTO {schema}.due AS known (scope, object, record_id, number, account, lane, reason, backfill_id, due_at)
    SELECT scope, object, record_id, number, account, {lane}, 'backfill', id,
        CASE WHEN held THEN 'infinity' ELSE clock_timestamp() END
    FROM wanted
    ON CONFLICT (scope, object, record_id) DO UPDATE SET
        backfill_id = excluded.backfill_id, version = known.version + 1,
        due_at = CASE WHEN known.due_at = 'infinity' THEN excluded.due_at ELSE least(known.due_at, excluded.due_at) END
    """,
    *("id", "was"),
)
"""Makes all that was read and has no outcome due, below live work; what is due as live work stays that."""

PAUSE = _statement(
    """
    WITH mine AS (
        UPDATE {schema}.backfill SET state = 'paused'
        WHERE scope = :scope AND id = :id AND state IN ('reading', 'working') RETURNING id
    ), locked AS (
        SELECT due.scope, object, record_id FROM {schema}.due JOIN mine ON backfill_id = mine.id AND lane = {lane}
        ORDER BY object, record_id FOR UPDATE OF due
    ), aside AS (
        UPDATE {schema}.due SET due_at = 'infinity' FROM locked WHERE {same}
    )
    SELECT count(*) FROM mine
    """,
    *("scope", "id"),
)

KEEP_ASIDE = _statement(
    """
    WITH locked AS (
        SELECT due.scope, object, record_id FROM {schema}.due JOIN {schema}.backfill ON backfill_id = backfill.id
        WHERE backfill.scope = :scope AND state = 'paused' AND lane = {lane} AND due_at < 'infinity' AND begun = 0
        ORDER BY object, record_id FOR UPDATE OF due
    )
    UPDATE {schema}.due SET due_at = 'infinity' FROM locked WHERE {same}
    """,
    "scope",
)
"""Sets aside what was being worked on when its back-fill was paused, and was given back."""

RESUME = _statement(
    """
    UPDATE {schema}.backfill SET state = 'reading', held = false, ended_at = NULL
    WHERE scope = :scope AND id = :id AND state IN ('paused', 'working', 'reading') RETURNING *
    """,
    *("scope", "id"),
)
"""Also one that is being worked on: it makes due again what is open and not due, whatever has taken it away."""

CANCEL = _statement(
    """
    WITH mine AS (
        UPDATE {schema}.backfill SET state = 'cancelled', ended_at = clock_timestamp()
        WHERE scope = :scope AND id = :id AND state NOT IN ('done', 'cancelled') RETURNING id
    ), locked AS (
        SELECT due.scope, object, record_id, begun FROM {schema}.due
        JOIN mine ON backfill_id = mine.id AND lane = {lane}
        ORDER BY object, record_id FOR UPDATE OF due
    ), gone AS (
        DELETE FROM {schema}.due USING locked WHERE {same} AND locked.begun = 0
    ), aside AS (
        UPDATE {schema}.due SET due_at = 'infinity' FROM locked WHERE {same} AND locked.begun > 0
    ), filled AS (
        UPDATE {schema}.backfill_record AS filled SET outcome = 'cancelled', ended_at = clock_timestamp()
        FROM mine WHERE backfill_id = mine.id AND outcome IS NULL AND NOT EXISTS (
            SELECT FROM {schema}.due
            WHERE due.backfill_id = mine.id AND due.object = filled.object AND due.record_id = filled.record_id
                AND begun > 0
        )
    )
    SELECT count(*) FROM mine
    """,
    *("scope", "id"),
)
"""What is being worked on comes to its outcome; it is not taken again where it is cut off."""

SWEEP = _statement(
    """
    WITH locked AS (
        SELECT due.scope, object, record_id FROM {schema}.due JOIN {schema}.backfill ON backfill_id = backfill.id
        WHERE backfill.scope = :scope AND state = 'cancelled' AND lane = {lane} AND (begun = 0 OR NOT EXISTS (
            SELECT FROM {jobs}.procrastinate_jobs WHERE lock = :queue || ':' || account AND status = 'doing'
        ))
        ORDER BY object, record_id FOR UPDATE OF due
    ), gone AS (
        DELETE FROM {schema}.due USING locked WHERE {same} RETURNING backfill_id, due.object, due.record_id
    )
    UPDATE {schema}.backfill_record AS filled SET outcome = 'cancelled', ended_at = clock_timestamp() FROM gone
    WHERE filled.backfill_id = gone.backfill_id AND filled.object = gone.object AND filled.record_id = gone.record_id
        AND outcome IS NULL
    """,
    *("scope", "queue"),
)
"""What is given back, or was cut off, after its back-fill was cancelled is not carried over any more."""

FOUND_ELSEWHERE = _statement(
    """
    UPDATE {schema}.backfill_record AS mine
    SET outcome = other.outcome, code = other.code, message = other.message, ended_at = other.ended_at
    FROM {schema}.backfill_record AS other
    JOIN {schema}.backfill AS its ON its.id = other.backfill_id AND its.scope = :scope
    JOIN {schema}.backfill AS own ON own.id = :id
    WHERE mine.backfill_id = :id AND mine.outcome IS NULL AND other.backfill_id <> :id
        AND other.object = mine.object AND other.record_id = mine.record_id
        AND other.outcome <> 'cancelled' AND other.ended_at > own.started_at
    """,
    *("scope", "id"),
)
"""A record that two back-fills ask for is looked at once."""

LEFT_ALONE = _statement(
    """
    SELECT EXISTS (
        SELECT FROM {schema}.backfill_record AS record
        WHERE backfill_id = :id AND outcome IS NULL AND NOT EXISTS (
            SELECT FROM {schema}.due WHERE due.scope = :scope AND due.object = record.object
                AND due.record_id = record.record_id AND due.backfill_id = :id
        )
    )
    """,
    *("scope", "id"),
)

ARRIVALS = _statement(
    """
    SELECT count(*) FROM {schema}.due
    WHERE scope = :scope AND reason = '{arrival}' AND due_at <= clock_timestamp()
    """,
    "scope",
)

FINISH = _statement(
    """
    UPDATE {schema}.backfill SET state = 'done', ended_at = clock_timestamp()
    WHERE scope = :scope AND id = :id AND state = 'working' AND NOT EXISTS (
        SELECT FROM {schema}.backfill_record WHERE backfill_id = :id AND outcome IS NULL
    )
    """,
    *("scope", "id"),
)

COUNTS = _statement(
    "SELECT outcome, count(*) AS records FROM {schema}.backfill_record WHERE backfill_id = :id GROUP BY outcome", "id"
)

REASONS = _statement(
    """
    SELECT outcome, code, records, examples FROM (
        SELECT outcome, code, count(*) AS records FROM {schema}.backfill_record
        WHERE backfill_id = :id AND outcome IS NOT NULL GROUP BY outcome, code
    ) AS groups, LATERAL (
        SELECT array_agg(number ORDER BY number) AS examples FROM (
            SELECT coalesce(number, record_id) AS number FROM {schema}.backfill_record AS one
            WHERE one.backfill_id = :id AND one.outcome = groups.outcome AND one.code IS NOT DISTINCT FROM groups.code
            ORDER BY record_id LIMIT :most
        ) AS first
    ) AS shown
    """,
    *("id", "most"),
)

RECORDS = _statement(
    """
    SELECT object, record_id, number, account, outcome, code, message, ended_at FROM {schema}.backfill_record
    WHERE backfill_id = :id AND (object, record_id) > (:object, :record_id) ORDER BY object, record_id LIMIT :most
    """,
    *("id", "object", "record_id", "most"),
)
