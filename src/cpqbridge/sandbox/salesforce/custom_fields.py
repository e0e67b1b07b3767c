"""Custom fields that an administrator adds: by the sandbox's settings, in Python, or by the Tooling API.

A new field shows at once in describe, queries and every way of writing; a reset of the sandbox takes it away again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cpqbridge.sandbox.salesforce.catalogue.dictionary import field
from cpqbridge.sandbox.salesforce.catalogue.model import Field
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.ids import make_id
from cpqbridge.sandbox.salesforce.rest import Answer, Call, Resource

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

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
"""Further members of a definition, and the attributes of a field that they set."""

_TOOLING_TYPES: Final[Mapping[str, str]] = {
    "Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist", "Number": "double", "Currency": "currency", "Percent": "percent",
    "Email": "email", "Phone": "phone", "Url": "url", "Checkbox": "boolean", "Date": "date", "DateTime": "datetime",
    "Lookup": "reference",
}  # fmt: skip
"""Field types of the Metadata API and what describe calls them."""

_TOOLING_KEYS: Final = ("label", "length", "precision", "scale", "unique", "externalId", "caseSensitive", "referenceTo")
"""Members of a custom field's metadata that a definition has under the same name."""

_NAME: Final = re.compile(r"[A-Za-z]\w*__c", re.ASCII)
_FIELD_PREFIX: Final = "00N"


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


def add_custom_field(org: Org, definition: Mapping[str, Any]) -> None:
    """Add a custom field as Setup would: `{"sobject", "name", "type", "length"?, "externalId"?, "values"?, …}`.

    Raises:
        SalesforceError: the object is unknown, or the name, type or another member is not one of a custom field.
    """
    given = dict(definition)
    sobject, name, kind = (str(given.pop(key, "")) for key in ("sobject", "name", "type"))
    if org.store.catalogue.get(sobject) is None:
        raise SalesforceError(400, "INVALID_TYPE", f"sObject type '{sobject}' is not supported.")
    if not _NAME.fullmatch(name) or kind not in _TYPES:
        raise SalesforceError(400, "INVALID_FIELD", f"A custom field needs a name ending in __c and a type: {name}")
    more = dict(_TYPES[kind]) | {"label": name.removesuffix("__c").replace("_", " ")}
    if kind == "reference":
        more["relationship_name"] = f"{name.removesuffix('__c')}__r"
    for key, value in given.items():
        if key not in _KEYS:
            raise SalesforceError(400, "INVALID_FIELD", f"Unknown key of a custom field: {key}")
        more[_KEYS[key]] = [value] if key == "referenceTo" and isinstance(value, str) else value
    org.store.add_field(sobject, _checked(org, field(name, kind, **more)))
    org.metadata_changed = org.clock()


def _checked(org: Org, made: Field) -> Field:
    """Return a field of which every attribute has its type."""
    try:
        checked = msgspec.convert(asdict(made), Field)
    except msgspec.ValidationError as error:
        raise SalesforceError(400, "INVALID_FIELD", f"{made.name}: {error}") from error
    known = all(org.store.catalogue.get(target) for target in checked.reference_to)
    if not known or (checked.type == "reference") != bool(checked.reference_to):
        raise SalesforceError(400, "INVALID_FIELD", f"{made.name}: referenceTo must name objects of this org")
    return checked


def create(call: Call) -> Answer:
    """Answer `POST tooling/sobjects/CustomField`: `{"FullName": "Account.VAT__c", "Metadata": {…}}`."""
    body = call.json_object()
    sobject, _, name = str(body.get("FullName", "")).partition(".")
    table = call.org.store.catalogue.get(sobject)
    if table is not None and table.field(name):
        message = f"There is already a field named {name.removesuffix('__c')} on {table.label}."
        raise SalesforceError(400, "DUPLICATE_DEVELOPER_NAME", message, ("FullName",))
    add_custom_field(call.org, {"sobject": sobject, "name": name, **_from_metadata(call.json_part("Metadata", dict))})
    identifier = make_id(_FIELD_PREFIX, sum(len(entry.fields) for entry in call.org.store.catalogue))
    location = f"{call.root}/tooling/sobjects/CustomField/{identifier}"
    answer = {"id": identifier, "success": True, "errors": [], "warnings": [], "infos": []}
    return Answer(201, answer, {"Location": location})


def _from_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that a custom field's metadata stands for."""
    kind = str(metadata.get("type"))
    if kind not in _TOOLING_TYPES:
        raise SalesforceError(
            400, "INVALID_FIELD", f"Cannot create a field of the type {kind} in this sandbox", ("type",)
        )
    found = {"type": _TOOLING_TYPES[kind]} | {
        key: metadata[key] for key in _TOOLING_KEYS if metadata.get(key) is not None
    }
    if kind == "TextArea":
        found["length"] = 255
    if kind == "Checkbox":
        found["defaultValue"] = str(metadata.get("defaultValue", False)).lower() == "true"
    if kind == "Lookup" and metadata.get("relationshipName"):
        found["childRelationshipName"] = f"{metadata['relationshipName']}__r"
    if metadata.get("required"):
        found["nillable"] = False
    value_set = metadata.get("valueSet") or {}
    if values := (value_set.get("valueSetDefinition") or {}).get("value"):
        found["values"] = [str(value.get("valueName") or value.get("fullName")) for value in values]
        found["restricted"] = bool(value_set.get("restricted", False))
    return found


RESOURCES: Final = (Resource("tooling/sobjects/CustomField", {"POST": create}),)
"""The Tooling API's one resource that changes something."""
