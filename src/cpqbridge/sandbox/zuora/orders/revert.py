"""Reverting an order: what it did to its subscription never happened, and an order of its own says so.

It needs subscriptions with a single version (early-adopter feature of Zuora, off at first). The reverted order reads as
Reverted from then on. Zuora reverts any order of a subscription; here it must be the last one that counts, so that
nothing built on it is guessed.
"""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.envelopes import PERMISSION, RULE, Refusal, code
from cpqbridge.sandbox.zuora.orders.amending.billed import keep_marks
from cpqbridge.sandbox.zuora.orders.amending.versions import content, copy_plans
from cpqbridge.sandbox.zuora.orders.held import pending_order
from cpqbridge.sandbox.zuora.orders.schema import REVERT
from cpqbridge.sandbox.zuora.orders.states import STATES
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_STATUSES = ("Active", "Suspended", "Cancelled")


def revert_order(tenant: Tenant, order: Row, order_date: str) -> Row:
    """Revert an order and return the row of the order that reverts it.

    Args:
        tenant: Whose order it is.
        order: Its row.
        order_date: Date on which the reversion is booked.

    Raises:
        Refusal: The feature is off, or the order is not one that can be reverted.
    """
    if not tenant.settings.order_revert:
        raise _refusal("Order reversion is not available for this tenant.")
    actions = _actions(tenant, order)
    counting, latest = _versions(tenant, order, actions[0]["subscriptionNumber"])
    with tenant.store.transaction():
        made = _reversion(tenant, order, order_date)
        version = _restored(tenant, made, counting[-2], latest)
        for action in actions:
            tenant.store.insert("orderAction", _mirrored(action, made, version))
        changes = {"revertedByOrderId": made["id"], "revertedDate": order_date}
        tenant.store.update("order", order["id"], {"status": "Reverted", "state": STATES["Reverted"], **changes})
    return made


def _actions(tenant: Tenant, order: Row) -> list[Row]:
    """The actions of an order that can be reverted by what it is."""
    actions = tenant.store.find("orderAction", orderId=order["id"])
    numbers = {action["subscriptionNumber"] for action in actions}
    for wrong, why in (
        (order.get("reversionOrder"), "it reverts another order"),
        (order["status"] != "Completed", f"its status is {order['status']}"),
        (tenant.store.find("orderLineItem", orderId=order["id"]), "it contains order line items"),
        (len(numbers) != 1, "it contains more than one subscription"),
        (any(action["type"] == "CreateSubscription" for action in actions), "it creates its subscription"),
    ):
        if wrong:
            raise _refuse(order, why)
    return actions


def _versions(tenant: Tenant, order: Row, number: str) -> tuple[list[Row], Row]:
    """The versions of the subscription that count, of which the last is the order's; and the latest of all."""
    versions = sorted(tenant.store.find("subscription", name=number), key=lambda row: int(row["version"]))
    latest = versions[-1]
    if not latest["isSingleVersioned"]:
        message = f"The order '{order['orderNumber']}' cannot be reverted: its subscription is no single version one."
        raise Refusal(code(REVERT, PERMISSION), message)
    if latest["status"] not in _STATUSES:
        raise _refuse(order, f"the subscription '{number}' is {latest['status']}")
    pending = pending_order(tenant, number)
    if pending:
        raise _refuse(order, f"the subscription '{number}' has the pending order '{pending}'")
    counting = [row for row in versions if _counts(tenant, row)]
    if counting[-1]["orderId"] != order["id"]:
        raise _refuse(order, f"the subscription '{number}' was changed by a later order")
    return counting, latest


def _counts(tenant: Tenant, version: Row) -> bool:
    order = tenant.store.get("order", version["orderId"]) or {}
    return order.get("status") != "Reverted" and not order.get("reversionOrder")


def _reversion(tenant: Tenant, order: Row, order_date: str) -> Row:
    names = ("accountId", "category", "createdByMigration", "_currency")
    row: dict[str, Any] = {
        "orderNumber": tenant.number("order"),
        "orderDate": order_date,
        "status": "Completed",
        "state": STATES["Completed"],
        "reversionOrder": True,
        "revertedOrderId": order["id"],
        "revertedOrderNumber": order["orderNumber"],
        "_body": {},
        **{name: order.get(name) for name in names},
    }
    return tenant.store.insert("order", row)


def _restored(tenant: Tenant, made: Row, base: Row, latest: Row) -> Row:
    """A new version with the content of an earlier one."""
    store = tenant.store
    changes = {
        "version": latest["version"] + 1,
        "isLatestVersion": True,
        "orderId": made["id"],
        "previousSubscriptionId": latest["id"],
        "lastBookingDate": made["orderDate"],
    }
    store.update("subscription", latest["id"], {"isLatestVersion": False})
    version = store.insert("subscription", content(base) | changes)
    copy_plans(store, base, version)
    keep_marks(store, latest, version)
    return version


def _mirrored(action: Row, made: Row, version: Row) -> Row:
    """The action that takes another one back: of the same type and dates, without a body."""
    kept = {name: value for name, value in content(action).items() if not name.endswith("__c")}
    body = {"type": action["type"]}
    return kept | {"orderId": made["id"], "subscriptionId": version["id"], "_body": body, "_made": {}}


def _refuse(order: Row, why: str) -> Refusal:
    return _refusal(f"The order '{order['orderNumber']}' cannot be reverted: {why}.")


def _refusal(message: str) -> Refusal:
    return Refusal(code(REVERT, RULE), message)
