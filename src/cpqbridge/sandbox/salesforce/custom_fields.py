"""Custom fields that an administrator adds: by the sandbox's settings, in Python, or by the Tooling API.

A new field shows at once in describe, queries and every way of writing; a reset of the sandbox takes it away again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Final

import msgspec

from cpqbridge.sandbox.salesforce.catalogue import Catalogue, Field, standard_catalogue
from cpqbridge.sandbox.salesforce.catalogue.dictionary import field
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.store import Store

_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "string": {"length": 255},
    "textarea": {"length": 32_000},
    "picklist": {"length": 255},
    "multipicklist": {"length": 4_099},
    "double": {"precision": 18, "scale": 2},
    "currency": {"precision": 18, "scale": 2},
    "percent": {"precision": 18, "scale": 2},
    "int": {"precision": 9},
    "email": {"length": 80},
    "phone": {"length": 40},
    "url": {"length": 255},
    "boolean": {"nillable": False, "default": False},
    "date": {},
    "datetime": {},
    "reference": {"length": 18},
}
"""Types a custom field may have, with what a field of that type has unless told otherwise."""

_KEYS: Final[Mapping[str, str]] = {
    "label": "label", "length": "length", "precision": "precision", "scale": "scale", "unique": "unique",
    "externalId": "external_id", "caseSensitive": "case_sensitive", "restricted": "restricted",
    "defaultValue": "default", "relationshipName": "relationship_name",
    "childRelationshipName": "child_relationship", "nillable": "nillable",
    "picklist": "picklist", "values": "picklist", "referenceTo": "reference_to",
}  # fmt: skip
"""Further members of a definition, and the attributes of a field that they set; the last name of each is shown."""

_NAME: Final = re.compile(r"[A-Za-z]\w*__c", re.ASCII)


def definitions(given: Any) -> list[dict[str, Any]]:
    """Return the definitions in a `customFields` setting: a list, or lists by object name.

    Raises:
        ParseError: it is neither.
    """
    by_object = given.items() if isinstance(given, Mapping) else [(None, given)]
    found = []
    for sobject, entries in by_object:
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            raise ParseError("customFields must be a list of JSON objects, or such lists by object name.")
        found += [({"sobject": sobject} if sobject else {}) | dict(entry) for entry in entries]
    return found


def added(catalogue: Catalogue) -> dict[str, list[dict[str, Any]]]:
    """Return the definitions of the custom fields that a new org would not have, by object name."""
    new = standard_catalogue()
    found: dict[str, list[dict[str, Any]]] = {}
    for table in catalogue:
        for item in table.every:
            if item.custom and item != new.require(table.name).field(item.name):
                found.setdefault(table.name, []).append(_definition(item))
    return found


def add_custom_field(store: Store, definition: Mapping[str, Any]) -> None:
    """Add a custom field as Setup would: `{"sobject", "name", "type", "length"?, "externalId"?, "values"?, …}`.

    Raises:
        SalesforceError: the object is unknown, or the name, type or another member is not one of a custom field.
    """
    given = dict(definition)
    sobject, name, kind = (str(given.pop(key, "")) for key in ("sobject", "name", "type"))
    if store.catalogue.get(sobject) is None:
        raise SalesforceError(400, "INVALID_TYPE", f"sObject type '{sobject}' is not supported.")
    if not _NAME.fullmatch(name) or kind not in _TYPES:
        raise SalesforceError(400, "INVALID_FIELD", f"A custom field needs a name ending in __c and a type: {name}")
    more: dict[str, Any] = {}
    for key, value in given.items():
        if key not in _KEYS:
            raise SalesforceError(400, "INVALID_FIELD", f"Unknown key of a custom field: {key}")
        more[_KEYS[key]] = [value] if key == "referenceTo" and isinstance(value, str) else value
    store.add_field(sobject, _checked(store.catalogue, replace(_plain(name, kind), **more)))


def _plain(name: str, kind: str) -> Field:
    """Return a custom field that has only what its name and type give it."""
    bare = name.removesuffix("__c")
    relationship = f"{bare}__r" if kind == "reference" else None
    return field(name, kind, label=bare.replace("_", " "), relationship_name=relationship, **_TYPES[kind])


def _checked(catalogue: Catalogue, made: Field) -> Field:
    """Return a field of which every attribute has its type."""
    try:
        checked = msgspec.convert(asdict(made), Field)
    except msgspec.ValidationError as error:
        raise SalesforceError(400, "INVALID_FIELD", f"{made.name}: {error}") from error
    known = all(catalogue.get(target) for target in checked.reference_to)
    if not known or (checked.type == "reference") != bool(checked.reference_to):
        raise SalesforceError(400, "INVALID_FIELD", f"{made.name}: referenceTo must name objects of this org")
    return checked


def _definition(item: Field) -> dict[str, Any]:
    """Return the definition that makes the field: its name, its type, and what its type does not give it."""
    plain = _plain(item.name, item.type)
    keys = {attribute: key for key, attribute in _KEYS.items()}
    told = {key: getattr(item, name) for name, key in keys.items() if getattr(item, name) != getattr(plain, name)}
    return {"name": item.name, "type": item.type} | told
