"""Insert, update, upsert, delete and read of single records as an API user, with every check and trigger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.salesforce.addresses import completed
from cpqbridge.sandbox.salesforce.catalogue.model import Field, SObject
from cpqbridge.sandbox.salesforce.deletion import remove
from cpqbridge.sandbox.salesforce.errors import SalesforceError, deleted, not_found
from cpqbridge.sandbox.salesforce.ids import MalformedId, is_id, to_18
from cpqbridge.sandbox.salesforce.order_rules import Change, apply_rules
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.typing_rules import read_value
from cpqbridge.sandbox.salesforce.validation import checked


class SeveralMatches(Exception):
    """An external id names more than one record; `ids` are theirs."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__(f"{len(ids)} records match")
        self.ids = ids


@dataclass(frozen=True)
class Upserted:
    """Id of the record and whether it is new."""

    id: str
    created: bool


def require_sobject(org: Org, name: str) -> SObject:
    """Return an object by name in any case.

    Raises:
        SalesforceError: 404 when the org has none of that name.
    """
    sobject = org.store.catalogue.get(name)
    if sobject is None or not sobject.fields:
        raise not_found()
    return sobject


def insert(org: Org, sobject: SObject, body: Mapping[str, Any]) -> str:
    """Create a record and return its id.

    Raises:
        SalesforceError: the refusal; nothing is written then.
    """
    if not sobject.createable:
        message = f"entity type cannot be inserted: {sobject.label}"
        raise SalesforceError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, ())
    with org.store.transaction():
        values = completed(sobject, {}, checked(org, sobject, body))
        change = Change(org, sobject.name, None, None, values)
        apply_rules(change)
        record_id = org.store.insert(sobject.name, change.values, system=True)
        for trigger in org.triggers:
            trigger(org, sobject.name, record_id, None, change.values)
    return record_id


def update(org: Org, sobject: SObject, record_id: str, body: Mapping[str, Any]) -> None:
    """Change a record.

    Raises:
        SalesforceError: the refusal; nothing is written then.
    """
    if not sobject.updateable:
        message = f"entity type cannot be updated: {sobject.label}"
        raise SalesforceError(400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", message, ())
    with org.store.transaction():
        before = live_row(org, sobject, record_id)
        values = completed(sobject, before, checked(org, sobject, body, before["Id"]))
        change = Change(org, sobject.name, before["Id"], before, values)
        apply_rules(change)
        org.store.update(sobject.name, before["Id"], change.values, system=True)
        for trigger in org.triggers:
            trigger(org, sobject.name, before["Id"], before, change.values)


def delete(org: Org, sobject: SObject, record_id: str) -> None:
    """Move a record to the recycle bin, and its children where the relationship says so.

    Raises:
        SalesforceError: the refusal.
    """
    if not sobject.deletable:
        raise SalesforceError(400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", ())
    with org.store.transaction():
        before = live_row(org, sobject, record_id)
        apply_rules(Change(org, sobject.name, before["Id"], before, None))
        remove(org, sobject.name, before["Id"])


def upsert(
    org: Org, sobject: SObject, key: str, value: Any, body: Mapping[str, Any], *, update_only: bool = False
) -> Upserted:
    """Update the record with that external id, or create it.

    Raises:
        SeveralMatches: more than one record has it.
        SalesforceError: the refusal.
    """
    field = upsert_key(sobject, key)
    if any(name.lower() == field.name.lower() for name in body):
        message = f"The {field.name} field should not be specified in the sobject data."
        raise SalesforceError(400, "INVALID_FIELD", message)
    if value is None or value == "":
        raise SalesforceError(400, "MISSING_ARGUMENT", f"{field.name} not specified", ())
    if field.type == "id":
        update(org, sobject, str(value), body)
        return Upserted(to_18(str(value)), created=False)
    ids = matches(org, sobject, field, value)
    if len(ids) > 1:
        raise SeveralMatches(ids)
    if ids:
        update(org, sobject, ids[0], body)
        return Upserted(ids[0], created=False)
    if update_only:
        raise not_found()
    return Upserted(insert(org, sobject, {**body, field.name: value}), created=True)


def matches(org: Org, sobject: SObject, field: Field, value: Any) -> list[str]:
    """Return the ids of the live records whose key field has that value.

    Raises:
        SalesforceError: the value is not of the field's type.
    """
    wanted = read_value(field, value)
    if field.type == "id":
        wanted = to_18(wanted) if is_id(wanted) else None
    return [str(row["Id"]) for row in org.store.find(sobject.name, field.name, wanted)] if wanted is not None else []


def upsert_key(sobject: SObject, name: str) -> Field:
    """Return the external id field (or `Id`) of that name.

    Raises:
        SalesforceError: 404 when it is no key.
    """
    field = sobject.field(name)
    if field is None or not (field.external_id or field.type == "id"):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def live_row(org: Org, sobject: SObject, record_id: str) -> dict[str, Any]:
    """Return the stored row of a record.

    Raises:
        SalesforceError: the id is malformed or another object's, or the record is not there or deleted.
    """
    try:
        identifier = to_18(record_id)
    except MalformedId as error:
        raise SalesforceError(400, "MALFORMED_ID", f"malformed id {record_id}", ()) from error
    if identifier[:3] != sobject.key_prefix:
        message = f"{sobject.label} ID: id value of incorrect type: {record_id}"
        raise SalesforceError(400, "MALFORMED_ID", message, ("Id",))
    row = org.store.get(sobject.name, identifier)
    if row is None:
        raise not_found()
    if row.get("IsDeleted"):
        raise deleted()
    return row


def readable_fields(sobject: SObject, wanted: Iterable[str] | None = None) -> list[str]:
    """Return the catalogue spelling of the wanted fields, or of all.

    Raises:
        SalesforceError: `INVALID_FIELD` for an unknown one.
    """
    if wanted is None:
        return [field.name for field in sobject.fields.values()]
    names = []
    for name in wanted:
        field = sobject.field(name)
        if field is None and "." not in name:
            message = f"No such column '{name}' on entity '{sobject.name}'"
            raise SalesforceError(400, "INVALID_FIELD", message)
        names.append(field.name if field else name)
    return names


def read(
    org: Org, sobject: SObject, record_ids: Iterable[str], fields: Iterable[str] | None, version: str
) -> dict[str, dict[str, Any]]:
    """Return the JSON form of live records by their 18 character id; absent ones are left out."""
    names = dict.fromkeys(["Id", *readable_fields(sobject, fields)])
    listed = ", ".join(f"'{identifier}'" for identifier in record_ids)
    text = f"SELECT {', '.join(names)} FROM {sobject.name} WHERE Id IN ({listed})"  # noqa: S608 - checked names
    rows = org.store.query(text, version=version, batch_size=2000).page()["records"]
    return {row["Id"]: row for row in rows}
