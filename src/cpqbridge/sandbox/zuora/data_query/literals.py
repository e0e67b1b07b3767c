"""Trino's dates and moments as SQLite's texts: ``DATE '2026-01-31'``, ``TIMESTAMP '…'``, ``current_date``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from cpqbridge.sandbox.zuora.data_query.words import Word, error

_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?")


def translated(query: str, listed: Sequence[Word], today: str, now: str) -> str:
    """The query with its dates as texts of the form that the rows have.

    Raises:
        SqlError: A date or moment that is none.
    """
    parts: list[str] = []
    place = 0
    for number, word in enumerate(listed):
        following = listed[number + 1] if number + 1 < len(listed) else None
        made: tuple[str, int] | None = None
        if following is not None and following.kind == "text" and word.is_word("date", "timestamp"):
            made = f"'{_value(query, word, following)}'", following.end
        elif word.is_word("current_date"):
            made = f"'{today}'", word.end
        elif word.is_word("current_timestamp"):
            made = f"'{now}'", word.end
        elif word.is_word("now") and following is not None and following.is_word("("):
            made = f"'{now}'", listed[number + 2].end
        if made:
            parts += [query[place : word.start], made[0]]
            place = made[1]
    return "".join([*parts, query[place:]])


def moment(text: str) -> str:
    """A moment in UTC as the rows' texts have it, ``2026-01-31T12:00:00+00:00``.

    Raises:
        ValueError: The text is none.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    zone = {None: "+00:00", "Z": "+00:00", "UTC": "+00:00"}.get(found[3], found[3])
    clock = found[2] or "00:00:00"
    return datetime.fromisoformat(f"{found[1]}T{clock}{zone}").astimezone(UTC).isoformat()


def _value(query: str, word: Word, literal: Word) -> str:
    text = literal.text[1:-1]
    try:
        return date.fromisoformat(text).isoformat() if word.low == "date" else moment(text)
    except ValueError as wrong:
        raise error(query, word.start, f"'{text}' is not a valid {word.low} literal") from wrong
