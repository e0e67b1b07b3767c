"""Versions of a subscription: each order makes one, with copies of all rate plans, charges and tiers."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.customs import emptied
from cpqbridge.sandbox.zuora.orders.reasons import broken, missing, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row, Store

Body = dict[str, Any]

_OWN = {"id", "createdDate", "updatedDate", "createdById", "updatedById"}


def version_to_change(run: OrderRun, entry: Body, action: Body) -> Row:
    """The version of the entry's subscription that this order makes, begun by its first action.

    Args:
        run: The order.
        entry: Element of ``subscriptions``; its own fields are set on the version once.
        action: The action, for its type.

    Raises:
        Refusal: No such subscription, or one whose status or pending order does not permit the action.
    """
    kind = action["type"]
    if not run.current:
        raise missing(f"subscriptionNumber is required for an order action of type {kind}.")
    row = _version(run, run.current)
    _check_status(run, row, kind)
    return row if run.entered else _enter(run, entry, row)


def content(row: Row) -> Row:
    """A row without its id and audit fields, to be inserted anew."""
    return {name: value for name, value in row.items() if name not in _OWN}


def charges_of(store: Store, plan: Row) -> list[list[Row]]:
    """The charges of a rate plan, each as the list of its segments in order."""
    chains: dict[str, list[Row]] = {}
    for row in store.find("ratePlanCharge", ratePlanId=plan["id"]):
        chains.setdefault(row["chargeNumber"], []).append(row)
    return [sorted(rows, key=lambda row: int(row["segment"])) for rows in chains.values()]


def tiers_of(store: Store, charge: Row) -> list[Row]:
    """The tiers of a segment in order, without ids."""
    rows = store.find("ratePlanChargeTier", ratePlanChargeId=charge["id"])
    return [{**content(row), "ratePlanChargeId": None} for row in rows]


def add_segment(store: Store, row: Row, tiers: list[Row]) -> Row:
    """Insert a segment with its tiers and return its row."""
    made = store.insert("ratePlanCharge", content(row))
    for tier in tiers:
        store.insert("ratePlanChargeTier", {**content(tier), "ratePlanChargeId": made["id"]})
    return made


def drop_segment(store: Store, row: Row) -> None:
    """Delete a segment with its tiers."""
    for tier in store.find("ratePlanChargeTier", ratePlanChargeId=row["id"]):
        store.delete("ratePlanChargeTier", tier["id"])
    store.delete("ratePlanCharge", row["id"])


def copy_plans(store: Store, source: Row, target: Row) -> None:
    """Give a version copies of all rate plans, charges and tiers of another one."""
    for plan in store.find("ratePlan", subscriptionId=source["id"]):
        copy = store.insert("ratePlan", content(plan) | {"subscriptionId": target["id"]})
        for charge in store.find("ratePlanCharge", ratePlanId=plan["id"]):
            moved = charge | {"subscriptionId": target["id"], "ratePlanId": copy["id"]}
            add_segment(store, moved, store.find("ratePlanChargeTier", ratePlanChargeId=charge["id"]))


def _version(run: OrderRun, name: str) -> Row:
    rows = run.store.find("subscription", name=name, isLatestVersion=True)
    if not rows:
        raise unknown(f"The subscription '{name}' does not exist.")
    return rows[0]


def _check_status(run: OrderRun, row: Row, kind: str) -> None:
    wanted = "Suspended" if kind == "Resume" else "Active"
    created_here = row["orderId"] == run.order["id"] and row["status"].startswith("Pending")
    if row["status"] != wanted and not (created_here and wanted == "Active"):
        raise broken(f"{kind} is not allowed on the subscription '{row['name']}', which is {row['status']}.")


def _enter(run: OrderRun, entry: Body, row: Row) -> Row:
    run.claim_currency(row["currency"])
    if row["name"] not in run.subscriptions:
        _check_no_pending(run, row)
        row = _open(run, row)
    run.entered = True
    cleared = dict.fromkeys(entry.get("clearingCustomFields") or [])
    notes = {"notes": entry["notes"]} if entry.get("notes") else {}
    fields = cleared | (entry.get("quote") or {}) | notes | emptied(entry.get("customFields"))
    return run.store.update("subscription", row["id"], fields)


def _check_no_pending(run: OrderRun, row: Row) -> None:
    for action in run.store.find("orderAction", subscriptionNumber=row["name"]):
        order = run.store.get("order", action["orderId"]) or {}
        if order.get("status") == "Pending" and order.get("id") != run.order["id"]:
            raise broken(f"The subscription '{row['name']}' has the pending order '{order['orderNumber']}'.")


def _open(run: OrderRun, latest: Row) -> Row:
    store = run.store
    changes = {
        "version": latest["version"] + 1,
        "orderId": run.order["id"],
        "previousSubscriptionId": latest["id"],
        "lastBookingDate": run.order["orderDate"],
    }
    store.update("subscription", latest["id"], {"isLatestVersion": False})
    row = store.insert("subscription", content(latest) | changes)
    copy_plans(store, latest, row)
    run.subscriptions[row["name"]] = row["id"]
    return row
