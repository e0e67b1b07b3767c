"""The ledger: every run, record and operation, written before and after it happens."""

from cpqbridge.history.ledger import History
from cpqbridge.history.redact import redact
from cpqbridge.history.requests import request_hash
from cpqbridge.history.rows import (
    DoneOperation,
    Ending,
    InDoubt,
    OperationId,
    OperationRow,
    RecordAttempt,
    RecordDetail,
    RecordRow,
    RunDetail,
    RunId,
    TakenOver,
)

__all__ = [
    "DoneOperation",
    "Ending",
    "History",
    "InDoubt",
    "OperationId",
    "OperationRow",
    "RecordAttempt",
    "RecordDetail",
    "RecordRow",
    "RunDetail",
    "RunId",
    "TakenOver",
    "redact",
    "request_hash",
]
