"""Zuora's error codes in the error tree: eight-digit codes by their last two digits, symbolic codes by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData, RetryLater
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.transport.session import Unauthorized


class NotFound(FixData):
    """Zuora has no such thing; for a look-up that is an answer, not an error."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One reason that Zuora gives.

    Attributes:
        code: Eight digits, a symbolic code, or empty.
        message: Zuora's words.
    """

    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.code})" if self.code else self.message


Row = tuple[type[CpqBridgeError], str]

CATEGORIES: Mapping[int, Row] = {
    10: (FixConfiguration, "CPQ-304"),
    20: (FixData, "CPQ-420"),
    21: (FixData, "CPQ-420"),
    22: (FixData, "CPQ-420"),
    23: (CallForHelp, "CPQ-902"),
    27: (CallForHelp, "CPQ-902"),
    30: (FixData, "CPQ-420"),
    40: (NotFound, "CPQ-419"),
    45: (CallForHelp, "CPQ-902"),
    50: (RetryLater, "CPQ-105"),
    60: (RetryLater, "CPQ-104"),
    61: (RetryLater, "CPQ-104"),
    70: (RetryLater, "CPQ-103"),
    90: (CallForHelp, "CPQ-902"),
    99: (RetryLater, "CPQ-104"),
}
"""The last two digits of a code to class and code. 11, sign-in failed, asks for a new session instead."""

SYMBOLS: Mapping[str, Row] = {
    "API_DISABLED": (FixConfiguration, "CPQ-303"),
    "MISSING_PERMISSION": (FixConfiguration, "CPQ-303"),
    "NO_PERMISSION": (FixConfiguration, "CPQ-303"),
    "DUPLICATE_VALUE": (FixData, "CPQ-420"),
    "INVALID_FIELD": (FixData, "CPQ-420"),
    "INVALID_TYPE": (FixData, "CPQ-420"),
    "INVALID_VALUE": (FixData, "CPQ-420"),
    "MISSING_REQUIRED_VALUE": (FixData, "CPQ-420"),
    "CANNOT_DELETE": (FixData, "CPQ-420"),
    "TRANSACTION_FAILED": (FixData, "CPQ-420"),
    "INVALID_ID": (NotFound, "CPQ-419"),
    "MALFORMED_QUERY": (CallForHelp, "CPQ-902"),
    "MALFORMED_REQUEST": (CallForHelp, "CPQ-902"),
    "MAX_RECORDS_EXCEEDED": (CallForHelp, "CPQ-902"),
    "INVALID_VERSION": (CallForHelp, "CPQ-902"),
    "LOCK_COMPETITION": (RetryLater, "CPQ-105"),
    "REQUEST_EXCEEDED_LIMIT": (RetryLater, "CPQ-103"),
    "REQUEST_EXCEEDED_RATE": (RetryLater, "CPQ-103"),
    "QUERY_TIMEOUT": (RetryLater, "CPQ-104"),
    "SERVER_UNAVAILABLE": (RetryLater, "CPQ-104"),
    "SERVICE_UNAVAILABLE": (RetryLater, "CPQ-104"),
    "TEMPORARY_ERROR": (RetryLater, "CPQ-104"),
    "TRANSACTION_TERMINATED": (RetryLater, "CPQ-104"),
    "TRANSACTION_TIMEOUT": (RetryLater, "CPQ-104"),
    "UNKNOWN_ERROR": (RetryLater, "CPQ-104"),
}
"""Symbolic codes of `/v1/object`, `/v1/action` and of queries to class and code."""

STATUSES: Mapping[int, Row] = {
    400: (FixData, "CPQ-420"),
    403: (FixConfiguration, "CPQ-303"),
    404: (NotFound, "CPQ-419"),
    405: (CallForHelp, "CPQ-902"),
    409: (RetryLater, "CPQ-105"),
    413: (CallForHelp, "CPQ-902"),
    414: (CallForHelp, "CPQ-902"),
    415: (CallForHelp, "CPQ-902"),
    422: (FixData, "CPQ-420"),
    429: (RetryLater, "CPQ-103"),
    431: (CallForHelp, "CPQ-902"),
    500: (RetryLater, "CPQ-104"),
    502: (RetryLater, "CPQ-104"),
    503: (RetryLater, "CPQ-104"),
    504: (RetryLater, "CPQ-104"),
}
"""HTTP status to class and code, where no reason has a code that is known, such as in an HTML page."""

_UNFORESEEN: Row = (CallForHelp, "CPQ-901")
_NO_ROUTE = "no Route matched"
_CUSTOM_FIELD = re.compile(r"[\w.]+__c\b")
_WITHOUT_FIELD = (
    "Create the custom field in Zuora, or spell it in your mapping with the capitals that it has there: "
    "`cpqbridge mapping check` says on which object, of which type, and where it is mapped."
)
_SESSION_CODES = {"INVALID_SESSION", "INVALID_LOGIN"}


def refusal(request: Request, reply: Reply, faults: Sequence[Fault]) -> CpqBridgeError | Unauthorized:
    """Return the error that a refused call stands for.

    Args:
        request: The call.
        reply: Its answer.
        faults: The reasons in it; none for a page of a gateway.
    """
    said = "; ".join(str(fault) for fault in faults) or f"HTTP {reply.status}"
    if reply.status == 401 or any(_is_session(fault) for fault in faults):
        return Unauthorized(said)
    if request.idempotency_key and reply.status in {409, 422}:
        return _key_conflict(request, reply, said)
    rows = [(row, fault.code) for fault in faults if (row := _row(request, fault)) is not None]
    # One definite reason is enough to make repeating useless.
    rows.sort(key=lambda found: found[0][0] is RetryLater)
    (kind, code), name = rows[0] if rows else (STATUSES.get(reply.status, _UNFORESEEN), "")
    if _NO_ROUTE in said:
        kind, code = FixConfiguration, "CPQ-304"
    detail = {**reply.detail, **({"code": name} if name else {})}
    message = f"Zuora: {said}"
    if code == "CPQ-305":
        named = _CUSTOM_FIELD.search(said) if request.reads else None
        return kind(code, message, field=named and named[0], remedy=_WITHOUT_FIELD, detail=detail)
    if kind is not RetryLater:
        return kind(code, message, detail=detail)
    unknown = not rows and reply.status >= 500 and not request.reads
    return RetryLater(code, message, detail=detail, retry_after=reply.retry_after, unknown_result=unknown)


def job_refusal(job_id: str, errors: str, faults: Sequence[Fault]) -> CpqBridgeError:
    """Return the error that a failed asynchronous job stands for."""
    rows = [row for fault in faults if (row := _row(Request("POST", "/"), fault)) is not None]
    kind, code = rows[0] if rows else (FixData, "CPQ-420")
    detail = {"job": job_id, **({"code": faults[0].code} if faults else {})}
    return kind(code, f"Zuora: the asynchronous job failed: {errors or 'no reason given'}", detail=detail)


def _row(request: Request, fault: Fault) -> Row | None:
    own_field = "__c" in fault.message
    if fault.code.isascii() and fault.code.isdigit():
        category = int(fault.code) % 100
        if category == 10 and "permission" in fault.message.lower():
            return FixConfiguration, "CPQ-303"
        if category == 21 and own_field:
            return FixConfiguration, "CPQ-305"
        return CATEGORIES.get(category)
    if fault.code == "INVALID_FIELD" and own_field:
        return FixConfiguration, "CPQ-305"
    if fault.code in {"INVALID_FIELD", "INVALID_TYPE"} and request.reads:
        return CallForHelp, "CPQ-902"
    return SYMBOLS.get(fault.code)


def _is_session(fault: Fault) -> bool:
    if fault.code in _SESSION_CODES:
        return True
    return len(fault.code) == 8 and fault.code.isdigit() and int(fault.code) % 100 == 11


def _key_conflict(request: Request, reply: Reply, said: str) -> CpqBridgeError:
    """Return what a refused key means: the first call still runs, or the key was used for something else."""
    if reply.status == 409:
        message = f"Zuora is still at work on an earlier {request.method} {request.path}: {said}"
        retry_after = min(reply.retry_after, 30) if reply.retry_after is not None else None
        return RetryLater("CPQ-105", message, detail=reply.detail, retry_after=retry_after, unknown_result=True)
    message = f"The idempotency key of {request.method} {request.path} was used for another request: {said}"
    return CallForHelp("CPQ-902", message, detail=reply.detail)
