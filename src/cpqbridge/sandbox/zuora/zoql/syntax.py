"""ZOQL text to its parts: ``select A, B from Object where C = 'x' and D != null or E >= 5``.

Keywords are lower case. There are no parentheses, no ``order by``, no ``in``, no joins; ``and`` binds more than
``or``, so that the conditions are a list of alternatives, each a list of conditions that hold together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from cpqbridge.sandbox.zuora.envelopes import QueryFault

MAX_LENGTH, MAX_CONDITIONS = 10_000, 200

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<literal>[-+]?\d[\w:.+-]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<operator>!=|<=|>=|=|<|>)
      | (?P<comma>,)
    )""",
    re.VERBOSE,
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"', "\\": "\\"}
_KEYWORDS = {"select", "from", "where", "and", "or", "not", "like", "null", "true", "false"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the query: ``string literal name operator comma end`` and its text."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """``field operator value``.

    Attributes:
        field: Name as written.
        operator: ``= != < <= > >= like``.
        value: The value's text; None for ``null``.
        quoted: Whether the value stood in quotation marks.
    """

    field: str
    operator: str
    value: str | None
    quoted: bool


@dataclass(frozen=True, slots=True)
class Select:
    """A query: field names, object name, and alternatives of conditions (none: all records)."""

    fields: tuple[str, ...]
    object: str
    alternatives: tuple[tuple[Condition, ...], ...]


def malformed(message: str) -> QueryFault:
    """The fault of a query that cannot be read."""
    return QueryFault("MALFORMED_QUERY", f"You have an error in your ZOQL syntax: {message}")


def parse(text: str) -> Select:
    """Read a query.

    Raises:
        QueryFault: MALFORMED_QUERY.
    """
    if len(text) > MAX_LENGTH:
        raise malformed(f"the query is longer than {MAX_LENGTH} characters.")
    reader = _Reader(list(_tokens(text)))
    return reader.select()


def _tokens(text: str) -> Iterator[Token]:
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise malformed(f"unexpected '{text[position:].strip()[:20]}'.")
        position = match.end()
        token = match[match.lastgroup]
        yield Token(match.lastgroup, _unescape(token[1:-1]) if match.lastgroup == "string" else token)
    yield Token("end", "the end of the query")


def _unescape(text: str) -> str:
    def replaced(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise malformed(f"unknown escape sequence '{match[0]}'.")
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", replaced, text, flags=re.DOTALL)


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def select(self) -> Select:
        self._keyword("select")
        fields = [self._name("a field name")]
        while self._peek().kind == "comma":
            self._at += 1
            fields.append(self._name("a field name"))
        self._keyword("from")
        name = self._name("an object name")
        alternatives = self._where() if self._peek().text == "where" else ()
        if self._peek().kind != "end":
            self._fail("the end of the query")
        return Select(tuple(fields), name, alternatives)

    def _where(self) -> tuple[tuple[Condition, ...], ...]:
        self._keyword("where")
        alternatives = [[self._condition()]]
        while self._peek().text in {"and", "or"} and self._peek().kind == "name":
            word = self._next().text
            condition = self._condition()
            if word == "or":
                alternatives.append([condition])
            else:
                alternatives[-1].append(condition)
        if sum(map(len, alternatives)) > MAX_CONDITIONS:
            raise malformed(f"there are more than {MAX_CONDITIONS} conditions.")
        return tuple(map(tuple, alternatives))

    def _condition(self) -> Condition:
        field = self._name("a field name")
        sign = self._next()
        if sign.kind != "operator" and sign != Token("name", "like"):
            self._at -= 1
            self._fail("an operator")
        value = self._next()
        if value.kind == "name" and value.text not in {"null", "true", "false"}:
            raise malformed(f"'{value.text}' is not a value; texts stand in single quotation marks.")
        if value.kind not in {"string", "literal", "name"}:
            self._at -= 1
            self._fail("a value")
        is_null = value == Token("name", "null")
        return Condition(field, sign.text, None if is_null else value.text, value.kind == "string")

    def _name(self, wanted: str) -> str:
        token = self._peek()
        if token.kind != "name" or token.text in _KEYWORDS:
            self._fail(wanted)
        self._at += 1
        return token.text

    def _keyword(self, word: str) -> None:
        if self._peek() != Token("name", word):
            self._fail(f"'{word}'")
        self._at += 1

    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _fail(self, wanted: str) -> NoReturn:
        raise malformed(f"expected {wanted}, found '{self._peek().text}'.")
