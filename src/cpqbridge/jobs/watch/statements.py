"""The statements of the watch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Float, Integer, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from cpqbridge.history.tables import SCHEMA

_TYPES: dict[str, TypeEngine[Any]] = {
    "id": BigInteger(),
    "recent": Integer(),
    "examples": Integer(),
    "seconds": Float(),
    "ended": Boolean(),
    "settled": Boolean(),
    "after": DateTime(timezone=True),
    "detail": JSONB(),
    "told": JSONB(),
    "rows": JSONB(),
}


def _statement(sql: str, *names: str) -> TextClause:
    filled = sql.replace("{schema}", SCHEMA).replace("{news}", _NEWS)
    return text(filled).bindparams(*(bindparam(name, type_=_TYPES.get(name, Text())) for name in names))


_NEWS = """
    FROM {schema}.due LEFT JOIN {schema}.told USING (scope, object, record_id)
    WHERE scope = :scope AND due.outcome IN ('failed', 'held')
        AND (told.at IS NULL OR told.at < clock_timestamp() - interval '24 hours'
            OR told.reason <> md5(concat_ws('|', due.outcome, due.code, due.message)))
""".replace("{schema}", SCHEMA)
"""Records that failed or are held, and of which people do not know it for that reason."""

NOW = text("SELECT clock_timestamp()")

OLDEST = _statement(
    """
    SELECT due_at FROM {schema}.due WHERE scope = :scope AND due_at <= clock_timestamp() AND lane = 0
    ORDER BY due_at LIMIT 1
    """,
    "scope",
)
"""Since when the live record that waits longest has been due."""

SHARE = _statement(
    """
    SELECT count(*) AS records, count(*) FILTER (WHERE outcome IN ('failed', 'held')) AS troubles
    FROM (
        SELECT DISTINCT ON (record_key) outcome, code FROM {schema}.record
        WHERE id > (SELECT max(id) FROM {schema}.record) - :recent AND scope = :scope AND outcome IS NOT NULL
            AND ended_at > clock_timestamp() - interval '1 hour'
        ORDER BY record_key, id DESC
    ) AS latest
    WHERE NOT (outcome = 'failed' AND code LIKE 'CPQ-1%')
    """,
    *("scope", "recent"),
)
"""The last outcomes of the last hour, one for each record; what only has to be tried again is no outcome."""

READ_AT = _statement(
    "SELECT max(moved_at) FROM {schema}.cursor WHERE scope = :scope AND name LIKE 'poll:%'",
    "scope",
)

HEARD = _statement(
    "SELECT substr(name, 8) AS topic, moved_at FROM {schema}.cursor WHERE scope = :scope AND name LIKE 'events:%'",
    "scope",
)
"""When each stream of events was last heard of: it gives a sign of life every few minutes."""

GIVEN_UP = _statement(
    """
    SELECT count(*) AS records, min(message) AS message FROM {schema}.write_back
    WHERE scope = :scope AND due_at IS NULL AND fields <> '{}'
    """,
    "scope",
)

OPEN = _statement(
    "SELECT id, kind, key, detail FROM {schema}.incident WHERE scope = :scope AND ended_at IS NULL",
    "scope",
)

BEGIN = _statement(
    """
    INSERT INTO {schema}.incident (scope, kind, key, detail)
    SELECT :scope, kind, key, detail FROM jsonb_to_recordset(:rows) AS row (kind text, key text, detail jsonb)
    ON CONFLICT (scope, kind, key) WHERE ended_at IS NULL DO NOTHING
    """,
    *("scope", "rows"),
)

UPDATE = _statement(
    """
    UPDATE {schema}.incident AS held
    SET detail = row.detail, ended_at = CASE WHEN row.ended THEN clock_timestamp() END
    FROM jsonb_to_recordset(:rows) AS row (id bigint, detail jsonb, ended boolean)
    WHERE held.id = row.id AND held.scope = :scope AND held.ended_at IS NULL
    """,
    *("scope", "rows"),
)

NEWS = _statement("SELECT count(*) {news}", "scope")

QUIET = _statement(
    """
    SELECT NOT EXISTS (
        SELECT FROM {schema}.incident
        WHERE scope = :scope AND kind = 'records' AND since > clock_timestamp() - make_interval(secs => :seconds)
    )
    """,
    *("scope", "seconds"),
)

TAKE_NEWS = _statement(
    """
    WITH news AS (
        SELECT object, record_id, number, due.outcome, coalesce(due.code, '') AS code, due.message,
            md5(concat_ws('|', due.outcome, due.code, due.message)) AS because
        {news}
    ), known AS (
        INSERT INTO {schema}.told (scope, object, record_id, reason)
        SELECT :scope, object, record_id, because FROM news
        ON CONFLICT (scope, object, record_id) DO UPDATE SET reason = excluded.reason, at = excluded.at
    )
    SELECT outcome, code, count(*) AS records, jsonb_agg(
        jsonb_build_object('object', object, 'id', record_id, 'number', number, 'message', message)
        ORDER BY number, record_id
    ) FILTER (WHERE place <= :examples) AS examples
    FROM (
        SELECT *, row_number() OVER (PARTITION BY outcome, code ORDER BY number, record_id) AS place FROM news
    ) AS listed
    GROUP BY outcome, code ORDER BY outcome, records DESC, code
    """,
    *("scope", "examples"),
)
"""Gives the news by reason, with examples; they count as told from now on."""

FORGET = _statement(
    """
    DELETE FROM {schema}.told WHERE scope = :scope AND (
        at < clock_timestamp() - interval '24 hours' OR NOT EXISTS (
            SELECT FROM {schema}.due
            WHERE due.scope = told.scope AND due.object = told.object AND due.record_id = told.record_id
        )
    )
    """,
    "scope",
)
"""What is fine again is due no more, and is told anew if it fails once more."""

ADD_NEWS = _statement(
    """
    INSERT INTO {schema}.incident (scope, kind, key, detail, ended_at)
    VALUES (:scope, 'records', :key, :detail, clock_timestamp())
    """,
    *("scope", "key", "detail"),
)

UNSETTLED = _statement(
    """
    SELECT id, kind, key, detail, since, ended_at, told FROM {schema}.incident
    WHERE scope = :scope AND NOT settled ORDER BY id
    """,
    "scope",
)

NOTE = _statement(
    """
    UPDATE {schema}.incident SET told = told || jsonb_build_object(CAST(:channel AS text), CAST(:told AS jsonb))
    WHERE id = :id AND scope = :scope
    """,
    *("scope", "id", "channel", "told"),
)

SETTLE = _statement(
    """
    UPDATE {schema}.incident SET settled = true
    WHERE scope = :scope AND ended_at IS NOT NULL AND id IN (SELECT value::bigint FROM jsonb_array_elements_text(:rows))
    """,
    *("scope", "rows"),
)

LISTED = _statement(
    """
    SELECT id, kind, key, detail, since, ended_at, told FROM {schema}.incident
    WHERE scope = :scope
        AND (ended_at IS NULL OR NOT settled OR since > clock_timestamp() - make_interval(secs => :seconds))
    ORDER BY id DESC
    """,
    *("scope", "seconds"),
)
