"""What the ledger gives back: plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NewType

from cpqbridge.errors import RetryLater
from cpqbridge.values import JSONObject, Outcome

RunId = NewType("RunId", int)
OperationId = NewType("OperationId", int)


class TakenOver(RetryLater):
    """Another attempt at the same record has begun: stop, and send nothing more for it."""

    def __init__(self, record_key: str, attempt: int) -> None:
        super().__init__(
            "CPQ-107",
            f"Attempt {attempt} at {record_key} was taken over by a later one, or its locks are lost",
            record=record_key,
        )


@dataclass(frozen=True, slots=True)
class RecordAttempt:
    """The right to work on one record, until somebody takes a higher attempt number.

    Attributes:
        record_id: The number of the attempt's row.
        record_key: The record.
        attempt: The attempt's number.
        session: The mark of the session that holds the locks for it: without that session, nothing more is noted.
    """

    record_id: int
    record_key: str
    attempt: int
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a record.

    Args:
        attempt: The attempt that ends.
        outcome: Its outcome.
        code: The error's code, such as `CPQ-401`.
        message: What happened.
        remedy: The next thing to do.
        plan: The plan as a JSON document; stored without secrets.
        zuora: The numbers in Zuora: `{"accountNumber", "orderNumber", …}`.
    """

    attempt: RecordAttempt
    outcome: Outcome
    code: str | None = None
    message: str | None = None
    remedy: str | None = None
    plan: Any = None
    zuora: JSONObject | None = None


@dataclass(frozen=True, slots=True)
class DoneOperation:
    """The latest operation done under a natural key."""

    key: str
    request_hash: str
    idempotency_key: str | None
    status: int | None
    answer: Any
    request_id: str | None
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class InDoubt:
    """An operation that may or may not have happened: look under its natural key before repeating it."""

    key: str
    request_hash: str
    idempotency_key: str | None
    intended_at: datetime


@dataclass(frozen=True, slots=True)
class Latest:
    """What was last written under natural keys.

    Attributes:
        done: The latest operation done, by key.
        doubts: Operations that may or may not have happened, where the latest under a key is one.
    """

    done: Mapping[str, DoneOperation]
    doubts: Mapping[str, InDoubt]

    @classmethod
    def of(cls, rows: Sequence[Any]) -> Latest:
        """Return what the ledger's rows say (see `statements.LATEST`)."""
        done = {
            row.key: DoneOperation(
                row.key, row.request_hash, row.idempotency_key, row.status, row.answer, row.request_id, row.ended_at
            )
            for row in rows
            if row.ended_at is not None
        }
        doubts = {
            row.key: InDoubt(row.key, row.doubtful_hash, row.doubtful_key, row.intended_at)
            for row in rows
            if row.in_doubt
        }
        return cls(done, doubts)


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """An order that was looked at: its number, its Salesforce id, and whether the latest attempt was a success."""

    number: str
    id: str
    settled: bool


@dataclass(frozen=True, slots=True)
class OperationRow:
    """One operation of a record; `state` is `intended`, `done` or `failed`."""

    id: int
    position: int
    name: str
    key: str
    method: str
    path: str
    state: str
    attempt: int
    request_hash: str
    idempotency_key: str | None
    request: Any
    answer: Any
    status: int | None
    code: str | None
    unknown_result: bool
    request_id: str | None
    intended_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One attempt at one record; without an outcome it is still being worked on, or was cut off."""

    id: int
    run_id: int
    record_key: str
    kind: str
    salesforce_id: str
    number: str | None
    attempt: int
    outcome: Outcome | None
    code: str | None
    message: str | None
    remedy: str | None
    zuora: Any
    closed_by: int | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordDetail:
    """A record with its plan and operations."""

    record: RecordRow
    plan: Any
    operations: tuple[OperationRow, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run of a command, with how many of its records have each outcome; `cut off` for those without one.

    One that was `interrupted` ended with its process; the last that was noted of it is taken for its end.
    """

    id: int
    command: str
    version: str
    started_at: datetime
    ended_at: datetime | None
    outcomes: Mapping[str, int]
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class RunDetail:
    """A run with its records."""

    id: int
    command: str
    version: str
    options: Any
    started_at: datetime
    ended_at: datetime | None
    records: tuple[RecordRow, ...]
    interrupted: bool = False
