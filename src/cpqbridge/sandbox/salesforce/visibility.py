"""Which fields the API user sees: multi-currency, state and country codes, field-level security, custom fields.

A hidden field keeps its column and its values; it is only gone from describe, query and writes, as in the real org.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec

from cpqbridge.sandbox.salesforce.catalogue import Field, standard_catalogue
from cpqbridge.sandbox.salesforce.catalogue.dictionary import field
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_TYPES: Final[dict[str, dict[str, Any]]] = {
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

_KEYS: Final[dict[str, str]] = {
    "label": "label", "length": "length", "precision": "precision", "scale": "scale", "unique": "unique",
    "externalId": "external_id", "caseSensitive": "case_sensitive", "restricted": "restricted",
    "defaultValue": "default", "relationshipName": "relationship_name",
    "childRelationshipName": "child_relationship",
}  # fmt: skip


_NAME: Final = re.compile(r"[A-Za-z]\w*__c", re.ASCII)


def add_custom_field(org: Org, definition: Any) -> None:
    """Add a custom field as Setup would: `{"sobject", "name", "type", "length"?, "externalId"?, "picklist"?, …}`.

    Raises:
        SalesforceError: the object is unknown, or the name, type or another member is not one of a custom field.
    """
    if not isinstance(definition, Mapping):
        raise ParseError("A custom field must be a JSON object.")
    given = dict(definition)
    sobject, name, kind = (str(given.pop(key, "")) for key in ("sobject", "name", "type"))
    if org.store.catalogue.get(sobject) is None:
        raise SalesforceError(400, "INVALID_TYPE", f"sObject type '{sobject}' is not supported.")
    if not _NAME.fullmatch(name) or kind not in _TYPES:
        raise SalesforceError(400, "INVALID_FIELD", f"A custom field needs a name ending in __c and a type: {name}")
    more = dict(_TYPES[kind]) | {"label": name.removesuffix("__c").replace("_", " ")}
    more["picklist"] = given.pop("picklist", ())
    more["reference_to"] = given.pop("referenceTo", ())
    if kind == "reference":
        more["relationship_name"] = f"{name.removesuffix('__c')}__r"
    for key, value in given.items():
        if key not in _KEYS:
            raise SalesforceError(400, "INVALID_FIELD", f"Unknown key of a custom field: {key}")
        more[_KEYS[key]] = value
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


def reshape(org: Org) -> None:
    """Show and hide fields so that the org has the shape its settings say."""
    settings = org.settings
    full = standard_catalogue(multi_currency=True, state_country_codes=True)
    wanted = standard_catalogue(
        multi_currency=settings.multi_currency, state_country_codes=settings.state_country_codes
    )
    hidden = {name.lower() for name in settings.hidden_fields}
    for table in full.objects():
        present = wanted.get(table.name)
        for item in table.fields.values():
            visible = present is not None and present.field(item.name) is not None
            _show(org, table.name, item, visible=visible and f"{table.name}.{item.name}".lower() not in hidden)
    for name in _custom_names(org, hidden):
        _hide(org, *name)
    org.metadata_changed = org.clock()


def _custom_names(org: Org, hidden: set[str]) -> Iterator[tuple[str, str]]:
    for path in hidden:
        sobject, _, name = path.partition(".")
        if org.store.catalogue.get(sobject) is not None:
            yield sobject, name


def _show(org: Org, sobject: str, item: Field, *, visible: bool) -> None:
    table = org.store.catalogue.get(sobject)
    if table is None:
        return
    if not visible:
        _hide(org, sobject, item.name)
    elif table.field(item.name) is None:
        org.store.add_field(sobject, org.hidden.pop((table.name, item.name), item))


def _hide(org: Org, sobject: str, name: str) -> None:
    table = org.store.catalogue.require(sobject)
    found = table.field(name)
    if found is not None:
        org.store.catalogue.remove_field(sobject, name)
        org.hidden[table.name, found.name] = found
