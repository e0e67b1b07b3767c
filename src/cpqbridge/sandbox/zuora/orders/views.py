"""How an order looks when it is read."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.line_item_view import line_item_view
from cpqbridge.sandbox.zuora.orders.run import custom_fields
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]

_TRIGGERS = (
    ("ContractEffective", "contractEffectiveDate"),
    ("ServiceActivation", "serviceActivationDate"),
    ("CustomerAcceptance", "customerAcceptanceDate"),
)

#: Fields of a rate-plan override that a read does not show.
_NOT_SHOWN_OF_PLAN = {"externalCatalogPlanId", "isAddingSubsetCharges"}
_NOT_SHOWN_OF_CHARGE = {"productRatePlanChargeId", "name"}


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
        {"type": action["type"], "sequence": at, "triggerDates": action.get("triggerDates") or []} | _body(action, {})
        for at, action in enumerate(entry["orderActions"])
    ]
    return {"sequence": sequence, "orderActions": actions, **_common(entry)}


def _entry(tenant: Tenant, rows: list[Row], sequence: int) -> View:
    entry = rows[0]["_entry"]
    subscription = tenant.store.get("subscription", rows[-1]["subscriptionId"]) or {}
    owner = tenant.store.get("account", subscription.get("accountId", "")) or {}
    created = any(row["type"] == "CreateSubscription" for row in rows)
    return {
        "subscriptionNumber": rows[0]["subscriptionNumber"],
        "subscriptionOwnerAccountNumber": owner.get("accountNumber"),
        "baseVersion": None if created else subscription.get("version", 1) - 1,
        "newVersion": subscription.get("version"),
        "sequence": sequence,
        "orderActions": [_action(tenant, row, subscription) for row in rows],
        **_common(entry),
    }


def _common(entry: View) -> View:
    shown = {name: entry[name] for name in ("quote", "notes") if entry.get(name)}
    return {"customFields": entry.get("customFields") or {}, "ramp": None, **shown}


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
        **_body(row["_body"], _numbers(tenant, subscription)),
    }


def _numbers(tenant: Tenant, subscription: Row) -> View:
    """What the tenant made of a CreateSubscription: its number and its rate plans, in order."""
    if not subscription:
        return {}
    plans = tenant.store.find("ratePlan", subscriptionId=subscription["id"])
    return {"subscriptionNumber": subscription["name"], "plans": plans, "currency": subscription["currency"]}


def _body(action: View, made: View) -> View:
    """The action's body as it was sent, with what the tenant filled in."""
    name = next((key for key in action if key not in _ACTION_FIELDS and action[key] is not None), None)
    if name != "createSubscription":
        return {name: action[name]} if name else {}
    body = dict(action[name])
    for field in ("subscriptionNumber", "currency"):
        if made.get(field):
            body[field] = made[field]
    for field in ("subscribeToRatePlans", "subscribeToProducts"):
        if body.get(field):
            body[field] = [_plan(plan, at, made.get("plans") or []) for at, plan in enumerate(body[field])]
    return {name: body}


_ACTION_FIELDS = {"type", "triggerDates", "changeReason", "customFields"}


def _plan(plan: View, at: int, made: list[Row]) -> View:
    shown = {name: value for name, value in plan.items() if name not in _NOT_SHOWN_OF_PLAN}
    if at < len(made):
        row = made[at]
        shown |= {
            "productRatePlanId": row["productRatePlanId"],
            "newRatePlanId": row["id"],
            "subscriptionRatePlanNumber": row["subscriptionRatePlanNumber"],
        }
    shown["chargeOverrides"] = [_charge(charge) for charge in plan.get("chargeOverrides") or []]
    return shown


def _charge(charge: View) -> View:
    """A charge override; reads spell the id's name with a small p (``productRateplanChargeId``)."""
    shown = {name: value for name, value in charge.items() if name not in _NOT_SHOWN_OF_CHARGE}
    return {"productRateplanChargeId": charge["productRatePlanChargeId"], **shown}
