"""Conditions of ZOQL, bound to the fields of an object.

Texts are compared with regard to case; a record without a value meets ``= null`` and no other comparison.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.envelopes import QueryFault
from cpqbridge.sandbox.zuora.object_query.spelling import shown
from cpqbridge.sandbox.zuora.object_query.values import Comparable, comparable, parsed
from cpqbridge.sandbox.zuora.store import INDEXES, Row, Store
from cpqbridge.sandbox.zuora.zoql.objects import Field, ZoqlObject
from cpqbridge.sandbox.zuora.zoql.syntax import Condition

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

#: How a filter on a catalog charge's type writes one-time charges.
_ONE_TIME = {"One-Time": "OneTime", "OneTime": "One-Time"}


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on a row: its field, the operator, and the value (None for ``null``)."""

    field: Field
    operator: str
    value: Comparable | None

    def holds(self, row: Row) -> bool:
        """Whether the row meets the condition."""
        stored = row.get(self.field.row_name)
        if self.value is None:
            return (stored is None) == (self.operator == "=")
        if stored is None:
            return False
        value = comparable(self.field.kind, shown(self.field.row_name, stored))
        if self.operator == "like":
            return bool(self.value.fullmatch(value))
        return _COMPARE[self.operator](value, self.value)


def bind(condition: Condition, target: ZoqlObject) -> Test:
    """Check a condition against the fields of an object.

    Raises:
        QueryFault: INVALID_FIELD; INVALID_VALUE for a value or an operator that does not fit the field's type.
    """
    field = field_of(condition.field, target)
    kind = field.kind
    if condition.value is None:
        _check_null(condition, field)
        return Test(field, condition.operator, None)
    if condition.operator == "like":
        return Test(field, "like", _pattern(condition, kind))
    if kind == "bool" and condition.operator not in {"=", "!="}:
        raise _invalid(condition, "the operator is not supported for boolean fields")
    if (kind == "bool" and condition.quoted) or (kind == "text" and not condition.quoted):
        raise _invalid(condition, f"'{condition.value}' is not a value of type {kind}")
    text = condition.value
    if (target.entity.kind, field.row_name) == ("productRatePlanCharge", "chargeType"):
        text = _ONE_TIME.get(text, text)
    try:
        return Test(field, condition.operator, parsed(kind, text))
    except ValueError as error:
        raise _invalid(condition, f"'{condition.value}' is not a value of type {kind}") from error


def field_of(name: str, target: ZoqlObject) -> Field:
    """The field of that name, in any case.

    Raises:
        QueryFault: INVALID_FIELD.
    """
    field = target.fields.get(name.lower())
    if field is None:
        raise QueryFault("INVALID_FIELD", f"invalid field for query: {target.entity.name}.{name}")
    return field


def candidates(store: Store, kind: str, tests: tuple[Test, ...]) -> list[Row]:
    """Rows that may meet all the conditions: those an index gives, else all."""
    for test in tests:
        name = test.field.row_name
        if test.operator == "=" and isinstance(test.value, str):
            if name == "id":
                row = store.get(kind, test.value)
                return [] if row is None else [row]
            if name in INDEXES.get(kind, ()):
                return store.find(kind, **{name: test.value})
    return list(store.rows(kind))


def _check_null(condition: Condition, field: Field) -> None:
    if condition.operator not in {"=", "!="}:
        raise _invalid(condition, "null can only be compared with = and !=")
    if field.custom and field.kind in {"date", "datetime"}:
        raise _invalid(condition, "null cannot be used with custom date fields")


def _pattern(condition: Condition, kind: str) -> re.Pattern[str]:
    text = condition.value or ""
    if kind != "text" or not condition.quoted:
        raise _invalid(condition, "like is for text only")
    if text.count("%") > 1 or "%" in text[1:-1]:
        raise _invalid(condition, "% may stand once, at the beginning or at the end")
    wildcards = {"%": ".*", "_": "."}
    return re.compile("".join(wildcards.get(char) or re.escape(char) for char in text), re.DOTALL)


def _invalid(condition: Condition, reason: str) -> QueryFault:
    return QueryFault("INVALID_VALUE", f"invalid value for field {condition.field}: {reason}.")
