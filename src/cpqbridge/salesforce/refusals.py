"""Salesforce's error codes in the error tree, for both dialects: `errorCode`, and `statusCode` in collections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData, RetryLater
from cpqbridge.transport.session import Unauthorized

ORG_LIMIT_PAUSE = 300.0
"""Seconds to leave the org alone when its daily calls are used up; it never says for how long itself."""

Row = tuple[type[CpqBridgeError], str]

REFUSALS: Mapping[str, Row] = {
    "UNABLE_TO_LOCK_ROW": (RetryLater, "CPQ-105"),
    "REQUEST_LIMIT_EXCEEDED": (RetryLater, "CPQ-103"),
    "REQUEST_RUNNING_TOO_LONG": (RetryLater, "CPQ-104"),
    "SERVER_UNAVAILABLE": (RetryLater, "CPQ-104"),
    "QUERY_TIMEOUT": (RetryLater, "CPQ-104"),
    "UNKNOWN_EXCEPTION": (RetryLater, "CPQ-104"),
    "INSUFFICIENT_ACCESS": (FixConfiguration, "CPQ-303"),
    "INSUFFICIENT_ACCESS_OR_READONLY": (FixConfiguration, "CPQ-303"),
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (FixConfiguration, "CPQ-303"),
    "INVALID_FIELD_FOR_INSERT_UPDATE": (FixConfiguration, "CPQ-303"),
    "API_DISABLED_FOR_ORG": (FixConfiguration, "CPQ-303"),
    "API_CURRENTLY_DISABLED": (FixConfiguration, "CPQ-303"),
    "FORBIDDEN": (FixConfiguration, "CPQ-303"),
    "INVALID_TYPE": (FixConfiguration, "CPQ-303"),
    "INVALID_FIELD": (FixConfiguration, "CPQ-305"),
    "UNSUPPORTED_API_VERSION": (FixConfiguration, "CPQ-301"),
    "NOT_FOUND": (FixData, "CPQ-419"),
    "ENTITY_IS_DELETED": (FixData, "CPQ-419"),
    "MALFORMED_ID": (FixData, "CPQ-419"),
    "REQUIRED_FIELD_MISSING": (FixData, "CPQ-421"),
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": (FixData, "CPQ-421"),
    "FIELD_INTEGRITY_EXCEPTION": (FixData, "CPQ-421"),
    "FIELD_FILTER_VALIDATION_EXCEPTION": (FixData, "CPQ-421"),
    "DUPLICATES_DETECTED": (FixData, "CPQ-421"),
    "DUPLICATE_VALUE": (FixData, "CPQ-421"),
    "DUPLICATE_EXTERNAL_ID": (FixData, "CPQ-421"),
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": (FixData, "CPQ-421"),
    "INVALID_CROSS_REFERENCE_KEY": (FixData, "CPQ-421"),
    "STRING_TOO_LONG": (FixData, "CPQ-421"),
    "NUMBER_OUTSIDE_VALID_RANGE": (FixData, "CPQ-421"),
    "INVALID_EMAIL_ADDRESS": (FixData, "CPQ-421"),
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": (FixData, "CPQ-421"),
    "FAILED_ACTIVATION": (FixData, "CPQ-421"),
    "ENTITY_IS_LOCKED": (FixData, "CPQ-421"),
    "STORAGE_LIMIT_EXCEEDED": (FixConfiguration, "CPQ-303"),
    "MALFORMED_QUERY": (CallForHelp, "CPQ-902"),
    "INVALID_QUERY_FILTER_OPERATOR": (CallForHelp, "CPQ-902"),
    "QUERY_TOO_COMPLICATED": (CallForHelp, "CPQ-902"),
    "INVALID_QUERY_LOCATOR": (RetryLater, "CPQ-109"),
    "JSON_PARSER_ERROR": (CallForHelp, "CPQ-902"),
    "METHOD_NOT_ALLOWED": (CallForHelp, "CPQ-902"),
}
"""Error code to class and code. A code that is not here goes by the HTTP status."""

BY_STATUS: Mapping[int, Row] = {
    300: (FixData, "CPQ-421"),
    403: (FixConfiguration, "CPQ-303"),
    404: (FixData, "CPQ-419"),
    410: (FixConfiguration, "CPQ-301"),
    412: (CallForHelp, "CPQ-902"),
    414: (CallForHelp, "CPQ-902"),
    415: (CallForHelp, "CPQ-902"),
    429: (RetryLater, "CPQ-103"),
    431: (CallForHelp, "CPQ-902"),
    500: (RetryLater, "CPQ-104"),
    502: (RetryLater, "CPQ-104"),
    503: (RetryLater, "CPQ-104"),
    504: (RetryLater, "CPQ-104"),
}
"""HTTP status to class and code, where the body holds no code that is known, such as an HTML page."""

_UNFORESEEN: Row = (CallForHelp, "CPQ-901")


def refusal(
    status: int,
    errors: Any,
    *,
    detail: Mapping[str, str] | None = None,
    writes: bool = False,
    retry_after: float | None = None,
) -> CpqBridgeError | Unauthorized:
    """Return the error that a refused call or row stands for.

    Args:
        status: HTTP status of the call or subrequest.
        errors: `[{"errorCode" | "statusCode", "message", "fields"}]`, or whatever came instead.
        detail: Request id and the like.
        writes: Whether the call may have changed something.
        retry_after: Seconds to wait, when the answer named them.
    """
    listed = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    first = listed[0] if listed else {}
    name = str(first.get("errorCode") or first.get("statusCode") or "")
    said = "; ".join(str(error.get("message", "")).strip() for error in listed) or f"HTTP {status}"
    if status == 401 or name == "INVALID_SESSION_ID":
        return Unauthorized(said)
    kind, code = REFUSALS.get(name) or BY_STATUS.get(status, _UNFORESEEN)
    shown = {"status": str(status), **(detail or {}), **({"code": name} if name else {})}
    message = f"Salesforce: {said}" + (f" ({name})" if name else "")
    fields = ", ".join(str(field) for field in first.get("fields") or ()) or None
    if kind is not RetryLater:
        return kind(code, message, field=fields, detail=shown)
    if code == "CPQ-103" and retry_after is None and "concurrent" not in said.lower():
        retry_after = ORG_LIMIT_PAUSE
    unknown = writes and code == "CPQ-104"
    return RetryLater(code, message, detail=shown, retry_after=retry_after, unknown_result=unknown)
