"""Product rate plan charges: which fields a charge of its type and model must have, may have, must not have."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.catalog import tables
from cpqbridge.sandbox.zuora.catalog.entry import Body, Entry, check_unique, invalid, missing, not_found
from cpqbridge.sandbox.zuora.catalog.tiers import check_tiers, remove_tiers, save_tiers
from cpqbridge.sandbox.zuora.envelopes import ObjectError
from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.price_bases import WEEKLY, billable
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Charge models that are always there, with the charge types they fit.
MODELS: dict[str, frozenset[str]] = {
    "Flat Fee Pricing": frozenset({"OneTime", "Recurring", "Usage"}),
    "Per Unit Pricing": frozenset({"OneTime", "Recurring", "Usage"}),
    "Tiered Pricing": frozenset({"OneTime", "Recurring", "Usage"}),
    "Volume Pricing": frozenset({"OneTime", "Recurring", "Usage"}),
    "Overage Pricing": frozenset({"Usage"}),
    "Tiered with Overage Pricing": frozenset({"Usage"}),
    "Discount-Fixed Amount": frozenset({"OneTime", "Recurring"}),
    "Discount-Percentage": frozenset({"OneTime", "Recurring"}),
}

#: Models whose charges count units.
COUNTED = frozenset(model for model in MODELS if model != "Flat Fee Pricing" and not model.startswith("Discount"))

#: Fields that a one-time charge must not have.
_NOT_ONE_TIME = (
    "BillingPeriod",
    "SpecificBillingPeriod",
    "BillingPeriodAlignment",
    "UpToPeriods",
    "UpToPeriodsType",
)

_SPECIFIC = frozenset({"Specific Months", "Specific Weeks", "Specific Days"})

#: (field, its values, field that is needed with them and with no others)
_COMPANIONS: tuple[tuple[str, frozenset[Any], str], ...] = (
    ("BillingPeriod", _SPECIFIC, "SpecificBillingPeriod"),
    ("ListPriceBase", frozenset({"Per Specific Months"}), "SpecificListPriceBase"),
    ("EndDateCondition", frozenset({"FixedPeriod"}), "UpToPeriods"),
)

#: (field, its values, field that is needed with them)
_NEEDED: tuple[tuple[str, frozenset[Any], str], ...] = (
    ("BillCycleType", frozenset({"SpecificDayofMonth"}), "BillCycleDay"),
    ("BillCycleType", frozenset({"SpecificDayofWeek"}), "WeeklyBillCycleDay"),
    ("PriceChangeOption", frozenset({"SpecificPercentageValue"}), "PriceIncreasePercentage"),
    ("Taxable", frozenset({True}), "TaxCode"),
    ("Taxable", frozenset({True}), "TaxMode"),
    ("ChargeModel", COUNTED, "UOM"),
    ("ChargeModel", frozenset({"Overage Pricing"}), "IncludedUnits"),
)

#: Values of fields that are not given, by charge type.
_DEFAULTS: dict[str, Body] = {
    "OneTime": {"EndDateCondition": "OneTime"},
    "Recurring": {
        "BillingPeriodAlignment": "AlignToCharge",
        "BillingTiming": "In Advance",
        "ListPriceBase": "Per Billing Period",
        "EndDateCondition": "SubscriptionEnd",
    },
    "Usage": {
        "BillingPeriodAlignment": "AlignToCharge",
        "EndDateCondition": "SubscriptionEnd",
        "RatingGroup": "ByBillingPeriod",
        "UsageRecordRatingOption": "EndOfBillingPeriod",
    },
}
_ALWAYS: Body = {"PriceChangeOption": "NoChange", "Taxable": False, "LegacyRevenueReporting": False}

#: What the price of a subscription rests on: not to be changed once a subscription or line item uses the charge.
LOCKED_IN_USE = frozenset(
    {"UOM", "BillingPeriod", "SpecificBillingPeriod", "BillCycleType", "ListPriceBase", "SpecificListPriceBase"}
)

_ACCOUNTS = ("AccountingCode", "DeferredRevenueAccount", "RecognizedRevenueAccount")


def prepare(tenant: Tenant, body: Body) -> Body:
    """The charge with the defaults of its type.

    Raises:
        ObjectError: A field is missing, out of place, or names something that the tenant has not.
    """
    plan = tenant.store.get("productRatePlan", body["ProductRatePlanId"])
    if plan is None:
        raise not_found("Product rate plan", body["ProductRatePlanId"])
    check_unique(tenant, "productRatePlanCharge", body, "ProductRatePlanChargeNumber")
    _check_type(body)
    _check_period(body)
    charge = {**_ALWAYS, **_DEFAULTS[body["ChargeType"]], **body}
    _check_companions(charge)
    _check_fit(charge)
    _check_references(tenant, charge)
    _check_quantities(charge)
    data = charge.get("ProductRatePlanChargeTierData")
    if data is not None:
        check_tiers(tenant, charge, plan, data["ProductRatePlanChargeTier"])
    charge["ProductRatePlanChargeNumber"] = body.get("ProductRatePlanChargeNumber") or tenant.number(
        "productRatePlanCharge"
    )
    return charge


def _check_type(charge: Body) -> None:
    kind, model = charge["ChargeType"], charge["ChargeModel"]
    if kind not in _DEFAULTS:
        raise ObjectError("MISSING_PERMISSION", f"The charge type '{kind}' is not enabled for this tenant.")
    if model not in MODELS:
        raise ObjectError("MISSING_PERMISSION", f"The charge model '{model}' is not enabled for this tenant.")
    if kind not in MODELS[model]:
        raise invalid(f"The charge model '{model}' is not allowed for charges of type {kind}.")
    if model.startswith("Discount"):
        for name in ("ApplyDiscountTo", "DiscountLevel"):
            if not charge.get(name):
                raise missing(name, f"for the charge model '{model}'")


def _check_period(charge: Body) -> None:
    if charge["ChargeType"] != "OneTime":
        if not charge.get("BillingPeriod"):
            raise missing("BillingPeriod", f"for charges of type {charge['ChargeType']}")
        if charge.get("EndDateCondition") == "OneTime":
            raise invalid("EndDateCondition OneTime is for one-time charges only.")
        return
    for name in _NOT_ONE_TIME:
        if charge.get(name) is not None:
            raise invalid(f"{name} is not allowed for one-time charges.")
    if charge.get("EndDateCondition") not in {None, "OneTime"}:
        raise invalid("A one-time charge cannot have an end date condition other than OneTime.")


def _check_companions(charge: Body) -> None:
    for name, values, needed in _COMPANIONS + _NEEDED:
        if charge.get(name) in values and charge.get(needed) in {None, ""}:
            raise missing(needed, f"when {name} is {charge[name]}")
    for name, values, needed in _COMPANIONS:
        if charge.get(needed) is not None and charge.get(name) not in values:
            raise invalid(f"{needed} is only allowed when {name} is {' or '.join(sorted(values))}.")


def _check_fit(charge: Body) -> None:
    base, period = charge.get("ListPriceBase"), charge.get("BillingPeriod")
    if not billable(base, period):
        raise invalid(f"ListPriceBase '{base}' is not allowed for billing period '{period}'.")
    if charge["BillCycleType"] == "SpecificDayofWeek" and stored("billingPeriod", period) not in WEEKLY:
        raise invalid("BillCycleType SpecificDayofWeek is only allowed for weekly billing periods.")


def _check_references(tenant: Tenant, charge: Body) -> None:
    settings = tenant.settings
    for name in _ACCOUNTS:
        if charge.get(name) and charge[name] not in settings.accounting_codes:
            raise invalid(f"{name}: the accounting code '{charge[name]}' does not exist or is not active.")
    if charge.get("TaxCode") and charge["TaxCode"] not in settings.tax_codes:
        raise invalid(f"The tax code '{charge['TaxCode']}' does not exist or is not active.")
    if charge.get("UOM") and charge["UOM"] not in settings.units_of_measure:
        raise invalid(f"The unit of measure '{charge['UOM']}' does not exist or is not active.")
    base = charge.get("ListPriceBase")
    off = {"Per Validity Period"} | (set() if settings.specific_months_list_price else {"Per Specific Months"})
    if base in off:
        raise ObjectError("MISSING_PERMISSION", f"ListPriceBase '{base}' is not enabled for this tenant.")


def _check_quantities(charge: Body) -> None:
    if charge["ChargeModel"] == "Per Unit Pricing" and charge["ChargeType"] != "Usage":
        charge.setdefault("DefaultQuantity", 1)
    quantity, least, most = (charge.get(name) for name in ("DefaultQuantity", "MinQuantity", "MaxQuantity"))
    if least is not None and most is not None and least > most:
        raise invalid("MinQuantity must not be greater than MaxQuantity.")
    if quantity is not None and ((least is not None and quantity < least) or (most is not None and quantity > most)):
        raise invalid("DefaultQuantity must be between MinQuantity and MaxQuantity.")


def save(tenant: Tenant, charge_id: str, body: Body) -> None:
    """Write the tiers of the request, if it has any, and hand the accounting code on to subscriptions."""
    data = body.get("ProductRatePlanChargeTierData")
    if data is not None:
        save_tiers(tenant, charge_id, body, data["ProductRatePlanChargeTier"])
    code = body.get("AccountingCode")
    for row in tenant.store.find("ratePlanCharge", productRatePlanChargeId=charge_id):
        if row.get("accountingCode") != code:
            audit = {name: row[name] for name in ("updatedDate", "updatedById")}
            tenant.store.update("ratePlanCharge", row["id"], {"accountingCode": code, **audit})


def users(tenant: Tenant, charge_id: str) -> str | None:
    """What uses the charge: a subscription or an order line item."""
    if tenant.store.find("ratePlanCharge", productRatePlanChargeId=charge_id):
        return "a subscription"
    return "an order line item" if _line_items(tenant, charge_id) else None


def remove(tenant: Tenant, charge_id: str) -> None:
    """Delete the charge's tiers."""
    remove_tiers(tenant, charge_id)


def _line_items(tenant: Tenant, charge_id: str) -> list[Row]:
    return tenant.store.find("orderLineItem", productRatePlanChargeId=charge_id)


CHARGES = Entry(
    kind="productRatePlanCharge",
    path="product-rate-plan-charge",
    resource=542000,
    table=tables.CHARGE,
    prepare=prepare,
    users=users,
    save=save,
    remove=remove,
    locked=frozenset({"ProductRatePlanId", "ChargeModel", "ChargeType"}),
    locked_in_use=LOCKED_IN_USE,
    apart=frozenset({"ProductRatePlanChargeTierData"}),
    unavailable=tables.UNAVAILABLE_CHARGE_FIELDS,
    hidden=frozenset({"ProductRatePlanChargeNumber"}),
)
