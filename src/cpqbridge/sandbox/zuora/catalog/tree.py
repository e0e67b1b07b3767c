"""Products, rate plans and charges as REST reads show them (lower camel case, ``FlatFee``, ``Per_Month``)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.catalog.plans import external_ids
from cpqbridge.sandbox.zuora.catalog.tiers import TIERED
from cpqbridge.sandbox.zuora.object_query.spelling import shown, stored
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Most rate plans of a product, and most charges of all of them, in one answer.
MAX_NESTED = 300

_PRODUCT = ("id", "productNumber", "name", "category", "description", "effectiveStartDate", "effectiveEndDate")
_PLAN = ("id", "name", "description", "effectiveStartDate", "effectiveEndDate", "productRatePlanNumber", "grade")

#: Member of a charge -> field of its row.
_CHARGE = {
    name: name
    for name in (
        "id", "name", "description", "productRatePlanChargeNumber", "applyDiscountTo", "billingPeriod",
        "billingPeriodAlignment", "billingTiming", "discountLevel", "endDateCondition",
        "excludeItemBillingFromRevenueAccounting", "excludeItemBookingFromRevenueAccounting", "listPriceBase",
        "overageCalculationOption", "overageUnusedUnitsCreditOption", "priceChangeOption",
        "ratingGroup", "revRecCode", "revRecTriggerCondition", "revenueRecognitionRuleName", "smoothingModel",
        "specificBillingPeriod", "taxCode", "taxMode", "taxable", "triggerEvent", "upToPeriods", "upToPeriodsType",
        "usageRecordRatingOption", "useDiscountSpecificAccountingCode", "useTenantDefaultForPriceChange",
    )
} | {"type": "chargeType", "model": "chargeModel", "uom": "uOM", "numberOfPeriods": "numberOfPeriod"}  # fmt: skip

#: Numbers that REST reads of the catalog write as texts.
_TEXTS = ("defaultQuantity", "includedUnits", "maxQuantity", "minQuantity", "priceIncreasePercentage")

_FINANCE = {
    "deferredRevenueAccountingCode": "deferredRevenueAccount",
    "recognizedRevenueAccountingCode": "recognizedRevenueAccount",
}


def product(tenant: Tenant, row: Row, rate_plans: str | list[Body]) -> Body:
    """A product.

    Args:
        tenant: Its tenant.
        row: Its row.
        rate_plans: Its rate plans, or the address where they are.
    """
    body = {name: row.get(name) for name in _PRODUCT} | {"sku": row["sKU"]} | _customs(tenant, "product", row)
    return {**body, "productFeatures": [], "productRatePlans": rate_plans}


def rate_plans(tenant: Tenant, product_id: str) -> list[Body]:
    """The rate plans of a product with their charges, cut at the limits of an answer."""
    plans, room = [], MAX_NESTED
    for row in tenant.store.find("productRatePlan", productId=product_id)[:MAX_NESTED]:
        charges = tenant.store.find("productRatePlanCharge", productRatePlanId=row["id"])[:room]
        room -= len(charges)
        plans.append(plan(tenant, row) | {"productRatePlanCharges": [charge(tenant, item) for item in charges]})
    return plans


def plan(tenant: Tenant, row: Row) -> Body:
    """A rate plan without its charges; its status is that of today."""
    body = {name: row[name] for name in _PLAN if row.get(name) is not None}
    return body | {"status": _status(row, tenant.today())} | _customs(tenant, "productRatePlan", row)


def external_plan(tenant: Tenant, row: Row) -> Body:
    """A rate plan with the ids under which other systems know it."""
    body = plan(tenant, row) | {"externallyManagedPlanIds": external_ids(tenant, row["id"])}
    system = row.get("externalIdSourceSystem")
    return body | ({"ExternalIdSourceSystem": system} if system else {})


def charge(tenant: Tenant, row: Row) -> Body:
    """A charge with its prices by currency."""
    body = {name: stored(field, row.get(field)) for name, field in _CHARGE.items()}
    body |= {name: _text(row.get(name)) for name in _TEXTS}
    body["billingDay"] = _billing_day(row)
    body["financeInformation"] = {name: row.get(field) or "" for name, field in _FINANCE.items()}
    body["pricing"] = _pricing(tenant, row)
    body["pricingSummary"] = [_summary(price, row) for price in body["pricing"]]
    body["productDiscountApplyDetails"] = []
    return body | _customs(tenant, "productRatePlanCharge", row)


def _status(row: Row, today: str) -> str:
    if today < row["effectiveStartDate"]:
        return "NotStarted"
    return "Expired" if today > row["effectiveEndDate"] else "Active"


def _billing_day(row: Row) -> str:
    day = row.get("weeklyBillCycleDay") or row.get("billCycleDay")
    specific = row["billCycleType"] in {"SpecificDayofMonth", "SpecificDayofWeek"}
    return f"{row['billCycleType']}/{day}" if specific else row["billCycleType"]


def _pricing(tenant: Tenant, row: Row) -> list[Body]:
    tiers = tenant.store.find("productRatePlanChargeTier", productRatePlanChargeId=row["id"])
    tiers.sort(key=lambda tier: tier["tier"])
    tiered = shown("chargeModel", row["chargeModel"]) in TIERED
    groups: dict[str, list[Row]] = {}
    for tier in tiers:
        groups.setdefault(tier["currency"], []).append(tier)
    return [
        {
            "currency": currency,
            "price": None if tiered else _text(group[0].get("price")),
            "tiers": [_tier(tier) for tier in group] if tiered else None,
            "includedUnits": _text(group[0].get("includedUnits")),
            "overagePrice": _text(group[0].get("overagePrice")),
            "discountPercentage": _text(group[0].get("discountPercentage")),
            "discountAmount": _text(group[0].get("discountAmount")),
        }
        for currency, group in groups.items()
    ]


def _tier(row: Row) -> Body:
    numbers = {name: _text(row.get(name)) for name in ("startingUnit", "endingUnit", "price")}
    return {"tier": row["tier"], **numbers, "priceFormat": stored("priceFormat", row.get("priceFormat"))}


def _summary(price: Body, row: Row) -> str:
    if price["tiers"]:
        return f"{price['currency']} {len(price['tiers'])} tiers"
    if price["discountPercentage"]:
        return f"{price['discountPercentage']}% discount"
    unit = f" / {row['uOM']}" if row.get("uOM") else ""
    return f"{price['currency']}{price['discountAmount'] or price['price']}{unit}"


def _text(value: Any) -> str | None:
    return None if value is None else format(Decimal(value), "f")


def _customs(tenant: Tenant, kind: str, row: Row) -> Body:
    return {name: row.get(name) for name in tenant.customs(kind)}
