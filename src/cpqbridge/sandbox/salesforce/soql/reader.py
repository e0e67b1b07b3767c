"""Walking over tokens: what every clause of the parser needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from cpqbridge.sandbox.salesforce.soql.errors import SoqlError, refuse
from cpqbridge.sandbox.salesforce.soql.lexer import Token, tokens

T = TypeVar("T")

RESERVED: Final = (
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "LIMIT",
    "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
)  # fmt: skip
"""Words that cannot name a field, an object or an alias."""


class Reader:
    """A place in a list of tokens.

    Attributes:
        text: The statement, for error messages.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = tokens(text)
        self._at = 0

    @property
    def token(self) -> Token:
        """The token to be read next."""
        return self._tokens[self._at]

    @property
    def following(self) -> Token:
        """The token after that."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def take(self) -> Token:
        """Return the next token and step over it."""
        token = self.token
        self._at += 1
        return token

    def advance(self, count: int) -> None:
        """Step over tokens already looked at."""
        self._at += count

    def take_word(self, word: str) -> bool:
        """Step over the next token if it is that word."""
        found = self.token.is_word(word)
        self._at += found
        return found

    def take_symbol(self, symbol: str) -> bool:
        """Step over the next token if it is that symbol."""
        found = self.token.kind == "operator" and self.token.text == symbol
        self._at += found
        return found

    def expect_word(self, word: str) -> None:
        """Step over that word.

        Raises:
            SoqlError: `MALFORMED_QUERY` when something else stands there.
        """
        if not self.take_word(word):
            raise self.expecting(word.lower())

    def expect_symbol(self, symbol: str) -> None:
        """Step over that symbol.

        Raises:
            SoqlError: `MALFORMED_QUERY` when something else stands there.
        """
        if not self.take_symbol(symbol):
            raise self.expecting(symbol)

    def name(self, *, reserved: bool = False) -> Token:
        """Return a name and step over it; `reserved` also takes words of the language (after a dot).

        Raises:
            SoqlError: `MALFORMED_QUERY` when something else stands there.
        """
        if self.token.kind != "name" or (not reserved and self.token.is_word(*RESERVED)):
            raise self.unexpected()
        return self.take()

    def listed(self, one: Callable[[], T]) -> list[T]:
        """Return one or more things separated by commas."""
        found = [one()]
        while self.take_symbol(","):
            found.append(one())
        return found

    def unexpected(self) -> SoqlError:
        """Return the error for a token that cannot stand here."""
        return refuse("MALFORMED_QUERY", f"unexpected token: '{self.token.text}'", self.text, self.token.offset)

    def expecting(self, wanted: str) -> SoqlError:
        """Return the error for a token that stands where another one must."""
        found = self.token.text
        return refuse("MALFORMED_QUERY", f"expecting '{wanted}', found '{found}'", self.text, self.token.offset)
