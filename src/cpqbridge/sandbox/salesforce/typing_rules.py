"""Reading a JSON value as the type of its field, as the API's own parser does.

A value that cannot be read refuses the whole request (`JSON_PARSER_ERROR`); one that can be read but does not fit
refuses the record.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final

from cpqbridge.sandbox.salesforce.catalogue.model import IDS, NUMBERS, TEXTS, Field
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?\Z")
_TOKENS: Final[dict[type, str]] = {
    int: "VALUE_NUMBER_INT",
    Decimal: "VALUE_NUMBER_FLOAT",
    str: "VALUE_STRING",
    dict: "START_OBJECT",
    list: "START_ARRAY",
}


def read_value(field: Field, value: Any) -> Any:
    """Return a JSON value as the store keeps it: text, `Decimal`, bool, ISO date or ISO datetime; blank text is null.

    Raises:
        ParseError: the value is of another type.
        SalesforceError: it is too long, too large or no e-mail address.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return False if field.type == "boolean" else None
    if field.type in TEXTS:
        return _text(field, value)
    return _READERS[field.type](field, value)


def _mistyped(field: Field, value: Any) -> ParseError:
    token = f"VALUE_{str(value).upper()}" if isinstance(value, bool) else _TOKENS[type(value)]
    shown = f" value {value}" if isinstance(value, str | int | Decimal) else " value"
    kind = field.type if field.type not in IDS else "reference"
    return ParseError(
        f"Cannot deserialize instance of {kind} from {token}{shown} or request may be missing a required field"
        " at [line:1, column:1]"
    )


def _text(field: Field, value: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, int | Decimal):
        value = str(value)
    if not isinstance(value, str):
        raise _mistyped(field, value)
    if field.length and len(value) > field.length:
        message = f"{field.label}: data value too large: {value} (max length={field.length})"
        raise SalesforceError(400, "STRING_TOO_LONG", message, (field.name,))
    if field.type == "email" and not _EMAIL.match(value):
        message = f"{field.label}: invalid email address: {value}"
        raise SalesforceError(400, "INVALID_EMAIL_ADDRESS", message, (field.name,))
    return value


def _number(field: Field, value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _mistyped(field, value)
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise _mistyped(field, value) from error
    if not number.is_finite():
        raise _mistyped(field, value)
    if field.precision and number.adjusted() >= field.precision - field.scale:
        message = f"{field.label}: value outside of valid range on numeric field: {value}"
        raise SalesforceError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, (field.name,))
    return number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)


def _integer(field: Field, value: Any) -> int:
    return int(_number(field, value))


def _boolean(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise _mistyped(field, value)


def _date(field: Field, value: Any) -> str:
    found = _DATE.match(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(found[1] if found else "").isoformat()
    except ValueError as error:
        raise _mistyped(field, value) from error


def _datetime(field: Field, value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        raise _mistyped(field, value) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _identifier(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise _mistyped(field, value)
    return value


_READERS: Final[dict[str, Callable[[Field, Any], Any]]] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(IDS, _identifier),
    "int": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
