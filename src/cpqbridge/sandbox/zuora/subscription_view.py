"""How a subscription looks when it is read: its own fields, rate plans, charges, segments, tiers."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora import contact_data
from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.ramp_view import ramp_view
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

View = dict[str, Any]

#: Field of the answer -> field of the subscription's row.
SUBSCRIPTION = {
    name: name
    for name in (
        "id", "accountId", "autoRenew", "cancelReason", "contractEffectiveDate", "currentTerm",
        "currentTermPeriodType", "currency", "initialTerm", "initialTermPeriodType", "invoiceGroupNumber",
        "isLatestVersion", "lastBookingDate", "notes", "paymentTerm", "renewalSetting", "renewalTerm",
        "renewalTermPeriodType", "revision", "serviceActivationDate", "status", "subscriptionStartDate",
        "subscriptionEndDate", "termEndDate", "termStartDate", "termType", "version",
    )
} | {
    "subscriptionNumber": "name",
    "customerAcceptanceDate": "contractAcceptanceDate",
    "invoiceOwnerAccountId": "invoiceOwnerId",
    "invoiceSeparately": "isInvoiceSeparate",
    "uniqueToken": "_uniqueToken",
}  # fmt: skip

#: Fields that are null in a tenant without Flexible Billing Attributes.
_FLEXIBLE = ("billToContact", "soldToContact", "paymentTerm", "invoiceGroupNumber")

#: Fields of a charge that are the same in all its segments: answer -> row.
CHARGE = {
    name: name
    for name in (
        "billingPeriod", "billingPeriodAlignment", "billingTiming", "excludeItemBillingFromRevenueAccounting",
        "excludeItemBookingFromRevenueAccounting", "isAllocationEligible", "isUnbilled", "listPriceBase", "name",
        "numberOfPeriods", "overageCalculationOption", "overageUnusedUnitsCreditOption", "productCategory",
        "productClass", "productFamily", "productLine", "productRatePlanChargeId", "ratingGroup",
        "specificBillingPeriod", "specificListPriceBase", "version",
    )
} | {
    "model": "chargeModel", "number": "chargeNumber", "type": "chargeType", "uom": "uOM",
    "originalChargeId": "originalId",
}  # fmt: skip

#: Fields of one segment of a charge: answer -> row.
SEGMENT = {
    name: name
    for name in (
        "id", "amendedByOrderOn", "applyDiscountTo", "chargeFunction", "chargedThroughDate", "description",
        "discountLevel", "applyToBillingPeriodPartially", "effectiveEndDate", "effectiveStartDate",
        "endDateCondition", "originalOrderDate", "quantity", "priceChangeOption", "priceIncreasePercentage",
        "originalListPrice", "processedThroughDate", "prorationOption", "segment", "specificEndDate",
        "triggerDate", "triggerEvent", "upToPeriods", "upToPeriodsType", "estimatedEndDate",
        "estimatedStartDate", "taxable", "isLastSegment", "billingPeriodAlignment",
    )
} | {"taxCode": "taxCodeName", "taxMode": "taxModeOption"}  # fmt: skip

_TIER = ("tier", "startingUnit", "endingUnit", "price", "priceFormat")


def subscription_view(tenant: Tenant, row: Row, detail: str = "last-segment", as_of: date | None = None) -> View:
    """One version of a subscription as the answer's fields, without the envelope.

    Args:
        tenant: Whose subscription it is.
        row: Row of the version.
        detail: ``last-segment``, ``current-segment``, ``specific-segment`` or ``all-segments``.
        as_of: Date that picks the segment for the middle two.
    """
    store = tenant.store
    view: View = {name: row.get(row_name) for name, row_name in SUBSCRIPTION.items()}
    owner = store.get("account", row["accountId"]) or {}
    payer = store.get("account", row["invoiceOwnerId"]) or {}
    order = store.get("order", row["orderId"]) or {}
    view |= {
        "accountName": owner.get("name"),
        "accountNumber": owner.get("accountNumber"),
        "invoiceOwnerAccountName": payer.get("name"),
        "invoiceOwnerAccountNumber": payer.get("accountNumber"),
        "orderNumber": order.get("orderNumber"),
        "createTime": row["createdDate"],
        "updateTime": row["updatedDate"],
        "billToContact": _contact(tenant, row.get("billToContactId")),
        "soldToContact": _contact(tenant, row.get("soldToContactId")),
        "shipToContact": _contact(tenant, row.get("shipToContactId")),
        **{name: value for name, value in row.items() if name.endswith("__QT")},
        **{name: row.get(name) for name in tenant.customs("subscription")},
    }
    if not tenant.settings.flexible_billing_attributes:
        view |= dict.fromkeys(_FLEXIBLE)
    ramp = store.get("ramp", row.get("rampId") or "")
    if ramp:
        view["ramp"] = {name: value for name, value in ramp_view(ramp).items() if name != "subscriptionNumber"}
    plans = store.find("ratePlan", subscriptionId=row["id"])
    view["ratePlans"] = [_rate_plan(tenant, plan, detail, as_of) for plan in plans]
    return view


def _contact(tenant: Tenant, contact_id: str | None) -> View | None:
    contact = tenant.store.get("contact", contact_id) if contact_id else None
    return contact_data.view(contact, tenant) if contact else None


def _rate_plan(tenant: Tenant, plan: Row, detail: str, as_of: date | None) -> View:
    product = tenant.store.get("product", plan["productId"]) or {}
    catalog = tenant.store.get("productRatePlan", plan["productRatePlanId"]) or {}
    segments: dict[str, list[Row]] = {}
    for row in tenant.store.find("ratePlanCharge", ratePlanId=plan["id"]):
        segments.setdefault(row["chargeNumber"], []).append(row)
    charges = [_charge(tenant, sorted(rows, key=_segment), detail, as_of) for rows in segments.values()]
    return {
        "id": plan["id"],
        "lastChangeType": {"NewProduct": "Add", "UpdateProduct": "Update", "RemoveProduct": "Remove"}.get(
            plan["amendmentType"]
        ),
        "productId": plan["productId"],
        "productName": product.get("name"),
        "productSku": product.get("sKU"),
        "productRatePlanId": plan["productRatePlanId"],
        "productRatePlanNumber": catalog.get("productRatePlanNumber"),
        "ratePlanName": plan["name"],
        "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"],
        "originalRatePlanId": plan.get("originalRatePlanId"),
        "externallyManagedPlanId": plan.get("externallyManagedPlanId"),
        "subscriptionProductFeatures": [],
        **{name: plan.get(name) for name in tenant.customs("ratePlan")},
        "ratePlanCharges": [charge for charge in charges if charge],
    }


def _segment(row: Row) -> int:
    return int(row["segment"])


def _charge(tenant: Tenant, rows: list[Row], detail: str, as_of: date | None) -> View | None:
    chosen = _chosen(rows, detail, as_of)
    if not chosen:
        return None
    last = chosen[-1]
    catalog = tenant.store.get("productRatePlanCharge", last["productRatePlanChargeId"]) or {}
    view: View = {name: stored(row_name, last.get(row_name)) for name, row_name in CHARGE.items()}
    view["billingDay"] = _billing_day(last)
    view["productRatePlanChargeNumber"] = catalog.get("productRatePlanChargeNumber")
    if detail == "all-segments":
        return view | {"chargeSegments": [_segment_view(tenant, row) for row in chosen]}
    return view | _segment_view(tenant, last)


def _chosen(rows: list[Row], detail: str, as_of: date | None) -> list[Row]:
    if detail == "all-segments":
        return rows
    if detail == "last-segment" or as_of is None:
        return rows[-1:]
    day = as_of.isoformat()
    return [
        row
        for row in rows
        if (row["effectiveStartDate"] or day) <= day
        and (row["effectiveEndDate"] is None or day < row["effectiveEndDate"])
    ][-1:]


def _segment_view(tenant: Tenant, row: Row) -> View:
    view: View = {name: stored(row_name, row.get(row_name)) for name, row_name in SEGMENT.items()}
    tiers = tenant.store.find("ratePlanChargeTier", ratePlanChargeId=row["id"])
    first = tiers[0] if tiers else {}
    tiered = stored("chargeModel", row["chargeModel"]) in {"Tiered", "Volume", "TieredWithOverage"}
    view |= {
        "currency": first.get("currency"),
        "price": None if tiered else first.get("price"),
        "tiers": [_tier(tier) for tier in tiers] if tiered else None,
        "discountAmount": first.get("discountAmount"),
        "discountPercentage": first.get("discountPercentage"),
        "includedUnits": first.get("includedUnits"),
        "overagePrice": first.get("overagePrice"),
    }
    return view | {name: row.get(name) for name in tenant.customs("ratePlanCharge")}


def _tier(tier: Row) -> View:
    cap = {"cap": tier["cap"]} if "cap" in tier else {}
    return {name: stored(name, tier.get(name)) for name in _TIER} | cap


def _billing_day(charge: Row) -> str | None:
    kind = charge.get("billCycleType")
    if kind == "SpecificDayofMonth":
        return f"SpecificDayofMonth({charge['billCycleDay']})"
    if kind == "SpecificDayofWeek":
        return f"SpecificDayofWeek({charge['weeklyBillCycleDay']})"
    return kind
