"""Aggregate queries: `COUNT()`, functions over all rows, GROUP BY with ROLLUP and CUBE, HAVING."""

# ruff: noqa: S608  SQL is built of catalogue names only; values are always arguments.
from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from cpqbridge.sandbox.salesforce.catalogue.dictionary import field as make_field
from cpqbridge.sandbox.salesforce.soql import plan
from cpqbridge.sandbox.salesforce.soql.compiler import check_offset, conditions, open_scope, row_value, semi_join
from cpqbridge.sandbox.salesforce.soql.filters import Filter
from cpqbridge.sandbox.salesforce.soql.functions import PRESENTATION, compile_call, is_aggregate, sort_keys
from cpqbridge.sandbox.salesforce.soql.results import QueryResult, Record
from cpqbridge.sandbox.salesforce.soql.scope import Context, Scope, Value
from cpqbridge.sandbox.salesforce.soql.syntax import Call, Item, Path, Query

MAX_ROWS: Final = 2000
MAX_GROUPED: Final = 32
_FLAG: Final = make_field("grouping", "int", precision=1)


def is_aggregate_query(query: Query) -> bool:
    """Whether the answer is made of `AggregateResult` rows or a count."""
    return query.group is not None or any(
        isinstance(entry, Item) and is_aggregate(entry.value) for entry in query.select
    )


def run_aggregate(context: Context, query: Query) -> QueryResult:
    """Run an aggregate query.

    Raises:
        SoqlError: when the query is refused.
    """
    source = query.sources[0].path
    scope = open_scope(context, context.object(str(source), source.offset), query)
    check_offset(context, query)
    if _is_bare_count(query):
        return _count(context, scope, query)
    if query.group is None and query.limit is not None:
        message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        raise context.refuse("MALFORMED_QUERY", message, query.place)
    grouped = _Grouped(scope, query)
    rows = grouped.fetch()
    if len(rows) > MAX_ROWS:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise context.refuse("EXCEEDED_ID_LIMIT", message)

    def shown(start: int, end: int) -> list[Record]:
        return [grouped.row.value(raw) for raw in rows[start:end]]

    return QueryResult(len(rows), len(rows), shown, MAX_ROWS, context.version, context.records.cursors)


def _is_bare_count(query: Query) -> bool:
    entry = query.select[0]
    call = entry.value if isinstance(entry, Item) else None
    return isinstance(call, Call) and call.name.upper() == "COUNT" and not call.arguments and len(query.select) == 1


def _count(context: Context, scope: Scope, query: Query) -> QueryResult:
    if query.group is not None:
        raise context.refuse("MALFORMED_QUERY", "COUNT() cannot be used with GROUP BY; use COUNT(Id)", query.place)
    where, arguments = conditions(scope, query)
    window = f" LIMIT {query.limit if query.limit is not None else -1} OFFSET {query.offset or 0}"
    sql = f"SELECT COUNT(*) FROM (SELECT 1 FROM {scope.tables} WHERE {where}{window})"
    total = int(context.records.fetch(sql, arguments)[0][0])
    return QueryResult(total, 0, lambda _start, _end: [], MAX_ROWS, context.version, context.records.cursors)


class _Grouped:
    """The SQL of a grouped query: one SELECT for each grouping set, their union ordered."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self._scope, self._query = scope, query
        self._context = scope.context
        self._keys = {self._name(value): value for value in (query.group.values if query.group else ())}
        self.row = plan.Aggregate()
        self._check_keys()
        self._items = self._named_items()

    def fetch(self) -> list[tuple[Any, ...]]:
        query, statements, arguments = self._query, [], []
        for present in self._sets():
            sql, values = self._statement(present)
            statements.append(sql)
            arguments += values
        first = len(self._items)
        ways = []
        for entry in query.order:
            for _ in sort_keys(self._grouped_value(entry.value, set(self._keys))):
                ways += [
                    f"{first + 1} {'ASC' if entry.nulls_last else 'DESC'}",
                    f"{first + 2} {'DESC' if entry.descending else 'ASC'}",
                ]
                first += 2
        order = f" ORDER BY {', '.join(ways)}" if ways else ""
        window = f" LIMIT {query.limit if query.limit is not None else -1} OFFSET {query.offset or 0}"
        return self._context.records.fetch(" UNION ALL ".join(statements) + order + window, arguments)

    def _sets(self) -> Sequence[set[str]]:
        names = list(self._keys)
        kind = self._query.group.kind if self._query.group else "PLAIN"
        if kind == "ROLLUP":
            return [set(names[:length]) for length in range(len(names), -1, -1)]
        if kind == "CUBE":
            sizes = range(len(names), -1, -1)
            return [set(chosen) for size in sizes for chosen in itertools.combinations(names, size)]
        return [set(names)]

    def _statement(self, present: set[str]) -> tuple[str, list[Any]]:
        query = self._query
        values = [self._grouped_value(item.value, present) for item in self._items]
        columns = [value.sql for value in values]
        for entry in query.order:
            value = self._grouped_value(entry.value, present)
            for key in sort_keys(value):
                columns += [f"{value.sql} IS NULL", key]
        where, arguments = conditions(self._scope, query)
        having = ""
        if query.having is not None:
            filtering = Filter(
                self._scope, partial(self._grouped_value, present=present), partial(semi_join, self._context)
            )
            having = f" HAVING {filtering.sql(query.having)}"
            arguments += filtering.arguments
        keys = [self._row_value(self._keys[name]).sql for name in self._keys if name in present]
        group = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {', '.join(columns)} FROM {self._scope.tables} WHERE {where}{group}{having or ''}", arguments

    def _named_items(self) -> list[Item]:
        items: list[Item] = []
        unnamed = itertools.count()
        for entry in self._query.select:
            if not isinstance(entry, Item):
                message = "Grouped query cannot use child relationships or FIELDS() in the SELECT list"
                raise self._context.refuse("MALFORMED_QUERY", message, entry.offset)
            value = self._grouped_value(entry.value, set(self._keys))
            name = entry.alias or self._shown_name(entry.value, value) or f"expr{next(unnamed)}"
            if name in self.row.members:
                raise self._context.refuse("MALFORMED_QUERY", f"duplicate alias: {name}", entry.value.offset)
            self.row.members[name] = plan.Leaf(len(items), value.field)
            items.append(entry)
        return items

    def _shown_name(self, operand: Path | Call, value: Value) -> str | None:
        if isinstance(operand, Path):
            return value.field.name
        shown = operand.name.upper() in PRESENTATION and operand.arguments and isinstance(operand.arguments[0], Path)
        return value.field.name if shown and value.field.name != "text" else None

    def _grouped_value(self, operand: Path | Call, present: set[str]) -> Value:
        """Return a value of a group: an aggregate, a key (null where the set leaves it out) or GROUPING of a key."""
        if is_aggregate(operand) and isinstance(operand, Call):
            if not operand.arguments:
                raise self._context.refuse(
                    "MALFORMED_QUERY", "COUNT() must be the only element in the SELECT list", operand.offset
                )
            return compile_call(self._scope, operand)
        if isinstance(operand, Call) and operand.name.upper() == "GROUPING" and len(operand.arguments) == 1:
            inner = operand.arguments[0]
            name = self._name(inner) if isinstance(inner, (Path, Call)) else ""
            self._require_key(name, operand)
            return Value(str(int(name not in present)), _FLAG)
        name = self._name(operand)
        shown = operand
        if isinstance(operand, Call) and name not in self._keys and operand.name.upper() in PRESENTATION:
            inner = operand.arguments[0]
            if isinstance(inner, Call) and is_aggregate(inner):
                return compile_call(self._scope, operand)
            name = self._name(inner) if isinstance(inner, (Path, Call)) else ""
        self._require_key(name, operand)
        value = self._row_value(shown)
        return value if name in present else Value("NULL", value.field)

    def _require_key(self, name: str, operand: Path | Call) -> None:
        if name not in self._keys:
            shown = str(operand) if isinstance(operand, Path) else operand.name
            raise self._context.refuse(
                "MALFORMED_QUERY", f"Field must be grouped or aggregated: {shown}", operand.offset
            )

    def _row_value(self, operand: Path | Call) -> Value:
        return row_value(self._scope, operand)

    def _name(self, operand: Path | Call) -> str:
        """Return a spelling that is the same for the same operand however it is written."""
        if isinstance(operand, Path):
            return ".".join(self._scope.own_parts(operand)).lower()
        inner = ",".join(self._name(a) if isinstance(a, (Path, Call)) else a.text for a in operand.arguments)
        return f"{operand.name.lower()}({inner})"

    def _check_keys(self) -> None:
        for value in self._keys.values():
            found = self._row_value(value)
            unfit = not found.field.filterable or (found.field.type == "datetime" and isinstance(value, Path))
            if unfit or (found.field.type in ("double", "currency", "percent", "int") and isinstance(value, Path)):
                message = f"field '{found.field.name}' can not be grouped in a query call"
                raise self._context.refuse("MALFORMED_QUERY", message, value.offset)
