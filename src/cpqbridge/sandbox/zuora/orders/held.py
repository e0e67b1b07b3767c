"""Orders that change existing subscriptions and wait for a trigger date: stored with their actions, not carried out.

A new subscription whose dates are missing exists as Pending Activation or Pending Acceptance. A change of an existing
one is left undone instead: its order is Pending and the subscription stays as it is until all dates are there.
"""

from __future__ import annotations

import copy
from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.states import STATES
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]


def hold(run: OrderRun) -> Row:
    """Store a tried-out order as Pending, its actions pointing to the subscriptions as they are.

    Raises:
        Refusal: The order does more than change existing subscriptions.
    """
    if run.body.get("orderLineItems") or any(row["type"] == "CreateSubscription" for row in run.actions):
        raise off("An order that waits for a trigger date can only change existing subscriptions in this tenant.")
    for row in run.actions:
        name = row["subscriptionNumber"]
        latest = run.store.find("subscription", name=name, isLatestVersion=True)[0]
        run.store.insert("orderAction", row | {"subscriptionId": latest["id"], "_made": {}})
    changes = {"status": "Pending", "state": STATES["Pending"], "_currency": run.currency, "_held": True}
    return run.store.update("order", run.order["id"], changes | {"_body": run.body})


def pending_order(tenant: Tenant, number: str) -> str | None:
    """Number of the order that waits to change a subscription; None when there is none.

    Args:
        tenant: Whose subscription it is.
        number: Its number.
    """
    actions = tenant.store.find("orderAction", subscriptionNumber=number)
    orders = (tenant.store.get("order", action["orderId"]) for action in actions)
    return next((order["orderNumber"] for order in orders if order and order.get("_held")), None)


def with_dates(tenant: Tenant, order: Row, given: dict[tuple[str, int], dict[str, str]]) -> Body:
    """The body of a waiting order with more trigger dates.

    Args:
        tenant: Whose order it is.
        order: The order's row.
        given: Dates by name, by subscription number and sequence of the action.
    """
    body: Body = copy.deepcopy(order["_body"])
    for row in tenant.store.find("orderAction", orderId=order["id"]):
        dates = given.get((row["subscriptionNumber"], row["sequence"]), {})
        action = body["subscriptions"][row["_position"] - 1]["orderActions"][row["sequence"]]
        kept = [entry for entry in action.get("triggerDates") or [] if entry["name"] not in dates]
        action["triggerDates"] = kept + [{"name": name, "triggerDate": day} for name, day in dates.items()]
    return body


def forget_actions(tenant: Tenant, order: Row) -> None:
    """Delete the actions of a waiting order, before it is carried out."""
    for row in tenant.store.find("orderAction", orderId=order["id"]):
        tenant.store.delete("orderAction", row["id"])
