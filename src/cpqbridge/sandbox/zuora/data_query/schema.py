"""The tables that Data Query sees: the tenant's objects under lower-case names, with the types that SHOW COLUMNS says.

Names and types are those that real tenants answer: ``rateplancharge.effectivestartdate``, table ``orders`` (``order``
is a reserved word), ``decimal(22,9)``. Picklist values have the spelling of the CRUD calls (``Per Month``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpqbridge.sandbox.zuora.object_query.entity import Entity
from cpqbridge.sandbox.zuora.object_query.tables import ENTITIES
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Type of a row's field -> type of the column.
TYPES = {
    "text": "varchar",
    "number": "decimal(22,9)",
    "int": "bigint",
    "bool": "boolean",
    "date": "date",
    "datetime": "timestamp with time zone",
}

#: Column that every table has beside the object's fields: whether the record was deleted.
DELETED = "deleted"

#: Tables of objects that need a feature: kind -> the tenant's switch.
_FEATURES = {
    "orderLineItem": "order_line_items",
    "creditMemo": "invoice_settlement",
    "creditMemoItem": "invoice_settlement",
    "order": "orders",
    "orderAction": "orders",
}

_NAMES = {"order": "orders"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type as SHOW COLUMNS says it, the row's field, the object's own spelling."""

    name: str
    type: str
    field: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, the kind of record in the store, its columns by name."""

    name: str
    kind: str
    columns: Mapping[str, Column]


def tables(tenant: Tenant) -> dict[str, Table]:
    """All tables of a tenant by name; those of features that are off do not exist."""
    features = tenant.settings.features
    shown = [entity for entity in ENTITIES if _FEATURES.get(entity.kind, "") in {"", *features}]
    made = [_table(tenant, entity) for entity in shown]
    return {table.name: table for table in sorted(made, key=lambda table: table.name)}


def _table(tenant: Tenant, entity: Entity) -> Table:
    kinds = {**entity.fields, **{field.name: field.kind for field in tenant.custom_fields(entity.kind)}}
    columns = [Column(name.lower(), TYPES[kind], name, name[0].upper() + name[1:]) for name, kind in kinds.items()]
    columns.append(Column(DELETED, TYPES["bool"], DELETED, "Deleted"))
    name = _NAMES.get(entity.kind, entity.name.lower())
    return Table(name, entity.kind, {column.name: column for column in sorted(columns, key=lambda item: item.name)})
