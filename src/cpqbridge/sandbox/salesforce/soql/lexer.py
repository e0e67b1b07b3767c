"""Tokens of a SOQL statement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from cpqbridge.sandbox.salesforce.soql.errors import refuse

Kind = Literal["name", "string", "number", "currency", "date", "datetime", "operator", "end"]

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<datetime>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d(?![\dTt]))
  | (?P<currency>[A-Za-z]{3}\d+(?:\.\d+)?(?![\w.]))
  | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<name>[A-Za-z]\w*)
  | (?P<operator><=|>=|!=|<>|[=<>(),.:])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_KINDS: Final[dict[str, Kind]] = {
    "name": "name", "number": "number", "currency": "currency", "date": "date", "datetime": "datetime",
    "operator": "operator",
}  # fmt: skip
_WILDCARDS: Final = "_%"
_UNICODE: Final = re.compile(r"u([0-9A-Fa-f]{4})")


@dataclass(frozen=True, slots=True)
class Token:
    """A token.

    Attributes:
        kind: What it is; `end` closes every list.
        text: As written; for a string, what is between the quotes, escapes and all.
        offset: Place in the statement.
    """

    kind: Kind
    text: str
    offset: int

    def is_word(self, *words: str) -> bool:
        """Whether it is a name and one of the words, in any case."""
        return self.kind == "name" and self.text.upper() in words


def tokens(text: str) -> list[Token]:
    """Return the tokens of a statement.

    Raises:
        SoqlError: `MALFORMED_QUERY` for a character that starts no token, or an open string.
    """
    found: list[Token] = []
    offset = 0
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            raise refuse("MALFORMED_QUERY", _complaint(text, offset), text, offset)
        kind = match.lastgroup
        if kind == "string":
            _check_escapes(text, match)
            found.append(Token("string", match[0][1:-1], offset))
        elif kind != "space":
            found.append(Token(_KINDS[str(kind)], match[0], offset))
        offset = match.end()
    found.append(Token("end", "<EOF>", len(text)))
    return found


def _complaint(text: str, offset: int) -> str:
    if text[offset] == "'":
        return f"line {text.count(chr(10), 0, offset) + 1}:{len(text)} mismatched character '<EOF>' expecting '''"
    return f"line {text.count(chr(10), 0, offset) + 1}:{offset} no viable alternative at character '{text[offset]}'"


def _check_escapes(text: str, match: re.Match[str]) -> None:
    body = match[0][1:-1]
    for escape in re.finditer(r"\\(.)", body, re.DOTALL):
        letter = escape[1]
        known = letter in _WILDCARDS or letter.lower() in _ESCAPES or _UNICODE.match(body, escape.start() + 1)
        if not known:
            message = f"Invalid string literal '{body}'. Illegal character sequence '\\{letter}' in string literal."
            raise refuse("MALFORMED_QUERY", message, text, match.start())


def unescape(body: str, *, pattern: bool = False) -> str:
    r"""Return the text of a string literal's body.

    A `pattern` (of LIKE) keeps `\_`, `\%` and `\\` as they are: its wildcards are told apart later.
    """

    def one(match: re.Match[str]) -> str:
        letter = match[1]
        if letter[0] == "u" and len(letter) == 5:
            return chr(int(letter[1:], 16))
        if letter in _WILDCARDS or (pattern and letter == "\\"):
            return match[0] if pattern else letter
        return _ESCAPES[letter.lower()]

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", one, body, flags=re.DOTALL)
