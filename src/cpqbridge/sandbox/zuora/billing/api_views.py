"""The JSON of invoices, credit memos and their items, as the ``/v1`` reads give it.

Each table names the fields of an answer that are those of the row; ``answer=row`` stands for one with another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]


def _names(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in text.split())
    return {name: row_name or name for name, _, row_name in pairs}


_INVOICE = _names("""
    accountId adjustmentAmount amount amountWithoutTax autoPay balance billRunId billToContactId
    billToContactSnapshotId comments createdById createdDate creditBalanceAdjustmentAmount creditMemoAmount currency
    discount dueDate id includesOneTime includesRecurring includesUsage invoiceDate invoiceGroupNumber invoiceNumber
    lastEmailSentDate paymentAmount paymentTerm postedBy postedDate refundAmount sequenceSetId
    shipToContactId shipToContactSnapshotId soldToContactId soldToContactSnapshotId communicationProfileId source
    sourceId sourceType status targetDate taxAmount taxExemptAmount taxMessage taxStatus templateId
    transferredToAccounting updatedById updatedDate
""")

_INVOICE_ITEM = _names("""
    accountingCode appliedToItemId=appliedToInvoiceItemId availableToCreditAmount=balance balance bookingReference
    chargeAmount chargeDate chargeDescription chargeId=ratePlanChargeId chargeName description
    excludeItemBillingFromRevenueAccounting id itemType processingType productRatePlanChargeId purchaseOrderNumber
    quantity revRecCode revRecTriggerCondition revRecStartDate revenueRecognitionRuleName serviceEndDate
    serviceStartDate sku=sKU soldToContactId soldToContactSnapshotId sourceItemType subscriptionId
    subscriptionName=subscriptionNumber taxAmount taxCode taxMode unitOfMeasure=uOM unitPrice
    reflectDiscountInNetAmount
""")

_CREDIT_MEMO = _names("""
    accountId amount=totalAmount appliedAmount autoApplyUponPosting billToContactId cancelledById cancelledOn
    comment=comments createdById createdDate creditMemoDate=memoDate currency excludeFromAutoApplyRules id
    invoiceGroupNumber revenueImpacting number=memoNumber postedById postedOn reasonCode referredInvoiceId=invoiceId
    refundAmount reversed sequenceSetId source sourceId sourceType status targetDate taxAmount taxMessage taxStatus
    totalTaxExemptAmount transferredToAccounting taxAutoCalculation unappliedAmount=balance updatedById updatedDate
    billToContactSnapshotId communicationProfileId
""")

_CREDIT_MEMO_ITEM = _names("""
    amount amountWithoutTax appliedAmount=appliedToOthersAmount appliedToItemId createdById createdDate
    creditFromItemId creditFromItemSource description excludeItemBillingFromRevenueAccounting id processingType
    quantity refundAmount serviceEndDate serviceStartDate sku soldToContactId soldToContactSnapshotId
    sourceItemId=ratePlanChargeId sourceItemType subscriptionId taxMode unappliedAmount unitOfMeasure unitPrice
    updatedById updatedDate orderLineItemId itemType purchaseOrderNumber reflectDiscountInNetAmount revenueImpacting
""")

#: Moments that these calls write as ``yyyy-mm-dd hh:mm:ss``.
_MOMENTS = {"createdDate", "updatedDate", "chargeDate", "postedOn", "cancelledOn", "lastEmailSentDate"}


def invoice_view(invoice: Row) -> View:
    """An invoice without its items, without the envelope."""
    view = _fields(invoice, _INVOICE)
    posted = invoice.get("postedDate")
    return view | {"postedDate": posted and posted[:10], "billRunId": invoice.get("_billRunId")}


def invoice_item_view(store: Store, item: Row) -> View:
    """An item of an invoice; amounts are numbers."""
    return _fields(item, _INVOICE_ITEM) | {
        "chargeDescription": charge_of(store, item).get("description"),
        "chargeType": charge_type(store, item),
        "productName": product_of(store, item).get("name"),
        "taxationItems": {"data": []},
    }


def credit_memo_view(tenant: Tenant, memo: Row) -> View:
    """A credit memo without its items, without the envelope."""
    account = tenant.store.get("account", memo["accountId"]) or {}
    return _fields(memo, _CREDIT_MEMO) | {"accountNumber": account.get("accountNumber")}


def credit_memo_item_view(store: Store, item: Row) -> View:
    """An item of a credit memo."""
    return _fields(item, _CREDIT_MEMO_ITEM) | {
        "skuName": product_of(store, item).get("name"),
        "taxationItems": {"data": []},
    }


def charge_of(store: Store, item: Row) -> Row:
    """The charge segment that an item bills; empty for an order line item."""
    return store.get("ratePlanCharge", item.get("ratePlanChargeId") or "") or {}


def charge_type(store: Store, item: Row) -> str | None:
    """``OneTime``, ``Recurring`` or ``Usage``; an order line item is charged once."""
    kind: str | None = charge_of(store, item).get("chargeType")
    return "OneTime" if kind is None and item.get("orderLineItemId") else kind


def product_of(store: Store, item: Row) -> Row:
    """The catalog's product behind an item; empty when there is none."""
    charge = store.get("productRatePlanCharge", item.get("productRatePlanChargeId") or "") or {}
    plan = store.get("productRatePlan", charge.get("productRatePlanId") or "") or {}
    return store.get("product", plan.get("productId") or "") or {}


def moment(text: str | None) -> str | None:
    """A moment as these calls write it: ``2026-02-01 12:00:30``."""
    return None if text is None else text[:19].replace("T", " ")


def _fields(row: Row, names: Mapping[str, str]) -> View:
    view = {name: row.get(row_name) for name, row_name in names.items()}
    return {name: moment(value) if name in _MOMENTS else value for name, value in view.items()}
