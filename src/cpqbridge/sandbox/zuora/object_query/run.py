"""Running an Object Query: filter, sort, page by cursor, expand."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.object_query.filters import candidates, folded
from cpqbridge.sandbox.zuora.object_query.request import Expansion, Query, Sort, bad
from cpqbridge.sandbox.zuora.object_query.spelling import shown
from cpqbridge.sandbox.zuora.object_query.values import Comparable, comparable
from cpqbridge.sandbox.zuora.store import Row, Store

_Position = tuple[bool, Comparable, str]


def page(store: Store, query: Query) -> dict[str, Any]:
    """One page of records: ``{"nextPage"?, "data": [...]}``.

    Raises:
        PlainError: The cursor is not one of this query.
    """
    kind, sort = query.shape.entity.kind, query.sort
    rows = [row for row in candidates(store, kind, query.filters) if all(item.matches(row) for item in query.filters)]
    rows.sort(key=lambda row: _position(sort, row), reverse=sort.descending)
    if query.cursor:
        last = _decode(query.cursor, sort)
        rows = [row for row in rows if _follows(_position(sort, row), last, sort)]
    shown_rows = rows[: query.page_size]
    more = len(rows) > query.page_size
    return {
        **({"nextPage": _encode(shown_rows[-1], sort)} if more else {}),
        "data": [render(store, row, query.shape, query) for row in shown_rows],
    }


def render(store: Store, row: Row, shape: Expansion, query: Query) -> dict[str, Any]:
    """A record with the chosen fields and the expanded relations; lists are cut at the page size."""
    record: dict[str, Any] = {}
    for name in shape.fields:
        value = row.get(name)
        if value is not None or query.include_null:
            record[name] = shown(name, value)
    for name, child in shape.children.items():
        relation = shape.entity.relations[name]
        related = _related(store, relation.kind, relation.remote, row.get(relation.local))
        records = [render(store, item, child, query) for item in related[: query.page_size]]
        if relation.many:
            record[name] = records
        elif records or query.include_null:
            record[name] = records[0] if records else None
    return record


def _related(store: Store, kind: str, field: str, value: Any) -> list[Row]:
    if value is None:
        return []
    if field == "id":
        row = store.get(kind, value)
        return [] if row is None else [row]
    return store.find(kind, **{field: value})


def _position(sort: Sort, row: Row) -> _Position:
    return _place(sort, row.get(sort.field), row["id"])


def _place(sort: Sort, value: Any, row_id: str) -> _Position:
    return (value is not None, "" if value is None else folded(comparable(sort.kind, value)), row_id)


def _follows(position: _Position, last: _Position, sort: Sort) -> bool:
    return position < last if sort.descending else position > last


def _encode(row: Row, sort: Sort) -> str:
    order = "DESC" if sort.descending else "ASC"
    steps = [
        {"value": row.get(name), "orderBy": {"field": name[0].upper() + name[1:], "order": order}}
        for name in (sort.field, "id")
    ]
    return base64.b64encode(wire.encode(steps)).decode()


def _decode(cursor: str, sort: Sort) -> _Position:
    try:
        first, second = wire.decode(base64.b64decode(cursor, validate=True))
        same = first["orderBy"]["field"].lower() == sort.field.lower()
        if not same or (first["orderBy"]["order"] == "DESC") != sort.descending:
            raise bad("The cursor belongs to a query with another sort[].")
        return _place(sort, first["value"], second["value"])
    except (ValueError, binascii.Error, KeyError, TypeError, AttributeError) as error:
        raise bad("The cursor is not valid.") from error
