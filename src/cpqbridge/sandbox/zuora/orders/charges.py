"""Charges of a new rate plan: the catalog's values, changed by the overrides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.orders import billing, numbers
from cpqbridge.sandbox.zuora.orders.periods import effective_period
from cpqbridge.sandbox.zuora.orders.pricing import price
from cpqbridge.sandbox.zuora.orders.reasons import invalid, off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

#: Catalog field -> field of the subscription's charge.
INHERITED = {
    name: name
    for name in (
        "accountingCode", "applyDiscountTo", "billCycleDay", "billCycleType", "billingPeriod",
        "billingPeriodAlignment", "billingTiming", "chargeFunction", "chargeModel", "chargeType", "description",
        "discountLevel", "endDateCondition", "excludeItemBillingFromRevenueAccounting",
        "excludeItemBookingFromRevenueAccounting", "isAllocationEligible", "isUnbilled", "listPriceBase", "name",
        "overageCalculationOption", "overageUnusedUnitsCreditOption", "priceChangeOption",
        "priceIncreasePercentage", "productCategory", "productClass", "productFamily", "productLine",
        "prorationOption", "ratingGroup", "revRecCode", "revRecTriggerCondition", "revenueRecognitionRuleName",
        "specificBillingPeriod", "specificListPriceBase", "taxable", "triggerEvent", "uOM", "upToPeriods",
        "upToPeriodsType", "weeklyBillCycleDay",
    )
} | {"taxCode": "taxCodeName", "taxMode": "taxModeOption", "numberOfPeriod": "numberOfPeriods"}  # fmt: skip

#: Override field -> field of the subscription's charge, copied when given.
COPIED = {
    name: name
    for name in (
        "name", "description", "estimatedStartDate", "excludeItemBillingFromRevenueAccounting",
        "excludeItemBookingFromRevenueAccounting", "isAllocationEligible", "isBillable", "isUnbilled",
        "productCategory", "productClass", "productFamily", "productLine", "prorationOption", "revRecCode",
        "revRecTriggerCondition", "revenueRecognitionRuleName", "taxable",
    )
} | {"taxCode": "taxCodeName", "taxMode": "taxModeOption"}  # fmt: skip

#: Override fields that are understood in other ways; every field in none of these sets needs a feature that is off.
_HANDLED = {
    "billing", "chargeNumber", "customFields", "endDate", "pricing", "productRatePlanChargeId",
    "productRatePlanChargeNumber", "startDate", "uniqueToken",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Frame:
    """What the charges of one rate plan share: their plan, their subscription, its trigger dates."""

    rate_plan: Row
    subscription: Row
    dates: TriggerDates


def add_charges(run: OrderRun, frame: Frame, overrides: list[Body]) -> list[Row]:
    """Make all charges of a rate plan as segment 1.

    Args:
        run: The order.
        frame: Rate plan, subscription and trigger dates.
        overrides: ``chargeOverrides`` of the request, checked against their table.

    Raises:
        Refusal: An override does not fit a charge of the plan.
    """
    plan_id = frame.rate_plan["productRatePlanId"]
    catalog = {row["id"]: row for row in run.store.find("productRatePlanCharge", productRatePlanId=plan_id)}
    chosen = _by_charge(catalog, overrides)
    return [_add(run, frame, charge, chosen.get(charge_id, {})) for charge_id, charge in catalog.items()]


def _by_charge(catalog: dict[str, Row], overrides: list[Body]) -> dict[str, Body]:
    chosen: dict[str, Body] = {}
    for override in overrides:
        charge_id = override["productRatePlanChargeId"]
        if charge_id not in catalog:
            raise invalid(f"The charge '{charge_id}' does not belong to the product rate plan.")
        if charge_id in chosen:
            raise invalid(f"The charge '{charge_id}' is overridden more than once.")
        number = override.get("productRatePlanChargeNumber")
        if number and number != catalog[charge_id].get("productRatePlanChargeNumber"):
            raise invalid(f"productRatePlanChargeNumber '{number}' and productRatePlanChargeId name different charges.")
        for name, value in override.items():
            if (
                value is not None
                and name not in COPIED
                and name not in _HANDLED
                and not name.endswith("AccountingCode")
            ):
                raise off(f"chargeOverrides.{name} needs a feature that is not enabled for this tenant.")
        chosen[charge_id] = override
    return chosen


def _add(run: OrderRun, frame: Frame, charge: Row, override: Body) -> Row:
    run.claim_token(override.get("uniqueToken"))
    currency = frame.subscription["currency"]
    inherited = {row_name: charge.get(name) for name, row_name in INHERITED.items()}
    copied = {row_name: override[name] for name, row_name in COPIED.items() if override.get(name) is not None}
    _check_codes(run, override)
    priced = price(run.store, run.tenant.settings, charge, currency, override.get("pricing"))
    fields = inherited | copied | priced.fields | billing.overridden(charge, override.get("billing") or {})
    billing.check_fit(fields)
    fields |= effective_period(fields, frame.subscription, frame.dates, override)
    row = run.store.insert("ratePlanCharge", {**fields, **_identity(run, frame, charge, override)})
    row = run.store.update("ratePlanCharge", row["id"], {"originalId": row["id"]})
    for tier in priced.tiers:
        run.store.insert("ratePlanChargeTier", {**tier, "ratePlanChargeId": row["id"]})
    return row


def _identity(run: OrderRun, frame: Frame, charge: Row, override: Body) -> Row:
    subscription = frame.subscription
    return {
        "ratePlanId": frame.rate_plan["id"],
        "productRatePlanChargeId": charge["id"],
        "subscriptionId": subscription["id"],
        "subscriptionOwnerId": subscription["accountId"],
        "invoiceOwnerId": subscription["invoiceOwnerId"],
        "chargeNumber": numbers.number(run, numbers.CHARGE, override.get("chargeNumber")),
        "segment": 1,
        "version": 1,
        "isLastSegment": True,
        "isProcessed": False,
        "reverted": False,
        "originalOrderDate": run.order["orderDate"],
        "amendedByOrderOn": run.order["orderDate"],
        "_uniqueToken": override.get("uniqueToken"),
        **(override.get("customFields") or {}),
    }


def _check_codes(run: OrderRun, override: Body) -> None:
    settings = run.tenant.settings
    for name, value in override.items():
        if value and name.endswith("AccountingCode") and value not in settings.accounting_codes:
            raise invalid(f"chargeOverrides.{name}: the accounting code '{value}' does not exist or is not active.")
    if override.get("taxCode") and override["taxCode"] not in settings.tax_codes:
        raise invalid(f"chargeOverrides.taxCode: the tax code '{override['taxCode']}' does not exist or is not active.")
