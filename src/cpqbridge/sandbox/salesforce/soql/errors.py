"""The one error of the query language, worded and placed as the real API words and places it."""

from __future__ import annotations

from typing import Final

_BEFORE: Final = 60
_AFTER: Final = 40


class SoqlError(Exception):
    """A statement is refused.

    Attributes:
        error_code: `MALFORMED_QUERY`, `INVALID_FIELD`, `INVALID_TYPE`, `INVALID_QUERY_LOCATOR`, …
        message: Text of the answer; with a position it carries the excerpt, a caret, row and column.
    """

    def __init__(self, error_code: str, message: str) -> None:
        self.error_code = error_code
        self.message = message
        super().__init__(message)


def refuse(error_code: str, message: str, text: str = "", offset: int | None = None) -> SoqlError:
    """Return the error for a place in a statement; without a place the message stands alone."""
    if offset is None:
        return SoqlError(error_code, message)
    before = text[:offset]
    row = before.count("\n") + 1
    start = before.rfind("\n") + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else len(text)]
    column = offset - start
    first = max(0, column - _BEFORE)
    excerpt = line[first : column + _AFTER]
    caret = " " * (column - first) + "^"
    return SoqlError(error_code, f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column + 1}\n{message}")
