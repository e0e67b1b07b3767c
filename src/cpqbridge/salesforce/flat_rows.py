"""Records of an ordinary query in the form of the Bulk API's CSV: flat, and every value as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from cpqbridge.errors import CallForHelp

_SELECTED = re.compile(r"\s*SELECT\s+(.+?)\s+FROM\s", re.IGNORECASE | re.DOTALL)


def columns(soql: str) -> list[str]:
    """Return the fields that a query without child queries and functions selects, as it spells them.

    Raises:
        CallForHelp: CPQ-902, it selects something else.
    """
    found = _SELECTED.match(soql)
    names = [name.strip() for name in found[1].split(",")] if found else []
    if not names or not all(re.fullmatch(r"\w+(\.\w+)*", name) for name in names):
        raise CallForHelp("CPQ-902", f"The fields of the query cannot be told: {soql}")
    return names


def flat(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, str | None]:
    """Return a record's values by column; None for an empty one, and for all fields of an empty parent."""
    return {name: _text(_follow(record, name.split("."))) for name in names}


def _follow(record: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(record, Mapping):
            return None
        record = record[step] if step in record else _in_any_case(record, step)
    return record


def _in_any_case(record: Mapping[str, Any], step: str) -> Any:
    return next((value for name, value in record.items() if name.lower() == step.lower()), None)


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
