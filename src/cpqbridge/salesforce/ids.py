"""Record ids: 15 characters in which case matters, and three more that say the case, for programs that lose it."""

from __future__ import annotations

import re

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-5]{3})?", re.ASCII)


def to_18(text: str) -> str | None:
    """Return the 18 characters of a record id given with 15 or 18 in any case, or None when it is no id."""
    if not _ID.fullmatch(text):
        return None
    short, suffix = text[:15], text[15:].upper()
    if suffix:
        short = "".join(_cased(letter, suffix[n // 5], n % 5) for n, letter in enumerate(short))
    own = "".join(_LETTERS[_capitals(short[start : start + 5])] for start in (0, 5, 10))
    return short + own if suffix in ("", own) else None


def _capitals(five: str) -> int:
    """Return which of five characters are capitals, the first one as the lowest bit."""
    return sum(1 << place for place, letter in enumerate(five) if letter.isupper())


def _cased(letter: str, mark: str, place: int) -> str:
    return letter.upper() if _LETTERS.index(mark) >> place & 1 else letter.lower()
