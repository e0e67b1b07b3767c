"""Is an order ready to be carried over? Not contracted is waiting; what no rule covers is held, never sent wrong."""

from __future__ import annotations

from cpqbridge.mapping.rule import Problem, Record
from cpqbridge.planning.chain import REVISED
from cpqbridge.planning.snapshot import children

ACTIVATED = "Activated"


def unfinished(order: Record) -> Problem | None:
    """Return why an order must wait, or None.

    Contracting runs in the background after `SBQQ__Contracted__c` is ticked; until it has ended, subscription links are
    null and a subscription would look like a one-time item. Source: decision 1.
    """
    number = order.get("OrderNumber")
    status = order.get("StatusCode") or order.get("Status")
    if status != ACTIVATED:
        return Problem("CPQ-501", "Order.Status", f"Order {number} is {status}, not activated")
    if not order.get("SBQQ__Contracted__c"):
        return Problem("CPQ-502", "Order.SBQQ__Contracted__c", f"Order {number} is not contracted")
    for item in children(order, "OrderItems"):
        if not is_linked(item) and is_contractable(item):
            message = f"Order product {item.get('OrderItemNumber')} has neither subscription nor asset yet"
            return Problem("CPQ-503", "OrderItem.SBQQ__Subscription__c", message)
    return None


def is_linked(item: Record) -> bool:
    """Return whether contracting has given the item its subscription or its asset, or has marked it done."""
    return bool(item.get("SBQQ__Subscription__c") or item.get("SBQQ__Asset__c") or item.get("SBQQ__Contracted__c"))


def is_contractable(item: Record) -> bool:
    """Return whether contracting will make a subscription of the item: its product has subscription pricing."""
    return is_subscription_product(item) and item.get("SBQQ__ContractingMethod__c") != "Do Not Contract"


def is_subscription_product(item: Record) -> bool:
    """Return whether the item's product is sold as a subscription (blank pricing means asset or one-off)."""
    product = item.get("Product2") or {}
    return bool(product.get("SBQQ__SubscriptionPricing__c"))


def is_usage(item: Record) -> bool:
    """Return whether the item is billed by what is used."""
    product = item.get("Product2") or {}
    return product.get("SBQQ__ChargeType__c") == "Usage" or bool(children(item, "SBQQ__OrderItems__r"))


def uncovered(item: Record) -> Problem | None:
    """Return why an item of a ready order is held, or None: what this version cannot carry is never sent wrong."""
    number = item.get("OrderItemNumber")
    if not item.get("SBQQ__Subscription__c") and is_usage(item):
        message = (
            f"Order product {number} is billed by usage but has no subscription; order line items cannot carry usage"
        )
        return Problem("CPQ-423", "OrderItem.SBQQ__Subscription__c", message)
    if not item.get("SBQQ__Subscription__c") and is_subscription_product(item):
        message = f"No matching Subscription for OrderItem/OrderProduct {number}"
        return Problem("CPQ-411", "OrderItem.SBQQ__Subscription__c", message)
    if not item.get("SBQQ__Subscription__c") and item.get("Quantity") == 0:
        message = f"Order product {number} has the quantity 0; Zuora takes no order line item of nothing"
        return Problem("CPQ-402", "OrderItem.Quantity", message, "Set the quantity, or take the order product out.")
    if (item.get("Quantity") or 0) < 0 and not item.get(REVISED):
        message = f"Order product {number} has a negative quantity and revises no earlier order product"
        return Problem("CPQ-413", "OrderItem.Quantity", message)
    return None
