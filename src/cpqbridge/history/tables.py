"""The ledger's tables. The migrations make them; a test holds both alike."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Sequence,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "cpqbridge"
"""The ledger has its own schema, so that it can live in a database with other things."""

metadata = MetaData(schema=SCHEMA)

history_id = Sequence("history_id", schema=SCHEMA, metadata=metadata)
"""Runs and records share their numbers: `cpqbridge history show 41` is never ambiguous."""

run = Table(
    "run",
    metadata,
    Column("id", BigInteger, history_id, server_default=history_id.next_value(), primary_key=True),
    Column("scope", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("ended_at", DateTime(timezone=True)),
    Column("process", Text),
    Column("interrupted", Boolean, nullable=False, server_default=text("false")),
)
"""One call of a command. `scope` names the pair of systems, so that a sandbox and production never mix; `process` is
the name of its process's sessions. One that was `interrupted` ended with its process."""

fence = Table(
    "fence",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("record_key", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
)
"""The highest attempt number taken for each record: whoever holds a lower one may write nothing more."""

record = Table(
    "record",
    metadata,
    Column("id", BigInteger, history_id, server_default=history_id.next_value(), primary_key=True),
    Column("run_id", BigInteger, ForeignKey("run.id", ondelete="CASCADE"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("record_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("salesforce_id", Text, nullable=False),
    Column("number", Text),
    Column("attempt", Integer, nullable=False),
    Column("outcome", Text),
    Column("code", Text),
    Column("message", Text),
    Column("remedy", Text),
    Column("plan", JSONB),
    Column("zuora", JSONB),
    Column("closed_by", BigInteger),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("ended_at", DateTime(timezone=True)),
)
"""One attempt at one record. `closed_by` is the later success that settled an attempt which was none."""

operation = Table(
    "operation",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("record_id", BigInteger, ForeignKey("record.id", ondelete="CASCADE"), nullable=False),
    Column("scope", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("request_hash", Text, nullable=False),
    Column("idempotency_key", Text),
    Column("state", Text, nullable=False, server_default=text("'intended'")),
    Column("attempt", Integer, nullable=False),
    Column("request", JSONB),
    Column("answer", JSONB),
    Column("status", Integer),
    Column("code", Text),
    Column("unknown_result", Boolean, nullable=False, server_default=text("false")),
    Column("request_id", Text),
    Column("intended_at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("ended_at", DateTime(timezone=True)),
)
"""One write to the other system: `intended` before the call, `done` or `failed` after it."""

Index("run_open", run.c.process, postgresql_where=run.c.ended_at.is_(None))
Index("record_run", record.c.run_id)
Index("record_by_key", record.c.scope, record.c.record_key, record.c.id.desc())
Index("record_by_number", record.c.number, postgresql_where=record.c.number.is_not(None))
Index("record_by_outcome", record.c.outcome, record.c.id.desc())
Index("operation_record", operation.c.record_id, operation.c.position)
Index("operation_by_key", operation.c.scope, operation.c.key, operation.c.id.desc())
