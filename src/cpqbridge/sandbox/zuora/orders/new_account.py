"""``newAccount`` of an order: made by the accounts resource, under its rules."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora import accounts
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_CONTACTS = ("billToContact", "soldToContact", "shipToContact")


def create_account(tenant: Tenant, new: Body) -> Row:
    """Create the account of an order.

    Raises:
        Refusal, Refusals: Whatever ``POST /v1/accounts`` would refuse.
    """
    return accounts.create_account(tenant, account_body(new))


def account_body(new: Body) -> Body:
    """The same account as body of ``POST /v1/accounts``: other names, custom fields at the top level."""
    body = {name: value for name, value in new.items() if name not in {"customFields", "allowInvoiceEdit"}}
    for name in _CONTACTS:
        if new.get(name):
            body[name] = {"zipCode" if key == "postalCode" else key: value for key, value in new[name].items()}
    if new.get("additionalEmailAddresses"):
        body["additionalEmailAddresses"] = new["additionalEmailAddresses"].split(",")
    return body | (new.get("customFields") or {})
