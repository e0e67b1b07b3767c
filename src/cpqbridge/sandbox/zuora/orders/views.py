"""How an order looks when it is read."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.line_item_view import line_item_view
from cpqbridge.sandbox.zuora.orders.action_views import action_body, made_by
from cpqbridge.sandbox.zuora.orders.ramps import planned_ramp, ramp_of_order
from cpqbridge.sandbox.zuora.orders.run import custom_fields
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]

_TRIGGERS = (
    ("ContractEffective", "contractEffectiveDate"),
    ("ServiceActivation", "serviceActivationDate"),
    ("CustomerAcceptance", "customerAcceptanceDate"),
)


def timestamp(row: Row, field: str) -> str:
    """A row's moment as the ``/v1`` family writes it: ``YYYY-MM-DD HH:MM:SS``."""
    return str(row[field])[:19].replace("T", " ")


def order_view(tenant: Tenant, order: Row) -> View:
    """The ``order`` object of a read."""
    account = tenant.store.get("account", order["accountId"]) or {}
    lines = tenant.store.find("orderLineItem", orderId=order["id"])
    view: View = {
        "orderNumber": order["orderNumber"],
        "orderDate": order["orderDate"],
        "createdDate": timestamp(order, "createdDate"),
        "createdBy": order["createdById"],
        "updatedDate": timestamp(order, "updatedDate"),
        "updatedBy": order["updatedById"],
        "existingAccountNumber": account.get("accountNumber"),
        "currency": order.get("_currency") or account.get("currency"),
        "category": order["category"],
        "description": order.get("description"),
        "reasonCode": order.get("reasonCode"),
        "status": order["status"],
        "state": order["state"],
        "customFields": dict.fromkeys(tenant.customs("order")) | custom_fields(order),
        "subscriptions": _entries(tenant, order),
        "orderLineItems": [line_item_view(tenant, line) for line in lines],
    }
    if order.get("isScheduled"):
        names = ("scheduledDate", "scheduledDatePolicy")
        view["schedulingOptions"] = {name: order[name] for name in names if order.get(name)}
    if order.get("cancelReason"):
        view["cancelReason"] = order["cancelReason"]
    return view


def _entries(tenant: Tenant, order: Row) -> list[View]:
    rows = tenant.store.find("orderAction", orderId=order["id"])
    if not rows:
        return [_planned(entry, at) for at, entry in enumerate(order["_body"].get("subscriptions") or [])]
    positions: dict[int, list[Row]] = {}
    for row in rows:
        positions.setdefault(row["_position"], []).append(row)
    return [_entry(tenant, actions, at) for at, actions in enumerate(positions.values())]


def _planned(entry: View, sequence: int) -> View:
    actions = [
        {"type": action["type"], "sequence": at, "triggerDates": action.get("triggerDates") or []}
        | action_body(action, {})
        for at, action in enumerate(entry["orderActions"])
    ]
    return {"sequence": sequence, "orderActions": actions, **_common(entry)}


def _entry(tenant: Tenant, rows: list[Row], sequence: int) -> View:
    entry = rows[0]["_entry"]
    subscription = tenant.store.get("subscription", rows[-1]["subscriptionId"]) or {}
    owner = tenant.store.get("account", subscription.get("accountId", "")) or {}
    base, new = _versions(tenant, rows, subscription)
    return {
        "subscriptionNumber": rows[0]["subscriptionNumber"],
        "subscriptionOwnerAccountNumber": owner.get("accountNumber"),
        "baseVersion": base,
        "newVersion": new,
        "sequence": sequence,
        "orderActions": [_action(tenant, row, subscription) for row in rows],
        **_common(entry),
    } | ramp_of_order(tenant, rows[0])


def _versions(tenant: Tenant, rows: list[Row], subscription: Row) -> tuple[int | None, int | None]:
    """Version before and after the actions; an order that waits for its dates has made none yet."""
    order = tenant.store.get("order", rows[0]["orderId"]) or {}
    version = subscription.get("version", 1)
    if order.get("_held"):
        return version, None
    created = any(row["type"] == "CreateSubscription" for row in rows)
    return (None if created else version - 1), version


def _common(entry: View) -> View:
    shown = {name: entry[name] for name in ("quote", "notes") if entry.get(name)}
    return {"customFields": entry.get("customFields") or {}, "ramp": planned_ramp(entry.get("ramp")), **shown}


def _action(tenant: Tenant, row: Row, subscription: Row) -> View:
    dates = [{"name": name, "triggerDate": row[field]} for name, field in _TRIGGERS if row.get(field)]
    return {
        "id": row["id"],
        "type": row["type"],
        "sequence": row["sequence"],
        "triggerDates": dates,
        "changeReason": row.get("changeReason"),
        "customFields": dict.fromkeys(tenant.customs("orderAction")) | custom_fields(row),
        "orderItems": [],
        "orderMetrics": [],
        **action_body(row["_body"], made_by(tenant, row, subscription)),
    }
