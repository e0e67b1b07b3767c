"""The statements about processes, and about the jobs of those that have fallen silent."""

from __future__ import annotations

from cpqbridge.jobs.statements import JOBS_PATH, statement

__all__ = [
    "ALIVE",
    "DROP",
    "END_SESSIONS",
    "FORGET",
    "IN_WORK",
    "JOBS_PATH",
    "LEAVE",
    "LIVING",
    "SILENT",
    "STALLED",
]

ALIVE = statement(
    """
    WITH at_work AS (
        UPDATE {jobs}.procrastinate_workers SET last_heartbeat = clock_timestamp()
        WHERE id IN (SELECT given::bigint FROM jsonb_array_elements_text(:workers) AS given)
    )
    INSERT INTO {schema}.process AS known (name, kind, host, pid, version, workers)
    VALUES (:name, :kind, :host, :pid, :version, :workers)
    ON CONFLICT (name) DO UPDATE SET alive_at = clock_timestamp(), workers = excluded.workers
    """,
    *("name", "kind", "host", "pid", "version", "workers"),
)
"""A worker that finishes its calls in order to stop gives no sign of life of its own any more."""

LEAVE = statement("DELETE FROM {schema}.process WHERE name = :name", "name")

LIVING = statement(
    """
    SELECT name, kind, host, pid, version, started_at, alive_at FROM {schema}.process
    WHERE alive_at > clock_timestamp() - make_interval(secs => :silent) ORDER BY started_at, name
    """,
    "silent",
)

SILENT = statement(
    """
    SELECT name FROM {schema}.process
    WHERE alive_at <= clock_timestamp() - make_interval(secs => :silent) ORDER BY name FOR UPDATE SKIP LOCKED
    """,
    "silent",
)

END_SESSIONS = statement(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ANY(:names)", "names"
)

FORGET = statement("DELETE FROM {schema}.process WHERE name = ANY(:names)", "names")

STALLED = statement(
    """
    DELETE FROM {jobs}.procrastinate_jobs AS job
    WHERE status = 'doing' AND queue_name = ANY(:queues) AND (
        worker_id IS NULL OR EXISTS (
            SELECT FROM {jobs}.procrastinate_workers AS worker
            WHERE worker.id = job.worker_id AND last_heartbeat < clock_timestamp() - make_interval(secs => :silent)
        )
    )
    """,
    *("queues", "silent"),
)
"""A job carries no work of its own: what was begun is still due, and gets a job anew."""

IN_WORK = statement(
    """
    SELECT id FROM {jobs}.procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(CAST(:ids AS bigint[]))
    """,
    "ids",
)

DROP = statement(
    "DELETE FROM {jobs}.procrastinate_jobs WHERE status = 'doing' AND id = ANY(CAST(:ids AS bigint[]))", "ids"
)
