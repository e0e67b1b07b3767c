"""Reads the values of Zuora's settings in every spelling: its calls, its catalog and its pages differ in it."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

Member = TypeVar("Member", bound=StrEnum)


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Return a value without blanks, hyphens, underscores and capitals."""
    return "".join(sign for sign in text if sign.isalnum()).casefold()


def member(values: type[Member], text: str, name: str) -> Member:
    """Return the value of a setting.

    Args:
        values: All that there are.
        text: One of them, in any spelling.
        name: The setting, for the message.

    Raises:
        ValueError: There is no such value.
    """
    wanted = plain(text)
    for value in values:
        if value == text or plain(value) == wanted:
            return value
    raise ValueError(f"{name} '{text}' is not one of: {', '.join(values)}.")
