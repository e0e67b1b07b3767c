"""What Object Query knows of a kind of record: its fields and their types, filters, relations.

The tables of `object_query.tables` are made of these; ZOQL and describe read the same tables, under the names
that the SOAP objects have (``accountNumber`` is ``AccountNumber`` there).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Relation:
    """How to get from a record to the records expanded under it.

    Attributes:
        kind: Kind of the related records.
        local: Field of the record that has the value to look for.
        remote: Field of the related records that must equal it.
        many: Whether the relation gives a list rather than one record.
    """

    kind: str
    local: str
    remote: str
    many: bool


def one(kind: str, local: str) -> Relation:
    """A record that this one points to by its id."""
    return Relation(kind, local, "id", many=False)


def many(kind: str, remote: str) -> Relation:
    """Records that point to this one by its id."""
    return Relation(kind, "id", remote, many=True)


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record.

    Attributes:
        kind: Its kind in the store, such as ``productRatePlan``.
        name: Its name as a SOAP object, such as ``ProductRatePlan``.
        path: Its name under ``/object-query``; None when it can only be expanded.
        fields: Type by field name: ``text number int bool date datetime``.
        filterable: Fields that ``filter[]`` takes, besides indexed custom fields.
        unsortable: Filterable fields that ``sort[]`` does not take.
        keys: Fields, besides the id, whose value may stand in the path of a single record.
        relations: Relations by name.
        expands: Paths that ``expand[]`` takes, in lower case.
        filter_required: Whether a list must be asked for with a ``filter[]``.
    """

    kind: str
    name: str
    path: str | None
    fields: Mapping[str, str]
    filterable: frozenset[str] = frozenset()
    unsortable: frozenset[str] = frozenset()
    keys: tuple[str, ...] = ()
    relations: Mapping[str, Relation] = field(default_factory=dict)
    expands: frozenset[str] = frozenset()
    filter_required: bool = False

    @property
    def sortable(self) -> frozenset[str]:
        """Fields that ``sort[]`` takes."""
        return self.filterable - self.unsortable


def typed(**names: str) -> dict[str, str]:
    """Type by field name, from lists of names separated by blanks: ``typed(text="id name", date="orderDate")``."""
    return {name: kind for kind, listed in names.items() for name in listed.split()}


def listed(names: str) -> frozenset[str]:
    """A set of names from a list separated by blanks."""
    return frozenset(names.split())
