"""Guide "Usage-based charge subscription": consumption schedules and rates of an order product to usage rate plans.

One rate plan for each `SBQQ__OrderItemConsumptionSchedule__c`, in the subscription of its order product; one tier for each
`SBQQ__OrderItemConsumptionRate__c`. Pointers are below `subscribeToRatePlans/n`, its `chargeOverrides/0` and its tiers.
"""

from __future__ import annotations

from typing import Any

from cpqbridge.mapping.conditions import option
from cpqbridge.mapping.rate_plan import CHARGE_START, charge_number
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.transforms import as_number, from_given, one_of

SCHEDULE = "OrderItemConsumptionSchedule"
RATE = "OrderItemConsumptionRate"
PRODUCT_SCHEDULE = "ProductConsumptionSchedule"

PRICE_FORMATS = {"PerUnit": "PerUnit", "FlatFee": "FlatFee"}


def starting_unit(_value: Any, context: Context) -> Any:
    """The lower bound; with option `increment_tier_upper_bound` one smallest unit more, but for the first tier."""
    return context.given["bounds"].start


def ending_unit(_value: Any, context: Context) -> Any:
    """The upper bound less one smallest unit, but for the last tier; with `increment_tier_upper_bound` as it is."""
    return context.given["bounds"].end


USAGE_PLAN = Table(
    name="Usage Rate Plan",
    about="`subscribeToRatePlans/n` of the subscription, one per consumption schedule of the order product",
    rules=(
        Rule(
            "Externally Managed Plan Id",
            "/externallyManagedPlanId",
            f"{SCHEDULE}.Id",
            note="natural key of the rate plan",
        ),
        Rule(
            "External Catalog Plan Id",
            "/externalCatalogPlanId",
            f"{PRODUCT_SCHEDULE}.Id",
            note="found by product and consumption schedule (CPQ-425)",
        ),
    ),
)

USAGE_CHARGE = Table(
    name="Usage Charge",
    about="`chargeOverrides/0` of the usage rate plan",
    rules=(
        Rule(
            "Product Rate Plan Charge",
            "/productRatePlanChargeId",
            f"{PRODUCT_SCHEDULE}.Id",
            from_given("charge"),
            note="the one charge of the schedule's rate plan",
        ),
        Rule("Charge Number", "/chargeNumber", "OrderItem.OrderItemNumber", charge_number),
        *CHARGE_START,
    ),
)

TIER = Table(
    name="Usage Tier",
    about="`pricing/{model}/tiers/n` of the usage charge; Range makes `usageVolume`, Slab `usageTiered`",
    rules=(
        Rule("Tier Order", "/tier", f"{RATE}.SBQQ__LowerBound__c", from_given("tier"), note="from 1, by lower bound"),
        Rule("Starting Unit", "/startingUnit", f"{RATE}.SBQQ__LowerBound__c", starting_unit),
        Rule(
            "Ending Unit",
            "/endingUnit",
            f"{RATE}.SBQQ__UpperBound__c",
            ending_unit,
            note="an open last tier stays open",
        ),
        Rule("Price", "/price", f"{RATE}.SBQQ__Price__c", as_number, required="CPQ-401"),
        Rule(
            "Price Format", "/priceFormat", f"{RATE}.SBQQ__PricingMethod__c", one_of(PRICE_FORMATS), required="CPQ-401"
        ),
        Rule(
            "Cap",
            "/cap",
            f"{RATE}.{{tier_cap_field}}",
            as_number,
            when=option("tier_cap_field"),
            note="needs the tenant's capping feature",
        ),
    ),
)
