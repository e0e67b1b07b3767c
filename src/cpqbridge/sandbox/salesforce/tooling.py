"""The Tooling API's way to a custom field: `POST tooling/sobjects/CustomField`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cpqbridge.sandbox.salesforce.custom_fields import add_custom_field
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.ids import make_id
from cpqbridge.sandbox.salesforce.rest import Answer, Call, Resource

_TYPES: Final[Mapping[str, str]] = {
    "Text": "string", "TextArea": "textarea", "LongTextArea": "textarea", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist", "Number": "double", "Currency": "currency", "Percent": "percent",
    "Email": "email", "Phone": "phone", "Url": "url", "Checkbox": "boolean", "Date": "date", "DateTime": "datetime",
    "Lookup": "reference",
}  # fmt: skip
"""Field types of the Metadata API and what describe calls them."""

_KEYS: Final = ("label", "length", "precision", "scale", "unique", "externalId", "caseSensitive", "referenceTo")
"""Members of a custom field's metadata that a definition has under the same name."""

_FIELD_PREFIX: Final = "00N"


def create(call: Call) -> Answer:
    """Answer `POST tooling/sobjects/CustomField`: `{"FullName": "Account.VAT__c", "Metadata": {…}}`."""
    body = call.json_object()
    sobject, _, name = str(body.get("FullName", "")).partition(".")
    store = call.org.store
    table = store.catalogue.get(sobject)
    if table is not None and table.field(name):
        message = f"There is already a field named {name.removesuffix('__c')} on {table.label}."
        raise SalesforceError(400, "DUPLICATE_DEVELOPER_NAME", message, ("FullName",))
    add_custom_field(store, {"sobject": sobject, "name": name, **_from_metadata(call.json_part("Metadata", dict))})
    identifier = make_id(_FIELD_PREFIX, sum(len(entry.fields) for entry in store.catalogue))
    location = f"{call.root}/tooling/sobjects/CustomField/{identifier}"
    answer = {"id": identifier, "success": True, "errors": [], "warnings": [], "infos": []}
    return Answer(201, answer, {"Location": location})


def _from_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that a custom field's metadata stands for."""
    kind = str(metadata.get("type"))
    if kind not in _TYPES:
        raise SalesforceError(
            400, "INVALID_FIELD", f"Cannot create a field of the type {kind} in this sandbox", ("type",)
        )
    found = {"type": _TYPES[kind]} | {key: metadata[key] for key in _KEYS if metadata.get(key) is not None}
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
