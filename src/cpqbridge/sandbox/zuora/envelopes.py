"""Refusals, and the five envelopes in which Zuora's API families wrap them.

| family | failure |
| --- | --- |
| ``/v1/*`` | mostly 200 ``{"success": false, "processId", "requestId", "reasons": [{"code", "message"}]}`` |
| ``/v1/object/*`` | 400/404 ``{"Success": false, "Errors": [{"Code", "Message"}]}`` |
| ``/v1/action/*`` | an array of the same; query faults are 400 ``{"FaultCode", "FaultMessage"}`` |
| ``/object-query``, ``/settings``, ``/commerce``, ``/query`` | ``{"code", "message"}`` |
| gateway and sign-in | ``{"message"}`` |

Handlers raise the exceptions of this module; the application renders them for the family of the path.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

#: Resource of every request that carries no body, of routing and of the gateway.
NO_BODY = 500000

# The two-digit categories at the end of an error code.
PERMISSION, AUTHENTICATION, INVALID, UNKNOWN_FIELD, MISSING, MISSING_PARAMETER = 10, 11, 20, 21, 22, 23
BAD_QUERY, RULE, NOT_FOUND, METHOD, LOCKED, INTERNAL, TEMPORARY = 27, 30, 40, 45, 50, 60, 61
REQUEST_LIMIT, MALFORMED, EXTERNAL = 70, 90, 99

#: How a category is named in the CRUD family.
OBJECT_CODES = {
    PERMISSION: "MISSING_PERMISSION",
    INVALID: "INVALID_VALUE",
    UNKNOWN_FIELD: "INVALID_FIELD",
    MISSING: "MISSING_REQUIRED_VALUE",
    RULE: "INVALID_VALUE",
    NOT_FOUND: "INVALID_ID",
    LOCKED: "LOCK_COMPETITION",
    MALFORMED: "MALFORMED_REQUEST",
}


class Refusal(Exception):
    """One reason why a ``/v1`` call is refused."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        """Make it: eight-digit code, text for the reader, HTTP status of the answer."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class Refusals(Exception):
    """Several reasons at once; the answer's status is the highest of them."""

    def __init__(self, reasons: Iterable[Refusal]) -> None:
        """Take the reasons in the order in which they are to be listed."""
        self.reasons = list(reasons)
        super().__init__("; ".join(reason.message for reason in self.reasons))


class ObjectError(Exception):
    """A refusal of the CRUD family (``/v1/object`` and ``/v1/action``)."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Make it: symbolic code such as ``INVALID_VALUE``, text, HTTP status."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class QueryFault(Exception):
    """A refused ZOQL query: HTTP 400 with ``FaultCode`` and ``FaultMessage``."""

    def __init__(self, code: str, message: str) -> None:
        """Make it: symbolic fault code such as ``MALFORMED_QUERY``, text."""
        super().__init__(message)
        self.code = code
        self.message = message


class PlainError(Exception):
    """A refusal of the families without an envelope: the status and ``{"code", "message"}``."""

    def __init__(self, status: int, code: int | str, message: str) -> None:
        """Make it: HTTP status, code, text."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class GatewayError(Exception):
    """A refusal before any API family is reached: the status and ``{"message"}``."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        """Make it: HTTP status, text, further response headers."""
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})


#: Every exception that `render` understands.
ERRORS = (Refusal, Refusals, ObjectError, QueryFault, PlainError, GatewayError)


def code(resource: int, category: int) -> int:
    """The eight-digit code of a resource (six digits) and a category (two digits)."""
    return resource * 100 + category


def not_found(key: str) -> Refusal:
    """The refusal of a GET or DELETE for a thing that does not exist."""
    return Refusal(code(NO_BODY, NOT_FOUND), f"Cannot find entity by key: '{key}'.", 404)


def family(path: str) -> str:
    """The envelope of a path: ``rest``, ``object``, ``action`` or ``plain``."""
    if path.startswith("/v1/object/"):
        return "object"
    if path.startswith("/v1/action/"):
        return "action"
    return "rest" if path.startswith("/v1/") else "plain"


def render(error: Exception, path: str, request_id: str) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of a refusal, in the envelope of the path's family.

    Args:
        error: One of `ERRORS`.
        path: Path of the request.
        request_id: The server's id of the request.
    """
    if isinstance(error, GatewayError):
        return error.status, {"message": error.message}, error.headers
    if isinstance(error, QueryFault):
        return 400, {"FaultCode": error.code, "FaultMessage": error.message}, {}
    if isinstance(error, PlainError):
        return error.status, {"code": error.code, "message": error.message}, {}
    if isinstance(error, ObjectError):
        return error.status, _object_body([(error.code, error.message)], path), {}
    reasons = error.reasons if isinstance(error, Refusals) else [error]
    return _render_reasons([reason for reason in reasons if isinstance(reason, Refusal)], path, request_id)


def _render_reasons(reasons: list[Refusal], path: str, request_id: str) -> tuple[int, Any, dict[str, str]]:
    status = max(reason.status for reason in reasons)
    kind = family(path)
    if kind in {"object", "action"}:
        named = [(OBJECT_CODES.get(reason.code % 100, "UNKNOWN_ERROR"), reason.message) for reason in reasons]
        return max(status, 400), _object_body(named, path), {}
    if kind == "plain":
        return max(status, 400), {"code": reasons[0].code, "message": reasons[0].message}, {}
    body = {
        "success": False,
        "processId": uuid.uuid4().hex[:16].upper(),
        "requestId": request_id,
        "reasons": [{"code": reason.code, "message": reason.message} for reason in reasons],
    }
    return status, body, {}


def error_object(errors: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The refusal of one object in the CRUD family: symbolic codes with their texts."""
    return {"Success": False, "Errors": [{"Code": name, "Message": text} for name, text in errors]}


def _object_body(errors: list[tuple[str, str]], path: str) -> Any:
    body = error_object(errors)
    return [body] if family(path) == "action" else body
