"""Plans accounts: create with parents first, update only what differs, hold what Zuora cannot change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cpqbridge.mapping.contact import has_address
from cpqbridge.mapping.rule import Lineage, Mapped, Record, Table
from cpqbridge.planning.compare import changed, row_of
from cpqbridge.planning.contact import ensure_contact, update_contact
from cpqbridge.planning.draft import AccountKey, Draft
from cpqbridge.planning.plan import Known, Ref, SyncPlan
from cpqbridge.planning.state import Row


def plan_account(draft: Draft, account: Record) -> SyncPlan:
    """Return the plan of one account: the account, its parents, its addresses' contacts and its further contacts.

    Source: guide "Account" and "Contact"; account sync, event flow.
    """
    crm_id = account["Id"]
    row = draft.state.accounts.get(crm_id)
    key = ensure_account(draft, crm_id)
    if row is not None and key is not None:
        _update(draft, account, row)
    if key is not None:
        for contact in draft.snapshot.contacts.get(crm_id, ()):
            ensure_contact(draft, draft.tables.contact, {"Contact": contact}, key)
    number = None if row is None else row["AccountNumber"]
    return draft.finish(f"Account:{crm_id}", account.get("Name") or crm_id, {"accountNumber": number})


def ensure_account(draft: Draft, crm_id: str, descendants: tuple[str, ...] = ()) -> AccountKey | None:
    """Return how to name the account, planning its creation (parents first, without orders) where Zuora lacks it.

    Args:
        draft: The plan being made.
        crm_id: Salesforce account id.
        descendants: The accounts below it that are being made, to notice a circle.

    Returns:
        None when the account cannot be made; the reason is among the draft's problems.
    """
    doubles = draft.state.doubles.get(crm_id)
    if doubles:
        message = f"Zuora has several accounts with the CRM id {crm_id}: {', '.join(doubles)}"
        draft.refuse("CPQ-422", "Account.Id", message)
        return None
    row = draft.state.accounts.get(crm_id)
    if row is not None:
        return AccountKey(crm_id, row["Id"], row["AccountNumber"], row.get("BillCycleDay"))
    if crm_id not in draft.accounts:
        draft.accounts[crm_id] = _create(draft, crm_id, descendants)
    return draft.accounts[crm_id]


def _create(draft: Draft, crm_id: str, descendants: tuple[str, ...]) -> AccountKey | None:
    account = draft.snapshot.accounts.get(crm_id)
    if account is None:
        draft.refuse("CPQ-408", "Account.Id", f"Account {crm_id} cannot be read in Salesforce")
        return None
    if crm_id in descendants:
        circle = " → ".join((*descendants, crm_id))
        draft.refuse("CPQ-409", "Account.ParentId", f"The account is its own ancestor: {circle}")
        return None
    parent = None
    if account.get("ParentId"):
        key = ensure_account(draft, account["ParentId"], (*descendants, crm_id))
        if key is None:
            return None
        parent = key.id
    problems = len(draft.problems)
    mapped = _new_account(draft, account, parent)
    if len(draft.problems) > problems:
        return None
    operation = f"account:{crm_id}"
    day = mapped.body.get("billCycleDay")
    row = {**row_of(draft.tables.account, mapped.body), "Currency": mapped.body["currency"], "BillCycleDay": day}
    draft.add("create_account", operation, "/v1/accounts", mapped, known={"crm_id": crm_id, "row": row})
    return AccountKey(crm_id, Ref(operation, "accountId"), Ref(operation, "accountNumber"), day)


def _new_account(draft: Draft, account: Record, parent: Known | None) -> Mapped:
    context = draft.context({"Account": account}, parent=parent, account_key=draft.options.account_key_field)
    mapped = draft.map(draft.tables.account, context)
    if not has_address(account, "Billing"):
        draft.refuse("CPQ-403", "Account.BillingAddress", f"Account {account.get('Name')} has no billing address")
        return mapped
    bill_to, sold_to = draft.tables.account_bill_to, draft.tables.account_sold_to
    for name, table, part in (("billToContact", bill_to, "Billing"), ("soldToContact", sold_to, "Shipping")):
        if has_address(account, part):
            contact = draft.map(table, context, prefix=f"/{name}", into=mapped)
            mapped.body[name] = contact.body
    return mapped


def _update(draft: Draft, account: Record, row: Row) -> None:
    """Plan the differences of an account that Zuora has; only what differs is written."""
    currency = account.get("CurrencyIsoCode")
    if currency and row.get("Currency") and currency != row["Currency"]:
        message = f"Account currency is {currency}, Zuora has {row['Currency']} and cannot change it"
        draft.refuse("CPQ-410", "Account.CurrencyIsoCode", message)
        return
    if not has_address(account, "Billing"):
        draft.refuse("CPQ-403", "Account.BillingAddress", f"Account {account.get('Name')} has no billing address")
        return
    parent = _parent_id(draft, account)
    context = draft.context({"Account": account}, parent=parent)
    mapped = draft.map(draft.tables.account, context, creating=False)
    body = changed(draft.tables.account, mapped.body, row)
    sold_to: Known | None = None
    _address(draft, draft.tables.account_bill_to, {"Account": account}, row, row.get("BillToId"))
    if has_address(account, "Shipping"):
        if row.get("SoldToId") in (None, row.get("BillToId")):
            key = AccountKey(account["Id"], row["Id"], row["AccountNumber"])
            sold_to = ensure_contact(draft, draft.tables.account_sold_to, {"Account": account}, key, role="soldTo")
            body["soldToContactId"] = sold_to
            source = "Account.ShippingAddress"
            mapped.lineage.append(Lineage("", "/soldToContactId", source, "Account / Sold To Contact", sold_to))
        else:
            _address(draft, draft.tables.account_sold_to, {"Account": account}, row, row.get("SoldToId"))
    if body:
        lineage = [line for line in mapped.lineage if line.pointer.split("/")[1] in body]
        path = f"/v1/accounts/{row['AccountNumber']}"
        new = {**row_of(draft.tables.account, body), **({"SoldToId": sold_to} if sold_to else {})}
        known = {"crm_id": account["Id"], "row": new}
        draft.add("update_account", f"account:{account['Id']}", path, Mapped(body, lineage), method="PUT", known=known)


def _parent_id(draft: Draft, account: Record) -> Known | None:
    if not account.get("ParentId"):
        return None
    key = ensure_account(draft, account["ParentId"], (account["Id"],))
    return None if key is None else key.id


def _address(draft: Draft, table: Table, roots: Mapping[str, Record], account: Row, contact_id: Any) -> None:
    """Plan what differs in the contact made from an address; a person that billing has chosen instead is left alone."""
    rows: Iterable[Row] = draft.state.contacts.get(account["Id"], ())
    for row in rows:
        if row["Id"] == contact_id and row.get("CrmId__c") in (None, "", roots["Account"]["Id"]):
            update_contact(draft, table, roots, row)
