"""The ledger's writes: one statement each for any number of records, so one round trip and all or nothing.

Every write to a record holds its row of the fence (`FOR SHARE`) and changes nothing unless the attempt number there is
still its own. Taking a record over waits for such writes and comes before all later ones.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, DateTime, Float, Integer, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from cpqbridge.history.tables import SCHEMA
from cpqbridge.values import SUCCESSES

_TYPES: dict[str, TypeEngine[Any]] = {
    "records": JSONB(none_as_null=True),
    "ids": ARRAY(BigInteger()),
    "keys": ARRAY(Text()),
    "attempt": Integer(),
    "moment": DateTime(timezone=True),
    "silent": Float(),
}
"""The types of parameters by name; all others are text."""


SUCCESS_LIST = "({})".format(", ".join(f"'{outcome.value}'" for outcome in SUCCESSES))

_LIVES = """(
        <session> IS NULL OR EXISTS (
            SELECT FROM pg_stat_get_activity(split_part(<session>, ' ', 1)::integer)
            WHERE extract(epoch FROM backend_start)::text = split_part(<session>, ' ', 2)
        )
    )"""
"""Whether the session that holds a record's locks is still there, where one does."""

_FRAGMENTS = {
    "{its_session_lives}": _LIVES.replace("<session>", "session"),
    "{session_lives}": _LIVES.replace("<session>", ":session"),
    "{successes}": SUCCESS_LIST,
    "{schema}": SCHEMA,
}


def _statement(sql: str, *names: str) -> TextClause:
    for name, fragment in _FRAGMENTS.items():
        sql = sql.replace(name, fragment)
    return text(sql).bindparams(*(bindparam(name, type_=_TYPES.get(name, Text())) for name in names))


NOW = text("SELECT clock_timestamp()")

START_RUNS = _statement(
    """
    WITH wanted AS (
        SELECT nextval('{schema}.history_id') AS id, command, options, place
        FROM ROWS FROM (jsonb_to_recordset(:records) AS (command text, options jsonb)) WITH ORDINALITY
            AS row (command, options, place)
    ), started AS (
        INSERT INTO {schema}.run (id, scope, command, version, options, process)
        SELECT id, :scope, command, :version, options, current_setting('application_name') FROM wanted
    )
    SELECT id FROM wanted ORDER BY place
    """,
    *("scope", "version", "records"),
)

END_RUNS = _statement(
    "UPDATE {schema}.run SET ended_at = clock_timestamp(), interrupted = false WHERE id = ANY(:ids)", "ids"
)

END_INTERRUPTED = _statement(
    """
    UPDATE {schema}.run
    SET interrupted = true, ended_at = greatest(
        started_at, (
            SELECT max(greatest(its.started_at, its.ended_at)) FROM {schema}.record AS its WHERE run_id = run.id
        )
    )
    WHERE ended_at IS NULL
        AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = run.process)
        AND NOT EXISTS (
            SELECT FROM {schema}.process
            WHERE left('cpqbridge ' || name, 63) = run.process
                AND alive_at > clock_timestamp() - make_interval(secs => :silent)
        )
    """,
    "silent",
)
"""Ends the runs whose process has neither a session nor given a sign of life; one that goes on notes its own end."""

BEGIN_RECORDS = _statement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(:records) AS row (
            run_id bigint, record_key text, kind text, salesforce_id text, number text
        )
    ), cut_off AS (
        UPDATE {schema}.record AS earlier
        SET outcome = 'failed', code = :code, message = :message, remedy = :remedy, ended_at = clock_timestamp()
        FROM wanted
        WHERE scope = :scope AND earlier.record_key = wanted.record_key AND outcome IS NULL
    ), taken AS (
        INSERT INTO {schema}.fence AS held (scope, record_key, attempt)
        SELECT :scope, record_key, 1 FROM wanted ORDER BY record_key
        ON CONFLICT (scope, record_key) DO UPDATE SET attempt = held.attempt + 1
        RETURNING record_key, attempt
    )
    INSERT INTO {schema}.record (run_id, scope, record_key, kind, salesforce_id, number, attempt)
    SELECT run_id, :scope, record_key, kind, salesforce_id, number, attempt
    FROM wanted JOIN taken USING (record_key)
    RETURNING id, record_key, attempt
    """,
    *("scope", "records", "code", "message", "remedy"),
)
"""Takes the next attempt number of each record; an attempt that was cut off before its end gets its outcome now.

Rows of the fence are always locked in the order of their keys, so that two batches cannot wait for each other.
"""

INTEND = _statement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(:records) AS row (
            record_id bigint, record_key text, attempt integer, session text, position integer, name text, key text,
            method text, path text, request_hash text, idempotency_key text, request jsonb
        )
    ), mine AS (
        SELECT wanted.* FROM wanted JOIN {schema}.fence USING (record_key, attempt)
        WHERE scope = :scope ORDER BY record_key FOR SHARE OF fence
    )
    INSERT INTO {schema}.operation
        (record_id, scope, position, name, key, method, path, request_hash, idempotency_key, attempt, request)
    SELECT record_id, :scope, position, name, key, method, path, request_hash, idempotency_key, attempt, request
    FROM mine WHERE {its_session_lives}
    RETURNING record_id, id
    """,
    *("scope", "records"),
)
"""Gives the operations that were noted, one for each record that is still ours.

Nothing is noted either where the session that holds a record's locks is gone: others may hold them now.
"""

STILL_OURS = _statement(
    """
    SELECT attempt FROM {schema}.fence
    WHERE scope = :scope AND record_key = :record_key AND attempt = :attempt
        AND {session_lives} FOR SHARE
    """,
    *("scope", "record_key", "attempt", "session"),
)

END_OPERATIONS = _statement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(:records) AS row (
            operation_id bigint, record_id bigint, record_key text, attempt integer, state text, status integer,
            answer jsonb, request_id text, code text, unknown_result boolean
        )
    ), mine AS (
        SELECT wanted.* FROM wanted JOIN {schema}.fence USING (record_key, attempt)
        WHERE scope = :scope ORDER BY record_key FOR SHARE OF fence
    )
    UPDATE {schema}.operation
    SET state = mine.state, status = mine.status, answer = mine.answer, request_id = mine.request_id, code = mine.code,
        unknown_result = mine.unknown_result, ended_at = clock_timestamp()
    FROM mine WHERE id = operation_id AND operation.record_id = mine.record_id RETURNING id
    """,
    *("scope", "records"),
)
"""Gives the operations whose ends were noted: those of records that are still ours."""

FINISH_RECORDS = _statement(
    """
    WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(:records) AS row (
            record_id bigint, record_key text, attempt integer, success boolean,
            outcome text, code text, message text, remedy text, plan jsonb, zuora jsonb
        )
    ), mine AS (
        SELECT wanted.* FROM wanted JOIN {schema}.fence USING (record_key, attempt)
        WHERE scope = :scope ORDER BY record_key FOR SHARE OF fence
    ), finished AS (
        UPDATE {schema}.record
        SET outcome = mine.outcome, code = mine.code, message = mine.message, remedy = mine.remedy, plan = mine.plan,
            zuora = mine.zuora, ended_at = clock_timestamp()
        FROM mine WHERE id = record_id RETURNING id
    ), closed AS (
        UPDATE {schema}.record AS earlier
        SET closed_by = record_id, outcome = coalesce(earlier.outcome, 'failed'),
            ended_at = coalesce(ended_at, clock_timestamp())
        FROM mine
        WHERE success AND scope = :scope AND earlier.record_key = mine.record_key AND earlier.attempt < mine.attempt
            AND closed_by IS NULL AND (earlier.outcome IS NULL OR earlier.outcome NOT IN {successes})
    )
    SELECT id FROM finished
    """,
    *("scope", "records"),
)
"""Gives the records that were still ours; a success closes the earlier attempts at its record that were none."""

BEGUN_SINCE = _statement(
    """
    SELECT EXISTS (
        SELECT FROM {schema}.record
        WHERE scope = :scope AND record_key = :record_key AND attempt < :attempt AND started_at >= :moment
    )
    """,
    *("scope", "record_key", "attempt", "moment"),
)

LATEST = _statement(
    """
    SELECT wanted.key,
        done.request_hash, done.idempotency_key, done.status, done.answer, done.request_id, done.ended_at,
        latest.state = 'intended' OR latest.unknown_result AS in_doubt,
        latest.request_hash AS doubtful_hash, latest.idempotency_key AS doubtful_key, latest.intended_at
    FROM unnest(:keys) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT state, unknown_result, request_hash, idempotency_key, intended_at
        FROM {schema}.operation WHERE scope = :scope AND key = wanted.key ORDER BY id DESC LIMIT 1
    ) AS latest
    LEFT JOIN LATERAL (
        SELECT request_hash, idempotency_key, status, answer, request_id, ended_at
        FROM {schema}.operation WHERE scope = :scope AND key = wanted.key AND state = 'done' ORDER BY id DESC LIMIT 1
    ) AS done ON true
    """,
    *("scope", "keys"),
)
"""Gives, for each key that was ever written under, the latest operation done, and whether the latest is in doubt."""

KNOWN_ORDERS = _statement(
    """
    SELECT number, salesforce_id, outcome FROM (
        SELECT DISTINCT ON (record_key) number, salesforce_id, outcome, command
        FROM {schema}.record JOIN {schema}.run ON run.id = run_id
        WHERE record.scope = :scope AND kind = 'Order' ORDER BY record_key, attempt DESC
    ) AS latest
    WHERE number IS NOT NULL AND NOT (command = :command AND outcome IN {successes})
    ORDER BY number
    """,
    "scope",
    "command",
)
"""Gives the orders that were ever looked at, but for those whose latest attempt is a success of a command."""
