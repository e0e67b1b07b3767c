"""Runs know their process, so that one whose process is gone can be ended; jobs and live work are found by indexes.

Procrastinate looks at every job that waits whether another one holds its lock or goes before it. Without an index it
reads all of them to find the next one.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE cpqbridge.run ADD COLUMN process TEXT, ADD COLUMN interrupted BOOLEAN DEFAULT false NOT NULL",
    "CREATE INDEX run_open ON cpqbridge.run (process) WHERE ended_at IS NULL",
    "CREATE INDEX jobs_by_lock ON cpqbridge_jobs.procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')",
    "CREATE INDEX due_by_lane ON cpqbridge.due (scope, lane, due_at)",
)


def upgrade() -> None:
    """Add columns and indexes; what is known of earlier runs is that they have ended or not."""
    for statement in STATEMENTS:
        op.execute(statement)
