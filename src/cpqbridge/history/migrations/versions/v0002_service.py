"""The service: what is due, cursors, what is known, back-fills, write-backs, limits, incidents; and the job queue."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from cpqbridge.history.upgrade import make_schema

revision = "0002"
down_revision = "0001"

JOBS = "cpqbridge_jobs"
"""The schema of the job queue, whose tables are Procrastinate's own."""

STATEMENTS = (
    """
    CREATE TABLE cpqbridge.due (
        scope TEXT NOT NULL,
        object TEXT NOT NULL,
        record_id TEXT NOT NULL,
        number TEXT,
        account TEXT NOT NULL,
        lane SMALLINT DEFAULT 0 NOT NULL,
        reason TEXT NOT NULL,
        asked_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        due_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        version BIGINT DEFAULT 1 NOT NULL,
        attempts INTEGER DEFAULT 0 NOT NULL,
        begun INTEGER DEFAULT 0 NOT NULL,
        outcome TEXT,
        code TEXT,
        message TEXT,
        backfill_id BIGINT,
        PRIMARY KEY (scope, object, record_id)
    )
    """,
    "CREATE INDEX due_by_account ON cpqbridge.due (scope, account, lane)",
    "CREATE INDEX due_by_backfill ON cpqbridge.due (backfill_id) WHERE backfill_id IS NOT NULL",
    "CREATE INDEX due_by_time ON cpqbridge.due (scope, due_at)",
    """
    CREATE TABLE cpqbridge.cursor (
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        value JSONB NOT NULL,
        moved_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        PRIMARY KEY (scope, name)
    )
    """,
    """
    CREATE TABLE cpqbridge.seen (
        scope TEXT NOT NULL,
        object TEXT NOT NULL,
        record_id TEXT NOT NULL,
        number TEXT,
        fingerprint TEXT,
        outcome TEXT NOT NULL,
        at timestamptz DEFAULT clock_timestamp() NOT NULL,
        PRIMARY KEY (scope, object, record_id)
    )
    """,
    """
    CREATE TABLE cpqbridge.backfill (
        id BIGSERIAL NOT NULL,
        scope TEXT NOT NULL,
        asked JSONB NOT NULL,
        state TEXT NOT NULL,
        held BOOLEAN DEFAULT false NOT NULL,
        position JSONB,
        total INTEGER,
        started_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        ended_at timestamptz,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE cpqbridge.backfill_record (
        backfill_id BIGINT NOT NULL,
        object TEXT NOT NULL,
        record_id TEXT NOT NULL,
        number TEXT,
        account TEXT NOT NULL,
        outcome TEXT,
        code TEXT,
        message TEXT,
        ended_at timestamptz,
        PRIMARY KEY (backfill_id, object, record_id)
    )
    """,
    "CREATE INDEX backfill_open ON cpqbridge.backfill_record (backfill_id) WHERE outcome IS NULL",
    """
    CREATE TABLE cpqbridge.write_back (
        scope TEXT NOT NULL,
        object TEXT NOT NULL,
        record_id TEXT NOT NULL,
        attempt BIGINT,
        fields JSONB NOT NULL,
        written JSONB DEFAULT '{}' NOT NULL,
        version BIGINT DEFAULT 1 NOT NULL,
        asked_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        due_at timestamptz DEFAULT clock_timestamp(),
        attempts INTEGER DEFAULT 0 NOT NULL,
        message TEXT,
        PRIMARY KEY (scope, object, record_id)
    )
    """,
    "CREATE INDEX write_back_by_time ON cpqbridge.write_back (scope, due_at)",
    """
    CREATE TABLE cpqbridge.pause (
        upstream TEXT NOT NULL,
        until timestamptz NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (upstream)
    )
    """,
    """
    CREATE TABLE cpqbridge.api_calls (
        upstream TEXT NOT NULL,
        hour timestamptz NOT NULL,
        calls INTEGER DEFAULT 0 NOT NULL,
        allocation INTEGER,
        PRIMARY KEY (upstream, hour)
    )
    """,
    """
    CREATE TABLE cpqbridge.circuit (
        upstream TEXT NOT NULL,
        open BOOLEAN DEFAULT false NOT NULL,
        failures INTEGER DEFAULT 0 NOT NULL,
        changed_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        probe_at timestamptz,
        cause TEXT,
        message TEXT,
        PRIMARY KEY (upstream)
    )
    """,
    """
    CREATE TABLE cpqbridge.incident (
        id BIGSERIAL NOT NULL,
        scope TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        detail JSONB NOT NULL,
        since timestamptz DEFAULT clock_timestamp() NOT NULL,
        ended_at timestamptz,
        told JSONB DEFAULT '{}' NOT NULL,
        settled BOOLEAN DEFAULT false NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE cpqbridge.told (
        scope TEXT NOT NULL,
        object TEXT NOT NULL,
        record_id TEXT NOT NULL,
        reason TEXT NOT NULL,
        at timestamptz DEFAULT clock_timestamp() NOT NULL,
        PRIMARY KEY (scope, object, record_id)
    )
    """,
    "CREATE INDEX incident_unsettled ON cpqbridge.incident (scope, id) WHERE NOT settled",
    "CREATE UNIQUE INDEX incident_open ON cpqbridge.incident (scope, kind, key) WHERE ended_at IS NULL",
    """
    CREATE TABLE cpqbridge.destination (
        org TEXT NOT NULL,
        object TEXT NOT NULL,
        record_id TEXT NOT NULL,
        scope TEXT NOT NULL,
        at timestamptz DEFAULT clock_timestamp() NOT NULL,
        PRIMARY KEY (org, object, record_id)
    )
    """,
    """
    CREATE TABLE cpqbridge.process (
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        host TEXT NOT NULL,
        pid INTEGER NOT NULL,
        version TEXT NOT NULL,
        workers JSONB NOT NULL,
        started_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        alive_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        PRIMARY KEY (name)
    )
    """,
)


def upgrade() -> None:
    """Make the tables, and those of the job queue in a schema of their own, unless it is there."""
    for statement in STATEMENTS:
        op.execute(statement)
    connection = op.get_bind()
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{JOBS}.procrastinate_jobs"}) is None:
        make_schema(connection, JOBS)
        op.execute(f"SET LOCAL search_path TO {JOBS}, public")
        # many statements at once, with percent signs that are not parameters
        connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
        op.execute("SET LOCAL search_path TO DEFAULT")
