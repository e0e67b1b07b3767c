"""Guide "Non-usage-based products": Salesforce `Product2` to a product, its rate plan and its one charge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.mapping.conditions import given, not_given
from cpqbridge.mapping.rule import Context, Rule, Table, UnmappableError
from cpqbridge.mapping.transforms import at_most, catalog_billing_period, from_given, one_of, shortened, unit_of_measure

SINCE, UNTIL = "2000-01-01", "3000-01-01"
RECEIVABLE = "Accounts Receivable"

FIRST_CURRENCIES = 5
"""Currencies that a new rate plan takes."""
FURTHER_CURRENCIES = 4
"""Currencies that an update adds."""

UNMETERED = frozenset({"Cost", "Percent Of Total", "Custom"})
"""Pricing methods that give the price of a unit, or of other lines: a flat fee per sale, nothing that can be metered."""

CHARGE_TYPES = {"One-Time": "OneTime", "Recurring": "Recurring", "Usage": "Usage"}
charge_type = one_of(CHARGE_TYPES)

TAX_MODES = ("TaxExclusive", "TaxInclusive")

_recurs = not_given("one_time", "not for one-time charges")
_taxable = given("taxable", "taxable products")


def charge_model(value: Any, _context: Context) -> str:
    """List → Per Unit Pricing; anything else → Flat Fee Pricing."""
    # A flat fee is right for block prices, prices from cost, shares of a total and prices set by hand alike, discount
    # schedules included: the order brings the amount of the whole line, and the catalog's price is a placeholder.
    return "Per Unit Pricing" if value == "List" else "Flat Fee Pricing"


def tiers(_value: Any, context: Context) -> list[Mapping[str, Any]]:
    """One tier per currency of the product's active price book entries; the order's price overrides it."""
    return [{"Currency": currency, "Price": price} for currency, price in context.given["prices"].items()]


def first_currencies(_value: Any, context: Context) -> list[str]:
    """The currencies of all active price book entries; those beyond five are added by further calls."""
    return list(context.given["prices"])[:FIRST_CURRENCIES]


def tax_mode(value: Any, _context: Context) -> str:
    """TaxInclusive or TaxExclusive; the labels with a blank are understood."""
    mode = str(value).replace(" ", "")
    if mode not in TAX_MODES:
        raise UnmappableError(f"{value!r} is not one of {', '.join(TAX_MODES)}")
    return mode


PRODUCT = Table(
    name="Product",
    about="`POST /v1/object/product`",
    rules=(
        Rule("SKU", "/SKU", "Product2.ProductCode", at_most(50), required="CPQ-406"),
        Rule("Name", "/Name", "Product2.Name", shortened(100), required="CPQ-401"),
        Rule("Effective Start Date", "/EffectiveStartDate", default=SINCE, on="create"),
        Rule("Effective End Date", "/EffectiveEndDate", default=UNTIL, on="create"),
    ),
)

RATE_PLAN = Table(
    name="Product Rate Plan",
    about="`POST /v1/object/product-rate-plan`",
    rules=(
        Rule("Product", "/ProductId", transform=from_given("product"), on="create"),
        Rule("Name", "/Name", "Product2.Name", shortened(255), required="CPQ-401"),
        Rule(
            "Externally Managed Plan Ids",
            "/ExternalRatePlanIds/0",
            "Product2.Id",
            on="create",
            note="decides whether the product exists",
        ),
        Rule("Effective Start Date", "/EffectiveStartDate", default=SINCE, on="create"),
        Rule("Effective End Date", "/EffectiveEndDate", default=UNTIL, on="create"),
        Rule(
            "Currency",
            "/ActiveCurrencies",
            "PricebookEntry.CurrencyIsoCode",
            first_currencies,
            on="create",
            note="only in an org with multi-currency",
        ),
    ),
)

CHARGE = Table(
    name="Product Rate Plan Charge",
    about="`POST /v1/object/product-rate-plan-charge`",
    rules=(
        Rule("Rate Plan", "/ProductRatePlanId", transform=from_given("rate_plan"), on="create"),
        Rule("Name", "/Name", "Product2.Name", shortened(100), required="CPQ-401"),
        Rule(
            "Charge Model",
            "/ChargeModel",
            "Product2.SBQQ__PricingMethod__c",
            charge_model,
            default="Flat Fee Pricing",
        ),
        Rule("Charge Type", "/ChargeType", "Product2.SBQQ__ChargeType__c", charge_type, default="OneTime"),
        Rule(
            "Billing Period",
            "/BillingPeriod",
            "Product2.SBQQ__BillingFrequency__c",
            catalog_billing_period,
            default="Month",
            when=_recurs,
        ),
        Rule("Bill Cycle Type", "/BillCycleType", default="DefaultFromCustomer"),
        Rule("Trigger Event", "/TriggerEvent", default="ContractEffective"),
        Rule(
            "Default Quantity",
            "/DefaultQuantity",
            default=1,
            when=given("measured", "not for flat fees"),
            on="create",
            note="Zuora wants one for per-unit charges; the order's quantity overrides it",
        ),
        Rule(
            "UOM",
            "/UOM",
            "Product2.QuantityUnitOfMeasure",
            unit_of_measure,
            default="Each",
            when=given("measured", "not for flat fees"),
            note="must exist in the tenant",
        ),
        Rule("Taxable", "/Taxable", "Product2.SBQQ__Taxable__c"),
        Rule(
            "Tax Code",
            "/TaxCode",
            "Product2.SBQQ__TaxCode__c",
            at_most(64),
            when=_taxable,
            required="CPQ-401",
            note="Zuora takes no taxable charge without one",
        ),
        Rule("Tax Mode", "/TaxMode", "Product2.TaxMode__c", tax_mode, default="TaxExclusive", when=_taxable),
        Rule(
            "Accounting Code",
            "/AccountingCode",
            "Product2.Z_Accounting_Code__c",
            at_most(100),
            default=RECEIVABLE,
        ),
        Rule(
            "Deferred Revenue Account",
            "/DeferredRevenueAccount",
            "Product2.Z_Deferred_Revenue_Account__c",
            at_most(100),
            default=RECEIVABLE,
        ),
        Rule(
            "Recognized Revenue Account",
            "/RecognizedRevenueAccount",
            "Product2.Z_Recognized_Revenue_Account__c",
            at_most(100),
            default=RECEIVABLE,
        ),
        Rule(
            "Tiers",
            "/ProductRatePlanChargeTierData/ProductRatePlanChargeTier",
            "PricebookEntry.UnitPrice",
            tiers,
            default=lambda context: tiers(None, context),
            on="create",
        ),
        Rule("Discount accounting code", "/UseDiscountSpecificAccountingCode", default=False, on="create"),
    ),
)
