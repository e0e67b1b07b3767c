"""Parsing of WHERE and HAVING."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cpqbridge.sandbox.salesforce.soql.dates import LITERALS
from cpqbridge.sandbox.salesforce.soql.errors import refuse
from cpqbridge.sandbox.salesforce.soql.lexer import Token
from cpqbridge.sandbox.salesforce.soql.reader import Reader
from cpqbridge.sandbox.salesforce.soql.syntax import (
    Among,
    Compare,
    Condition,
    Constant,
    Junction,
    Negation,
    Operand,
    Query,
    SemiJoin,
)  # fmt: skip

MAX_STRING: Final = 4000
_COMPARISONS: Final = ("=", "!=", "<>", "<", ">", "<=", ">=")
_SUBQUERY: Final = ("IN", "NOT IN")


def condition(reader: Reader, query: Callable[[], Query], operand: Callable[[], Operand]) -> Condition:
    """Parse one condition: a NOT, or simple ones joined all by AND or all by OR."""
    if reader.take_word("NOT"):
        return Negation(_simple(reader, query, operand))
    found = [_simple(reader, query, operand)]
    joiner = reader.token.text.upper()
    if not reader.token.is_word("AND", "OR"):
        return found[0]
    while reader.take_word(joiner):
        found.append(_simple(reader, query, operand))
    if reader.token.is_word("AND", "OR"):
        raise reader.unexpected()
    return Junction("AND" if joiner == "AND" else "OR", tuple(found))


def _simple(reader: Reader, query: Callable[[], Query], operand: Callable[[], Operand]) -> Condition:
    if reader.take_symbol("("):
        inner = condition(reader, query, operand)
        reader.expect_symbol(")")
        return inner
    return _comparison(reader, query, operand)


def _comparison(reader: Reader, query: Callable[[], Query], operand: Callable[[], Operand]) -> Condition:
    start = reader.token
    left = operand()
    if isinstance(left, Constant):
        raise refuse("MALFORMED_QUERY", f"unexpected token: '{left.text}'", reader.text, left.offset)
    operator = _operator(reader)
    if operator in _COMPARISONS or operator == "LIKE":
        return Compare(left, "!=" if operator == "<>" else operator, literal(reader), start.offset)
    reader.expect_symbol("(")
    if reader.token.is_word("SELECT") and operator in _SUBQUERY:
        inner = query()
        reader.expect_symbol(")")
        return SemiJoin(left, operator, inner, start.offset)
    values = reader.listed(lambda: literal(reader))
    reader.expect_symbol(")")
    return Among(left, operator, tuple(values), start.offset)


def _operator(reader: Reader) -> str:
    token = reader.token
    if token.kind == "operator" and token.text in _COMPARISONS:
        return reader.take().text
    if token.is_word("LIKE", "IN", "INCLUDES", "EXCLUDES"):
        return reader.take().text.upper()
    if token.is_word("NOT") and reader.following.is_word("IN"):
        reader.advance(2)
        return "NOT IN"
    raise reader.unexpected()


def literal(reader: Reader) -> Constant:
    """Parse a literal.

    Raises:
        SoqlError: `MALFORMED_QUERY` when something else stands there.
    """
    token = reader.token
    if token.kind == "string":
        if len(token.text) > MAX_STRING:
            message = f"String literals in a WHERE clause cannot be longer than {MAX_STRING} characters."
            raise refuse("MALFORMED_QUERY", message, reader.text, token.offset)
        return Constant("string", reader.take().text, token.offset)
    if token.kind == "number" or token.kind == "currency" or token.kind == "date" or token.kind == "datetime":
        return Constant(token.kind, reader.take().text, token.offset)
    if token.is_word("NULL"):
        return Constant("null", reader.take().text, token.offset)
    if token.is_word("TRUE", "FALSE"):
        return Constant("boolean", reader.take().text.upper(), token.offset)
    if token.kind == "name" and token.text.upper() in LITERALS:
        return _date_literal(reader, reader.take())
    raise reader.unexpected()


def _date_literal(reader: Reader, token: Token) -> Constant:
    name = token.text.upper()
    if not LITERALS[name].counted:
        return Constant("range", name, token.offset)
    reader.expect_symbol(":")
    number = reader.token
    if number.kind != "number" or not number.text.isdigit():
        raise reader.unexpected()
    return Constant("range", name, token.offset, int(reader.take().text))
