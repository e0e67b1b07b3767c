"""Salesforce record ids: 15 case-sensitive characters, and 18 with a checksum that survives case folding."""

from __future__ import annotations

import re
from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE: Final = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\Z")
_INSTANCE: Final = "gK0"


class MalformedId(ValueError):
    """The text is no Salesforce id: wrong length, wrong characters or wrong checksum."""


def checksum(identifier: str) -> str:
    """Return the three checksum characters of a 15 character id.

    Each character says which of five letters are upper case, lowest bit first.
    """
    return "".join(
        _CHECKSUM[sum(1 << bit for bit, letter in enumerate(identifier[start : start + 5]) if letter.isupper())]
        for start in (0, 5, 10)
    )


def to_18(identifier: str) -> str:
    """Return the 18 character form of a 15 or 18 character id.

    An 18 character id may have lost its case: the checksum restores it, as the real API does.

    Raises:
        MalformedId: when it is no id.
    """
    if not _SHAPE.match(identifier):
        raise MalformedId(identifier)
    if len(identifier) == 15:
        return identifier + checksum(identifier)
    return identifier if checksum(identifier[:15]) == identifier[15:] else _restore_case(identifier)


def is_id(text: str) -> bool:
    """Say whether the text is a well-formed 15 or 18 character id."""
    try:
        to_18(text)
    except MalformedId:
        return False
    return True


def make_id(key_prefix: str, number: int) -> str:
    """Return the 18 character id of the `number`-th record of an object with that three character key prefix."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    body = key_prefix + _INSTANCE + digits.rjust(9, "0")
    return body + checksum(body)


def _restore_case(identifier: str) -> str:
    suffix = identifier[15:].upper()
    if any(letter not in _CHECKSUM for letter in suffix):
        raise MalformedId(identifier)
    letters = list(identifier[:15].lower())
    for group, mark in enumerate(suffix):
        bits = _CHECKSUM.index(mark)
        for bit in range(5):
            if bits >> bit & 1:
                letters[group * 5 + bit] = letters[group * 5 + bit].upper()
    restored = "".join(letters)
    if checksum(restored) != suffix:
        raise MalformedId(identifier)
    return restored + suffix
