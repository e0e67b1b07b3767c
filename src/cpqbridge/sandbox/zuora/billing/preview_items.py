"""The JSON of previewed billing documents, made of the items that a bill run would write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.billing.api_views import charge_of, charge_type, moment, product_of
from cpqbridge.sandbox.zuora.billing.documents import Documents, grouped, make
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]

_NO_TAX = Decimal(0)


def made(tenant: Tenant, items: Iterable[Row], target: str | None) -> Documents:
    """The documents that a bill run would make of items; they are written, to be undone by the caller.

    Args:
        tenant: Whose they are.
        items: Items that fall due.
        target: The target date that they show; None: the last first day of service on each.
    """
    run = {"id": None, "billRunNumber": None, "targetDate": target, "invoiceDate": target or tenant.today()}
    found = Documents()
    for group, mine in grouped(tenant, items).items():
        more = make(tenant, group, mine, run)
        found.invoices += more.invoices
        found.credit_memos += more.credit_memos
        found.items |= more.items
    return found


def documents(tenant: Tenant, found: Documents) -> View:
    """``invoices`` and, with Invoice Settlement, ``creditMemos`` of an order preview."""
    numbers = {item["id"]: item["chargeNumber"] for items in found.items.values() for item in items}
    view = {"invoices": [_document(tenant.store, found, row, numbers, "amount") for row in found.invoices]}
    if tenant.settings.invoice_settlement:
        memos = [_document(tenant.store, found, row, numbers, "totalAmount") for row in found.credit_memos]
        view["creditMemos"] = memos
    return view


def _document(store: Store, found: Documents, row: Row, numbers: dict[str, Any], amount: str) -> View:
    items = found.items[row["id"]]
    name = "invoiceItems" if amount == "amount" else "creditMemoItems"
    return {
        "amount": row[amount],
        "amountWithoutTax": row[amount],
        "taxAmount": _NO_TAX,
        "targetDate": row["targetDate"] or max(item["serviceStartDate"] for item in items),
        name: [
            order_item(store, item) | {"appliedToChargeNumber": numbers.get(item.get("appliedToInvoiceItemId") or "")}
            for item in items
        ],
    }


def order_item(store: Store, item: Row) -> View:
    """An item of an order preview; those of credit memos have positive amounts for credits."""
    line = store.get("orderLineItem", item.get("orderLineItemId") or "") or {}
    return {
        "serviceStartDate": item["serviceStartDate"],
        "serviceEndDate": item["serviceEndDate"],
        "amountWithoutTax": item.get("amount", item["chargeAmount"]),
        "taxAmount": _NO_TAX,
        "chargeName": item["chargeName"],
        "chargeDescription": charge_of(store, item).get("description"),
        "chargeNumber": item.get("chargeNumber"),
        "processingType": item["processingType"],
        "productName": product_of(store, item).get("name"),
        "productRatePlanChargeId": item.get("productRatePlanChargeId"),
        "unitPrice": item.get("unitPrice"),
        "subscriptionNumber": item.get("subscriptionNumber"),
        "orderLineItemNumber": line.get("itemNumber"),
        "taxationItems": [],
        "additionalInfo": {"quantity": item.get("quantity"), "unitOfMeasure": item.get("unitOfMeasure") or ""},
    }


def hide_made(view: Any, known: Callable[[str, str], bool]) -> Any:
    """The same JSON without the numbers of what the preview alone made.

    Args:
        view: The result of a preview.
        known: Says of a field and its number whether it may be shown.
    """
    if isinstance(view, list):
        return [hide_made(item, known) for item in view]
    if not isinstance(view, dict):
        return view
    shown: View = {}
    for name, value in view.items():
        hidden = name in NUMBERS and value is not None and not known(name, value)
        shown[name] = None if hidden else hide_made(value, known)
    return shown


#: Fields of a preview that hold a number, with the kind and field of the record that it belongs to.
NUMBERS = {
    "subscriptionNumber": ("subscription", "name"),
    "chargeNumber": ("ratePlanCharge", "chargeNumber"),
    "appliedToChargeNumber": ("ratePlanCharge", "chargeNumber"),
}


def given_numbers(body: Any, names: Collection[str] = frozenset({"subscriptionNumber", "chargeNumber"})) -> set[str]:
    """All subscription and charge numbers that a request names."""
    if isinstance(body, list):
        return {number for item in body for number in given_numbers(item, names)}
    if not isinstance(body, dict):
        return set()
    own = {value for name, value in body.items() if name in names and isinstance(value, str)}
    return own | {number for value in body.values() for number in given_numbers(value, names)}


def invoice_item(store: Store, item: Row) -> View:
    """An invoice item of a billing preview."""
    return {
        **_shared(store, item),
        "chargeAmount": item["chargeAmount"],
        "chargeDescription": charge_of(store, item).get("description"),
        "chargeId": item.get("ratePlanChargeId"),
        "chargeName": item["chargeName"],
        "productName": product_of(store, item).get("name"),
        "subscriptionName": item.get("subscriptionNumber"),
        "taxAmount": _NO_TAX,
    }


def credit_memo_item(store: Store, item: Row) -> View:
    """A credit memo item of a billing preview; a credit has a positive amount."""
    product = product_of(store, item)
    return {
        **_shared(store, item),
        "amount": item["amount"],
        "amountWithoutTax": item["amountWithoutTax"],
        "comment": item["chargeName"],
        "ratePlanChargeId": item.get("ratePlanChargeId"),
        "sku": product.get("sKU"),
        "skuName": product.get("name"),
    }


def _shared(store: Store, item: Row) -> View:
    return {
        "id": item.get("id"),
        "appliedToItemId": item.get("appliedToInvoiceItemId"),
        "chargeDate": moment(item.get("chargeDate")),
        "chargeNumber": item.get("chargeNumber"),
        "chargeType": charge_type(store, item),
        "processingType": str(item["processingType"]).lower(),
        "quantity": item.get("quantity"),
        "serviceStartDate": item["serviceStartDate"],
        "serviceEndDate": item["serviceEndDate"],
        "subscriptionId": item.get("subscriptionId"),
        "subscriptionNumber": item.get("subscriptionNumber"),
        "unitOfMeasure": item.get("unitOfMeasure") or "",
    }
