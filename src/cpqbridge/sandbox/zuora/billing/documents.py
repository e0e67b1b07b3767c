"""Invoices and credit memos: items that fall due become documents of an account.

Items of one account, currency, invoice group and (when it is invoiced separately) subscription go together. With
Invoice Settlement the credits go on a credit memo (Zuora's rule "put all negative charges on a credit memo"), each
discount with the charge that it discounts; without it one invoice holds everything, and may be negative.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from cpqbridge.sandbox.zuora.billing.ledger import CREDIT, DISCOUNT
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant

_ZERO = Decimal(0)

#: Statuses of documents.
DRAFT, POSTED, CANCELED = "Draft", "Posted", "Canceled"

#: What a credit memo's item calls otherwise than an invoice's: invoice item -> credit memo item.
_RENAMED = {"sKU": "sku", "taxCode": "taxCodeName"}


@dataclass(slots=True)
class Documents:
    """What a bill run made: rows of its documents and of their items by document id, and its own row."""

    bill_run: Row = field(default_factory=dict)
    invoices: list[Row] = field(default_factory=list)
    credit_memos: list[Row] = field(default_factory=list)
    items: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, more: Documents) -> None:
        """Take in the documents of another group of items."""
        self.invoices += more.invoices
        self.credit_memos += more.credit_memos
        self.items |= more.items


@dataclass(frozen=True, slots=True)
class Group:
    """What the items of one document share."""

    account_id: str
    currency: str
    invoice_group: str | None
    separate: str | None
    settings: tuple[str | None, str | None]


def make(tenant: Tenant, group: Group, items: list[Row], run: Row) -> Documents:
    """Write the documents of a group of items.

    Args:
        tenant: Whose they are.
        group: What they share.
        items: Items that fall due.
        run: Row of the bill run.
    """
    made = Documents(run)
    bills, given_back = _parted(items) if tenant.settings.invoice_settlement else (items, [])
    if bills:
        _invoice(tenant, group, bills, made)
    if given_back:
        _credit_memo(tenant, group, given_back, made)
    return made


def _parted(items: list[Row]) -> tuple[list[Row], list[Row]]:
    """Items for an invoice and items for a credit memo."""
    negative = {item["id"] for item in items if _is_credit(item)}
    moved = [item["id"] in negative or item["_billed"].get("base") in negative for item in items]
    return (
        [item for item, is_moved in zip(items, moved, strict=True) if not is_moved],
        [item for item, is_moved in zip(items, moved, strict=True) if is_moved],
    )


def _is_credit(item: Row) -> bool:
    """Whether it gives back; what takes a discount back goes with the credit of what was discounted."""
    return bool(item["_kind"] == CREDIT or (item["_kind"] != DISCOUNT and item["chargeAmount"] < 0))


def _invoice(tenant: Tenant, group: Group, items: list[Row], made: Documents) -> None:
    amount = sum((item["chargeAmount"] for item in items), _ZERO)
    (term, bill_to), run = group.settings, made.bill_run
    store, kinds = tenant.store, {_charge_type(tenant.store, item) for item in items}
    row = store.insert(
        "invoice",
        {
            **_common(group, run),
            "invoiceNumber": f"INV{store.next_number('invoice'):08d}",
            "invoiceDate": run["invoiceDate"],
            "dueDate": _due_date(run["invoiceDate"], term),
            "amount": amount,
            "amountWithoutTax": amount,
            "balance": amount,
            "paymentTerm": term,
            "billToContactId": bill_to,
            "includesOneTime": "OneTime" in kinds,
            "includesRecurring": "Recurring" in kinds,
            "includesUsage": "Usage" in kinds,
            "discount": sum((item["chargeAmount"] for item in items if item["_kind"] == DISCOUNT), _ZERO),
            "paymentAmount": _ZERO,
            "creditMemoAmount": _ZERO,
            "adjustmentAmount": _ZERO,
            "creditBalanceAdjustmentAmount": _ZERO,
            "refundAmount": _ZERO,
            "autoPay": False,
            "isSplit": False,
        },
    )
    made.invoices.append(row)
    made.items[row["id"]] = [store.insert("invoiceItem", _invoice_item(row, item)) for item in items]


def _credit_memo(tenant: Tenant, group: Group, items: list[Row], made: Documents) -> None:
    amount = -sum((item["chargeAmount"] for item in items), _ZERO)
    store, run = tenant.store, made.bill_run
    row = store.insert(
        "creditMemo",
        {
            **_common(group, run),
            "memoNumber": f"CM{store.next_number('creditMemo'):08d}",
            "memoDate": run["invoiceDate"],
            "totalAmount": amount,
            "totalAmountWithoutTax": amount,
            "balance": amount,
            "billToContactId": group.settings[1],
            "appliedAmount": _ZERO,
            "refundAmount": _ZERO,
            "discountAmount": _ZERO,
            "totalTaxExemptAmount": _ZERO,
            "sourceType": "Subscription",
            "autoApplyUponPosting": False,
            "excludeFromAutoApplyRules": False,
            "taxAutoCalculation": True,
        },
    )
    made.credit_memos.append(row)
    made.items[row["id"]] = [store.insert("creditMemoItem", _credit_memo_item(row, item)) for item in items]


def _common(group: Group, run: Row) -> Row:
    return {
        "accountId": group.account_id,
        "currency": group.currency,
        "invoiceGroupNumber": group.invoice_group,
        "status": DRAFT,
        "source": "BillRun",
        "sourceId": run["billRunNumber"],
        "targetDate": run["targetDate"],
        "taxAmount": _ZERO,
        "taxExemptAmount": _ZERO,
        "reversed": False,
        "transferredToAccounting": "No",
        "_billRunId": run["id"],
    }


def _invoice_item(invoice: Row, item: Row) -> Row:
    return {**item, "invoiceId": invoice["id"], "balance": item["chargeAmount"], "taxExemptAmount": _ZERO}


def _credit_memo_item(memo: Row, item: Row) -> Row:
    amount = -item["chargeAmount"]
    renamed = {name: item.get(source) for source, name in _RENAMED.items()}
    return {
        **item,
        **renamed,
        "creditMemoId": memo["id"],
        "amount": amount,
        "amountWithoutTax": amount,
        "unappliedAmount": amount,
        "appliedToOthersAmount": _ZERO,
        "beAppliedByOthersAmount": _ZERO,
        "refundAmount": _ZERO,
        "taxExemptAmount": _ZERO,
        "appliedToItemId": item.get("appliedToInvoiceItemId"),
        "creditFromItemSource": "InvoiceItem" if item.get("creditFromItemId") else None,
    }


def _charge_type(store: Store, item: Row) -> str:
    charge = store.get("ratePlanCharge", item.get("ratePlanChargeId") or "") or {}
    return str(charge.get("chargeType") or "OneTime")


def _due_date(invoice_date: str, term: str | None) -> str:
    """The invoice date and the days that the payment term names, such as 30 of ``Net 30``."""
    days = re.search(r"\d+", term or "")
    return (date.fromisoformat(invoice_date) + timedelta(int(days.group()) if days else 0)).isoformat()


def grouped(tenant: Tenant, items: Iterable[Row]) -> dict[Group, list[Row]]:
    """Items by the document that they go on."""
    groups: dict[Group, list[Row]] = {}
    for item in items:
        groups.setdefault(_group(tenant, item), []).append(item)
    return groups


def _group(tenant: Tenant, item: Row) -> Group:
    """The document of an item: that of its subscription, or of its order line item."""
    store = tenant.store
    account = store.get("account", item["accountId"]) or {}
    line = store.get("orderLineItem", item.get("orderLineItemId") or "") or {}
    named = store.find("subscription", name=item.get("_subscription"), isLatestVersion=True)
    source = line or (named[0] if named else {})
    bill_to = source.get("billToId") or source.get("billToContactId") or account.get("billToId")
    return Group(
        item["accountId"],
        source.get("currency") or account.get("currency") or tenant.settings.home_currency,
        source.get("invoiceGroupNumber"),
        item.get("_subscription") if source.get("isInvoiceSeparate") else None,
        (source.get("paymentTerm") or account.get("paymentTerm"), bill_to),
    )
