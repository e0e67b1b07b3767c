"""How an order action looks when its order is read: the body as it was sent, with what the tenant filled in."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.actions import REGISTRY
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]

#: Fields of a body that a read does not show, by the body's field.
_NOT_SHOWN = {
    "addProduct": {"externalCatalogPlanId", "isAddingSubsetCharges", "ratePlanOverrides"},
    "updateProduct": {"externalCatalogPlanId", "isAddingSubsetCharges", "clearingCustomFields"},
    "termsAndConditions": {"lastTerm", "termIncreaseToNewContractLine"},
    "changePlan": {"externalCatalogPlanId", "resetBcd"},
}
_NOT_SHOWN_OF_PLAN = {"externalCatalogPlanId", "isAddingSubsetCharges"}
_NOT_SHOWN_OF_NEW_PLAN = {"subscriptionRatePlanNumber", "ratePlanName", "isFromExternalCatalog"}
_NOT_SHOWN_OF_CHARGE = {"productRatePlanChargeId", "name"}
_NOT_SHOWN_OF_UPDATE = {
    "productRatePlanChargeId", "productRatePlanChargeNumber", "clearingCustomFields", "prepaidQuantity",
}  # fmt: skip


def made_by(tenant: Tenant, row: Row, subscription: Row) -> View:
    """What the tenant made of an action: of CreateSubscription its number, currency and rate plans, in order."""
    if row["type"] != "CreateSubscription":
        made: View = row.get("_made") or {}
        return made
    if not subscription:
        return {}
    plans = tenant.store.find("ratePlan", subscriptionId=subscription["id"])
    return {"subscriptionNumber": subscription["name"], "plans": plans, "currency": subscription["currency"]}


def action_body(action: View, made: View) -> View:
    """The action's body under its own name; nothing when it was sent without one.

    Args:
        action: The action as it was sent.
        made: What `made_by` found; empty for an order that was not carried out.
    """
    name = next((kind.body_key for kind in REGISTRY.values() if action.get(kind.body_key) is not None), None)
    if name is None:
        return {}
    if name == "createSubscription":
        return {name: _created(action[name], made)}
    return {name: _amended(name, action[name], made)}


def _amended(name: str, body: View, made: View) -> View:
    shown = {key: value for key, value in body.items() if key not in _NOT_SHOWN.get(name, ())}
    shown |= {key: value for key, value in made.items() if key != "chargeUpdates"}
    if name == "addProduct":
        shown["chargeOverrides"] = [_charge(charge) for charge in body.get("chargeOverrides") or []]
    if name == "changePlan":
        plan = _plan_shown(body["newProductRatePlan"]) | (made.get("newProductRatePlan") or {})
        shown["newProductRatePlan"] = {key: plan[key] for key in plan if key not in _NOT_SHOWN_OF_NEW_PLAN}
    if name == "updateProduct":
        shown["chargeUpdates"] = _updates(body.get("chargeUpdates") or [], made.get("chargeUpdates") or [])
    if name == "termsAndConditions" and body.get("lastTerm"):
        # Reads call the term initialTerm, whichever one it is.
        shown["initialTerm"] = body["lastTerm"]
    return shown


def _updates(updates: list[View], made: list[View]) -> list[View]:
    filled = [*made, *[{}] * (len(updates) - len(made))]
    return [
        {name: value for name, value in update.items() if name not in _NOT_SHOWN_OF_UPDATE} | more
        for update, more in zip(updates, filled, strict=True)
    ]


def _created(action: View, made: View) -> View:
    body = dict(action)
    for field in ("subscriptionNumber", "currency"):
        if made.get(field):
            body[field] = made[field]
    for field in ("subscribeToRatePlans", "subscribeToProducts"):
        if body.get(field):
            body[field] = [_plan(plan, at, made.get("plans") or []) for at, plan in enumerate(body[field])]
    return body


def _plan_shown(plan: View) -> View:
    """A rate plan as it was sent, without what a read does not show."""
    shown = {name: value for name, value in plan.items() if name not in _NOT_SHOWN_OF_PLAN}
    return shown | {"chargeOverrides": [_charge(charge) for charge in plan.get("chargeOverrides") or []]}


def _plan(plan: View, at: int, made: list[Row]) -> View:
    shown = _plan_shown(plan)
    if at < len(made):
        row = made[at]
        shown |= {
            "productRatePlanId": row["productRatePlanId"],
            "newRatePlanId": row["id"],
            "subscriptionRatePlanNumber": row["subscriptionRatePlanNumber"],
        }
    return shown


def _charge(charge: View) -> View:
    """A charge override; reads spell the id's name with a small p (``productRateplanChargeId``)."""
    shown = {name: value for name, value in charge.items() if name not in _NOT_SHOWN_OF_CHARGE}
    return {"productRateplanChargeId": charge["productRatePlanChargeId"], **shown}
