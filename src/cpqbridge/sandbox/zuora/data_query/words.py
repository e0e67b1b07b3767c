"""The words of a SQL text, with their places, as Trino counts them: ``line 1:8``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cpqbridge.sandbox.zuora.object_query.entity import listed

_WORD = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")*")
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign><>|==|!=|<=|>=|\|\||[-+*/%=<>(),.\[\]?:;@`])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)

#: Signs that other dialects know.
_NEVER = frozenset({"==", "`", ";", "[", "]", "?", "@"})

#: Words that are never a name unless they are quoted.
RESERVED = listed("""
    and as asc between by case cast cross current_date current_timestamp desc distinct else end escape except exists
    false from full group having in inner intersect is join left like limit natural not null nulls on or order outer
    over partition right select then true union using values when where with
""")


class SqlError(Exception):
    """A query that Trino refuses; the text is what the failed job says."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        kind: ``text quoted number name sign``.
        text: As written.
        start: Its place in the query.
        end: The place after it.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """A name or sign in lower case; the content of a quoted name as it is; empty for literals."""
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.text.lower() if self.kind in {"name", "sign"} else ""

    @property
    def is_name(self) -> bool:
        """Whether it can be the name of a table or column."""
        return self.kind == "quoted" or (self.kind == "name" and self.low not in RESERVED)

    def is_word(self, *words: str) -> bool:
        """Whether it is one of some unquoted words or signs."""
        return self.kind in {"name", "sign"} and self.low in words


def words(query: str) -> list[Word]:
    """Return the words of a query, without blanks and comments.

    Raises:
        SqlError: A character that cannot stand in a query, or a text without its end.
    """
    found: list[Word] = []
    for match in _WORD.finditer(query):
        kind = match.lastgroup or "other"
        if kind == "other" or match[0] in _NEVER:
            raise error(query, match.start(), f"mismatched input '{match[0]}'")
        if kind != "space":
            found.append(Word(kind, match[0], match.start(), match.end()))
    return found


def error(query: str, place: int, message: str) -> SqlError:
    """Return the error at a place, ``line 1:8: …``."""
    line = query.count("\n", 0, place) + 1
    column = place - (query.rfind("\n", 0, place) + 1) + 1
    return SqlError(f"line {line}:{column}: {message}")
