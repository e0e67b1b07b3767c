"""OwnerTransfer: another account owns the subscription, or is invoiced for it."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment, begin
from cpqbridge.sandbox.zuora.orders.amending.attributes import changed_attributes, clearings
from cpqbridge.sandbox.zuora.orders.amending.owners import accounts_of
from cpqbridge.sandbox.zuora.orders.parties import active_account
from cpqbridge.sandbox.zuora.orders.reasons import missing, off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_OWNER, _PAYER = "destinationAccountNumber", "destinationInvoiceAccountNumber"


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Transfer the new version with its rate plans and charges; contacts of an account that was left are cleared.

    Raises:
        Refusal: No account is named, it does not exist or is not active, or an attribute is wrong.
    """
    amendment, body = begin(run, entry, action), action["ownerTransfer"]
    tenant, subscription = run.tenant, amendment.subscription
    if not body.get(_OWNER) and not body.get(_PAYER):
        raise missing(f"ownerTransfer needs at least one of {_OWNER} and {_PAYER}.")
    if body.get("paymentProfile"):
        raise off("ownerTransfer.paymentProfile needs a feature that is not enabled for this tenant.")
    owner, payer = accounts_of(tenant, subscription)
    owner = active_account(tenant, body[_OWNER], _OWNER) if body.get(_OWNER) else owner
    payer = active_account(tenant, body[_PAYER], _PAYER) if body.get(_PAYER) else payer
    if payer["currency"] != subscription["currency"] and not tenant.settings.multicurrency:
        raise off(
            f"A subscription in {subscription['currency']} for an account in {payer['currency']} needs "
            "Multiple Currencies."
        )
    left = _left_contacts(tenant, subscription, owner, payer)
    attributes = left | changed_attributes(tenant, body, owner, payer)
    _transfer(amendment, attributes, owner, payer)
    return amendment.result(**clearings(body), **attributes)


def _left_contacts(tenant: Tenant, subscription: Row, owner: Row, payer: Row) -> Row:
    """The subscription's contacts that do not belong to its accounts any more, as cleared row fields."""
    fields: Row = {}
    for name, account in (("billToContactId", payer), ("soldToContactId", owner), ("shipToContactId", owner)):
        contact = tenant.store.get("contact", subscription.get(name) or "")
        if contact and contact["accountId"] != account["id"]:
            fields[name] = None
    return fields


def _transfer(amendment: Amendment, attributes: Row, owner: Row, payer: Row) -> None:
    store, key = amendment.run.store, amendment.subscription["id"]
    amendment.update(attributes | {"accountId": owner["id"], "invoiceOwnerId": payer["id"]})
    owners = {"subscriptionOwnerId": owner["id"], "invoiceOwnerId": payer["id"]}
    for kind in ("ratePlan", "ratePlanCharge"):
        for row in store.find(kind, subscriptionId=key):
            store.update(kind, row["id"], owners)
