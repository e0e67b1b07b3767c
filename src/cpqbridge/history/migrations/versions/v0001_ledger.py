"""The first ledger: runs, records, operations and the fence."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

STATEMENTS = (
    "CREATE SEQUENCE cpqbridge.history_id",
    """
    CREATE TABLE cpqbridge.run (
        id bigint PRIMARY KEY DEFAULT nextval('cpqbridge.history_id'),
        scope text NOT NULL,
        command text NOT NULL,
        version text NOT NULL,
        options jsonb NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz
    )
    """,
    """
    CREATE TABLE cpqbridge.fence (
        scope text NOT NULL,
        record_key text NOT NULL,
        attempt integer NOT NULL,
        PRIMARY KEY (scope, record_key)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE TABLE cpqbridge.record (
        id bigint PRIMARY KEY DEFAULT nextval('cpqbridge.history_id'),
        run_id bigint NOT NULL REFERENCES cpqbridge.run ON DELETE CASCADE,
        scope text NOT NULL,
        record_key text NOT NULL,
        kind text NOT NULL,
        salesforce_id text NOT NULL,
        number text,
        attempt integer NOT NULL,
        outcome text CHECK (outcome IN ('synced', 'unchanged', 'waiting', 'held', 'failed')),
        code text,
        message text,
        remedy text,
        plan jsonb,
        zuora jsonb,
        closed_by bigint,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz
    )
    """,
    """
    CREATE TABLE cpqbridge.operation (
        id bigserial PRIMARY KEY,
        record_id bigint NOT NULL REFERENCES cpqbridge.record ON DELETE CASCADE,
        scope text NOT NULL,
        position integer NOT NULL,
        name text NOT NULL,
        key text NOT NULL,
        method text NOT NULL,
        path text NOT NULL,
        request_hash text NOT NULL,
        idempotency_key text,
        state text NOT NULL DEFAULT 'intended' CHECK (state IN ('intended', 'done', 'failed')),
        attempt integer NOT NULL,
        request jsonb,
        answer jsonb,
        status integer,
        code text,
        unknown_result boolean NOT NULL DEFAULT false,
        request_id text,
        intended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz
    )
    """,
    "CREATE INDEX record_run ON cpqbridge.record (run_id)",
    "CREATE INDEX record_by_key ON cpqbridge.record (scope, record_key, id DESC)",
    "CREATE INDEX record_by_number ON cpqbridge.record (number) WHERE number IS NOT NULL",
    "CREATE INDEX record_by_outcome ON cpqbridge.record (outcome, id DESC)",
    "CREATE INDEX operation_record ON cpqbridge.operation (record_id, position)",
    "CREATE INDEX operation_by_key ON cpqbridge.operation (scope, key, id DESC)",
)


def upgrade() -> None:
    """Make the tables and their indexes."""
    for statement in STATEMENTS:
        op.execute(statement)
