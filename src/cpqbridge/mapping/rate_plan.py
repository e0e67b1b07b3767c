"""Guide "Non-usage charge-based subscriptions", rate plan and charge of a contracted order product.

Pointers of the rate plan are below `subscribeToRatePlans/n` of its subscription, those of the charge below
`chargeOverrides/0` of the rate plan. The planner has decided the charge, its model and which price is sent.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cpqbridge.mapping.conditions import given, not_given
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.subscription import S
from cpqbridge.mapping.transforms import as_date, as_number, at_most, from_given, plain

PRICING = "/pricing/{model}"
NET_PRICE = f"{S}.SBQQ__NetPrice__c"

UNIT_PRICE_STEP = Decimal("0.000000001")
"""Zuora keeps nine decimals of a price; amounts are rounded once, on the invoice."""

_whole_term = given("whole_term", "recurring charge priced for the whole term (option `sfdc_use_list_price_base`)")
_unprorated = given("per_period_from_unprorated", "a price per billing period, and the unprorated price is known")
_prorated = given(
    "per_period_from_net",
    "a price per billing period, and only the prorated price is known, or the period is the whole term",
)
_billed = given(
    "per_period_as_billed",
    "a price per billing period, and only this one comes to the net price by Zuora's billing periods (`pricing_mode`)",
)
_as_it_is = not_given("per_period", "no price per billing period")
_per_unit = given("per_unit", "per-unit models only")


def net_price(value: Any, context: Context) -> int | Decimal:
    """The price as sold; on a flat fee charge for the whole quantity (a block price is that already)."""
    return plain(Decimal(value) * context.given["price_factor"])


def charge_number(value: Any, context: Context) -> str:
    """The order product's number; the further charges of one order product get `-2`, `-3` … after it."""
    place: int = context.given["charge_place"]
    return str(at_most(50)(str(value) if place == 0 else f"{value}-{place + 1}", context))


def charge_token(_value: Any, context: Context) -> str:
    """The rate plan's token with `-charge` after it."""
    return f"{context.given['token']}-charge"


def unprorated_price(value: Any, context: Context) -> int | Decimal:
    """Unprorated price ÷ default subscription term × months of the billing period."""
    return _per_period(Decimal(value), Decimal(context.given["default_term"]), context)


def prorated_price(value: Any, context: Context) -> int | Decimal:
    """Net price ÷ months of the term × months of the billing period."""
    return _per_period(Decimal(value), context.given["term_months"], context)


def billed_price(value: Any, context: Context) -> int | Decimal:
    """Net price ÷ months that Zuora bills the term as × months of the billing period."""
    return _per_period(Decimal(value), context.given["term_months"], context)


def _per_period(price: Decimal, months: Decimal, context: Context) -> int | Decimal:
    amount = price * context.given["price_factor"] * context.given["period_months"] / months
    return plain(amount.quantize(UNIT_PRICE_STEP, ROUND_HALF_UP))


CHARGE_START = (
    Rule(
        "Charge Start",
        "/startDate/triggerEvent",
        default="SpecificDate",
        when=given("own_start", "the subscription starts later than the day that triggers the charge"),
    ),
    Rule(
        "Charge Start Date",
        "/startDate/specificTriggerDate",
        f"{S}.SBQQ__StartDate__c",
        as_date,
        when=given("own_start", "the subscription starts later than the day that triggers the charge"),
        note="else Zuora would bill from the contract effective date",
    ),
)
"""Rules of every charge of a subscription that starts later than its contract."""

PRICE = Table(
    name="Price",
    about="the price as sold, before the arithmetic of the tables below; here your own mapping of `price` takes its place",
    rules=(Rule("Price", "/price", NET_PRICE),),
)

BILLING_PERIOD = Table(
    name="Billing Period",
    about="the charge's billing period where your own mapping of `billingPeriod` sets it; otherwise the catalog's",
    rules=(
        Rule("Billing Period", "/billingPeriod", note="`SBQQ__BillingFrequency__c` of the subscription, when mapped"),
    ),
)

RATE_PLAN = Table(
    name="Subscription Rate Plan",
    about="`subscribeToRatePlans/n` of the subscription",
    rules=(
        Rule(
            "Externally Managed Plan Id",
            "/externallyManagedPlanId",
            "OrderItem.Id",
            note="natural key of the rate plan",
        ),
        Rule("External Catalog Plan Id", "/externalCatalogPlanId", "OrderItem.Product2Id"),
        Rule(
            "Unique Token",
            "/uniqueToken",
            "OrderItem.SBQQ__SegmentKey__c",
            from_given("token"),
            when=given("token", "the same order goes on with later segments"),
        ),
    ),
)

CHARGE = Table(
    name="Subscription Rate Plan Charge",
    about="`chargeOverrides/0` of the rate plan",
    rules=(
        Rule(
            "Product Rate Plan Charge",
            "/productRatePlanChargeId",
            "OrderItem.Product2Id",
            from_given("charge"),
            note="the one charge of the product's rate plan",
        ),
        Rule("Charge Number", "/chargeNumber", "OrderItem.OrderItemNumber", charge_number),
        Rule(
            "Charge Unique Token",
            "/uniqueToken",
            "OrderItem.SBQQ__SegmentKey__c",
            charge_token,
            when=given("token", "the same order goes on with later segments"),
        ),
        Rule(
            "List Price",
            f"{PRICING}/listPrice",
            NET_PRICE,
            net_price,
            when=_as_it_is,
            required="CPQ-401",
        ),
        Rule(
            "List Price per billing period, from the unprorated price",
            f"{PRICING}/listPrice",
            "OrderItem.SBQQ__UnproratedNetPrice__c",
            unprorated_price,
            when=_unprorated,
        ),
        Rule(
            "List Price per billing period, from the prorated price",
            f"{PRICING}/listPrice",
            NET_PRICE,
            prorated_price,
            when=_prorated,
            required="CPQ-401",
        ),
        Rule(
            "List Price per billing period, from the net price and Zuora's billing periods",
            f"{PRICING}/listPrice",
            NET_PRICE,
            billed_price,
            when=_billed,
            required="CPQ-401",
        ),
        Rule("List Price Base", f"{PRICING}/listPriceBase", default="Per_Specific_Months", when=_whole_term),
        Rule(
            "Specific Months",
            f"{PRICING}/specificListPriceBase",
            (f"{S}.SBQQ__EndDate__c", "OrderItem.SBQQ__DefaultSubscriptionTerm__c"),
            from_given("specific_months"),
            default=1,
            when=_whole_term,
            note="the months of the term; for evergreen those of the default term, else 1",
        ),
        Rule(
            "List Price Base",
            f"{PRICING}/listPriceBase",
            default="Per_Billing_Period",
            when=given(
                "per_period",
                "a price per billing period: the term is not whole months, or the billing period is the whole term",
            ),
        ),
        Rule(
            "Quantity",
            f"{PRICING}/quantity",
            "OrderItem.Quantity",
            as_number,
            when=_per_unit,
            required="CPQ-401",
        ),
        Rule(
            "Billing Period",
            "/billing/billingPeriod",
            transform=from_given("billing_period"),
            when=given("billing_period", "your own mapping gives `billingPeriod`"),
        ),
        Rule(
            "Bill Cycle Type",
            "/billing/billCycleType",
            default="ChargeTriggerDay",
            when=_whole_term,
            note="otherwise inherited from the catalog",
        ),
        *CHARGE_START,
    ),
)
