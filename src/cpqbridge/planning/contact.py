"""Plans contacts: found by CRM id inside their account, created when absent, updated where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cpqbridge.mapping.contact import Role, has_address
from cpqbridge.mapping.rule import Mapped, Record, Table
from cpqbridge.planning.compare import changed, row_of
from cpqbridge.planning.draft import AccountKey, Draft
from cpqbridge.planning.plan import Known, Ref
from cpqbridge.planning.state import Row

_LOOK_UPS: Mapping[Role, tuple[str, str, str]] = {
    "billTo": ("BillToContact", "Billing", "InvoiceOwner__c"),
    "soldTo": ("ShipToContact", "Shipping", "SubscriptionOwner__c"),
}

_NAMES: Mapping[Role, tuple[str, str]] = {
    "billTo": ("Bill-to contact", "invoice owner"),
    "soldTo": ("Ship-to contact", "subscription owner"),
}
"""What a contact and the account that it must be of are called."""


def order_contact(draft: Draft, role: Role, order: Record, owner: AccountKey) -> Known | None:
    """Return the contact that an order names for a role: its contact, else one made from its address, else None.

    None leaves the account's own contact in place. Source: guide "Bill To Contact", "Sold To Contact".

    Args:
        draft: The plan being made.
        role: `billTo` or `soldTo`.
        order: The Salesforce order with `BillToContact` and `ShipToContact`.
        owner: The invoice owner for the bill-to, the subscription owner for the sold-to contact.
    """
    look_up, part, owner_field = _LOOK_UPS[role]
    contact = order.get(look_up)
    if contact is not None:
        if order.get(owner_field) and contact.get("AccountId") != owner.crm_id:
            kind, owner_kind = _NAMES[role]
            belongs = f"{kind} {contact.get('LastName')} belongs to account {_named(draft, contact.get('AccountId'))}"
            message = f"{belongs}, not to the {owner_kind} {_named(draft, owner.crm_id)}"
            draft.refuse("CPQ-407", f"Order.{look_up}Id", message)
            return None
        return ensure_contact(draft, draft.tables.contact, {"Contact": contact}, owner)
    if has_address(order, part):
        table = draft.tables.order_bill_to if role == "billTo" else draft.tables.order_sold_to
        return ensure_contact(draft, table, {"Order": order}, owner, role=role)
    return None


def _named(draft: Draft, crm_id: str | None) -> str:
    """Return what people call an account: its name where one of the systems gives it, else its Salesforce id."""
    key = str(crm_id)
    name = draft.snapshot.accounts.get(key, {}).get("Name") or draft.state.accounts.get(key, {}).get("Name")
    return str(name or crm_id)


def ensure_contact(
    draft: Draft, table: Table, roots: Mapping[str, Record], account: AccountKey, *, role: Role | None = None
) -> Known | None:
    """Return the Zuora id of a contact in an account; plan to create it, or to update what differs.

    A contact made from a record is found by `crmId__c`; one made from an address by `crmId__c` or `crmOrderId__c` and
    the role at the end of its name.
    """
    mapped = draft.map(table, draft.context(roots, account=account.id))
    row = _find(draft.state.contacts.get(str(account.id), ()), mapped.body, role)
    if row is not None:
        update_contact(draft, table, roots, row)
        found: str = row["Id"]
        return found
    source = mapped.body.get("crmOrderId__c") or mapped.body.get("crmId__c")
    key = f"contact:{account.crm_id}:{source}" + (f":{role}" if role else "")
    if (key, account.id) not in draft.contacts:
        mapped.body.setdefault("accountId", account.id)
        known = {"account": account.id, "row": row_of(table, mapped.body)}
        draft.add("create_contact", key, "/v1/contacts", mapped, known=known)
        draft.contacts[key, account.id] = Ref(key, "id")
    return draft.contacts[key, account.id]


def update_contact(draft: Draft, table: Table, roots: Mapping[str, Record], row: Row) -> None:
    """Plan to write what differs between a contact's source and its row in Zuora."""
    key = f"contact:{row['Id']}"
    if (key, row["Id"]) in draft.contacts:
        return
    mapped = draft.map(table, draft.context(roots), creating=False)
    body = changed(table, mapped.body, row)
    if body:
        draft.contacts[key, row["Id"]] = row["Id"]
        lineage = [line for line in mapped.lineage if line.pointer.split("/")[1] in body]
        known = {"account": row.get("AccountId"), "id": row["Id"], "row": row_of(table, body)}
        draft.add("update_contact", key, f"/v1/contacts/{row['Id']}", Mapped(body, lineage), method="PUT", known=known)


def _find(rows: Iterable[Row], body: Mapping[str, Any], role: Role | None) -> Row | None:
    for row in rows:
        if row.get("CrmId__c") != body.get("crmId__c"):
            continue
        if role is None or _same_address_contact(row, body, role):
            return row
    return None


def _same_address_contact(row: Row, body: Mapping[str, Any], role: Role) -> bool:
    same_order = row.get("CrmOrderId__c") == body.get("crmOrderId__c")
    return same_order and str(row.get("LastName", "")).endswith(f"_{role}")
