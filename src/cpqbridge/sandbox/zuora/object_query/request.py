"""The query parameters of an Object Query call, checked against the tables.

Names are case-insensitive. Faults are HTTP 400 with ``{"code", "message"}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import QueryParams

from cpqbridge.sandbox.zuora.envelopes import BAD_QUERY, NO_BODY, PlainError, code
from cpqbridge.sandbox.zuora.object_query.entity import Entity
from cpqbridge.sandbox.zuora.object_query.filters import Filter, parse_filter
from cpqbridge.sandbox.zuora.object_query.tables import BY_KIND
from cpqbridge.sandbox.zuora.tenant import Tenant

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 10, 99


@dataclass(frozen=True, slots=True)
class Sort:
    """Order of the records by one field; records with equal values are ordered by their id the same way."""

    field: str = "updatedDate"
    kind: str = "datetime"
    descending: bool = True


@dataclass(slots=True)
class Expansion:
    """What of a kind of record is to be shown.

    Attributes:
        entity: The kind of record.
        fields: Type of each field to show, by name.
        children: What to expand, by name of the relation.
    """

    entity: Entity
    fields: Mapping[str, str]
    children: dict[str, Expansion] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A whole call: which records, in which order, how many, and what of them."""

    shape: Expansion
    filters: tuple[Filter, ...]
    sort: Sort
    page_size: int
    cursor: str | None
    include_null: bool


def bad(message: str) -> PlainError:
    """The refusal of a query parameter."""
    return PlainError(400, code(NO_BODY, BAD_QUERY), message)


def parse(params: QueryParams, entity: Entity, tenant: Tenant) -> Query:
    """Read the query parameters.

    Raises:
        PlainError: A name, an operator or a value is not good, or a field is not filterable or sortable.
    """
    known = known_fields(entity, tenant)
    filterable = {name: known[name] for name in [*entity.filterable, *_indexed(entity, tenant)]}
    filters = tuple(_filter(text, filterable, entity) for text in params.getlist("filter[]"))
    include_null = params.get("includeNullFields", "false").lower()
    if include_null not in {"true", "false"}:
        raise bad("includeNullFields must be true or false.")
    return Query(
        shape=_shape(params, entity, tenant),
        filters=filters,
        sort=_sort(_words(params, "sort[]"), entity, known),
        page_size=_page_size(params.get("pageSize")),
        cursor=params.get("cursor"),
        include_null=include_null == "true",
    )


def known_fields(entity: Entity, tenant: Tenant) -> dict[str, str]:
    """Type of every field of a kind of record, the tenant's custom fields included."""
    return {**entity.fields, **{field.name: field.kind for field in tenant.custom_fields(entity.kind)}}


def _indexed(entity: Entity, tenant: Tenant) -> list[str]:
    return [name for name in tenant.customs(entity.kind) if name in tenant.settings.indexed_custom_fields]


def _words(params: QueryParams, name: str) -> list[str]:
    return [word.strip() for text in params.getlist(name) for word in text.split(",") if word.strip()]


def _page_size(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE_SIZE
    if not text.isdecimal() or not 1 <= int(text) <= MAX_PAGE_SIZE:
        raise bad(f"pageSize must be between 1 and {MAX_PAGE_SIZE}.")
    return int(text)


def find_name(name: str, names: Iterable[str]) -> str | None:
    """The name among `names` that is the same but for its case."""
    return next((known for known in names if known.lower() == name.lower()), None)


def _filter(text: str, filterable: Mapping[str, str], entity: Entity) -> Filter:
    try:
        return parse_filter(text, lambda name: find_name(name, filterable), filterable)
    except ValueError as error:
        raise bad(f"Invalid filter '{text}' on {entity.path}: {error}") from error


def _sort(words: list[str], entity: Entity, known: Mapping[str, str]) -> Sort:
    if not words:
        return Sort()
    if len(words) > 1:
        raise bad("Only one sort[] field is allowed.")
    name, _, direction = words[0].partition(".")
    found = find_name(name, entity.sortable)
    if found is None:
        raise bad(f"The field '{name}' of {entity.path} is not sortable.")
    if direction.upper() not in {"ASC", "DESC"}:
        raise bad(f"The direction of sort[] '{words[0]}' must be ASC or DESC.")
    return Sort(found, known[found], direction.upper() == "DESC")


def _shape(params: QueryParams, entity: Entity, tenant: Tenant) -> Expansion:
    root = Expansion(entity, known_fields(entity, tenant))
    chosen = _words(params, "fields[]") + _named_fields(params, entity.name)
    root.fields = _chosen(chosen, root.fields, entity)
    for path in _words(params, "expand[]"):
        if path.lower() not in entity.expands:
            raise bad(f"'{path}' cannot be expanded on {entity.path}.")
        _expand(root, path.split("."), params, tenant)
    return root


def _expand(parent: Expansion, steps: list[str], params: QueryParams, tenant: Tenant) -> None:
    for step in steps:
        relation = find_name(step, parent.entity.relations) or step
        child = parent.children.get(relation)
        if child is None:
            entity = BY_KIND[parent.entity.relations[relation].kind]
            fields = known_fields(entity, tenant)
            chosen = _named_fields(params, relation) + _named_fields(params, entity.name)
            child = parent.children[relation] = Expansion(entity, _chosen(chosen, fields, entity))
        parent = child


def _named_fields(params: QueryParams, name: str) -> list[str]:
    wanted = f"{name}.fields[]".lower()
    return [word for key in params if key.lower() == wanted for word in _words(params, key)]


def _chosen(names: list[str], fields: Mapping[str, str], entity: Entity) -> Mapping[str, str]:
    if not names:
        return fields
    found = {name: find_name(name, fields) for name in names}
    unknown = [name for name, known in found.items() if known is None]
    if unknown:
        raise bad(f"{entity.name} has no field {', '.join(unknown)}.")
    return {known: fields[known] for known in found.values() if known is not None}
