"""Contacts, payment term and invoice group of an existing subscription: set anew, or cleared."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.parties import contact_of, payment_term
from cpqbridge.sandbox.zuora.orders.reasons import invalid, off, unknown
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Field of the body -> name of its ``clearingExisting…`` switch.
_CLEARING = {
    "billToContactId": "clearingExistingBillToContact",
    "soldToContactId": "clearingExistingSoldToContact",
    "shipToContactId": "clearingExistingShipToContact",
    "paymentTerm": "clearingExistingPaymentTerm",
    "invoiceGroupNumber": "clearingExistingInvoiceGroupNumber",
    "invoiceTemplateId": "clearingExistingInvoiceTemplate",
    "sequenceSetId": "clearingExistingSequenceSet",
    "communicationProfileId": "clearingExistingCommunicationProfile",
}

#: The one field that does not need Flexible Billing Attributes.
_ALWAYS = {"shipToContactId", "clearingExistingShipToContact"}
_NEW_CONTACTS = ("billToContact", "soldToContact", "shipToContact")
_TEMPLATES = ("invoiceTemplateId", "sequenceSetId", "communicationProfileId")


def changed_attributes(tenant: Tenant, body: Body, owner: Row, payer: Row) -> Row:
    """Row fields that an action's body changes on a subscription, of the version and of the ``orderAction``.

    Args:
        tenant: Whose subscription it is.
        body: Body of the action, checked against its table.
        owner: Account that owns the subscription after the action; sold-to and ship-to contacts are its own.
        payer: Account that is invoiced; the bill-to contact is its own.

    Raises:
        Refusal: A field needs a feature that is off, names what is not there, or is both set and cleared.
    """
    _check_features(tenant, body)
    fields: Row = {}
    for name, clearing in _CLEARING.items():
        if body.get(clearing) and body.get(name):
            raise invalid(f"Only one of {name} and {clearing} may be given.")
        if body.get(clearing):
            fields[name] = None
        elif body.get(name):
            fields[name] = _checked(tenant, name, body[name], payer if name == "billToContactId" else owner)
    return fields


def clearings(body: Body) -> Row:
    """The ``clearingExisting…`` switches of a body, as fields of the ``orderAction``."""
    return {name: body[name] for name in _CLEARING.values() if body.get(name) is not None}


def _check_features(tenant: Tenant, body: Body) -> None:
    if not tenant.settings.flexible_billing_attributes:
        for name in (*_CLEARING, *_CLEARING.values()):
            if body.get(name) and name not in _ALWAYS:
                raise off(f"{name} needs Flexible Billing Attributes, which is not enabled.")
    for name in _NEW_CONTACTS:
        if body.get(name) is not None:
            raise off(f"{name}: creating a contact inside an order action is not enabled for this tenant.")


def _checked(tenant: Tenant, name: str, value: str, account: Row) -> str | None:
    if name in _TEMPLATES:
        raise unknown(f"{name}: there is no '{value}'.")
    if name == "paymentTerm":
        return payment_term(tenant, value)
    return contact_of(tenant, value, account, name) if name.endswith("ContactId") else value
