"""One kind of catalog record as the CRUD calls see it, and what the kinds have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.envelopes import ObjectError
from cpqbridge.sandbox.zuora.fields import Rule
from cpqbridge.sandbox.zuora.object_query.spelling import shown, stored
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]


def _nothing(_tenant: Tenant, _row_id: str, _body: Body) -> None:
    """For records that have nothing besides their own row."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of catalog record.

    Attributes:
        kind: Its kind in the store.
        path: Its name under ``/v1/object``.
        resource: Six-digit resource code.
        table: The fields of a request.
        prepare: Checks the whole record in CRUD names (with ``Id`` when it exists), and gives it with defaults.
        users: Names what uses a record and so forbids its deletion; None when nothing does.
        remove: Deletes what belongs to a record.
        save: Writes what belongs to a record besides its own row.
        locked: Fields that an update must not change.
        locked_in_use: Fields that an update must not change once something uses the record.
        apart: Fields that are not kept in the record's own row.
        unavailable: Fields of features that the tenant has not.
        hidden: Fields that the retrieve call does not show.
    """

    kind: str
    path: str
    resource: int
    table: Mapping[str, Rule]
    prepare: Callable[[Tenant, Body], Body]
    users: Callable[[Tenant, str], str | None]
    remove: Callable[[Tenant, str], None]
    save: Callable[[Tenant, str, Body], None] = _nothing
    locked: frozenset[str] = frozenset()
    locked_in_use: frozenset[str] = frozenset()
    apart: frozenset[str] = frozenset()
    unavailable: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


def invalid(message: str) -> ObjectError:
    """The refusal of a value."""
    return ObjectError("INVALID_VALUE", message)


def missing(name: str, why: str = "") -> ObjectError:
    """The refusal of a record without a field that it needs."""
    return ObjectError("MISSING_REQUIRED_VALUE", f"Missing required value: {name}{' ' + why if why else ''}.")


def not_found(what: str, key: str) -> ObjectError:
    """The refusal of an id that does not exist."""
    return ObjectError("INVALID_ID", f"{what} with id '{key}' does not exist.", 404)


def row_name(name: str) -> str:
    """The row's field of a CRUD field: ``UOM`` is ``uOM``, custom fields are the same."""
    return name if name.endswith("__c") else name[0].lower() + name[1:]


def crud_name(name: str) -> str:
    """The CRUD field of a row's field."""
    return name if name.endswith("__c") else name[0].upper() + name[1:]


def to_row(body: Mapping[str, Any]) -> Row:
    """A record of CRUD names and spellings as a row."""
    return {row_name(name): stored(row_name(name), value) for name, value in body.items()}


def to_crud(row: Row) -> Body:
    """A row as a record of CRUD names and spellings; fields without a value are left out."""
    return {crud_name(name): shown(name, value) for name, value in row.items() if value is not None}


def check_dates(body: Body) -> None:
    """Refuse a record that ends before it starts."""
    start, end = body.get("EffectiveStartDate"), body.get("EffectiveEndDate")
    if start and end and end < start:
        raise invalid(f"The effective end date {end} must not be before the effective start date {start}.")


def check_unique(tenant: Tenant, kind: str, body: Body, name: str) -> None:
    """Refuse a value that another record of the kind has already."""
    value = body.get(name)
    if value and any(row["id"] != body.get("Id") for row in tenant.store.find(kind, **{row_name(name): value})):
        raise ObjectError("DUPLICATE_VALUE", f"The {name} '{value}' is used already.")
