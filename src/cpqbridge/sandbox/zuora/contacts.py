"""Contacts: ``/v1/contacts``."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora import contact_data
from cpqbridge.sandbox.zuora.contact_data import RESOURCE
from cpqbridge.sandbox.zuora.envelopes import (
    INVALID,
    MISSING,
    NO_BODY,
    NOT_FOUND,
    RULE,
    Refusal,
    code,
    not_found,
)
from cpqbridge.sandbox.zuora.fields import check, text
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.parties import find_account, in_one_hierarchy
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Row fields that may hold a contact's id, by kind of record.
_USES = {
    "account": ("billToId", "soldToId", "shipToId"),
    "subscription": ("billToContactId", "soldToContactId", "shipToContactId"),
    "orderLineItem": ("billToId", "soldTo", "shipToId"),
}

_PERSONAL = set(contact_data.CHANGED_CONTACT) | {"postalCode", "nickName", "description"}


def routes(tenant: Tenant) -> list[Route]:
    """The contact calls of a tenant."""

    async def create(request: Request) -> Response:
        return _shown(tenant, create_contact(tenant, await read_body(request)))

    async def read(request: Request) -> Response:
        return _shown(tenant, _contact(tenant, request))

    async def update(request: Request) -> Response:
        contact = _contact(tenant, request)
        return _shown(tenant, update_contact(tenant, contact, await read_body(request)))

    async def delete(request: Request) -> Response:
        contact = _contact(tenant, request)
        refuse_in_use(tenant, contact["id"])
        tenant.store.delete("contact", contact["id"])
        return ok()

    async def transfer(request: Request) -> Response:
        contact = _contact(tenant, request)
        body = await read_body(request)
        check(body, {"destinationAccountKey": text(required=True)}, resource=RESOURCE)
        _transfer(tenant, contact, body["destinationAccountKey"])
        return ok()

    async def scrub(request: Request) -> Response:
        contact = _contact(tenant, request)
        masked = {name: None for name in _PERSONAL if name in contact}
        names = {"firstName": contact["id"], "lastName": contact["id"]}
        tenant.store.update("contact", contact["id"], {**masked, **names})
        return ok()

    return [
        Route("/v1/contacts", create, methods=["POST"]),
        Route("/v1/contacts/{key}", read, methods=["GET"]),
        Route("/v1/contacts/{key}", update, methods=["PUT"]),
        Route("/v1/contacts/{key}", delete, methods=["DELETE"]),
        Route("/v1/contacts/{key}/transfer", transfer, methods=["PUT"]),
        Route("/v1/contacts/{key}/scrub", scrub, methods=["PUT"]),
    ]


def create_contact(tenant: Tenant, body: dict[str, Any]) -> Row:
    """Make a contact from the body of ``POST /v1/contacts``.

    Raises:
        Refusals: The body has faults.
        Refusal: The account is missing or not known.
    """
    check(body, contact_data.CREATE, resource=RESOURCE, custom="contact", customs=tenant.custom_rules())
    details = {name: value for name, value in body.items() if name not in {"accountId", "accountNumber"}}
    values = contact_data.row_values(details, RESOURCE)
    account = _account_of(tenant, body)
    return tenant.store.insert("contact", {**values, "accountId": account["id"]})


def update_contact(tenant: Tenant, contact: Row, body: dict[str, Any]) -> Row:
    """Change the fields that a body names; an empty value empties its field.

    Raises:
        Refusals: The body has faults.
    """
    check(body, contact_data.UPDATE, resource=RESOURCE, custom="contact", customs=tenant.custom_rules(), blank=True)
    return tenant.store.update("contact", contact["id"], contact_data.row_values(body, RESOURCE, before=contact))


def refuse_in_use(tenant: Tenant, contact_id: str) -> None:
    """Let a contact pass that no account, subscription or order line item names.

    Raises:
        Refusal: Something names it.
    """
    for kind, names in _USES.items():
        for name in names:
            if tenant.store.find(kind, **{name: contact_id}):
                message = f"The contact '{contact_id}' is in use: {name} of {kind}."
                raise Refusal(code(NO_BODY, RULE), message)


def _account_of(tenant: Tenant, body: dict[str, Any]) -> Row:
    key = body.get("accountId") or body.get("accountNumber")
    if not key:
        raise Refusal(code(RESOURCE, MISSING), "Missing required field: accountId or accountNumber.")
    account = find_account(tenant, key)
    if account is None:
        raise Refusal(code(RESOURCE, NOT_FOUND), f"The account '{key}' does not exist.")
    number = body.get("accountNumber")
    if number and number != account["accountNumber"]:
        raise Refusal(code(RESOURCE, INVALID), "accountId and accountNumber name different accounts.")
    return account


def _transfer(tenant: Tenant, contact: Row, destination_key: str) -> None:
    destination = find_account(tenant, destination_key)
    if destination is None:
        raise Refusal(code(RESOURCE, NOT_FOUND), f"The account '{destination_key}' does not exist.")
    if not in_one_hierarchy(tenant, contact["accountId"], destination["id"]):
        raise Refusal(code(RESOURCE, RULE), "The destination account is not in the same account hierarchy.")
    refuse_in_use(tenant, contact["id"])
    tenant.store.update("contact", contact["id"], {"accountId": destination["id"]})


def _contact(tenant: Tenant, request: Request) -> Row:
    key = request.path_params["key"]
    contact = tenant.store.get("contact", key)
    if contact is None:
        raise not_found(key)
    return contact


def _shown(tenant: Tenant, contact: Row) -> Response:
    return ok(**contact_data.view(contact, tenant), **contact_data.roles(contact))
