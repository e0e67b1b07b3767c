"""Accounts, contacts and payment terms that an order names."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, unknown
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def active_account(tenant: Tenant, number: str, field: str) -> Row:
    """The account with that number.

    Args:
        tenant: Whose account it is.
        number: Account number.
        field: Request field that named it, for the messages.

    Raises:
        Refusal: No such account, or not Active.
    """
    rows = tenant.store.find("account", accountNumber=number)
    if not rows:
        raise unknown(f"{field}: the account number '{number}' does not exist.")
    if rows[0].get("status", "Active") != "Active":
        raise broken(f"{field}: the account '{number}' is not active.")
    return rows[0]


def contact_of(tenant: Tenant, contact_id: str | None, account: Row, field: str) -> str | None:
    """The contact's id, when it belongs to the account; None stays None.

    Raises:
        Refusal: No such contact, or one of another account.
    """
    if not contact_id:
        return None
    contact = tenant.store.get("contact", contact_id)
    if contact is None:
        raise unknown(f"{field}: the contact '{contact_id}' does not exist.")
    if contact["accountId"] != account["id"]:
        number = account["accountNumber"]
        raise broken(f"{field}: the contact '{contact_id}' does not belong to account '{number}'.")
    return contact_id


def payment_term(tenant: Tenant, name: str | None, field: str = "paymentTerm") -> str | None:
    """The payment term's name, when the tenant has it; None stays None.

    Raises:
        Refusal: The tenant has no such payment term.
    """
    if name and name not in tenant.settings.payment_terms:
        raise invalid(f"{field}: the payment term '{name}' does not exist or is not active.")
    return name or None
