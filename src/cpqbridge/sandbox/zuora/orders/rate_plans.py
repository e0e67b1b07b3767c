"""Rate plans of a subscription: adding one from the catalog, finding the one that an action names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders import numbers
from cpqbridge.sandbox.zuora.orders.charges import Frame, add_charges
from cpqbridge.sandbox.zuora.orders.plans import check_sellable, product_rate_plan
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates
from cpqbridge.sandbox.zuora.store import Row, Store

Body = dict[str, Any]

_FEATURES = ("subscriptionProductFeatures", "isFromExternalCatalog", "isAddingSubsetCharges", "ratePlanOverrides")

#: Marks of a rate plan's last change, as ``amendmentType``.
ADDED, UPDATED, REMOVED = "NewProduct", "UpdateProduct", "RemoveProduct"


def add_rate_plan(run: OrderRun, subscription: Row, override: Body, dates: TriggerDates) -> Row:
    """Add a rate plan with its charges to a version of a subscription and return its row.

    Args:
        run: The order.
        subscription: Row of the version.
        override: The rate plan override of the request, checked against its table.
        dates: Trigger dates of the action.

    Raises:
        Refusal: The override does not fit the catalog, or the plan may not be sold.
    """
    for name in _FEATURES:
        if override.get(name):
            raise off(f"{name} of a rate plan needs a feature that is not enabled for this tenant.")
    run.claim_token(override.get("uniqueToken"))
    plan = product_rate_plan(run.store, override)
    product = check_sellable(run.store, plan, run.order_date, subscription["currency"])
    row = run.store.insert(
        "ratePlan",
        {
            "name": override.get("ratePlanName") or plan["name"],
            "productId": product["id"],
            "productRatePlanId": plan["id"],
            "subscriptionId": subscription["id"],
            "subscriptionOwnerId": subscription["accountId"],
            "invoiceOwnerId": subscription["invoiceOwnerId"],
            "externallyManagedPlanId": override.get("externallyManagedPlanId"),
            "subscriptionRatePlanNumber": numbers.number(
                run, numbers.RATE_PLAN, override.get("subscriptionRatePlanNumber")
            ),
            "amendmentType": ADDED,
            "reverted": False,
            "_uniqueToken": override.get("uniqueToken"),
            **(override.get("customFields") or {}),
        },
    )
    row = run.store.update("ratePlan", row["id"], {"originalRatePlanId": row["id"]})
    add_charges(run, Frame(row, subscription, dates), override.get("chargeOverrides") or [])
    return row


def rate_plan_of(run: OrderRun, subscription: Row, body: Body, on: date) -> Row:
    """The rate plan that an action names by one or more of its selectors, which must agree.

    A ``ratePlanId`` may be that of the present or of any earlier version; a ``uniqueToken`` was given in this order. A
    plan whose removal lies in the future is still there until then.

    Args:
        run: The order.
        subscription: Row of the version.
        body: Body of the action, with the selectors.
        on: Day on which the action takes effect.

    Raises:
        Refusal: None is named, it is not on the subscription, it is removed, or more than one fits.
    """
    plans = run.store.find("ratePlan", subscriptionId=subscription["id"])
    given = {name: body[name] for name in _SELECTORS if body.get(name)}
    if not given:
        raise missing(f"One of {', '.join(_SELECTORS)} is required.")
    for name, key in given.items():
        plans = [plan for plan in plans if _SELECTORS[name](run, plan, key)]
        if not plans:
            raise unknown(f"{name}: the subscription '{subscription['name']}' has no rate plan '{key}'.")
    left = [plan for plan in plans if plan["amendmentType"] != REMOVED or _lasts_beyond(run, plan, on)]
    if not left:
        raise broken(f"The rate plan '{plans[0]['subscriptionRatePlanNumber']}' was removed from the subscription.")
    if len(left) > 1:
        names = " and ".join(given)
        raise invalid(f"{names}: more than one rate plan fits; name it by ratePlanId or subscriptionRatePlanNumber.")
    return left[0]


def _lasts_beyond(run: OrderRun, plan: Row, on: date) -> bool:
    ends = [charge["effectiveEndDate"] for charge in run.store.find("ratePlanCharge", ratePlanId=plan["id"])]
    return any(end is None or end > on.isoformat() for end in ends)


def _has_id(run: OrderRun, plan: Row, key: str) -> bool:
    named = run.store.get("ratePlan", key)
    return named is not None and named["subscriptionRatePlanNumber"] == plan["subscriptionRatePlanNumber"]


def _has_token(run: OrderRun, plan: Row, key: str) -> bool:
    return key in run.tokens and plan.get("_uniqueToken") == key


def _is_of_external_plan(run: OrderRun, plan: Row, key: str) -> bool:
    store: Store = run.store
    links = store.find("externalProductRatePlan", externalProductRatePlanId=key)
    return any(link["ratePlanId"] == plan["productRatePlanId"] for link in links)


def _has_product_plan_number(run: OrderRun, plan: Row, key: str) -> bool:
    product_plan = run.store.get("productRatePlan", plan["productRatePlanId"]) or {}
    return product_plan.get("productRatePlanNumber") == key


_SELECTORS: dict[str, Callable[[OrderRun, Row, str], bool]] = {
    "ratePlanId": _has_id,
    "subscriptionRatePlanNumber": lambda _, plan, key: plan["subscriptionRatePlanNumber"] == key,
    "uniqueToken": _has_token,
    "externalCatalogPlanId": _is_of_external_plan,
    "productRatePlanId": lambda _, plan, key: plan["productRatePlanId"] == key,
    "productRatePlanNumber": _has_product_plan_number,
}
