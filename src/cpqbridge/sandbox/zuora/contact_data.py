"""What a contact consists of: the table of its request fields, its checks, its row and its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cpqbridge.sandbox.zuora.envelopes import INVALID, MISSING, Refusal, Refusals, code
from cpqbridge.sandbox.zuora.fields import Rule, rule, text
from cpqbridge.sandbox.zuora.reference import REGIONS, country_name, region_name
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Resource of the contact calls in error codes.
RESOURCE = 530700

_PHONE_TYPES = ("Work", "Mobile", "Home", "Other")

_DETAILS: dict[str, Rule] = {
    "address1": text(255),
    "address2": text(255),
    "city": text(100),
    "contactDescription": text(100),
    "country": text(64),
    "county": text(100),
    "fax": text(40),
    "homePhone": text(40),
    "mobilePhone": text(40),
    "nickname": text(100),
    "otherPhone": text(40),
    "otherPhoneType": rule("str", enum=_PHONE_TYPES),
    "personalEmail": text(80),
    "state": text(100),
    "taxRegion": text(100),
    "workEmail": text(80),
    "workPhone": text(40),
    "zipCode": text(20),
}

#: Fields of a new contact inside of an account or order.
NEW_CONTACT: dict[str, Rule] = {
    "firstName": text(100, required=True),
    "lastName": text(100, required=True),
    **_DETAILS,
}

#: Fields of a change; the names may be left out.
CHANGED_CONTACT: dict[str, Rule] = {"firstName": text(100), "lastName": text(100), **_DETAILS}

_ROLES: dict[str, Rule] = {"asBillTo": rule("bool"), "asSoldTo": rule("bool"), "asShipTo": rule("bool")}

#: Body of ``POST /v1/contacts``.
CREATE: dict[str, Rule] = {"accountId": text(), "accountNumber": text(70), **NEW_CONTACT, **_ROLES}

#: Body of ``PUT /v1/contacts/{id}``.
UPDATE: dict[str, Rule] = {**CHANGED_CONTACT, **_ROLES}

# The names that differ between /v1 bodies and rows.
_ROW_NAMES = {"zipCode": "postalCode", "nickname": "nickName", "contactDescription": "description"}


def row_values(body: Mapping[str, Any], resource: int, path: str = "", before: Row | None = None) -> Row:
    """The row fields of a checked body; country and state by their full names, empty texts as None.

    Args:
        body: Contact fields as in ``/v1`` requests.
        resource: Resource code for refusals.
        path: Where the body stands in the request, for refusals.
        before: The contact's row when it is a change.

    Raises:
        Refusals: Country or state is not known, a state is missing, or a name is emptied.
    """
    values = {_ROW_NAMES.get(name, name): None if value == "" else value for name, value in body.items()}
    faults = [*_emptied_names(values, resource, path)]
    if "country" in values or "state" in values:
        faults += _normalise_region(values, before or {}, resource, path)
    if faults:
        raise Refusals(faults)
    return values


def view(contact: Row, tenant: Tenant) -> dict[str, Any]:
    """A contact's row as the JSON of the ``/v1`` family, without the envelope."""
    account = tenant.store.get("account", contact["accountId"])
    shown = {name: contact.get(_ROW_NAMES.get(name, name)) for name in ("id", "accountId", *CHANGED_CONTACT)}
    customs = {name: contact.get(name) for name in tenant.customs("contact")}
    number = account["accountNumber"] if account else None
    return {**shown, "accountNumber": number, "postalCode": contact.get("postalCode"), **customs}


def roles(contact: Row) -> dict[str, bool]:
    """For which roles the contact may be chosen; all unless it was said otherwise."""
    return {name: contact.get(name) is not False for name in _ROLES}


def _emptied_names(values: Row, resource: int, path: str) -> Iterator[Refusal]:
    for name in ("firstName", "lastName"):
        if name in values and not values[name]:
            yield Refusal(code(resource, MISSING), f"Missing required field: {_join(path, name)}.")


def _normalise_region(values: Row, before: Row, resource: int, path: str) -> Iterator[Refusal]:
    given = values.get("country", before.get("country"))
    country = country_name(given) if given else None
    if given and country is None:
        message = f"'{_join(path, 'country')}' is not a valid country name or code: {given}."
        yield Refusal(code(resource, INVALID), message)
        return
    if "country" in values:
        values["country"] = country
    if country not in REGIONS:
        return
    state = values.get("state", before.get("state"))
    if not state:
        message = f"Missing required field: {_join(path, 'state')} (the country is {country})."
        yield Refusal(code(resource, MISSING), message)
        return
    region = region_name(country, state)
    if region is None:
        message = f"'{_join(path, 'state')}' is not a valid state or province of {country}: {state}."
        yield Refusal(code(resource, INVALID), message)
    elif "state" in values:
        values["state"] = region


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
