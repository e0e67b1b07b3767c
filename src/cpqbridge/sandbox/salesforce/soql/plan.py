"""How a row of raw SQL values becomes a JSON-ready record: a tree made once for a query, walked for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cpqbridge.sandbox.salesforce.catalogue.columns import from_sql
from cpqbridge.sandbox.salesforce.catalogue.model import Field
from cpqbridge.sandbox.salesforce.soql.results import Record, address

Raw = Sequence[Any]
Children = dict[str, Record]
"""Answer bodies of a child query by parent id."""


class Member(Protocol):
    """Something that fills one key of a record."""

    def value(self, raw: Raw) -> Any:
        """Return the JSON-ready value out of a raw row."""
        ...


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field: the place of its column and the field that says how to read it."""

    index: int
    field: Field

    def value(self, raw: Raw) -> Any:
        """Return the field's API value."""
        found = raw[self.index]
        return None if found is None else from_sql(self.field, found)


@dataclass(frozen=True, slots=True)
class Address:
    """A compound address, made of leaves."""

    name: str
    parts: tuple[Leaf, ...]

    def value(self, raw: Raw) -> Any:
        """Return the address object, or None when all its parts are empty."""
        return address(self.name, {part.field.name: part.value(raw) for part in self.parts})


@dataclass(slots=True)
class Node:
    """A record, at the top or as a parent.

    Attributes:
        sobject: Object name of its `attributes`.
        key: Place of the record's id; no id means no record.
        base: Link prefix, `/services/data/v67.0/sobjects/`.
        members: What fills its keys, in order of the select list.
    """

    sobject: str
    key: int
    base: str
    members: dict[str, Member] = field(default_factory=dict)

    def value(self, raw: Raw) -> Any:
        """Return the record, or None when there is none."""
        record_id = raw[self.key]
        if record_id is None:
            return None
        record: Record = {"attributes": {"type": self.sobject, "url": f"{self.base}{self.sobject}/{record_id}"}}
        for name, member in self.members.items():
            record[name] = member.value(raw)
        return record


@dataclass(slots=True)
class ChildSlot:
    """The place of a child query in a record; `load` reads the children of many parents at once."""

    key: int
    load: Callable[[list[str]], Children]
    loaded: Children = field(default_factory=dict)

    def value(self, raw: Raw) -> Any:
        """Return the child answer body, or None when there are no children."""
        return self.loaded.get(raw[self.key])


@dataclass(slots=True)
class Aggregate:
    """A row of an aggregate query."""

    members: dict[str, Member] = field(default_factory=dict)

    def value(self, raw: Raw) -> Record:
        """Return the `AggregateResult`."""
        record: Record = {"attributes": {"type": "AggregateResult"}}
        return record | {name: member.value(raw) for name, member in self.members.items()}


def render(root: Node, slots: Sequence[ChildSlot], rows: Sequence[Raw]) -> list[Record]:
    """Return the records of raw rows, reading the children of all of them in one go."""
    for slot in slots:
        slot.loaded = slot.load([row[slot.key] for row in rows]) if rows else {}
    return [root.value(row) for row in rows]
