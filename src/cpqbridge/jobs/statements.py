"""The statements of what is due; each is all or nothing."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Float, Integer, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from cpqbridge.history.statements import SUCCESS_LIST
from cpqbridge.history.tables import SCHEMA

JOBS = "cpqbridge_jobs"
"""The schema of the queue's tables, which are Procrastinate's own."""

ARRIVAL = "arrival"
"""The reason for which a record is due that has come to Zuora because of another one."""

_TYPES: dict[str, TypeEngine[Any]] = {
    "records": JSONB(none_as_null=True),
    "touched": JSONB(none_as_null=True),
    "ids": ARRAY(Text()),
    "accounts": ARRAY(Text()),
    "most": Integer(),
    "suspect": Integer(),
    "live": Integer(),
    "lane": Integer(),
    "pid": Integer(),
    "silent": Float(),
    "workers": JSONB(),
    "names": ARRAY(Text()),
    "queues": ARRAY(Text()),
}


NAMES = {"schema": SCHEMA, "jobs": JOBS, "successes": SUCCESS_LIST, "arrival": ARRIVAL}
"""What stands in a statement in braces, and what is meant."""


def digest(scope: str) -> str:
    """Return a short name for a scope, for queues and locks."""
    return hashlib.sha256(scope.encode()).hexdigest()[:16]


def statement(sql: str, *names: str) -> TextClause:
    """Return a statement with typed parameters; names in braces stand for `NAMES`."""
    named = sql
    for name, meant in NAMES.items():
        named = named.replace(f"{{{name}}}", meant)
    return text(named).bindparams(*(bindparam(name, type_=_TYPES.get(name, Text())) for name in names))


JOBS_PATH = text(f"SET LOCAL search_path TO {JOBS}, public")
"""The triggers of the queue's tables name them without their schema."""

ANALYZE_DUE = text(f"ANALYZE {SCHEMA}.due")
ANALYZE_JOBS = text(f"ANALYZE {JOBS}.procrastinate_jobs")

ADD = statement(
    """
    INSERT INTO {schema}.due AS held (scope, object, record_id, number, account, lane, reason, backfill_id)
    SELECT :scope, object, record_id, number, account, lane, reason, backfill_id
    FROM jsonb_to_recordset(:records) AS row (
        object text, record_id text, number text, account text, lane smallint, reason text, backfill_id bigint
    )
    ORDER BY object, record_id
    ON CONFLICT (scope, object, record_id) DO UPDATE SET
        number = coalesce(excluded.number, held.number), account = excluded.account,
        lane = least(held.lane, excluded.lane), reason = excluded.reason,
        due_at = least(held.due_at, clock_timestamp()), version = held.version + 1, attempts = 0,
        backfill_id = coalesce(excluded.backfill_id, held.backfill_id)
    RETURNING (xmax = 0)::integer
    """,
    *("scope", "records"),
)

MOVE_CURSORS = statement(
    """
    INSERT INTO {schema}.cursor AS held (scope, name, value)
    SELECT :scope, name, value FROM jsonb_to_recordset(:records) AS row (name text, value jsonb) ORDER BY name
    ON CONFLICT (scope, name) DO UPDATE SET value = excluded.value, moved_at = clock_timestamp()
    """,
    *("scope", "records"),
)

CURSOR = statement("SELECT value FROM {schema}.cursor WHERE scope = :scope AND name = :name", "scope", "name")

KNOWN = statement(
    "SELECT record_id FROM {schema}.seen WHERE scope = :scope AND object = :object AND record_id = ANY(:ids)",
    *("scope", "object", "ids"),
)

FINGERPRINTS = statement(
    """
    SELECT record_id, fingerprint FROM {schema}.seen
    WHERE scope = :scope AND object = :object AND record_id = ANY(:ids) AND fingerprint IS NOT NULL AND NOT EXISTS (
        SELECT FROM {schema}.record
        WHERE record.scope = seen.scope AND record_key = object || ':' || seen.record_id AND started_at > at
            AND outcome IS DISTINCT FROM 'unchanged'
    )
    """,
    *("scope", "object", "ids"),
)
"""What was planned from once says nothing where there was a later attempt, which may have written something else."""

TAKE = statement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(:records)
            AS turn (account text, most integer, last smallint, suspects boolean)
    ), least AS (
        SELECT min(begun) AS begun FROM {schema}.due
        WHERE scope = :scope AND begun >= :suspect AND due_at <= clock_timestamp()
            AND lane <= (SELECT max(last) FROM wanted)
    ), chosen AS (
        SELECT object, record_id, account, last FROM wanted CROSS JOIN LATERAL (
            SELECT object, record_id FROM {schema}.due
            WHERE scope = :scope AND account = wanted.account AND lane <= last AND due_at <= clock_timestamp()
                AND CASE WHEN suspects THEN begun = (SELECT begun FROM least) ELSE begun < :suspect END
            ORDER BY lane, object, number, record_id LIMIT most
        ) AS its
    ), held AS (
        SELECT object, record_id FROM {schema}.due JOIN chosen USING (object, record_id, account)
        WHERE scope = :scope AND lane <= last AND due_at <= clock_timestamp()
        ORDER BY object, record_id FOR UPDATE OF due
    )
    UPDATE {schema}.due SET begun = begun + 1 FROM held
    WHERE due.scope = :scope AND due.object = held.object AND due.record_id = held.record_id
    RETURNING due.object, due.record_id, account, number, reason, lane, backfill_id, version, attempts, begun, asked_at,
        extract(epoch FROM clock_timestamp() - due_at)::double precision AS waited
    """,
    *("scope", "records", "suspect"),
)
"""What is chosen is looked at again once it is held: it may have moved to another account or lane, or be due later.

Of all suspects, those have their turn on which work was cut off the least often: the guilty one comes last.
"""

SETTLE = statement(
    """
    WITH ended AS (
        SELECT row.*, held.version = row.version AS latest, held.backfill_id
        FROM jsonb_to_recordset(:records) AS row (
            object text, record_id text, asked_at timestamptz, version bigint, begun integer, delay double precision,
            attempts integer, outcome text, code text, message text, number text, fingerprint text, counts boolean
        )
        JOIN {schema}.due AS held
            ON held.scope = :scope AND held.object = row.object AND held.record_id = row.record_id
                AND held.asked_at = row.asked_at AND held.begun = row.begun
        ORDER BY row.object, row.record_id FOR UPDATE OF held
    ), gone AS (
        DELETE FROM {schema}.due AS held USING ended
        WHERE held.scope = :scope AND held.object = ended.object AND held.record_id = ended.record_id
            AND latest AND delay IS NULL
    ), kept AS (
        UPDATE {schema}.due AS held
        SET begun = CASE WHEN delay = 0 THEN held.begun - 1 ELSE 0 END, attempts = ended.attempts,
            outcome = ended.outcome, code = ended.code, message = ended.message,
            number = coalesce(ended.number, held.number), lane = CASE WHEN counts THEN 0 ELSE held.lane END,
            backfill_id = CASE WHEN counts THEN NULL ELSE held.backfill_id END,
            due_at = CASE
                WHEN latest AND held.due_at < 'infinity' THEN clock_timestamp() + make_interval(secs => delay)
                ELSE held.due_at
            END
        FROM ended
        WHERE held.scope = :scope AND held.object = ended.object AND held.record_id = ended.record_id
            AND NOT (latest AND delay IS NULL)
    ), filled AS (
        UPDATE {schema}.backfill_record AS filled
        SET outcome = ended.outcome, code = ended.code, message = ended.message, ended_at = clock_timestamp()
        FROM ended
        WHERE counts AND filled.backfill_id = ended.backfill_id AND filled.object = ended.object
            AND filled.record_id = ended.record_id
    ), looked AS (
        SELECT object, record_id, number, fingerprint, outcome FROM ended
        WHERE outcome IS NOT NULL AND (object = 'Order' OR outcome IN {successes})
    ), further AS (
        SELECT * FROM jsonb_to_recordset(:touched) AS row (object text, record_id text, lane smallint)
        WHERE NOT EXISTS (SELECT FROM looked WHERE looked.object = row.object AND looked.record_id = row.record_id)
            AND NOT EXISTS (
                SELECT FROM {schema}.seen
                WHERE scope = :scope AND seen.object = row.object AND seen.record_id = row.record_id
            )
    ), arrived AS (
        INSERT INTO {schema}.due (scope, object, record_id, account, lane, reason)
        SELECT :scope, object, record_id, record_id, lane, '{arrival}' FROM further WHERE object = ANY(:names)
        ORDER BY record_id
        ON CONFLICT (scope, object, record_id) DO NOTHING
    )
    INSERT INTO {schema}.seen AS known (scope, object, record_id, number, fingerprint, outcome)
    SELECT :scope, object, record_id, number, fingerprint, outcome FROM (
        SELECT * FROM looked UNION ALL SELECT object, record_id, NULL, NULL, 'synced' FROM further
    ) AS noted
    ORDER BY object, record_id
    ON CONFLICT (scope, object, record_id) DO UPDATE SET
        number = coalesce(excluded.number, known.number), fingerprint = excluded.fingerprint,
        outcome = excluded.outcome, at = clock_timestamp()
    """,
    *("scope", "records", "touched", "names"),
)
"""A record that came to an outcome while a later reason to look came in stays due, and is due at once.

The ending of somebody from whom the row was taken over, or whose row has gone since, changes nothing: there is a later
look, and its ending counts. What is given back (a delay of 0) was not cut off, and what is known of earlier times
stays. All that is known is noted in the order of its keys, so that nobody waits in a circle.

What has come to Zuora for the first time because of another record is due itself, if it is of the objects named: what
changed of it before was passed over, as nobody knew it then.
"""

LOCK = statement(
    """
    WITH wanted AS (
        SELECT object, record_id FROM jsonb_to_recordset(:records) AS row (object text, record_id text)
        UNION
        SELECT object, record_id FROM {schema}.due
        WHERE scope = :scope AND account = ANY(:accounts) AND object = 'Order' AND code = 'CPQ-435'
    )
    SELECT FROM {schema}.due JOIN wanted USING (object, record_id)
    WHERE scope = :scope ORDER BY object, record_id FOR UPDATE OF due
    """,
    *("scope", "records", "accounts"),
)
"""Rows are always locked in the order of their keys, so that nobody waits in a circle."""

UNBLOCK = statement(
    """
    UPDATE {schema}.due SET due_at = clock_timestamp(), version = version + 1
    WHERE scope = :scope AND account = ANY(:accounts) AND object = 'Order' AND code = 'CPQ-435'
        AND due_at < 'infinity' AND NOT record_id = ANY(:ids)
    """,
    *("scope", "accounts", "ids"),
)

STIR = statement(
    """
    WITH stirred AS (
        SELECT record_id FROM {schema}.due
        WHERE scope = :scope AND object = 'Order' AND outcome IS NOT NULL AND due_at < 'infinity'
            AND (account = ANY(:accounts) OR code = ANY(:names))
        ORDER BY record_id FOR UPDATE
    )
    UPDATE {schema}.due AS held SET due_at = clock_timestamp(), version = version + 1, attempts = 0
    FROM stirred WHERE held.scope = :scope AND held.object = 'Order' AND held.record_id = stirred.record_id
    """,
    *("scope", "accounts", "names"),
)

LATEST = statement(
    """
    SELECT number FROM {schema}.seen
    WHERE scope = :scope AND object = 'Order' AND fingerprint IS NOT NULL AND number IS NOT NULL
    ORDER BY at DESC LIMIT :most
    """,
    *("scope", "most"),
)

FORGET_FINGERPRINTS = statement(
    "UPDATE {schema}.seen SET fingerprint = NULL WHERE scope = :scope AND fingerprint IS NOT NULL", "scope"
)

WAKE = statement(
    """
    INSERT INTO {jobs}.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
    SELECT :queue, :task, CASE WHEN lane = 0 THEN :live ELSE 0 END + CASE WHEN cut_off THEN 5 ELSE 0 END,
        :queue || ':' || account,
        :queue || ':' || account || ':' || lane, jsonb_build_object('account', account, 'suspects', suspects)
    FROM (
        SELECT account, min(lane) AS lane, bool_or(begun > 0 AND begun < :suspect) AS cut_off,
            bool_or(begun >= :suspect) AS suspects, min(asked_at) AS asked_at
        FROM {schema}.due
        WHERE scope = :scope AND lane <= :lane AND due_at <= clock_timestamp() AND (begun = 0 OR NOT EXISTS (
            SELECT FROM {jobs}.procrastinate_jobs WHERE lock = :queue || ':' || account AND status = 'doing'
        ))
        GROUP BY account
    ) AS groups
    ORDER BY lane, NOT cut_off, asked_at LIMIT :most
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
    """,
    *("scope", "queue", "task", "live", "lane", "most", "suspect"),
)
"""Work that was cut off goes before what waits in the same lane: it has waited already until it was taken over. What is
suspected to be what cuts it off does not.

Procrastinate's own function for this refuses all of them when one is there already.
"""

AHEAD = statement(
    """
    SELECT count(*) FROM (
        SELECT FROM {jobs}.procrastinate_jobs WHERE queue_name = :queue AND status = 'todo' LIMIT :most
    ) AS waiting
    """,
    *("queue", "most"),
)

WAITING = statement(
    """
    SELECT lane, count(*) AS records FROM {schema}.due
    WHERE scope = :scope AND due_at <= clock_timestamp() GROUP BY lane
    """,
    "scope",
)

NEXT = statement("SELECT min(due_at) FROM {schema}.due WHERE scope = :scope", "scope")
