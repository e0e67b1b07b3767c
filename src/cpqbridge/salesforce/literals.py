"""Values as SOQL literals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"})

Literal = str | int | Decimal | bool | date | datetime | None
"""What can stand on the right side of a comparison."""


def quote(text: str) -> str:
    """Return a text as a SOQL string; nothing in it can end the string."""
    return f"'{text.translate(_ESCAPES)}'"


def literal(value: Literal) -> str:
    """Return a value as SOQL writes it; datetimes in UTC.

    Raises:
        ValueError: A datetime without a zone.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a datetime needs a zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return quote(value) if isinstance(value, str) else f"{value:f}" if isinstance(value, Decimal) else str(value)


def among(field: str, values: Iterable[Literal]) -> str:
    """Return the condition that a field has one of the values, such as `Id IN ('a', 'b')`."""
    return f"{field} IN ({', '.join(literal(value) for value in values)})"


def chunks(values: Iterable[str], size: int = 200) -> list[Sequence[str]]:
    """Return the values once each, in lists that are short enough for one `IN (…)`."""
    unique = list(dict.fromkeys(values))
    return [unique[start : start + size] for start in range(0, len(unique), size)]
