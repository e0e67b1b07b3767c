"""Finding the product rate plan that a rate-plan override names, and whether it may be sold."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, unknown
from cpqbridge.sandbox.zuora.store import Row, Store


def product_rate_plan(store: Store, override: dict[str, Any]) -> Row:
    """The plan named by id, by number, by external catalog plan id, or by several of them that agree.

    Raises:
        Refusal: None is named, it does not exist, or the names disagree.
    """
    candidates = [rows for name, find in _FINDERS.items() if (rows := _named(store, override, name, find)) is not None]
    if not candidates:
        raise missing("One of productRatePlanId, productRatePlanNumber and externalCatalogPlanId is required.")
    agreed = set.intersection(*({row["id"] for row in rows} for rows in candidates))
    if not agreed:
        raise invalid("productRatePlanId and externalCatalogPlanId do not name the same product rate plan.")
    if len(agreed) > 1:
        raise invalid(f"externalCatalogPlanId '{override['externalCatalogPlanId']}' names more than one rate plan.")
    plan = store.get("productRatePlan", agreed.pop())
    if plan is None:
        raise unknown("The product rate plan does not exist.")
    return plan


def check_sellable(store: Store, plan: Row, on: date, currency: str) -> Row:
    """The plan's product, when plan and product are effective on the date and the plan is active in the currency.

    Raises:
        Refusal: One of that does not hold.
    """
    product = store.get("product", plan["productId"])
    if product is None:
        raise unknown(f"The product of rate plan '{plan['name']}' does not exist.")
    for label, row in (("rate plan", plan), ("product", product)):
        if not _effective(row, on):
            raise broken(f"The {label} '{row['name']}' is not effective on {on}.")
    active = plan.get("activeCurrencies")
    if active and currency not in active:
        raise broken(f"The rate plan '{plan['name']}' is not active in currency {currency}.")
    return product


def _effective(row: Row, on: date) -> bool:
    text = on.isoformat()
    return (row.get("effectiveStartDate") or text) <= text <= (row.get("effectiveEndDate") or text)


def _named(store: Store, override: dict[str, Any], name: str, find: Any) -> list[Row] | None:
    key = override.get(name)
    if not key:
        return None
    rows: list[Row] = find(store, key)
    if not rows:
        raise unknown(f"{name}: there is no product rate plan '{key}'.")
    return rows


def _by_id(store: Store, key: str) -> list[Row]:
    row = store.get("productRatePlan", key)
    return [] if row is None else [row]


def _by_number(store: Store, key: str) -> list[Row]:
    return store.find("productRatePlan", productRatePlanNumber=key)


def _by_external_id(store: Store, key: str) -> list[Row]:
    links = store.find("externalProductRatePlan", externalProductRatePlanId=key)
    return [row for link in links if (row := store.get("productRatePlan", link["ratePlanId"]))]


_FINDERS = {
    "productRatePlanId": _by_id,
    "productRatePlanNumber": _by_number,
    "externalCatalogPlanId": _by_external_id,
}
