"""Strict checks of what is sent to Zuora and of what it answers, by the official SDK's own models.

    check_request("POST", "/v1/accounts", body)            # AssertionError names the place and the fault
    check_response("POST", "/v1/accounts", answer)

The JSON Schemas are made from the pydantic models of ``zuora_sdk``: unknown fields are forbidden (except custom ones:
``__c``, ``__NS``, ``__QT``), enumerations are closed, dates are dates. ``reasons[].code`` may be a number or a text.
Bodies are decoded JSON; numbers may be ``Decimal``. The schemas are kept in ``.cache`` of the checkout, because the
SDK takes ten seconds to import.
"""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import sys
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zlib import crc32

from jsonschema import Draft202012Validator, FormatChecker

_ROOT = Path(__file__).parents[1]
_BUILDER = Path(__file__).with_name("zuora_schema_build.py")

_FAILURES: dict[str, dict[str, Any]] = {
    "success": {
        "type": "object",
        "required": ["success", "processId", "requestId", "reasons"],
        "properties": {
            "success": {"const": False},
            "processId": {"type": "string"},
            "requestId": {"type": "string"},
            "reasons": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["code", "message"],
                    "additionalProperties": False,
                    "properties": {"code": {"type": ["integer", "string"]}, "message": {"type": "string"}},
                },
            },
        },
        "additionalProperties": False,
    },
    "Success": {
        "type": "object",
        "required": ["Success", "Errors"],
        "properties": {
            "Success": {"const": False},
            "Errors": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["Code", "Message"],
                    "additionalProperties": False,
                    "properties": {"Code": {"type": "string"}, "Message": {"type": "string"}},
                },
            },
        },
        "additionalProperties": False,
    },
}

_formats = FormatChecker(formats=())


@_formats.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or (len(value) == 10 and bool(date.fromisoformat(value)))


def check_request(method: str, path: str, body: Any) -> None:
    """Check a request's body; calls without a body must have none (``{}`` is taken too).

    Raises:
        AssertionError: The call is not known or the body is not what its model permits.
    """
    model = _operation(method, path)["request"]
    if model is None:
        assert not body, f"{method} {path} takes no body: {body}"
        return
    if body is None and method == "PUT":
        return
    _assert_valid(model, body, f"{method} {path} request")


def check_response(method: str, path: str, body: Any) -> None:
    """Check an answer's body, success or failure.

    Raises:
        AssertionError: The call is not known or the body is not what its model permits.
    """
    model = _operation(method, path)["response"]
    place = f"{method} {path} response"
    if isinstance(body, dict):
        for key, schema in _FAILURES.items():
            if body.get(key) is False and "result" not in body:
                _report(Draft202012Validator(schema).iter_errors(body), place)
                return
    listed = re.fullmatch(r"List\[(\w+)\]", model or "")
    if listed:
        assert isinstance(body, list), f"{place} must be an array"
        for item in body:
            _assert_valid(listed.group(1), item, place)
    elif model not in (None, "str"):
        _assert_valid(model, body, place)


def known_calls() -> list[tuple[str, str]]:
    """Method and path pattern of every call that can be checked."""
    return [(item["method"], item["path"]) for item in _document()["operations"]]


@cache
def _document() -> dict[str, Any]:
    kept = _ROOT / ".cache" / f"zuora_schema-{version('zuora_sdk')}-{crc32(_BUILDER.read_bytes())}.json"
    kept.parent.mkdir(exist_ok=True)
    with (kept.parent / "zuora_schema.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            subprocess.run([sys.executable, _BUILDER, kept], check=True)
    document: dict[str, Any] = json.loads(kept.read_text())
    return document


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], dict[str, Any]]]:
    # Fixed paths come before those with a key, so that /v1/orders/preview is not an order's number.
    ordered = sorted(_document()["operations"], key=lambda item: item["path"].count("{"))
    return [(item["method"], re.compile(re.sub(r"\{[^}]+\}", "[^/]+", item["path"])), item) for item in ordered]


def _operation(method: str, path: str) -> dict[str, Any]:
    bare = path.partition("?")[0]
    for verb, pattern, item in _patterns():
        if verb == method.upper() and pattern.fullmatch(bare):
            return item
    raise AssertionError(f"no such call in the SDK: {method} {path}")


@cache
def _validator(model: str) -> Draft202012Validator:
    schema = {"$ref": f"#/$defs/{model}", "$defs": _document()["$defs"]}
    return Draft202012Validator(schema, format_checker=_formats)


def _assert_valid(model: str, body: Any, place: str) -> None:
    _report(_validator(model).iter_errors(body), f"{place} ({model})")


def _report(errors: Any, place: str) -> None:
    faults = [f"{error.json_path}: {_innermost(error)}" for error in errors]
    assert not faults, f"{place}: " + "; ".join(faults)


def _innermost(error: Any) -> str:
    """The message of the alternative that is not about null: that one says what is wrong."""
    while error.context:
        inner = [item for item in error.context if item.validator != "type" or item.validator_value != "null"]
        if not inner:
            break
        error = inner[0]
        if error.context is None:
            break
    where = error.json_path if error.parent is None else ".".join(str(item) for item in error.absolute_path)
    return f"{where}: {error.message}"
