"""What an API user may write: the checks between a JSON body and the store, in the real order and wording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.catalogue.model import Field, SObject
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.ids import MalformedId, to_18
from cpqbridge.sandbox.salesforce.typing_rules import read_value

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def checked(org: Org, sobject: SObject, body: Mapping[str, Any], record_id: str | None = None) -> dict[str, Any]:
    """Return the values of a body as the store keeps them, by API name.

    Args:
        org: The org written to.
        sobject: The object.
        body: Field values; a parent may be given by external id, `{"Account": {"Key__c": "x"}}`.
        record_id: The record that is updated; None for an insert.

    Raises:
        SalesforceError: the first refusal found.
    """
    values: dict[str, Any] = {}
    for name, given in body.items():
        if name != "attributes":
            field, value = _resolved(org, sobject, name, given)
            _writable(field, insert=record_id is None)
            values[field.name] = read_value(field, value)
    _required(sobject, values, insert=record_id is None)
    for name, value in values.items():
        if value is not None:
            _fits(org, sobject, _field(sobject, name), value, record_id, values)
    return values


def _resolved(org: Org, sobject: SObject, name: str, value: Any) -> tuple[Field, Any]:
    """Return the field that a member of the body writes, and its value; a nested parent becomes its id."""
    field = sobject.field(name)
    if field is not None:
        return field, value
    link = sobject.relationship(name)
    if link is None or not isinstance(value, Mapping | None):
        message = f"No such column '{name}' on sobject of type {sobject.name}"
        raise SalesforceError(400, "INVALID_FIELD", message)
    return link, _parent_id(org, link, value)


def _field(sobject: SObject, name: str) -> Field:
    return sobject.fields[name.lower()]


def _writable(field: Field, *, insert: bool) -> None:
    if field.type == "id":
        if insert:
            message = "cannot specify Id in an insert call"
            raise SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, ("Id",))
        raise SalesforceError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    if not (field.createable if insert else field.updateable):
        message = (
            f"Unable to create/update fields: {field.name}. Please check the security settings of this field and "
            "verify that it is read/write for your profile or permission set."
        )
        raise SalesforceError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, (field.name,))


def _required(sobject: SObject, values: Mapping[str, Any], *, insert: bool) -> None:
    missing = [
        field.name
        for field in sobject.every
        if field.required
        and field.name != "OwnerId"  # the running user by default
        and (field.name in values or insert)
        and values.get(field.name) is None
    ]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise SalesforceError(400, "REQUIRED_FIELD_MISSING", message, tuple(missing))


def _fits(org: Org, sobject: SObject, field: Field, value: Any, record_id: str | None, values: dict[str, Any]) -> None:
    if field.restricted and field.picklist:
        _in_picklist(field, str(value))
    if field.type == "reference":
        values[field.name] = _reference(org, sobject, field, value)
    if field.unique:
        _unique(org, sobject, field, value, record_id)


def _in_picklist(field: Field, value: str) -> None:
    chosen = value.split(";") if field.type == "multipicklist" else [value]
    for item in chosen:
        if item not in field.picklist:
            message = f"{field.label}: bad value for restricted picklist field: {item}"
            raise SalesforceError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (field.name,))


def _reference(org: Org, sobject: SObject, field: Field, value: str) -> str:
    message = f"{field.label}: id value of incorrect type: {value}"
    try:
        identifier = to_18(value)
    except MalformedId as error:
        raise SalesforceError(400, "MALFORMED_ID", message, (field.name,)) from error
    target = org.store.catalogue.by_key_prefix(identifier)
    if target is None or (field.reference_to and target.name not in field.reference_to):
        raise SalesforceError(400, "FIELD_INTEGRITY_EXCEPTION", message, (field.name,))
    row = org.store.get(target.name, identifier)
    if row is None:
        raise SalesforceError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
    if row.get("IsDeleted"):
        raise SalesforceError(400, "ENTITY_IS_DELETED", "entity is deleted", ())
    if target.name == "RecordType" and (row["SobjectType"] != sobject.name or not row["IsActive"]):
        message = f"{field.label}: this ID value isn't valid for the user: {identifier}"
        raise SalesforceError(400, "INVALID_CROSS_REFERENCE_KEY", message, (field.name,))
    return identifier


def _unique(org: Org, sobject: SObject, field: Field, value: Any, record_id: str | None) -> None:
    for row in org.store.find(sobject.name, field.name, value):
        if row["Id"] != record_id and not row.get("IsDeleted"):
            message = f"duplicate value found: {field.name} duplicates value on record with id: {row['Id'][:15]}"
            raise SalesforceError(400, "DUPLICATE_VALUE", message, ())


def _parent_id(org: Org, link: Field, key: Mapping[str, Any] | None) -> str | None:
    """Return the id of the parent that a nested object names by external id."""
    if key is None:
        return None
    parts = [(name, value) for name, value in key.items() if name != "attributes"]
    if len(parts) != 1:
        message = f"Exactly one external id field must be given for {link.relationship_name}"
        raise SalesforceError(400, "INVALID_FIELD", message)
    name, value = parts[0]
    for target in link.reference_to:
        parent = org.store.catalogue.get(target)
        field = parent.field(name) if parent else None
        if parent and field and (field.external_id or field.type == "id"):
            rows = [row for row in org.store.find(parent.name, field.name, value) if not row.get("IsDeleted")]
            if len(rows) == 1:
                return str(rows[0]["Id"])
            message = f"Foreign key external ID: {value} not found for field {field.name} in entity {parent.name}"
            raise SalesforceError(400, "INVALID_FIELD", message, ())
    raise SalesforceError(400, "INVALID_FIELD", f"{name} is not an external id field of {link.relationship_name}")
