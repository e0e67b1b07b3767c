"""Order line items that come back: what of a sold item can be returned, and the items that return it.

A sold item can be returned once it is delivered, which its state says: SentToBilling or Complete. What its return
items took (cancelled ones do not count) is not available again; deleting or cancelling them gives it back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import broken, missing, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row, Store

_DELIVERED = frozenset({"SentToBilling", "Complete"})


def return_fields(run: OrderRun, item: dict[str, Any], row: Row) -> Row:
    """Row fields that tie a new Return item to what it returns.

    Args:
        run: The order.
        item: The item of the request.
        row: Row fields of the item so far.

    Raises:
        Refusal: It names no item that was sold to this account, or more than is available.
    """
    order_number, item_number = item.get("originalOrderNumber"), item.get("originalOrderLineItemNumber")
    if not order_number or not item_number:
        raise missing("A Return item needs originalOrderNumber and originalOrderLineItemNumber.")
    orders = run.store.find("order", orderNumber=order_number)
    sold = run.store.find("orderLineItem", orderId=orders[0]["id"], itemNumber=item_number) if orders else []
    if not sold or sold[0]["itemCategory"] != "Sales":
        raise unknown(f"The order line item '{item_number}' of order '{order_number}' was not sold.")
    if sold[0]["invoiceOwnerAccountId"] != run.account["id"]:
        raise broken(f"The order line item '{item_number}' of order '{order_number}' belongs to another account.")
    check_available(sold[0], row["quantity"])
    return {
        "originalOrderId": orders[0]["id"],
        "originalOrderNumber": order_number,
        "originalOrderLineItemId": sold[0]["id"],
        "originalOrderLineItemNumber": item_number,
        "quantityAvailableForReturn": None,
    }


def check_available(sold: Row, quantity: Decimal) -> None:
    """Refuse to return more of a sold item than there is.

    Raises:
        Refusal: It is not delivered, or less of it is left.
    """
    name = f"order line item '{sold['itemNumber']}' of order '{sold['orderNumber']}'"
    if sold["itemState"] not in _DELIVERED:
        raise broken(f"The {name} is {sold['itemState']}; only one that is SentToBilling or Complete can be returned.")
    left = sold["quantityAvailableForReturn"]
    if quantity > left:
        raise broken(f"Only {left} of {name} can be returned.")


def settle(store: Store, row: Row) -> None:
    """Bring up to date what is available of a sold item.

    Args:
        store: The tenant's records.
        row: Row of the sold item, or of one that returns it.
    """
    sold = store.get("orderLineItem", row.get("originalOrderLineItemId") or row["id"])
    if sold is None or sold["itemCategory"] != "Sales":
        return
    delivered = sold["quantity"] if sold["itemState"] in _DELIVERED else Decimal(0)
    available = delivered - sum((item["quantity"] for item in returned(store, sold)), Decimal(0))
    if available != sold.get("quantityAvailableForReturn"):
        store.update("orderLineItem", sold["id"], {"quantityAvailableForReturn": available})


def returned(store: Store, sold: Row) -> list[Row]:
    """The items that return a sold item."""
    items = store.find("orderLineItem", originalOrderLineItemId=sold["id"])
    return [item for item in items if item["itemState"] != "Canceled"]
