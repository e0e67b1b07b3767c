"""Values in queries: comparing them by the type of their field."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

#: Whatever may be compared with ``<``; only values of one field are ever compared.
Comparable = Any


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


def moment(text: str) -> datetime:
    """A point in time from ISO 8601 text; without an offset it is UTC, a date alone is its midnight.

    Raises:
        ValueError: The text is none.
    """
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _day(text: str) -> str:
    if len(text) != len("2026-01-31"):
        raise ValueError(text)
    return date.fromisoformat(text).isoformat()


_PARSERS: dict[str, Callable[[str], Comparable]] = {
    "text": str,
    "number": _number,
    "int": _number,
    "bool": _boolean,
    "date": _day,
    "datetime": moment,
}


def parsed(kind: str, text: str) -> Comparable:
    """The value that a text means for a field of this type.

    Raises:
        ValueError: The text is no such value.
    """
    return _PARSERS[kind](text)


def comparable(kind: str, value: Any) -> Comparable:
    """A stored value in the form that `parsed` gives, so that both can be compared."""
    if kind == "datetime":
        return moment(value)
    if kind in {"number", "int"}:
        return Decimal(value)
    return str(value) if kind == "text" else value
