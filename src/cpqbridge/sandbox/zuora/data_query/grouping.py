"""What Trino refuses in a SELECT and SQLite lets pass: columns that are not grouped, aliases in the WHERE clause."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from cpqbridge.sandbox.zuora.data_query.schema import Table
from cpqbridge.sandbox.zuora.data_query.words import Word, error

_AFTER_FROM = ("where", "group", "having", "order", "limit", "union", "except", "intersect")


def check_select(query: str, listed: Sequence[Word], aliases: Mapping[str, Table], aggregates: Collection[str]) -> None:
    """Check the outermost SELECT.

    Raises:
        SqlError: It is not one for Trino.
    """
    clauses = _clauses(listed)
    items = [_split_alias(item) for item in _items(clauses.get("select", []))]
    if not listed[0].is_word("with") and not any(word.is_word("(") for word in clauses.get("from", [])):
        _check_where(query, clauses.get("where", []), {alias for _, alias in items if alias}, aliases)
    grouped = "group" in clauses
    if not grouped and not any(_aggregates(item, aggregates) for item, _ in items):
        return
    parts = list(_items([word for word in clauses.get("group", []) if not word.is_word("by")]))
    by = {_spelled(part) for part in parts} | {part[-1].low.lower() for part in parts if _is_plain(part)}
    for number, (item, _) in enumerate(items, 1):
        if _is_window(item) or _aggregates(item, aggregates) or by & {_spelled(item), str(number)}:
            continue
        if not by.issuperset(_columns(item)):
            said = (
                f"'{query[item[0].start : item[-1].end]}' must be an aggregate expression or appear in GROUP BY clause"
            )
            raise error(query, item[0].start, said)


def _check_where(query: str, where: Sequence[Word], given: set[str], aliases: Mapping[str, Table]) -> None:
    columns = {name for table in aliases.values() for name in table.columns}
    for place, word in enumerate(where):
        qualified = (place and where[place - 1].is_word(".")) or (
            place + 1 < len(where) and where[place + 1].is_word(".", "(")
        )
        if word.is_name and not qualified and word.low.lower() in given - columns:
            raise error(query, word.start, f"Column '{word.low.lower()}' cannot be resolved")


def _clauses(listed: Sequence[Word]) -> dict[str, list[Word]]:
    """The words of the outermost query by the word that opens their clause, up to a UNION."""
    clauses: dict[str, list[Word]] = {}
    depth, current = 0, ""
    for word in listed:
        depth += word.is_word("(") - word.is_word(")")
        if depth == 0 and word.is_word("union", "except", "intersect"):
            break
        if depth == 0 and word.is_word("select", "from", *_AFTER_FROM):
            current = word.low
            clauses[current] = []
        elif current:
            clauses[current].append(word)
    return clauses


def _items(listed: Sequence[Word]) -> Iterator[list[Word]]:
    depth, item = 0, list[Word]()
    for word in listed:
        depth += word.is_word("(") - word.is_word(")")
        if depth == 0 and word.is_word(","):
            yield item
            item = []
        elif not (word.is_word("distinct") and not item):
            item.append(word)
    if item:
        yield item


def _split_alias(item: list[Word]) -> tuple[list[Word], str | None]:
    if len(item) > 2 and item[-2].is_word("as"):
        return item[:-2], item[-1].low.lower()
    if len(item) > 1 and item[-1].is_name and (item[-2].is_name or item[-2].is_word(")") or not item[-2].low):
        return item[:-1], item[-1].low.lower()
    return item, None


def _aggregates(item: Sequence[Word], aggregates: Collection[str]) -> bool:
    calls = any(word.low in aggregates and following.is_word("(") for word, following in pairwise(item))
    return calls and not _is_window(item)


def _is_window(item: Sequence[Word]) -> bool:
    return any(word.is_word("over") for word in item)


def _spelled(item: Sequence[Word]) -> str:
    return " ".join(word.low or word.text for word in item).lower()


def _is_plain(item: Sequence[Word]) -> bool:
    """Whether an expression is a column, perhaps with its table before it."""
    return item[-1].is_name and (len(item) == 1 or (len(item) == 3 and item[1].is_word(".")))


def _columns(item: Sequence[Word]) -> list[str]:
    """The columns that an expression reads, without their tables."""
    found: list[str] = []
    for place, word in enumerate(item):
        following = item[place + 1] if place + 1 < len(item) else None
        if word.is_name and (following is None or not following.is_word(".", "(")) and not _is_type(item, place):
            found.append(word.low.lower())
    return found


def _is_type(item: Sequence[Word], place: int) -> bool:
    """Whether a name is the type in ``cast(x as varchar)`` or ``date '2026-01-31'``."""
    after = place + 1 < len(item) and item[place + 1].kind == "text"
    return after or (place > 0 and item[place - 1].is_word("as"))
