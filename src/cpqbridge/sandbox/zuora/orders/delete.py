"""Deleting an order: its line items, its subscription versions and what hangs on them."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_WHY = "The order '{0}' cannot be deleted: {1}."


def delete_order(tenant: Tenant, order: Row) -> None:
    """Delete an order and roll its subscriptions back by the versions that it made.

    Raises:
        Refusal: A later order changed one of its subscriptions, a charge is invoiced, or an item was returned.
    """
    store = tenant.store
    with store.transaction():
        actions = store.find("orderAction", orderId=order["id"])
        for number in dict.fromkeys(action["subscriptionNumber"] for action in actions):
            _roll_back(tenant, order, number)
        for action in actions:
            store.delete("orderAction", action["id"])
        for line in store.find("orderLineItem", orderId=order["id"]):
            _delete_line(tenant, order, line)
        store.delete("order", order["id"])


def _roll_back(tenant: Tenant, order: Row, number: str) -> None:
    store = tenant.store
    versions = sorted(store.find("subscription", name=number), key=lambda row: row["version"])
    mine = [row for row in versions if row["orderId"] == order["id"]]
    if order.get("_held"):
        return
    _check_no_pending(tenant, order, number)
    if versions and versions[-1]["orderId"] != order["id"]:
        raise _refuse(order, f"the subscription '{number}' was changed by a later order")
    for version in mine:
        _delete_version(tenant, order, version)
    left = [row for row in versions if row["orderId"] != order["id"]]
    if left:
        store.update("subscription", left[-1]["id"], {"isLatestVersion": True})
    elif any(row["orderId"] != order["id"] for row in store.find("orderLineItem", relatedSubscriptionNumber=number)):
        raise _refuse(order, f"order line items of another order are related to the subscription '{number}'")


def _check_no_pending(tenant: Tenant, order: Row, number: str) -> None:
    for action in tenant.store.find("orderAction", subscriptionNumber=number):
        other = tenant.store.get("order", action["orderId"]) or {}
        if other.get("_held"):
            raise _refuse(order, f"the subscription '{number}' has the pending order '{other['orderNumber']}'")


def _delete_version(tenant: Tenant, order: Row, version: Row) -> None:
    store = tenant.store
    for charge in store.find("ratePlanCharge", subscriptionId=version["id"]):
        if charge.get("chargedThroughDate"):
            raise _refuse(order, f"the charge '{charge['chargeNumber']}' is invoiced")
        for tier in store.find("ratePlanChargeTier", ratePlanChargeId=charge["id"]):
            store.delete("ratePlanChargeTier", tier["id"])
        store.delete("ratePlanCharge", charge["id"])
    for plan in store.find("ratePlan", subscriptionId=version["id"]):
        store.delete("ratePlan", plan["id"])
    store.delete("subscription", version["id"])


def _delete_line(tenant: Tenant, order: Row, line: Row) -> None:
    store = tenant.store
    sold = store.get("orderLineItem", line.get("originalOrderLineItemId") or "")
    if sold:
        left = sold["quantityAvailableForReturn"] + line["quantity"]
        store.update("orderLineItem", sold["id"], {"quantityAvailableForReturn": left})
    elif line.get("quantityAvailableForReturn") not in {None, line["quantity"]}:
        raise _refuse(order, f"its order line item '{line['itemNumber']}' was returned")
    store.delete("orderLineItem", line["id"])


def _refuse(order: Row, why: str) -> Exception:
    return broken(_WHY.format(order["orderNumber"], why))
