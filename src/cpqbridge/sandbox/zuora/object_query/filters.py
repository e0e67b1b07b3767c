"""Conditions of Object Query: ``field.OP:value``.

``EQ NE IN SW`` compare texts without regard to case; ``LT LE GT GE`` are for numbers, dates and times only.
Records without a value match ``EQ:null`` and nothing else.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import shown
from cpqbridge.sandbox.zuora.object_query.values import Comparable, comparable, parsed
from cpqbridge.sandbox.zuora.store import INDEXES, Row, Store

_FORM = re.compile(r"(\w+)\.([A-Za-z]+):(.*)", re.DOTALL)

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "LT": operator.lt,
    "LE": operator.le,
    "GT": operator.gt,
    "GE": operator.ge,
}
_OPERATORS = {"EQ", "NE", "IN", "SW", *_ORDERED}


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition.

    Attributes:
        field: Name of the field.
        kind: Type of the field.
        operator: ``EQ NE LT LE GT GE SW IN``.
        values: The values to compare with; none at all for ``null``.
        texts: The same values as they were written.
    """

    field: str
    kind: str
    operator: str
    values: tuple[Comparable, ...]
    texts: tuple[str, ...] = ()

    def matches(self, row: Row) -> bool:
        """Whether a record meets the condition."""
        stored = row.get(self.field)
        if not self.values:
            return (stored is None) == (self.operator == "EQ")
        if stored is None:
            return False
        value = folded(comparable(self.kind, shown(self.field, stored)))
        if self.operator in _ORDERED:
            return _ORDERED[self.operator](value, self.values[0])
        if self.operator == "SW":
            return bool(value.startswith(self.values[0]))
        return (value in self.values) != (self.operator == "NE")


def parse_filter(text: str, find: Callable[[str], str | None], types: Mapping[str, str]) -> Filter:
    """Read a condition.

    Args:
        text: As given, such as ``crmId.EQ:0015…``.
        find: Gives the exact name of a filterable field.
        types: Type by exact name.

    Raises:
        ValueError: What is wrong with it, as a sentence.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError("it must have the form field.OPERATOR:value.")
    name, sign, value = form[1], form[2].upper(), form[3]
    field = find(name)
    if field is None:
        raise ValueError(f"the field '{name}' is not filterable.")
    if sign not in _OPERATORS:
        raise ValueError(f"the operator '{form[2]}' is not supported.")
    kind = types[field]
    if kind == "text" and sign in _ORDERED:
        raise ValueError(f"the operator {sign} is for numbers and dates only.")
    if kind != "text" and sign == "SW":
        raise ValueError("the operator SW is for text only.")
    if value == "null" and sign in {"EQ", "NE"}:
        return Filter(field, kind, sign, ())
    texts = _list(value) if sign == "IN" else (value,)
    return Filter(field, kind, sign, tuple(folded(_parsed(kind, item)) for item in texts), texts)


def folded(value: Comparable) -> Comparable:
    """Texts without regard to case; other values as they are."""
    return value.casefold() if isinstance(value, str) else value


def candidates(store: Store, kind: str, filters: tuple[Filter, ...]) -> list[Row]:
    """Records that may meet the conditions: those an index gives, else all."""
    for condition in filters:
        if condition.operator in {"EQ", "IN"} and condition.texts and condition.kind == "text":
            rows = _indexed(store, kind, condition)
            if rows is not None:
                return rows
    return list(store.rows(kind))


def _indexed(store: Store, kind: str, condition: Filter) -> list[Row] | None:
    """The rows that an index gives; None when there is none for the field."""
    texts = dict.fromkeys(text.casefold() for text in condition.texts)
    if condition.field == "id":
        return [row for text in texts if (row := store.get(kind, text))]
    if condition.field not in INDEXES.get(kind, ()):
        return None
    return [row for text in texts for row in store.find_alike(kind, condition.field, text)]


def _list(value: str) -> tuple[str, ...]:
    if not (value.startswith("[") and value.endswith("]")):
        raise ValueError("the values of IN must stand in square brackets.")
    return tuple(item.strip() for item in value[1:-1].split(","))


def _parsed(kind: str, text: str) -> Comparable:
    try:
        return parsed(kind, text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a value of type {kind}.") from error
