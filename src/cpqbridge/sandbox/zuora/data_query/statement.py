"""Reading a query: which tables and columns it needs, what Trino would refuse, and its text for SQLite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cpqbridge.sandbox.zuora.data_query.comparing import check_comparisons
from cpqbridge.sandbox.zuora.data_query.functions import AGGREGATES, KNOWN
from cpqbridge.sandbox.zuora.data_query.grouping import check_select
from cpqbridge.sandbox.zuora.data_query.literals import translated
from cpqbridge.sandbox.zuora.data_query.schema import Table
from cpqbridge.sandbox.zuora.data_query.words import RESERVED, SqlError, Word, error, words

_SHOW_COLUMNS = re.compile(r"\s*(?:show\s+columns\s+(?:from|in)|describe|desc)\s+(\w+)\s*", re.IGNORECASE)
_SHOW_TABLES = re.compile(r"\s*show\s+tables\s*", re.IGNORECASE)
_ENDS_FROM = ("where", "group", "having", "order", "limit", "union", "except", "intersect", "window")
_NO_SUCH = re.compile(r"no such column: (.+)")
_AMBIGUOUS = re.compile(r"ambiguous column name: (.+)")
_NEAR = re.compile(r'near "(.+)": syntax error')


@dataclass(slots=True)
class Statement:
    """One SELECT.

    Attributes:
        query: As it was given.
        words: Its words.
        tables: The tables that it reads, by name.
        aliases: Table by the name that the query gives it.
        ctes: Names defined by WITH.
        sql: The text for SQLite.
    """

    query: str
    words: list[Word]
    tables: dict[str, Table] = field(default_factory=dict)
    aliases: dict[str, Table] = field(default_factory=dict)
    ctes: set[str] = field(default_factory=set)
    sql: str = ""

    def needs(self, table: Table) -> list[str]:
        """The columns of a table that the query may read."""
        starred = any(star is None or self.aliases.get(star) is table for star in _stars(self.words))
        named = {word.low.lower() for word in self.words if word.is_name or word.kind == "name"}
        return [name for name in table.columns if starred or name in named or name == "id"]


def shown(query: str, known: Mapping[str, Table]) -> list[dict[str, str]] | None:
    """The rows of ``SHOW TABLES``, ``SHOW COLUMNS`` and ``DESCRIBE``; None for another statement.

    Raises:
        SqlError: There is no such table.
    """
    if _SHOW_TABLES.fullmatch(query):
        return [{"Table": name} for name in known]
    described = _SHOW_COLUMNS.fullmatch(query)
    if described is None:
        return None
    table = known.get(described[1].lower())
    if table is None:
        raise _no_table(query, described.start(1), described[1])
    return [
        {"Column": column.name, "Type": column.type, "Extra": "", "Comment": column.comment}
        for column in table.columns.values()
    ]


def read(query: str, known: Mapping[str, Table], today: str, now: str) -> Statement:
    """Read a SELECT.

    Args:
        query: The text.
        known: The tenant's tables.
        today: The tenant's date, for ``current_date``.
        now: The tenant's moment in UTC, for ``current_timestamp`` and ``now()``.

    Raises:
        SqlError: It is none, or Trino would refuse it.
    """
    statement = Statement(query, words(query))
    first = statement.words[0] if statement.words else None
    if first is None or not first.is_word("select", "with", "("):
        said = first.text if first else "<EOF>"
        raise error(query, first.start if first else 0, f"mismatched input '{said}'. Expecting: 'SELECT', 'SHOW'")
    _find_ctes(statement)
    _find_tables(statement, known)
    _check_functions(statement)
    _check_quoted(statement)
    check_select(statement.query, statement.words, statement.aliases, AGGREGATES)
    check_comparisons(statement.query, statement.words, statement.aliases)
    statement.sql = translated(statement.query, statement.words, today, now)
    return statement


def refusal(statement: Statement, said: str) -> SqlError:
    """What Trino says where SQLite says something else."""
    for pattern, message in (
        (_NO_SUCH, "Column '{}' cannot be resolved"),
        (_AMBIGUOUS, "Column '{}' is ambiguous"),
        (_NEAR, "mismatched input '{}'"),
    ):
        found = pattern.search(said)
        if found:
            name = found[1]
            return error(statement.query, _place(statement, name), message.format(name.lower()))
    return error(statement.query, 0, said)


def _find_ctes(statement: Statement) -> None:
    listed = statement.words
    for word, following, third in zip(listed, listed[1:], listed[2:], strict=False):
        if word.is_word("with", ",") and following.is_name and third.is_word("as"):
            statement.ctes.add(following.low.lower())


def _find_tables(statement: Statement, known: Mapping[str, Table]) -> None:
    for name, alias in _references(statement.words):
        low = name.low.lower()
        if low in statement.ctes:
            continue
        table = known.get(low)
        if table is None:
            raise _no_table(statement.query, name.start, low)
        statement.tables[table.name] = table
        statement.aliases[alias] = table


def _references(listed: Sequence[Word]) -> Iterator[tuple[Word, str]]:
    """The tables named after FROM, JOIN and the commas between them, with their aliases."""
    in_from = [False]
    for place, word in enumerate(listed):
        if word.is_word("("):
            in_from.append(False)
        elif word.is_word(")"):
            in_from = in_from[:-1] or [False]
        elif word.is_word("from"):
            in_from[-1] = True
        elif word.is_word(*_ENDS_FROM):
            in_from[-1] = False
        starts = word.is_word("from", "join") or (word.is_word(",") and in_from[-1])
        if starts and place + 1 < len(listed) and listed[place + 1].is_name:
            yield listed[place + 1], _alias(listed, place + 1)


def _alias(listed: Sequence[Word], place: int) -> str:
    following = place + 1
    if following < len(listed) and listed[following].is_word("as"):
        following += 1
    named = following < len(listed) and listed[following].is_name
    return listed[following if named else place].low.lower()


def _check_functions(statement: Statement) -> None:
    for word, following in zip(statement.words, statement.words[1:], strict=False):
        called = word.kind == "name" and following.is_word("(") and word.low not in RESERVED
        if called and word.low not in KNOWN and word.low != "now" and word.low not in statement.ctes:
            raise error(statement.query, word.start, f"Function '{word.low}' not registered")


def _check_quoted(statement: Statement) -> None:
    """Refuse quoted names that nothing has: SQLite would take them for texts."""
    columns = {name for table in statement.tables.values() for name in table.columns}
    given = {
        word.low.lower()
        for before, word in pairwise(statement.words)
        if before.is_word("as", ")") or before.is_name or before.kind in {"text", "number"}
    }
    for word in statement.words:
        if word.kind == "quoted" and word.low.lower() not in columns | given | set(statement.aliases) | statement.ctes:
            raise error(statement.query, word.start, f"Column '{word.low}' cannot be resolved")


def _stars(listed: Sequence[Word]) -> Iterator[str | None]:
    """The stars that stand for columns: None for a bare one, else the name before the point."""
    for place, word in enumerate(listed):
        before = listed[place - 1] if place else None
        if not word.is_word("*") or before is None:
            continue
        if before.is_word("select", "distinct", ","):
            yield None
        elif before.is_word("."):
            yield listed[place - 2].low.lower()


def _place(statement: Statement, name: str) -> int:
    """Where a name, perhaps with the table's before it, stands first."""
    parts = name.lower().split(".")
    for place, word in enumerate(statement.words):
        found = [item.low.lower() for item in statement.words[place : place + 2 * len(parts) - 1 : 2]]
        if found == parts or word.text.lower() == name.lower():
            return word.start
    return 0


def _no_table(query: str, place: int, name: str) -> SqlError:
    return error(query, place, f"Table 'owl.data.{name.lower()}' does not exist")
