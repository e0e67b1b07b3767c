"""WHERE and HAVING in SQL, with SOQL's own rules for null, case, types and date literals."""

# ruff: noqa: S608  SQL is built of catalogue names only; values are always arguments.
from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

import msgspec

from cpqbridge.sandbox.salesforce.catalogue.columns import stamp
from cpqbridge.sandbox.salesforce.catalogue.model import IDS, NUMBERS, TEXTS, Field
from cpqbridge.sandbox.salesforce.ids import MalformedId, to_18
from cpqbridge.sandbox.salesforce.soql.dates import midnight, range_of
from cpqbridge.sandbox.salesforce.soql.lexer import unescape
from cpqbridge.sandbox.salesforce.soql.scope import Context, Scope, Value
from cpqbridge.sandbox.salesforce.soql.syntax import (
    Among,
    Call,
    Compare,
    Condition,
    Constant,
    Junction,
    Negation,
    Path,
    Query,
    SemiJoin,
)  # fmt: skip

SemiJoinSql = Callable[[Query, Value, list[Any]], str]
"""Compiles the query of a semi-join with the value at its left, adding its arguments to the list."""

_ORDERINGS: Final = ("<", ">", "<=", ">=")
_SOAP_NAMES: Final = {
    "datetime": "dateTime",
    "currency": "double",
    "percent": "double",
    "reference": "string",
    "id": "string",
}
_ACCEPTED: Final = {
    **dict.fromkeys(TEXTS | IDS, ("string",)), **dict.fromkeys(NUMBERS, ("number", "currency")), "int": ("number",),
    "boolean": ("boolean",), "date": ("date", "range"), "datetime": ("datetime", "range"),
}  # fmt: skip
_LARGEST: Final = 2**63 - 1


class Filter:
    """Compiles conditions of one scope.

    Attributes:
        arguments: Values for the marks in the SQL, in order.
    """

    def __init__(self, scope: Scope, value_of: Callable[[Path | Call], Value], semi_join: SemiJoinSql) -> None:
        self._scope = scope
        self._value_of = value_of
        self._semi_join = semi_join
        self.arguments: list[Any] = []

    @property
    def _context(self) -> Context:
        return self._scope.context

    def sql(self, condition: Condition, *, top: bool = True) -> str:
        """Return the SQL of a condition; `top` is false where a semi-join may not stand.

        Raises:
            SoqlError: when a field, operator or value does not fit.
        """
        match condition:
            case Junction(operator, conditions):
                inner = [self.sql(part, top=top and operator == "AND") for part in conditions]
                return "(" + f" {operator} ".join(inner) + ")"
            case Negation(inner_condition):
                return f"NOT COALESCE({self.sql(inner_condition, top=False)}, 0)"
            case Compare():
                return self._compare(condition)
            case Among():
                return self._among(condition)
            case SemiJoin():
                return self._joined(condition, top=top)

    def _filterable(self, operand: Path | Call) -> Value:
        value = self._value_of(operand)
        if not value.field.filterable:
            message = f"field '{value.field.name}' can not be filtered in a query call"
            raise self._context.refuse("INVALID_FIELD", message, operand.offset)
        return value

    # Comparisons

    def _compare(self, condition: Compare) -> str:
        value = self._filterable(condition.left)
        return self._test(value, condition.operator, condition.right, condition.offset)

    def _test(self, value: Value, operator: str, literal: Constant, offset: int) -> str:
        field = value.field
        self._check(field, operator, literal, offset)
        if literal.kind == "null" or (literal.kind == "string" and not literal.text and field.type in TEXTS):
            return self._null(value, operator)
        if operator == "LIKE":
            return self._like(value, literal)
        if field.type in TEXTS:
            return self._text(value, operator, unescape(literal.text))
        if field.type in IDS:
            return self._plain(value.sql, operator, self._id(literal, offset))
        if field.type in ("date", "datetime"):
            return self._day(value, operator, literal, offset)
        if field.type == "boolean":
            return self._plain(value.sql, operator, int(literal.text == "TRUE"))
        return self._number(value, operator, literal)

    def _check(self, field: Field, operator: str, literal: Constant, offset: int) -> None:
        text = field.type in TEXTS
        unordered = operator in _ORDERINGS and field.type in ("boolean", "multipicklist")
        if unordered or (operator == "LIKE" and not text):
            message = f"invalid operator on {field.type} field"
            raise self._context.refuse("INVALID_QUERY_FILTER_OPERATOR", message, offset)
        if literal.kind == "null" or literal.kind in _ACCEPTED[field.type]:
            return
        kind = _SOAP_NAMES.get(field.type, "string" if text else field.type)
        quotes = "should be enclosed in quotes" if text or field.type in IDS else "should not be enclosed in quotes"
        message = f"value of filter criterion for field '{field.name}' must be of type {kind} and {quotes}"
        raise self._context.refuse("INVALID_FIELD", message, offset)

    def _null(self, value: Value, operator: str) -> str:
        return {"=": f"{value.sql} IS NULL", "!=": f"{value.sql} IS NOT NULL", "LIKE": f"{value.sql} IS NULL"}.get(
            operator, "0"
        )

    def _plain(self, sql: str, operator: str, argument: Any) -> str:
        self.arguments.append(argument)
        return f"({sql} IS NULL OR {sql} <> ?)" if operator == "!=" else f"{sql} {operator} ?"

    def _text(self, value: Value, operator: str, text: str) -> str:
        sql, text = _cased(value, text.strip())
        return self._plain(sql, operator, text)

    def _like(self, value: Value, literal: Constant) -> str:
        pattern = unescape(literal.text, pattern=True)
        if value.field.case_sensitive:
            self.arguments.append(pattern)
            return f"like_exact(?, {value.sql})"
        sql = value.sql
        if not pattern.isascii():
            sql, pattern = f"fold({sql})", pattern.casefold()
        self.arguments.append(pattern)
        return rf"{sql} LIKE ? ESCAPE '\'"

    def _id(self, literal: Constant, offset: int) -> str:
        try:
            return to_18(unescape(literal.text))
        except MalformedId as error:
            message = f"invalid ID field: {literal.text}"
            raise self._context.refuse("INVALID_QUERY_FILTER_OPERATOR", message, offset) from error

    def _number(self, value: Value, operator: str, literal: Constant) -> str:
        digits = literal.text[3:] if literal.kind == "currency" else literal.text
        wanted = Decimal(digits).scaleb(value.field.scale if value.field.type in NUMBERS else 0)
        below = min(max(int(wanted.to_integral_value(ROUND_FLOOR)), -_LARGEST), _LARGEST)
        if wanted == below or operator in _ORDERINGS:
            # Between two storable numbers the comparison is with the lower one: x < 1.5 is x <= 1.
            between = {"<": "<=", ">=": ">"}.get(operator, operator) if wanted != below else operator
            return self._plain(value.sql, between, below)
        return "1" if operator == "!=" else "0"

    def _day(self, value: Value, operator: str, literal: Constant, offset: int) -> str:
        if literal.kind != "range":
            return self._plain(value.sql, operator, self._written(literal, offset))
        try:
            first, after = range_of(literal.text, literal.number, self._context.today, self._context.fiscal_month)
        except OverflowError as error:
            raise self._context.refuse(
                "INVALID_FIELD", f"Invalid date: {literal.text}:{literal.number}", literal.offset
            ) from error
        start, end = self._edge(value.field, first), self._edge(value.field, after)
        if operator in ("=", "!="):
            self.arguments += [start, end]
            inside = f"({value.sql} >= ? AND {value.sql} < ?)"
            return inside if operator == "=" else f"({value.sql} IS NULL OR NOT {inside})"
        bound, comparison = {"<": (start, "<"), ">": (end, ">="), "<=": (end, "<"), ">=": (start, ">=")}[operator]
        return self._plain(value.sql, comparison, bound)

    def _edge(self, field: Field, day: date) -> str:
        return day.isoformat() if field.type == "date" else stamp(midnight(day, self._context.time_zone))

    def _written(self, literal: Constant, offset: int) -> str:
        try:
            if literal.kind == "date":
                return date.fromisoformat(literal.text).isoformat()
            return stamp(datetime.fromisoformat(literal.text.upper()))
        except ValueError as error:
            raise self._context.refuse("INVALID_FIELD", f"Invalid {literal.kind}: {literal.text}", offset) from error

    # Lists

    def _among(self, condition: Among) -> str:
        value = self._filterable(condition.left)
        operator = condition.operator
        if operator in ("INCLUDES", "EXCLUDES"):
            return self._includes(value, condition)
        single = {"IN": "=", "NOT IN": "!="}[operator]
        if value.field.type not in TEXTS | IDS or any(v.kind != "string" or not v.text for v in condition.values):
            tests = [self._test(value, single, literal, condition.offset) for literal in condition.values]
            return "(" + (" OR " if operator == "IN" else " AND ").join(tests) + ")"
        for literal in condition.values:
            self._check(value.field, "=", literal, condition.offset)
        if value.field.type in IDS:
            sql, wanted = value.sql, [self._id(literal, condition.offset) for literal in condition.values]
        else:
            sql, wanted = _cased_all(value, [unescape(literal.text).strip() for literal in condition.values])
        self.arguments.append(msgspec.json.encode(wanted).decode())
        inside = f"{sql} {operator} (SELECT value FROM json_each(?))"
        return inside if operator == "IN" else f"({sql} IS NULL OR {inside})"

    def _includes(self, value: Value, condition: Among) -> str:
        if value.field.type != "multipicklist":
            message = "includes and excludes operators are only valid on multi-select picklist fields"
            raise self._context.refuse("INVALID_QUERY_FILTER_OPERATOR", message, condition.offset)
        alternatives = []
        for literal in condition.values:
            self._check(value.field, "=", literal, condition.offset)
            wanted = [f";{part.strip().casefold()};" for part in unescape(literal.text).split(";")]
            self.arguments += wanted
            test = f"INSTR(';' || fold({value.sql}) || ';', ?) > 0"
            alternatives.append("(" + " AND ".join([test] * len(wanted)) + ")")
        found = "(" + " OR ".join(alternatives) + ")"
        return found if condition.operator == "INCLUDES" else f"NOT COALESCE({found}, 0)"

    def _joined(self, condition: SemiJoin, *, top: bool) -> str:
        if not top:
            message = (
                "Semi join sub-selects are only allowed at the top level WHERE expression and not in nested WHERE "
                "expressions."
            )
            raise self._context.refuse("MALFORMED_QUERY", message, condition.offset)
        value = self._filterable(condition.left)
        if value.field.type not in IDS:
            message = (
                "The left operand field in the where expression for outer query should be an id field, "
                f"cannot use: '{value.field.name}'"
            )
            raise self._context.refuse("MALFORMED_QUERY", message, condition.offset)
        inside = f"{value.sql} {condition.operator} ({self._semi_join(condition.query, value, self.arguments)})"
        return inside if condition.operator == "IN" else f"({value.sql} IS NULL OR {inside})"


def _cased(value: Value, text: str) -> tuple[str, str]:
    sql, texts = _cased_all(value, [text])
    return sql, texts[0]


def _cased_all(value: Value, texts: list[str]) -> tuple[str, list[str]]:
    """Return the SQL and the texts to compare without case, unless the field heeds it.

    SQLite's NOCASE folds ASCII only, which is enough to compare with ASCII text, and it can use an index.
    """
    if value.field.case_sensitive:
        return value.sql, texts
    if all(text.isascii() for text in texts):
        return f"{value.sql} COLLATE NOCASE", texts
    return f"fold({value.sql})", [text.casefold() for text in texts]
