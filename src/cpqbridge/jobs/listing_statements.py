"""The statements behind the lists of what is due."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Integer, SmallInteger, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from cpqbridge.history.tables import SCHEMA
from cpqbridge.jobs.statements import JOBS

_TYPES: dict[str, TypeEngine[Any]] = {
    "names": ARRAY(Text()),
    "upstreams": ARRAY(Text()),
    "lane": SmallInteger(),
    "most": Integer(),
    "records": JSONB(none_as_null=True),
}

_WISHED = """
    due.scope = :scope AND (:outcome IS NULL OR outcome = :outcome) AND (:code IS NULL OR code = :code)
        AND (:object IS NULL OR due.object = :object) AND (:account IS NULL OR due.account = :account)
        AND (:lane IS NULL OR lane = :lane) AND (:names IS NULL OR record_id = ANY(:names) OR number = ANY(:names))
"""

_WITH_STATE = """
    FROM (
        SELECT due.*, working.busy IS NOT NULL AS busy,
            CASE WHEN begun > 0 AND working.busy IS NOT NULL THEN 'running' WHEN due_at = 'infinity' THEN 'paused'
                WHEN due_at <= clock_timestamp() THEN 'due' ELSE 'later' END AS state
        FROM {schema}.due LEFT JOIN LATERAL (
            SELECT true AS busy FROM {jobs}.procrastinate_jobs
            WHERE lock = :queue || ':' || due.account AND status = 'doing' LIMIT 1
        ) AS working ON true
        WHERE {wished}
    ) AS job
"""

_WISH = ("scope", "outcome", "code", "object", "account", "lane", "names")


def _statement(sql: str, *names: str) -> TextClause:
    filled = sql.replace("{with_state}", _WITH_STATE).replace("{wished}", _WISHED)
    filled = filled.replace("{schema}", SCHEMA).replace("{jobs}", JOBS)
    return text(filled).bindparams(*(bindparam(name, type_=_TYPES.get(name, Text())) for name in names))


LIST = _statement(
    """
    SELECT object, record_id, number, account, lane, reason, state, asked_at, attempts, begun, outcome, code, message,
        backfill_id, CASE WHEN due_at < 'infinity' THEN due_at END AS due_at,
        CASE WHEN busy AND state = 'due' THEN (
            SELECT coalesce(number, record_id) FROM {schema}.due AS first
            WHERE first.scope = job.scope AND first.account = job.account AND first.begun > 0
            ORDER BY number LIMIT 1
        ) END AS blocked_by
    {with_state}
    ORDER BY state <> 'running', job.due_at, lane, object, number, record_id LIMIT :most
    """,
    *(*_WISH, "queue", "most"),
)

COUNTS = _statement("SELECT state, count(*) AS records {with_state} GROUP BY state", *_WISH, "queue")

HURRY = _statement(
    """
    WITH locked AS (
        SELECT scope, object, record_id FROM {schema}.due WHERE {wished} AND NOT (begun > 0 AND EXISTS (
            SELECT FROM {jobs}.procrastinate_jobs WHERE lock = :queue || ':' || due.account AND status = 'doing'
        ))
        ORDER BY object, record_id FOR UPDATE
    )
    UPDATE {schema}.due SET due_at = clock_timestamp(), attempts = 0, begun = 0, version = version + 1 FROM locked
    WHERE due.scope = locked.scope AND due.object = locked.object AND due.record_id = locked.record_id
    RETURNING due.object, due.record_id, number
    """,
    *(*_WISH, "queue"),
)
"""Leaves alone what is being worked on."""

TAKE_OFF = _statement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(:records) AS row (object text, record_id text)
    ), held AS (
        SELECT object, record_id FROM {schema}.due JOIN wanted USING (object, record_id)
        WHERE scope = :scope ORDER BY object, record_id FOR UPDATE OF due
    ), gone AS (
        DELETE FROM {schema}.due USING held
        WHERE scope = :scope AND due.object = held.object AND due.record_id = held.record_id
        RETURNING due.object, due.record_id, backfill_id
    ), filled AS (
        UPDATE {schema}.backfill_record AS filled SET outcome = 'cancelled', ended_at = clock_timestamp() FROM gone
        WHERE filled.backfill_id = gone.backfill_id AND filled.object = gone.object
            AND filled.record_id = gone.record_id AND outcome IS NULL
    )
    SELECT object, record_id FROM gone
    """,
    *("scope", "records"),
)

UNSETTLED = _statement(
    """
    SELECT kind, salesforce_id, number FROM (
        SELECT DISTINCT ON (record_key) kind, salesforce_id, number, outcome, code FROM {schema}.record
        WHERE scope = :scope AND outcome IS NOT NULL AND (:object IS NULL OR kind = :object)
        ORDER BY record_key, id DESC
    ) AS latest
    WHERE outcome IN ('held', 'failed') AND (:outcome IS NULL OR outcome = :outcome)
        AND (:code IS NULL OR code = :code) AND NOT EXISTS (
            SELECT FROM {schema}.due
            WHERE due.scope = :scope AND due.object = latest.kind AND due.record_id = latest.salesforce_id
        )
    """,
    *("scope", "object", "outcome", "code"),
)

TROUBLE = _statement(
    """
    SELECT upstream || ' is taken to be down since ' || to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
        || ' UTC: ' || coalesce(message, 'it does not answer')
    FROM {schema}.circuit WHERE open AND upstream = ANY(:upstreams)
    UNION ALL
    SELECT upstream || ' has asked to be left alone until '
        || to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC: ' || reason
    FROM {schema}.pause WHERE until > clock_timestamp() AND upstream = ANY(:upstreams)
    """,
    "upstreams",
)
"""Why nothing goes on at all."""
