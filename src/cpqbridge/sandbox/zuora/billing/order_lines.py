"""Order line items: billed once, on their bill target date, when they are sent to billing; returns are credits."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cpqbridge.sandbox.zuora.billing.ledger import ITEMS
from cpqbridge.sandbox.zuora.store import Row, new_id
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Kind of an order line item in a document.
LINE_ITEM = "orderLineItem"

#: The state in which an item is billed.
READY = "SentToBilling"


def due_line_items(tenant: Tenant, lines: Iterable[Row], *, target: str) -> list[Row]:
    """What a bill run would put on documents now for order line items.

    Args:
        tenant: Whose they are.
        lines: Rows of order line items; those that are not sent to billing or billed already are passed over.
        target: Last bill target date that is billed, ``YYYY-MM-DD``.
    """
    return [
        _item(tenant, line)
        for line in lines
        if line["itemState"] == READY
        and line["billTargetDate"] <= target
        and not line.get("isUnbilled")
        and not _billed(tenant, line)
    ]


def _billed(tenant: Tenant, line: Row) -> bool:
    found = (row for kind in ITEMS for row in tenant.store.find(kind, orderLineItemId=line["id"]))
    return any(not row.get("_void") for row in found)


def _item(tenant: Tenant, line: Row) -> Row:
    sign = -1 if line["itemCategory"] == "Return" else 1
    amount = sign * Decimal(line["amount"])
    charge = tenant.store.get("productRatePlanCharge", line.get("productRatePlanChargeId") or "") or {}
    plan = tenant.store.get("productRatePlan", charge.get("productRatePlanId") or "") or {}
    product = tenant.store.get("product", plan.get("productId") or "") or {}
    start, end = line["transactionStartDate"], line["transactionEndDate"]
    return {
        "id": new_id(),
        "orderLineItemId": line["id"],
        "chargeNumber": None,
        "chargeName": line["itemName"],
        "chargeDate": tenant.clock().isoformat(timespec="seconds"),
        "chargeAmount": amount,
        "unitPrice": line["amountPerUnit"],
        "quantity": line["quantity"],
        "serviceStartDate": start,
        "serviceEndDate": end,
        "processingType": "Charge",
        "appliedToInvoiceItemId": None,
        "subscriptionId": None,
        "subscriptionNumber": None,
        "subscriptionOwnerId": line["ownerAccountId"],
        "accountId": line["invoiceOwnerAccountId"],
        "ratePlanChargeId": None,
        "ratePlanId": None,
        "productRatePlanChargeId": line.get("productRatePlanChargeId"),
        "productRatePlanId": plan.get("id"),
        "productId": product.get("id"),
        "sKU": product.get("sKU") or line.get("productCode"),
        "accountingCode": line.get("accountingCode"),
        "purchaseOrderNumber": line.get("purchaseOrderNumber"),
        "uOM": line.get("uOM"),
        "unitOfMeasure": line.get("uOM"),
        "taxAmount": Decimal(0),
        "taxCode": line.get("taxCode"),
        "taxMode": line.get("taxMode"),
        "sourceItemType": "OrderLineItem",
        "itemType": line.get("itemType"),
        "_kind": LINE_ITEM,
        "_subscription": None,
        "_billed": {"kind": LINE_ITEM, "start": start, "end": end, "amount": amount},
    }
