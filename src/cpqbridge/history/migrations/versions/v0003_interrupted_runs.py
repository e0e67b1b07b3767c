"""Runs know their process, so that one whose process is gone can be ended."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "ALTER TABLE cpqbridge.run ADD COLUMN process TEXT, ADD COLUMN interrupted BOOLEAN DEFAULT false NOT NULL",
    "CREATE INDEX run_open ON cpqbridge.run (process) WHERE ended_at IS NULL",
)


def upgrade() -> None:
    """Add the columns; what is known of earlier runs is that they have ended or not."""
    for statement in STATEMENTS:
        op.execute(statement)
