"""Posting of drafts, and what an account owes by its posted documents."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.billing.documents import DRAFT, POSTED
from cpqbridge.sandbox.zuora.billing.due import mark
from cpqbridge.sandbox.zuora.envelopes import RULE, Refusal, code
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import USER_ID, Tenant

#: Resources of the calls about invoices and credit memos in error codes.
INVOICES, CREDIT_MEMOS = 571000, 584300


def post_invoice(tenant: Tenant, invoice: Row, invoice_date: str | None = None) -> Row:
    """Post a draft invoice and return its row.

    Args:
        tenant: Whose invoice it is.
        invoice: Its row.
        invoice_date: Another invoice date, ``YYYY-MM-DD``.

    Raises:
        Refusal: It is no draft.
    """
    _require_draft(invoice, "invoice", invoice["invoiceNumber"], INVOICES)
    changes: Row = {"status": POSTED, "postedBy": USER_ID, "postedDate": _now(tenant)}
    if invoice_date:
        changes["invoiceDate"] = invoice_date
    with tenant.store.transaction():
        row = tenant.store.update("invoice", invoice["id"], changes)
        _mark(tenant, "invoice", row)
        settle(tenant, row["accountId"])
    return row


def post_credit_memo(tenant: Tenant, memo: Row) -> Row:
    """Post a draft credit memo and return its row.

    Raises:
        Refusal: It is no draft.
    """
    _require_draft(memo, "credit memo", memo["memoNumber"], CREDIT_MEMOS)
    changes = {"status": POSTED, "postedById": USER_ID, "postedOn": _now(tenant)}
    with tenant.store.transaction():
        row = tenant.store.update("creditMemo", memo["id"], changes)
        _mark(tenant, "creditMemo", row)
        settle(tenant, row["accountId"])
    return row


def settle(tenant: Tenant, account_id: str) -> None:
    """Bring the balances and the last invoice date of an account up to its posted documents."""
    invoices = tenant.store.find("invoice", accountId=account_id, status=POSTED)
    memos = tenant.store.find("creditMemo", accountId=account_id, status=POSTED)
    owed, credited = _total(row["balance"] for row in invoices), _total(row["balance"] for row in memos)
    changes = {
        "balance": owed - credited,
        "totalInvoiceBalance": owed,
        "unappliedCreditMemoAmount": credited,
        "lastInvoiceDate": max((row["invoiceDate"] for row in invoices), default=None),
    }
    account = tenant.store.get("account", account_id) or {}
    if any(account.get(name) != value for name, value in changes.items()):
        tenant.store.update("account", account_id, changes)


def _mark(tenant: Tenant, kind: str, document: Row) -> None:
    """Bring the marks of the charges that a document bills up to date."""
    store = tenant.store
    items = store.find(f"{kind}Item", **{f"{kind}Id": document["id"]})
    for number in {item["subscriptionNumber"] for item in items if item["subscriptionNumber"]}:
        for version in store.find("subscription", name=number, isLatestVersion=True):
            mark(tenant, version, target=document["targetDate"])


def _require_draft(row: Row, noun: str, number: str, resource: int) -> None:
    if row["status"] != DRAFT:
        message = f"Only a draft {noun} can be posted; '{number}' is {row['status']}."
        raise Refusal(code(resource, RULE), message)


def _total(amounts: Iterable[Any]) -> Decimal:
    return sum(amounts, Decimal(0))


def _now(tenant: Tenant) -> str:
    return tenant.clock().isoformat(timespec="seconds")
