"""How an order line item looks when it is read."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Field of the answer -> field of the row.
FIELDS = {
    name: name
    for name in (
        "id", "amendedByOrderOn", "currency", "paymentTerm", "amount", "amountWithoutTax", "itemNumber",
        "amountPerUnit", "billTargetDate", "billingRule", "accountingCode", "description", "discount",
        "excludeItemBillingFromRevenueAccounting", "excludeItemBookingFromRevenueAccounting",
        "inlineDiscountPerUnit", "inlineDiscountType", "invoiceGroupNumber", "invoiceOwnerAccountId",
        "isAllocationEligible", "isUnbilled", "itemCategory", "itemName", "itemState", "itemType", "listPrice",
        "listPricePerUnit", "originalOrderId", "originalOrderDate", "originalOrderLineItemId",
        "originalOrderLineItemNumber", "originalOrderNumber", "ownerAccountId", "productCode",
        "productRatePlanChargeId", "purchaseOrderNumber", "quantity", "quantityAvailableForReturn",
        "quantityFulfilled", "quantityPendingFulfillment", "relatedSubscriptionNumber", "requiresFulfillment",
        "revenueRecognitionRule", "soldTo", "taxCode", "taxMode", "transactionEndDate", "transactionStartDate",
    )
} | {"UOM": "uOM", "billTo": "billToId", "shipTo": "shipToId"}  # fmt: skip


def line_item_view(tenant: Tenant, row: Row) -> dict[str, Any]:
    """The item as in ``GET /v1/order-line-items/{id}`` and in its order; customs in ``customFields``."""
    view: dict[str, Any] = {name: row.get(row_name) for name, row_name in FIELDS.items()}
    for prefix in ("ownerAccount", "invoiceOwnerAccount"):
        account = tenant.store.get("account", row[f"{prefix}Id"]) or {}
        view[f"{prefix}Name"] = account.get("name")
        view[f"{prefix}Number"] = account.get("accountNumber")
    view["customFields"] = {name: row.get(name) for name in tenant.customs("orderLineItem")}
    return view
