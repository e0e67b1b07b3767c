"""A parsed statement to SQL: record queries, child queries and semi-joins. Aggregates are in `aggregates`."""

# ruff: noqa: S608  SQL is built of catalogue names only; values are always arguments.
from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import msgspec

from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.soql import plan
from cpqbridge.sandbox.salesforce.soql.filters import Filter
from cpqbridge.sandbox.salesforce.soql.functions import compile_call, is_aggregate, sort_keys
from cpqbridge.sandbox.salesforce.soql.results import QueryResult, Record
from cpqbridge.sandbox.salesforce.soql.scope import RELATIONSHIP_HINT, Context, Scope, Value
from cpqbridge.sandbox.salesforce.soql.selection import Selection
from cpqbridge.sandbox.salesforce.soql.syntax import (
    AllFields,
    Call,
    Condition,
    Item,
    Path,
    Query,
    SemiJoin,
    Subquery,
    TypeOf,
)

MAX_DEPTH: Final = 5
MAX_SUBQUERIES: Final = 20
MAX_OFFSET: Final = 2000
MAX_SEMI_JOINS: Final = 2
_SCOPED: Final = ("EVERYTHING", "MINE")


def row_value(scope: Scope, operand: Path | Call) -> Value:
    """Return the value of a field or function of one row.

    Raises:
        SoqlError: `MALFORMED_QUERY` for an aggregate, and all that paths and functions raise.
    """
    if isinstance(operand, Path):
        return scope.value(operand)
    if is_aggregate(operand):
        message = f"Aggregate function {operand.name} is not allowed here"
        raise scope.context.refuse("MALFORMED_QUERY", message, operand.offset)
    return compile_call(scope, operand)


def open_scope(context: Context, sobject: SObject, query: Query) -> Scope:
    """Return the scope of a query's FROM with all its aliases."""
    first = query.sources[0]
    scope = Scope(context, sobject, [first.alias] if first.alias else [])
    for source in query.sources[1:]:
        scope.name_parent(source.alias or source.path.parts[-1], source.path)
    return scope


def conditions(scope: Scope, query: Query) -> tuple[str, list[Any]]:
    """Return the SQL condition of WHERE and USING SCOPE, and its arguments.

    Raises:
        SoqlError: for what the filter refuses.
    """
    context = scope.context
    if query.category:
        message = f"Data category filters are not supported on {scope.sobject.name}"
        raise context.refuse("MALFORMED_QUERY", message, query.place)
    if query.scope and (query.scope not in _SCOPED or (query.scope == "MINE" and not scope.sobject.field("OwnerId"))):
        raise context.refuse(
            "INVALID_QUERY_SCOPE", f"Query scope {query.scope} is not supported on {scope.sobject.name}", query.place
        )
    parts, arguments = [scope.alive()], []
    if query.scope == "MINE":
        parts.append(f'{scope.alias}."OwnerId" = ?')
        arguments.append(context.records.user_id)
    if query.where is not None:
        if _semi_joins(query.where) > MAX_SEMI_JOINS:
            raise context.refuse(
                "MALFORMED_QUERY", f"maximum {MAX_SEMI_JOINS} semi join sub-selects are allowed", query.place
            )
        filtering = Filter(scope, partial(row_value, scope), partial(semi_join, context))
        parts.append(filtering.sql(query.where))
        arguments += filtering.arguments
    return " AND ".join(parts), arguments


def _semi_joins(condition: Condition) -> int:
    inner: Sequence[Condition] = getattr(condition, "conditions", ())
    return isinstance(condition, SemiJoin) + sum(map(_semi_joins, inner))


def semi_join(context: Context, query: Query, left: Value, arguments: list[Any]) -> str:
    """Return the SQL of a semi-join's query, adding its arguments.

    Raises:
        SoqlError: `MALFORMED_QUERY` for a query of more than one id field, of ids of another object, or a nested one.
    """
    item = query.select[0]
    nested = query.where is not None and _semi_joins(query.where)
    if len(query.select) != 1 or not isinstance(item, Item) or not isinstance(item.value, Path) or nested:
        message = (
            "Nesting of semi join sub-selects is not supported"
            if nested
            else "Semi join sub-selects must select one field"
        )
        raise context.refuse("MALFORMED_QUERY", message, query.place)
    scope = open_scope(context, context.object(str(query.sources[0].path), query.sources[0].path.offset), query)
    value = scope.value(item.value)
    if value.field.type not in ("id", "reference"):
        message = f"The selected field '{value.field.name}' in the inner query must be an id or reference field"
        raise context.refuse("MALFORMED_QUERY", message, item.value.offset)
    if not set(value.objects) & set(left.objects):
        message = (
            f"The selected field '{value.field.name}' in the subquery and the left operand field "
            f"'{left.field.name}' in the where expression in the outer query should point to the same object type"
        )
        raise context.refuse("MALFORMED_QUERY", message, item.value.offset)
    where, inner = conditions(scope, query)
    arguments += inner
    limit = f" LIMIT {query.limit}" if query.limit is not None else ""
    return f"SELECT {value.sql} FROM {scope.tables} WHERE {where} AND {value.sql} IS NOT NULL{limit}"


def ordering(scope: Scope, query: Query) -> str:
    """Return the SQL of ORDER BY; rows that tie come in the order they were made.

    Raises:
        SoqlError: `INVALID_FIELD` for a field that cannot be sorted by.
    """
    keys = []
    for entry in query.order:
        value = row_value(scope, entry.value)
        if not value.field.filterable:
            message = f"field '{value.field.name}' can not be sorted in a query call"
            raise scope.context.refuse("INVALID_FIELD", message, entry.value.offset)
        nulls = f"{value.sql} IS NULL {'ASC' if entry.nulls_last else 'DESC'}"
        way = "DESC" if entry.descending else "ASC"
        keys += [nulls, *(f"{key} {way}" for key in sort_keys(value))]
    return ", ".join([*keys, f"{scope.alias}._n"])


def check_offset(context: Context, query: Query) -> None:
    """Refuse an OFFSET over the limit.

    Raises:
        SoqlError: `NUMBER_OUTSIDE_VALID_RANGE`.
    """
    if query.offset is not None and query.offset > MAX_OFFSET:
        raise context.refuse("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {MAX_OFFSET}", query.place)


def select(scope: Scope, query: Query, *, first_column: int, depth: int) -> Selection:
    """Return the selection of a record query or child query.

    Raises:
        SoqlError: for what the select list refuses.
    """
    selection = Selection(scope, first_column=first_column)
    for entry in query.select:
        match entry:
            case Item():
                selection.add(entry)
            case AllFields():
                selection.add_all(entry, query.limit)
            case TypeOf():
                selection.add_type_of(entry)
            case Subquery():
                name, slot = _children(scope, entry, selection.key, depth + 1)
                selection.add_children(name, slot)
    return selection


def run_records(context: Context, query: Query) -> QueryResult:
    """Run a query of records.

    Raises:
        SoqlError: when the query is refused.
    """
    source = query.sources[0].path
    scope = open_scope(context, context.object(str(source), source.offset), query)
    check_offset(context, query)
    selection = select(scope, query, first_column=0, depth=0)
    where, arguments = conditions(scope, query)
    order = ordering(scope, query)
    window = f" LIMIT {query.limit if query.limit is not None else -1} OFFSET {query.offset or 0}"
    sql = f"SELECT {', '.join(selection.columns)} FROM {scope.tables} WHERE {where} ORDER BY {order}{window}"
    rows = context.records.fetch(sql, arguments)
    return result(context, selection, rows)


def result(context: Context, selection: Selection, rows: Sequence[plan.Raw]) -> QueryResult:
    """Return the answer made of raw rows."""

    def shown(start: int, end: int) -> list[Record]:
        return plan.render(selection.root, selection.slots, rows[start:end])

    cursors = context.records.cursors
    return QueryResult(len(rows), len(rows), shown, context.batch_size, context.version, cursors, selection.paths)


# Child queries


def _children(parent: Scope, subquery: Subquery, key: int, depth: int) -> tuple[str, plan.ChildSlot]:
    context, query = parent.context, subquery.query
    context.subqueries += 1
    if depth > MAX_DEPTH or context.subqueries > MAX_SUBQUERIES:
        message = f"A query can have {MAX_SUBQUERIES} child queries, and {MAX_DEPTH} levels of them at most."
        raise context.refuse("MALFORMED_QUERY", message, subquery.offset)
    if query.group or any(isinstance(item, Item) and is_aggregate(item.value) for item in query.select):
        message = "Aggregate functions are not allowed in a child query"
        raise context.refuse("MALFORMED_QUERY", message, subquery.offset)
    check_offset(context, query)
    path = query.sources[0].path
    name = parent.own_parts(path)[-1]
    link = parent.sobject.child(name)
    if link is None or link.relationship_name is None:
        message = f"Didn't understand relationship '{name}' in FROM part of query call. {RELATIONSHIP_HINT}"
        raise context.refuse("INVALID_TYPE", message, path.offset)
    scope = open_scope(context, context.records.catalogue.require(link.child_sobject), query)
    selection = select(scope, query, first_column=1, depth=depth)
    sql, arguments = _child_sql(scope, query, selection, f'{scope.alias}."{link.field}"')
    return link.relationship_name, plan.ChildSlot(key, partial(_load, context, selection, sql, arguments))


def _child_sql(scope: Scope, query: Query, selection: Selection, link: str) -> tuple[str, list[Any]]:
    where, arguments = conditions(scope, query)
    order = ordering(scope, query)
    columns = ", ".join([link, *selection.columns])
    where = f"{link} IN (SELECT value FROM json_each(?)) AND {where}"
    if query.limit is None and not query.offset:
        return f"SELECT {columns} FROM {scope.tables} WHERE {where} ORDER BY {order}", arguments
    rank = f"ROW_NUMBER() OVER (PARTITION BY {link} ORDER BY {order}) AS rank_"
    first = query.offset or 0
    last = "" if query.limit is None else f" AND rank_ <= {first + query.limit}"
    inner = f"SELECT {columns}, {rank} FROM {scope.tables} WHERE {where}"
    return f"SELECT * FROM ({inner}) WHERE rank_ > {first}{last} ORDER BY rank_", arguments


def _load(context: Context, selection: Selection, sql: str, arguments: list[Any], parents: list[str]) -> plan.Children:
    """Return the first page of children of every parent: one statement for all of them, and one per level below."""
    rows = context.records.fetch(sql, [msgspec.json.encode(parents).decode(), *arguments])
    groups: dict[str, list[plan.Raw]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    shown = [row for group in groups.values() for row in group[: context.batch_size]]
    records = iter(plan.render(selection.root, selection.slots, shown))
    bodies: plan.Children = {}
    for parent, group in groups.items():
        first = list(itertools.islice(records, min(len(group), context.batch_size)))
        bodies[parent] = result(context, selection, group).first_page(first)
    return bodies
