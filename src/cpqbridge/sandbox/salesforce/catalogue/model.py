"""What an org knows of its objects and fields: the data dictionary's types.

Names are Salesforce API names and are looked up without regard to case, as the real API does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, Final, Literal

FieldType = Literal[
    "id", "string", "textarea", "picklist", "multipicklist", "reference", "date", "datetime", "boolean",
    "int", "double", "currency", "percent", "email", "phone", "url", "address",
]  # fmt: skip
"""The `type` of a field in a describe answer."""

NUMBERS: Final = frozenset({"double", "currency", "percent"})
"""Types whose value is a `Decimal` with the field's scale."""

TEXTS: Final = frozenset({"string", "textarea", "picklist", "multipicklist", "email", "phone", "url"})
"""Types whose value is text, and whose empty text is null."""

IDS: Final = frozenset({"id", "reference"})
"""Types whose value is an 18 character record id."""

LONG_TEXT: Final = 255
"""A textarea longer than this can be neither filtered nor sorted nor grouped."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object.

    Attributes:
        name: API name in catalogue spelling.
        label: What a person reads.
        type: Describe type.
        length: Characters, for text types; 0 otherwise.
        precision: All digits of a number.
        scale: Digits behind the decimal point.
        nillable: May be null; a field that may not, has no default and is createable is required.
        createable: May be written on insert.
        updateable: May be written on update.
        calculated: Formula as an SQL template (see `columns`), or None.
        derived: SQL template of a standard value that the platform works out, though it is no formula.
        auto_number: Display format such as `SUB-{0000000}`, or None.
        external_id: May be the key of an upsert.
        unique: No two records may share a value.
        case_sensitive: Comparisons heed case.
        picklist: Values in display order, which is also the sort order.
        restricted: Other picklist values are refused.
        reference_to: Objects a reference may point at.
        relationship_name: Name of the parent in a path (`Account`, `SBQQ__Quote__r`).
        child_relationship: Name of the children seen from the parent (`OrderItems`), or None.
        cascade_delete: Deleting the parent deletes the child.
        default: Value of an insert that does not name the field.
        custom: Made by the customer or a package, not by the platform.
        compound_field_name: The address this field is a part of.
        name_field: The record's name.
    """

    name: str
    label: str
    type: FieldType
    length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    calculated: str | None = None
    derived: str | None = None
    auto_number: str | None = None
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    picklist: tuple[str, ...] = ()
    restricted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship_name: str | None = None
    child_relationship: str | None = None
    cascade_delete: bool = False
    default: Any = None
    custom: bool = False
    compound_field_name: str | None = None
    name_field: bool = False

    @property
    def defaulted(self) -> bool:
        """Whether an insert that does not name the field gives it a value."""
        return self.default is not None or self.type == "boolean" or self.name == "OwnerId"

    @property
    def required(self) -> bool:
        """Whether an insert must name the field."""
        return self.createable and not self.nillable and not self.defaulted

    @property
    def template(self) -> str | None:
        """SQL template of a value that is worked out, or None for a stored one."""
        return self.calculated or self.derived

    @property
    def stored(self) -> bool:
        """Whether the field has a column of its own."""
        return self.template is None and self.type != "address"

    @property
    def filterable(self) -> bool:
        """Whether a query may name the field in WHERE, ORDER BY or GROUP BY."""
        return self.type != "address" and not (self.type == "textarea" and self.length > LONG_TEXT)


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    """The other end of a reference field: children as their parent sees them."""

    child_sobject: str
    field: str
    relationship_name: str | None
    cascade_delete: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SObject:
    """An object of the org.

    Attributes:
        name: API name.
        label: What a person reads.
        label_plural: The same of several.
        key_prefix: First three characters of its ids.
        fields: Fields that the API user sees, by lower-case name, in describe order.
        links: Reference fields that point here, hidden ones too.
        createable: The API may insert.
        updateable: The API may update.
        deletable: The API may delete.
        hidden: Fields that the API user may not see; they keep their values, and formulas still use them.
    """

    name: str
    label: str
    label_plural: str
    key_prefix: str
    fields: dict[str, Field]
    links: tuple[ChildRelationship, ...] = ()
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    hidden: dict[str, Field] = attribute(default_factory=dict)

    @property
    def custom(self) -> bool:
        """Whether the object is no standard one."""
        return self.name.endswith("__c")

    @property
    def name_field(self) -> Field | None:
        """The field that names a record, if any."""
        return next((field for field in self.fields.values() if field.name_field), None)

    @property
    def every(self) -> list[Field]:
        """All fields, hidden ones last."""
        return [*self.fields.values(), *self.hidden.values()]

    @property
    def child_relationships(self) -> list[ChildRelationship]:
        """The children that the API user sees."""
        return [link for link in self.links if not link.hidden]

    def field(self, name: str, *, hidden: bool = False) -> Field | None:
        """Return the field of that name in any case, or None; `hidden` finds hidden ones too."""
        key = name.lower()
        return self.fields.get(key) or (self.hidden.get(key) if hidden else None)

    def relationship(self, name: str, *, hidden: bool = False) -> Field | None:
        """Return the reference field whose parent has that relationship name in any case, or None."""
        wanted = name.lower()
        fields = self.every if hidden else self.fields.values()
        return next((f for f in fields if f.relationship_name and f.relationship_name.lower() == wanted), None)

    def child(self, name: str, *, hidden: bool = False) -> ChildRelationship | None:
        """Return the child relationship of that name in any case, or None."""
        wanted = name.lower()
        links = self.links if hidden else self.child_relationships
        return next((c for c in links if c.relationship_name and c.relationship_name.lower() == wanted), None)

    def parts(self, compound: str) -> list[Field]:
        """Return the parts of a compound field such as `BillingAddress`."""
        return [field for field in self.fields.values() if field.compound_field_name == compound]


Listener = Callable[[SObject, Field | None], None]
"""Takes a changed object, and the field that was added to it, or None when one was removed."""


class Catalogue:
    """Every object of the org, by name in any case."""

    def __init__(self, objects: Iterable[SObject]) -> None:
        self._objects = {sobject.name.lower(): sobject for sobject in objects}
        self._listeners: list[Listener] = []
        self._link()

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._objects.values())

    def objects(self) -> list[SObject]:
        """Return all objects in catalogue order."""
        return list(self._objects.values())

    def get(self, name: str) -> SObject | None:
        """Return the object of that name in any case, or None."""
        return self._objects.get(name.lower())

    def require(self, name: str) -> SObject:
        """Return the object of that name in any case.

        Raises:
            KeyError: when the org has no such object.
        """
        return self._objects[name.lower()]

    def by_key_prefix(self, record_id: str) -> SObject | None:
        """Return the object whose ids begin like this one, or None."""
        return next((o for o in self._objects.values() if o.key_prefix == record_id[:3]), None)

    def subscribe(self, listener: Listener) -> None:
        """Have the listener called after each `add_field` and `remove_field`."""
        self._listeners.append(listener)

    def add_field(self, sobject: str, field: Field) -> SObject:
        """Add a field to an object, or replace the one of its name, and return the changed object.

        Raises:
            KeyError: when the org has no such object.
        """
        old, key = self.require(sobject), field.name.lower()
        if key in old.hidden:
            return self._replaced(replace(old, hidden=old.hidden | {key: field}), field)
        return self._replaced(replace(old, fields=old.fields | {key: field}), field)

    def remove_field(self, sobject: str, name: str) -> Field | None:
        """Take a field out of an object and return it, or None when there is none; its values are kept.

        Raises:
            KeyError: when the org has no such object.
        """
        old = self.require(sobject)
        field = old.field(name)
        if field is not None:
            fields = {key: kept for key, kept in old.fields.items() if kept is not field}
            self._replaced(replace(old, fields=fields), None)
        return field

    def hide_fields(self, sobject: str, names: Collection[str]) -> None:
        """Hide those fields of an object, by lower-case name, and show all its others.

        Raises:
            KeyError: when the org has no such object.
        """
        old = self.require(sobject)
        if old.hidden.keys() == {key for key in names if old.field(key, hidden=True)}:
            return
        every = old.fields | old.hidden
        shown = {key: field for key, field in every.items() if key not in names}
        hidden = {key: field for key, field in every.items() if key in names}
        self._replaced(replace(old, fields=shown, hidden=hidden), None)

    def _replaced(self, sobject: SObject, added: Field | None) -> SObject:
        self._objects[sobject.name.lower()] = sobject
        self._link()
        linked = self.require(sobject.name)
        for listener in self._listeners:
            listener(linked, added)
        return linked

    def _link(self) -> None:
        children: dict[str, list[ChildRelationship]] = {}
        for sobject in self._objects.values():
            for field in sobject.every:
                hidden = field.name.lower() in sobject.hidden
                link = ChildRelationship(
                    sobject.name, field.name, field.child_relationship, field.cascade_delete, hidden
                )
                for parent in field.reference_to:
                    children.setdefault(parent.lower(), []).append(link)
        for key, sobject in self._objects.items():
            self._objects[key] = replace(sobject, links=tuple(children.get(key, ())))
