"""Trino compares only values of one type: ``effectivestartdate < '2026-01-01'`` is refused, as a text is no date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cpqbridge.sandbox.zuora.data_query.schema import Table
from cpqbridge.sandbox.zuora.data_query.words import Word, error

_OPERATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")

#: Families of types whose values may be compared with each other.
_FAMILIES = {
    "varchar": "text",
    "decimal": "number",
    "bigint": "number",
    "integer": "number",
    "boolean": "boolean",
    "date": "time",
    "timestamp": "time",
}


def check_comparisons(query: str, listed: Sequence[Word], aliases: Mapping[str, Table]) -> None:
    """Check every comparison of a column with a literal or another column.

    Raises:
        SqlError: The two are of different types.
    """
    for place, word in enumerate(listed):
        if word.is_word(*_OPERATORS):
            _compare(query, word, _left(listed, place, aliases), _right(listed, place + 1, aliases))
        elif word.is_word("between", "in") and place + 2 < len(listed):
            negated = listed[place - 1].is_word("not")
            first = place + 2 if word.is_word("in") else place + 1
            column = _left(listed, place - 1 if negated else place, aliases)
            _compare(query, word, column, _right(listed, first, aliases))


def _compare(query: str, operator: Word, left: str | None, right: str | None) -> None:
    if left is None or right is None or _family(left) == _family(right):
        return
    raise error(query, operator.start, f"Cannot apply operator: {left} {operator.text} {right}")


def _family(name: str) -> str:
    return _FAMILIES[name.partition("(")[0].partition(" ")[0]]


def _left(listed: Sequence[Word], place: int, aliases: Mapping[str, Table]) -> str | None:
    """The type of the operand that ends before a place; None when it is not a single column or literal."""
    if place >= 3 and listed[place - 2].is_word("."):
        found = _column(listed[place - 1], aliases.get(listed[place - 3].low.lower()), aliases)
        before = place - 4
    elif place >= 1:
        found = _operand(listed, place - 1, aliases)
        before = place - 2
    else:
        return None
    alone = before < 0 or listed[before].is_word(
        "where", "and", "or", "on", "not", "(", "when", "having", "select", ","
    )
    typed = before >= 0 and listed[before].is_word("date", "timestamp")
    return found if alone and not typed else None


def _right(listed: Sequence[Word], place: int, aliases: Mapping[str, Table]) -> str | None:
    """The type of the operand that begins at a place; None when it is not a single column or literal."""
    if place >= len(listed):
        return None
    word = listed[place]
    if word.is_word("date", "timestamp") and place + 1 < len(listed) and listed[place + 1].kind == "text":
        return "date" if word.low == "date" else "timestamp with time zone"
    following = listed[place + 1] if place + 1 < len(listed) else None
    if word.is_name and following is not None and following.is_word("."):
        end = place + 3
        found = _column(listed[place + 2], aliases.get(word.low.lower()), aliases) if end <= len(listed) else None
    else:
        end = place + 1
        found = _operand(listed, place, aliases)
    goes_on = end < len(listed) and listed[end].is_word("+", "-", "*", "/", "%", "||", "(", ".")
    return None if goes_on else found


def _operand(listed: Sequence[Word], place: int, aliases: Mapping[str, Table]) -> str | None:
    word = listed[place]
    if word.kind == "text":
        return f"varchar({len(word.text[1:-1].replace(chr(39) * 2, chr(39)))})"
    if word.kind == "number":
        return "integer" if word.text.isdecimal() else f"decimal({len(word.text) - 1},{len(word.text.split('.')[-1])})"
    if word.is_word("true", "false"):
        return "boolean"
    if word.is_word("current_date"):
        return "date"
    return _column(word, None, aliases) if word.is_name else None


def _column(word: Word, table: Table | None, aliases: Mapping[str, Table]) -> str | None:
    """The type of a column; without a table it must be the same in all that have it."""
    tables = [table] if table else list(aliases.values())
    types = {item.columns[word.low.lower()].type for item in tables if word.low.lower() in item.columns}
    return types.pop() if len(types) == 1 else None
