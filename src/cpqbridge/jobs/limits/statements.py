"""The tables that all processes share about limits, one statement for each thing to know or to do."""

from __future__ import annotations

from sqlalchemy import TextClause, text

from cpqbridge.history.tables import SCHEMA


def _statement(sql: str) -> TextClause:
    return text(sql.replace("{schema}", SCHEMA))


LOCK_CALLS = _statement(
    """
    SELECT pg_advisory_xact_lock(hashtextextended('api_calls|' || :upstream, 0)),
        set_config('idle_in_transaction_session_timeout', '5s', true), clock_timestamp() AS now
    """
)
"""One process at a time takes calls; one that freezes in between is thrown out after five seconds."""

CALLS = _statement(
    """
    SELECT hour, calls, allocation FROM {schema}.api_calls
    WHERE upstream = :upstream AND hour > :since ORDER BY hour
    """
)

ADD_CALLS = _statement(
    """
    INSERT INTO {schema}.api_calls AS had (upstream, hour, calls, allocation)
    VALUES (:upstream, :hour, :calls, CAST(:allocation AS integer))
    ON CONFLICT (upstream, hour) DO UPDATE
    SET calls = had.calls + excluded.calls, allocation = coalesce(excluded.allocation, had.allocation)
    """
)

FORGET_CALLS = _statement("DELETE FROM {schema}.api_calls WHERE upstream = :upstream AND hour < :before")

NOW = text("SELECT clock_timestamp()")

PAUSE = _statement(
    """
    INSERT INTO {schema}.pause AS had (upstream, until, reason)
    VALUES (:upstream, clock_timestamp() + make_interval(secs => :seconds), :reason)
    ON CONFLICT (upstream) DO UPDATE SET until = excluded.until, reason = excluded.reason
    WHERE had.until < excluded.until
    """
)

PAUSES = _statement(
    """
    SELECT upstream, EXTRACT(EPOCH FROM until - clock_timestamp())::float8 AS seconds
    FROM {schema}.pause WHERE until > clock_timestamp()
    """
)

PROCESSES = _statement(
    """
    SELECT count(*) FROM {schema}.process
    WHERE alive_at > clock_timestamp() - make_interval(secs => :seconds)
    """
)

OPEN = _statement(
    """
    INSERT INTO {schema}.circuit AS had (upstream, open, failures, probe_at, cause, message)
    VALUES (:upstream, true, :failures, clock_timestamp() + make_interval(secs => :probe_in), :cause, :message)
    ON CONFLICT (upstream) DO UPDATE
    SET open = true, failures = excluded.failures, changed_at = clock_timestamp(), probe_at = excluded.probe_at,
        cause = excluded.cause, message = excluded.message
    WHERE NOT had.open
    """
)

STILL_DOWN = _statement(
    """
    UPDATE {schema}.circuit SET failures = failures + 1, cause = :cause, message = :message
    WHERE upstream = :upstream AND open
    """
)

CLOSE = _statement(
    """
    UPDATE {schema}.circuit
    SET open = false, failures = 0, changed_at = clock_timestamp(), probe_at = NULL, cause = NULL, message = NULL
    WHERE upstream = :upstream AND open
    """
)

CIRCUITS = _statement(
    """
    SELECT upstream, open, failures, cause, message, changed_at,
        EXTRACT(EPOCH FROM clock_timestamp() - changed_at)::float8 AS age,
        coalesce(probe_at <= clock_timestamp(), false) AS to_probe
    FROM {schema}.circuit
    """
)

CLAIM_PROBE = _statement(
    """
    UPDATE {schema}.circuit SET probe_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE upstream = :upstream AND open AND (:at_once OR probe_at <= clock_timestamp()) RETURNING true
    """
)
"""Only one process gets a row; when it dies over the probe, another one probes at the next time."""
