"""Order numbers in Zuora: as parts of an address, and of the orders that take others back."""

from __future__ import annotations

from urllib.parse import quote


def quoted(number: str) -> str:
    """Return a number as one part of a path."""
    return quote(number, safe="")


def undo_number(number: str) -> str:
    """Return the number of the Zuora order that takes another one back."""
    return f"{number}-undo"
