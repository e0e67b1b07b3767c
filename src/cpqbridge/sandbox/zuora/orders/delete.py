"""Deleting an order: its line items, its subscription versions and what hangs on them.

An order is deleted only as long as nothing builds on it: no later order and no pending one on its subscriptions, no
invoice over what it changed, no returned line item. An order that was reverted stays, and so does the one that reverted
it.
"""

from __future__ import annotations

from cpqbridge.sandbox.zuora.orders.amending.billed import billed_changes, keep_marks
from cpqbridge.sandbox.zuora.orders.held import pending_order
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.orders.returns import returned, settle
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_WHY = "The order '{0}' cannot be deleted: {1}."


def delete_order(tenant: Tenant, order: Row) -> None:
    """Delete an order and roll its subscriptions back by the versions that it made.

    Raises:
        Refusal: A later order changed one of its subscriptions, what it changed is invoiced, an item was returned, or
            it is part of a reversion.
    """
    store = tenant.store
    if order["status"] == "Reverted":
        raise _refuse(order, "it is reverted")
    if order.get("reversionOrder"):
        raise _refuse(order, "it reverts another order")
    with store.transaction():
        actions = store.find("orderAction", orderId=order["id"])
        for number in dict.fromkeys(action["subscriptionNumber"] for action in actions):
            _roll_back(tenant, order, number)
        for action in actions:
            store.delete("orderAction", action["id"])
        for ramp in store.find("ramp", orderId=order["id"]):
            store.delete("ramp", ramp["id"])
        for line in store.find("orderLineItem", orderId=order["id"]):
            _delete_line(tenant, order, line)
        store.delete("order", order["id"])


def _roll_back(tenant: Tenant, order: Row, number: str) -> None:
    store = tenant.store
    versions = sorted(store.find("subscription", name=number), key=lambda row: row["version"])
    mine = [row for row in versions if row["orderId"] == order["id"]]
    left = [row for row in versions if row["orderId"] != order["id"]]
    if order.get("_held"):
        return
    pending = pending_order(tenant, number)
    if pending:
        raise _refuse(order, f"the subscription '{number}' has the pending order '{pending}'")
    if versions and versions[-1]["orderId"] != order["id"]:
        raise _refuse(order, f"the subscription '{number}' was changed by a later order")
    for version in mine:
        billed = billed_changes(store, version, left[-1] if left else None)
        if billed:
            raise _refuse(order, f"the charge '{billed[0]}' is invoiced")
        if left:
            keep_marks(store, version, left[-1])
        _delete_version(tenant, version)
    if left:
        store.update("subscription", left[-1]["id"], {"isLatestVersion": True})
    elif any(row["orderId"] != order["id"] for row in store.find("orderLineItem", relatedSubscriptionNumber=number)):
        raise _refuse(order, f"order line items of another order are related to the subscription '{number}'")


def _delete_version(tenant: Tenant, version: Row) -> None:
    store = tenant.store
    for charge in store.find("ratePlanCharge", subscriptionId=version["id"]):
        for tier in store.find("ratePlanChargeTier", ratePlanChargeId=charge["id"]):
            store.delete("ratePlanChargeTier", tier["id"])
        store.delete("ratePlanCharge", charge["id"])
    for plan in store.find("ratePlan", subscriptionId=version["id"]):
        store.delete("ratePlan", plan["id"])
    store.delete("subscription", version["id"])


def _delete_line(tenant: Tenant, order: Row, line: Row) -> None:
    store = tenant.store
    if returned(store, line):
        raise _refuse(order, f"its order line item '{line['itemNumber']}' was returned")
    items = [row for kind in ("invoiceItem", "creditMemoItem") for row in store.find(kind, orderLineItemId=line["id"])]
    if not all(row.get("_void") for row in items):
        raise _refuse(order, f"its order line item '{line['itemNumber']}' is invoiced")
    store.delete("orderLineItem", line["id"])
    settle(store, line)


def _refuse(order: Row, why: str) -> Exception:
    return broken(_WHY.format(order["orderNumber"], why))
