"""The tables of the service: what is due, how far was read, what is known, and what all processes share.

The migration `v0002_service` makes them; a test holds both alike. `scope` names the pair of systems, as in the ledger.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, SmallInteger, Table, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB

from cpqbridge.history.tables import metadata


def _now(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp())


def _time(name: str) -> Column[object]:
    return Column(name, DateTime(timezone=True))


def _text(name: str, *, key: bool = False, needed: bool = False) -> Column[object]:
    return Column(name, Text, primary_key=key, nullable=not (key or needed))


def _count(name: str) -> Column[object]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


due = Table(
    "due",
    metadata,
    _text("scope", key=True),
    _text("object", key=True),
    _text("record_id", key=True),
    _text("number"),
    _text("account", needed=True),
    Column("lane", SmallInteger, nullable=False, server_default=text("0")),
    _text("reason", needed=True),
    _now("asked_at"),
    _now("due_at"),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    _count("attempts"),
    _count("begun"),
    _text("outcome"),
    _text("code"),
    _text("message"),
    Column("backfill_id", BigInteger),
)
"""One row per record that is to be looked at: it goes when the record has its outcome, and not before.

`account` groups what is worked on one after the other. `version` grows with each new reason to look, so that a change
that comes in during the work is not lost. `begun` counts the times that work has begun and not ended: a record that
kills its worker is found by it.
"""

cursor = Table(
    "cursor",
    metadata,
    _text("scope", key=True),
    _text("name", key=True),
    Column("value", JSONB, nullable=False),
    _now("moved_at"),
)
"""How far something was read: `poll:Order` has `{"modstamp", "id"}`, `events:/data/ChangeEvents` `{"replay_id"}`."""

seen = Table(
    "seen",
    metadata,
    _text("scope", key=True),
    _text("object", key=True),
    _text("record_id", key=True),
    _text("number"),
    _text("fingerprint"),
    _text("outcome", needed=True),
    _now("at"),
)
"""What each record was like when it last came to its outcome: alike again, it needs no look at Zuora."""

backfill = Table(
    "backfill",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    _text("scope", needed=True),
    Column("asked", JSONB, nullable=False),
    _text("state", needed=True),
    Column("held", Boolean, nullable=False, server_default=text("false")),
    Column("position", JSONB),
    Column("total", Integer),
    _now("started_at"),
    _time("ended_at"),
)
"""One back-fill: what was asked for, and how far the reading of records has come.

`state` is `reading`, `working`, `paused`, `done` or `cancelled`; `held` pauses it once all is read. `total` is an
estimate until then.
"""

backfill_record = Table(
    "backfill_record",
    metadata,
    Column("backfill_id", BigInteger, primary_key=True),
    _text("object", key=True),
    _text("record_id", key=True),
    _text("number"),
    _text("account", needed=True),
    _text("outcome"),
    _text("code"),
    _text("message"),
    _time("ended_at"),
)
"""One record of a back-fill; without an outcome it is still to be looked at."""

write_back = Table(
    "write_back",
    metadata,
    _text("scope", key=True),
    _text("object", key=True),
    _text("record_id", key=True),
    Column("attempt", BigInteger),
    Column("fields", JSONB, nullable=False),
    Column("written", JSONB, nullable=False, server_default=text("'{}'")),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    _now("asked_at"),
    Column("due_at", DateTime(timezone=True), server_default=func.clock_timestamp()),
    _count("attempts"),
    _text("message"),
)
"""What is still to be written onto a record of Salesforce, and what was; a newer status replaces an older one.

`fields` is empty where nothing is left to be written; with `fields` and without `due_at` it was given up. `written`
holds what the record's fields are known to hold. `attempt` is the record's attempt in the ledger that the status is of.
"""

pause = Table(
    "pause",
    metadata,
    _text("upstream", key=True),
    Column("until", DateTime(timezone=True), nullable=False),
    _text("reason", needed=True),
)
"""Until when a system has asked to be left alone, by all processes."""

api_calls = Table(
    "api_calls",
    metadata,
    _text("upstream", key=True),
    Column("hour", DateTime(timezone=True), primary_key=True),
    _count("calls"),
    Column("allocation", Integer),
)
"""Calls taken from a budget, by the hour in which they were taken; `allocation` is what the system allows all its
clients in 24 hours, as it was last told in that hour."""

circuit = Table(
    "circuit",
    metadata,
    _text("upstream", key=True),
    Column("open", Boolean, nullable=False, server_default=text("false")),
    _count("failures"),
    _now("changed_at"),
    _time("probe_at"),
    _text("cause"),
    _text("message"),
)
"""Whether a system is taken to be down, for all processes."""

incident = Table(
    "incident",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    _text("scope", needed=True),
    _text("kind", needed=True),
    _text("key", needed=True),
    Column("detail", JSONB, nullable=False),
    _now("since"),
    _time("ended_at"),
    Column("told", JSONB, nullable=False, server_default=text("'{}'")),
    Column("settled", Boolean, nullable=False, server_default=text("false")),
)
"""Something that people are told of: once when it begins, again after a while, and when it is over.

`told` holds what each channel was told of it (`alerts.telling.Told`), and `settled` that none is to be told more.
"""

told = Table(
    "told",
    metadata,
    _text("scope", key=True),
    _text("object", key=True),
    _text("record_id", key=True),
    _text("reason", needed=True),
    _now("at"),
)
"""The records that people were told of, and a hash of why: the same is not told again within a day."""

destination = Table(
    "destination",
    metadata,
    _text("org", key=True),
    _text("object", key=True),
    _text("record_id", key=True),
    _text("scope", needed=True),
    _now("at"),
)
"""Which tenant or entity a record was first carried to: it never goes to a second one by itself."""

process = Table(
    "process",
    metadata,
    _text("name", key=True),
    _text("kind", needed=True),
    _text("host", needed=True),
    Column("pid", Integer, nullable=False),
    _text("version", needed=True),
    Column("workers", JSONB, nullable=False),
    _now("started_at"),
    _now("alive_at"),
)
"""One running service or worker: `workers` are the numbers of its workers in the queue."""

Index("due_by_account", due.c.scope, due.c.account, due.c.lane)
Index("due_by_time", due.c.scope, due.c.due_at)
Index("due_by_lane", due.c.scope, due.c.lane, due.c.due_at)
Index("due_by_backfill", due.c.backfill_id, postgresql_where=due.c.backfill_id.is_not(None))
Index("backfill_open", backfill_record.c.backfill_id, postgresql_where=backfill_record.c.outcome.is_(None))
Index("write_back_by_time", write_back.c.scope, write_back.c.due_at)
Index(
    "incident_open",
    incident.c.scope,
    incident.c.kind,
    incident.c.key,
    unique=True,
    postgresql_where=incident.c.ended_at.is_(None),
)
Index("incident_unsettled", incident.c.scope, incident.c.id, postgresql_where=~incident.c.settled)
