"""Avro schemas of the events, made from what describe says of an object.

A change event holds the header and one nullable field for each stored field that the API user sees: formulas, ids and
the platform's own time stamps are not in it. Addresses, and the name of a person, are records of their parts. Dates and
moments are milliseconds since 1970.
Source: Change Data Capture Developer Guide, Pub/Sub API guide.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cpqbridge.sandbox.salesforce.catalogue.model import NUMBERS, Field, SObject

NAMESPACE: Final = "com.sforce.eventbus"
CHANGE_TYPES: Final = (
    "CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW",
)  # fmt: skip

_LEFT_OUT: Final = frozenset(
    {"Id", "IsDeleted", "SystemModstamp", "LastViewedDate", "LastReferencedDate", "LastActivityDate"}
)
_PERSONS: Final = {"Contact"}
_NAME_PARTS: Final = ("Salutation", "FirstName", "MiddleName", "LastName", "Suffix")
_TEXTS: Final = {"type": "array", "items": "string"}
_HEADER: Final[dict[str, Any]] = {
    "name": "ChangeEventHeader",
    "type": {
        "type": "record",
        "name": "ChangeEventHeader",
        "fields": [
            {"name": "entityName", "type": "string"},
            {"name": "recordIds", "type": _TEXTS},
            {"name": "changeType", "type": {"type": "enum", "name": "ChangeType", "symbols": list(CHANGE_TYPES)}},
            {"name": "changeOrigin", "type": "string"},
            {"name": "transactionKey", "type": "string"},
            {"name": "sequenceNumber", "type": "int"},
            {"name": "commitTimestamp", "type": "long"},
            {"name": "commitNumber", "type": "long"},
            {"name": "commitUser", "type": "string"},
            {"name": "nulledFields", "type": _TEXTS},
            {"name": "diffFields", "type": _TEXTS},
            {"name": "changedFields", "type": _TEXTS},
        ],
    },
}


@dataclass(frozen=True)
class Slot:
    """A field of a change event.

    Attributes:
        name: Name in the schema.
        parts: What it is made of, by name in the schema; of a plain field one part with the slot's own name.
    """

    name: str
    parts: Mapping[str, Field]
    compound: bool = False


@dataclass(frozen=True)
class Schema:
    """A schema as it is served.

    Attributes:
        id: Its fingerprint, the same for the same schema.
        json: Avro schema, JSON.
        name: Name of the event, such as `OrderChangeEvent`.
        slots: Fields of a change event after its header; empty for platform events.
    """

    id: str
    json: str
    name: str
    slots: Sequence[Slot] = ()


def change_event(sobject: str) -> str:
    """Return the name of an object's change event: `OrderChangeEvent`, `SBQQ__Subscription__ChangeEvent`."""
    return f"{sobject.removesuffix('c')}ChangeEvent" if sobject.endswith("__c") else f"{sobject}ChangeEvent"


def change_schema(table: SObject) -> Schema:
    """Return the schema of an object's change events as the object is now."""
    slots = _slots(table)
    named: set[str] = set()
    fields = [_HEADER, *(_slot(table, slot, named) for slot in slots)]
    return schema(change_event(table.name), fields, slots)


def schema(name: str, fields: Sequence[Mapping[str, Any]], slots: Sequence[Slot] = ()) -> Schema:
    """Return a schema with its fingerprint."""
    record = {"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields}
    text = json.dumps(record, separators=(",", ":"))
    digest = hashlib.sha256(text.encode()).digest()[:16]
    return Schema(base64.urlsafe_b64encode(digest).decode().rstrip("="), text, name, slots)


def _slots(table: SObject) -> list[Slot]:
    names = [table.fields[part.lower()] for part in _NAME_PARTS if part.lower() in table.fields]
    person = Slot("Name", {part.name: part for part in names if part.stored}, compound=True)
    slots = [person] if table.name in _PERSONS else []
    inside = set(person.parts) if table.name in _PERSONS else set()
    for field in table.fields.values():
        if field.type == "address":
            prefix = field.name.removesuffix("Address")
            parts = {part.name.removeprefix(prefix): part for part in table.parts(field.name) if part.stored}
            slots.append(Slot(field.name, parts, compound=True))
        elif _told(field) and field.name not in inside:
            slots.append(Slot(field.name, {field.name: field}))
    return slots


def _told(field: Field) -> bool:
    return field.stored and field.name not in _LEFT_OUT and not field.compound_field_name


def _slot(table: SObject, slot: Slot, named: set[str]) -> dict[str, Any]:
    if not slot.compound:
        kind = "Switchable_PersonName" if (table.name, slot.name) == ("Account", "Name") else ""
        types = ["null", _avro(slot.parts[slot.name]), *([_record(kind, _NAME_PARTS)] if kind else [])]
        return {"name": slot.name, "type": types, "doc": f"Data:{_doc(slot.parts[slot.name])}", "default": None}
    kind = "PersonName" if slot.name == "Name" else "Address"
    inner: Any = f"{NAMESPACE}.{kind}" if kind in named else _record(kind, slot.parts)
    named.add(kind)
    return {"name": slot.name, "type": ["null", inner], "doc": f"Data:{kind}", "default": None}


def _record(name: str, parts: Sequence[str] | Mapping[str, Field]) -> dict[str, Any]:
    types = parts if isinstance(parts, Mapping) else {}
    fields = [
        {"name": part, "type": ["null", _avro(types[part]) if part in types else "string"], "default": None}
        for part in parts
    ]
    return {"type": "record", "name": name, "fields": fields}


def _avro(field: Field) -> str:
    if field.type in NUMBERS:
        return "double"
    return {"boolean": "boolean", "int": "int", "date": "long", "datetime": "long"}.get(field.type, "string")


def _doc(field: Field) -> str:
    return {"id": "EntityId", "reference": "EntityId", "date": "DateOnly", "datetime": "DateTime"}.get(
        field.type, field.type.capitalize()
    )
