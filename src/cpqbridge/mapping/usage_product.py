"""Guide "Usage-based products": a `ProductConsumptionSchedule` to a rate plan of its own and its one usage charge.

The product itself is mapped as any other; what a usage charge shares with one (billing period, tax, accounting codes)
are the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.mapping.product import CHARGE, RATE_PLAN
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.transforms import one_of, plain, shortened, unit_of_measure

SCHEDULE = "ProductConsumptionSchedule.ConsumptionSchedule"

SCHEDULE_MODELS = {"Range": "Volume Pricing", "Slab": "Tiered Pricing"}
"""Type of a consumption schedule to the charge model that bills it."""

PRICE_FORMATS = {"PerUnit": "Per Unit", "FlatFee": "Flat Fee"}
"""Pricing method of a consumption rate to the price format of a catalog tier."""


def plan_name(value: Any, context: Context) -> str:
    """The product's name, a blank, the schedule's name; shortened to 255 characters."""
    schedule = context.get(f"{SCHEDULE}.Name")
    name: str = shortened(255)(f"{value} {schedule}" if schedule else value, context)
    return name


def placeholder_tier(value: Any, context: Context) -> list[Mapping[str, Any]]:
    """One tier from 0 to 1 at the list price, priced as the first consumption rate is; each order brings its own."""
    price_format = one_of(PRICE_FORMATS)(value, context)
    currency, price = next(iter(context.given["prices"].items()))
    tier = {"Currency": currency, "StartingUnit": 0, "EndingUnit": 1, "Price": plain(price)}
    return [{**tier, "PriceFormat": price_format}]


def _rules(table: Table, *labels: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in table.rules if rule.label in labels)


USAGE_RATE_PLAN = Table(
    name="Usage Product Rate Plan",
    about="`POST /v1/object/product-rate-plan`, one per product consumption schedule",
    rules=(
        *_rules(RATE_PLAN, "Product"),
        Rule(
            "Name",
            "/Name",
            "Product2.Name",
            plan_name,
            required="CPQ-401",
            note="with the name of the schedule, for Zuora wants the names of a product's plans to differ",
            reads=(f"{SCHEDULE}.Name",),
        ),
        Rule(
            "Externally Managed Plan Ids",
            "/ExternalRatePlanIds/0",
            "ProductConsumptionSchedule.Id",
            on="create",
            note="a schedule that several products share becomes a plan of each",
        ),
        Rule("Description", "/Description", "Product2.Description", shortened(500)),
        *_rules(RATE_PLAN, "Effective Start Date", "Effective End Date"),
        Rule(
            "Currency",
            "/ActiveCurrencies/0",
            "ProductConsumptionSchedule.CurrencyIsoCode",
            on="create",
            note="only in an org with multi-currency; a schedule has one currency",
        ),
    ),
)

USAGE_CHARGE = Table(
    name="Usage Product Rate Plan Charge",
    about="`POST /v1/object/product-rate-plan-charge`, one per product consumption schedule",
    rules=(
        *_rules(CHARGE, "Rate Plan"),
        Rule("Name", "/Name", f"{SCHEDULE}.Name", shortened(100), required="CPQ-401"),
        Rule("Charge Model", "/ChargeModel", f"{SCHEDULE}.Type", one_of(SCHEDULE_MODELS), required="CPQ-401"),
        Rule("Charge Type", "/ChargeType", default="Usage"),
        *_rules(CHARGE, "Billing Period", "Bill Cycle Type", "Trigger Event"),
        Rule("Default Quantity", "/DefaultQuantity", default=1, on="create"),
        Rule(
            "UOM", "/UOM", f"{SCHEDULE}.UnitOfMeasure", unit_of_measure, default="Each", note="must exist in the tenant"
        ),
        *_rules(
            CHARGE,
            "Taxable",
            "Tax Code",
            "Tax Mode",
            "Accounting Code",
            "Deferred Revenue Account",
            "Recognized Revenue Account",
        ),
        Rule(
            "Tiers",
            "/ProductRatePlanChargeTierData/ProductRatePlanChargeTier",
            "ConsumptionRate.PricingMethod",
            placeholder_tier,
            default=lambda context: placeholder_tier("PerUnit", context),
            on="create",
        ),
        *_rules(CHARGE, "Discount accounting code"),
    ),
)
