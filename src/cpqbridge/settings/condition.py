"""SOQL conditions that part records: who gets what an earlier condition leaves, and nobody gets it twice.

SOQL does not say what NOT makes of an empty field. So a condition is taken apart, its comparisons are turned round one
by one, and what becomes of empty fields is written out: `Type = 'New'` leaves `(Type != 'New' OR Type = null)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import AfterValidator

_TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|[<>!]=|<>|[()<>=,]|[^\s()<>=!',]+)", re.DOTALL)
_TURNED = {
    "=": "!=",
    "!=": "=",
    "<>": "=",
    "<": ">=",
    ">=": "<",
    ">": "<=",
    "<=": ">",
    "IN": "NOT IN",
    "NOT IN": "IN",
    "INCLUDES": "EXCLUDES",
    "EXCLUDES": "INCLUDES",
    "LIKE": "NOT LIKE",
    "NOT LIKE": "LIKE",
}
_JOINED = {"AND": "OR", "OR": "AND"}
_DIFFERENT = frozenset({"!=", "<>", "NOT IN", "EXCLUDES", "NOT LIKE"})
_ORDER = frozenset({"<", ">", "<=", ">="})
_NULLS = frozenset({"true", "false", "null"})
"""Values with which an empty field needs no word of its own: null is one, and an empty truth value is false."""
_EXAMPLE = "must be a condition as it stands behind WHERE, such as Account.BillingCountry = 'Germany'"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, an operator and what it is compared with; `left` when it stands for what another one leaves."""

    field: str
    operator: str
    value: str
    left: bool = False

    def turned(self) -> Comparison:
        """Return the comparison that holds wherever this one does not."""
        return replace(self, operator=_TURNED[self.operator], left=not self.left)

    def text(self) -> str:
        """Return it as SOQL, with what becomes of an empty field written out."""
        plain = f"{self.field} {self.operator} {self.value}"
        if self.operator == "NOT LIKE":
            plain = f"(NOT {self.field} LIKE {self.value})"
        return f"({plain} OR {self.field} = null)" if self._with_empty() else plain

    def _with_empty(self) -> bool:
        """Whether it holds for an empty field: what is different, and what a comparison of order leaves."""
        if "(" in self.field or self.value.lower() in _NULLS or re.match(r"\(\s*select\s", self.value, re.IGNORECASE):
            return False
        return self.operator in _DIFFERENT or (self.operator in _ORDER and self.left)


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions that must all hold (`AND`), or one of them (`OR`)."""

    operator: str
    parts: tuple[Node, ...]

    def turned(self) -> Junction:
        """Return the condition that holds wherever this one does not."""
        return Junction(_JOINED[self.operator], tuple(part.turned() for part in self.parts))

    def text(self) -> str:
        """Return it as SOQL, in brackets."""
        return f"({f' {self.operator} '.join(part.text() for part in self.parts)})"


Node = Comparison | Junction


def parse(text: str) -> Node:
    """Take a SOQL condition apart.

    Raises:
        ValueError: It is none; the message says what to write.
    """
    tokens, position = [], 0
    rest = text.strip()
    while position < len(rest):
        found = _TOKEN.match(rest, position)
        if found is None:
            raise ValueError("has a quote that is not closed" if "'" in rest[position:] else _EXAMPLE)
        tokens.append(found[1])
        position = found.end()
    reader = _Reader(tokens)
    node = reader.condition()
    if reader.tokens:
        raise ValueError(f"goes on with `{reader.tokens[0]}`, which cannot stand there{reader.hint()}")
    return node


class _Reader:
    """Reads a condition from its words and signs."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def condition(self) -> Node:
        parts = [self._simple()]
        joiner = self._peek()
        if joiner not in _JOINED:
            return parts[0]
        while self._peek() == joiner:
            self._take()
            parts.append(self._simple())
        return Junction(joiner, tuple(parts))

    def hint(self) -> str:
        """Say what is wrong with AND beside OR."""
        return ": put brackets round AND or OR where both stand" if self._peek() in _JOINED else ""

    def _simple(self) -> Node:
        if self._peek() == "NOT":
            self._take()
            return self._simple().turned()
        if self._peek() != "(":
            return self._comparison()
        self._take()
        node = self.condition()
        if self._peek() != ")":
            raise ValueError(f"has a bracket that is not closed{self.hint()}")
        self._take()
        return node

    def _comparison(self) -> Comparison:
        field = self._take()
        if not re.fullmatch(r"[A-Za-z][\w.]*", field):
            raise ValueError(_EXAMPLE)
        if self._peek() == "(":
            field += self._bracket()
        operator = self._take().upper()
        if operator == "NOT" and self._peek() == "IN":
            operator = f"NOT {self._take().upper()}"
        if operator not in _TURNED:
            raise ValueError(_EXAMPLE)
        return Comparison(field, operator, self._bracket() if self._peek() == "(" else self._take())

    def _bracket(self) -> str:
        """Take everything from a bracket to the one that closes it."""
        taken, depth = self._take(), 1
        while depth:
            part = self._take("has a bracket that is not closed")
            depth += (part == "(") - (part == ")")
            taken += part if part in "(,)" or taken.endswith("(") else f" {part}"
        return taken

    def _peek(self) -> str:
        return self.tokens[0].upper() if self.tokens else ""

    def _take(self, otherwise: str = _EXAMPLE) -> str:
        if not self.tokens:
            raise ValueError(otherwise)
        return self.tokens.pop(0)


def _condition(text: str) -> str:
    parse(text)
    return text.strip()


Condition = Annotated[str, AfterValidator(_condition)]
"""A SOQL condition, without the word WHERE."""
