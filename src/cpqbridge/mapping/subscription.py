"""Guide "Non-usage charge-based subscriptions": a contracted order product to one new subscription of the order.

Pointers are below `/subscriptions/n` of the order. The planner has decided beforehand (`Context.given`) the term, the
charge and its model, and which price is sent (`pricing`).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cpqbridge.mapping.conditions import given, not_given, not_option, option
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.transforms import as_date, as_number, at_most, from_given, payment_term, plain

S = "OrderItem.SBQQ__Subscription__r"
CREATE = "/orderActions/0/createSubscription"
TERMS = f"{CREATE}/terms"
DATES = "/orderActions/0/triggerDates/-/triggerDate"
PLAN = f"{CREATE}/subscribeToRatePlans/0"
CHARGE = f"{PLAN}/chargeOverrides/0"
PRICING = f"{CHARGE}/pricing/{{model}}"

CONTRACT_START = (
    f"{S}.SBQQ__Contract__r.StartDate",
    "OrderItem.SBQQ__Contract__r.StartDate",
    "Order.Contract.StartDate",
)
"""The contract linked to the order, by whichever of its three links is filled."""

UNIT_PRICE_STEP = Decimal("0.000000001")
"""Zuora keeps nine decimals of a price; amounts are rounded once, on the invoice."""

_evergreen = given("evergreen", "evergreen")
_termed = not_given("evergreen", "not evergreen")
_trigger_dates = option("trigger_dates_on_orders")
_whole_term = given("whole_term", "recurring charge priced for the whole term (option `sfdc_use_list_price_base`)")
_unprorated = given("per_period_from_unprorated", "a price per billing period, and the unprorated price is known")
_prorated = given(
    "per_period_from_net",
    "a price per billing period, and only the prorated price is known, or the period is the whole term",
)
_as_it_is = not_given("per_period", "no price per billing period")
_per_unit = given("per_unit", "per-unit models only")


def term_type(_value: Any, context: Context) -> str:
    """Evergreen → EVERGREEN; anything else → TERMED."""
    return "EVERGREEN" if context.given["evergreen"] else "TERMED"


def auto_renew(_value: Any, context: Context) -> bool:
    """Option `auto_renew`; never for evergreen."""
    return context.options.auto_renew and not context.given["evergreen"]


def net_price(value: Any, context: Context) -> int | Decimal:
    """The price as sold; on a flat fee charge for the whole quantity (a block price is that already)."""
    return plain(Decimal(value) * context.given["price_factor"])


def unprorated_price(value: Any, context: Context) -> int | Decimal:
    """Unprorated price ÷ default subscription term × months of the billing period."""
    return _per_period(Decimal(value), Decimal(context.given["default_term"]), context)


def prorated_price(value: Any, context: Context) -> int | Decimal:
    """Net price ÷ months of the term × months of the billing period."""
    return _per_period(Decimal(value), context.given["term_months"], context)


def _per_period(price: Decimal, months: Decimal, context: Context) -> int | Decimal:
    amount = price * context.given["price_factor"] * context.given["period_months"] / months
    return plain(amount.quantize(UNIT_PRICE_STEP, ROUND_HALF_UP))


def term_end(_value: Any, context: Context) -> Any:
    """The day after the last one: Salesforce ends are inclusive, Zuora's are not."""
    return context.given["end"]


SUBSCRIPTION = Table(
    name="Subscription",
    about="`/subscriptions/n` of the order, one per Salesforce subscription",
    rules=(
        # the subscription
        Rule("Quote Number", "/quote/QuoteNumber__QT", "Order.SBQQ__Quote__r.Name"),
        Rule("Quote Business Type", "/quote/QuoteBusinessType__QT", "Order.SBQQ__Quote__r.SBQQ__Type__c"),
        Rule("Quote Type", "/quote/QuoteType__QT", "Order.SBQQ__Quote__r.SBQQ__Type__c"),
        Rule(
            "Contract ID",
            "/customFields/SFDC_Contract__c",
            f"{S}.SBQQ__Contract__c",
            note="a custom field of Zuora's Subscription",
        ),
        Rule("Order Action", "/orderActions/0/type", default="CreateSubscription"),
        # trigger dates
        Rule(
            "Contract Effective Date",
            DATES,
            "Order.EffectiveDate",
            as_date,
            when=_trigger_dates,
            beside={"name": "ContractEffective"},
        ),
        Rule(
            "Contract Effective Date",
            DATES,
            CONTRACT_START,
            as_date,
            when=not_option("trigger_dates_on_orders"),
            required="CPQ-405",
            beside={"name": "ContractEffective"},
        ),
        Rule(
            "Service Activation Date",
            DATES,
            "Order.CompanyAuthorizedDate",
            as_date,
            when=_trigger_dates,
            beside={"name": "ServiceActivation"},
        ),
        Rule(
            "Customer Acceptance Date",
            DATES,
            "Order.CustomerAuthorizedDate",
            as_date,
            when=_trigger_dates,
            beside={"name": "CustomerAcceptance"},
        ),
        # createSubscription
        Rule(
            "Subscription Number",
            f"{CREATE}/subscriptionNumber",
            f"{S}.Name",
            at_most(100),
            required="CPQ-401",
            note="natural key",
        ),
        Rule(
            "Currency",
            f"{CREATE}/currency",
            "Order.CurrencyIsoCode",
            note="only in an org with multi-currency",
        ),
        Rule(
            "Subscription Owner Account",
            f"{CREATE}/subscriptionOwnerAccountNumber",
            "Order.SubscriptionOwner__c",
            from_given("subscription_owner_number"),
            note="created when absent",
        ),
        Rule(
            "Invoice Owner Account",
            f"{CREATE}/invoiceOwnerAccountNumber",
            "Order.InvoiceOwner__c",
            from_given("invoice_owner_number"),
            note="created when absent",
        ),
        Rule(
            "Bill To Contact",
            f"{CREATE}/billToContactId",
            ("Order.BillToContactId", "Order.BillingCountry"),
            from_given("bill_to"),
            note="the contact, else one made from the order's address, else the account's default (nothing sent)",
        ),
        Rule(
            "Sold To Contact",
            f"{CREATE}/soldToContactId",
            ("Order.ShipToContactId", "Order.ShippingCountry"),
            from_given("sold_to"),
            note="the contact, else one made from the order's address, else the account's default (nothing sent)",
        ),
        Rule("Payment Term", f"{CREATE}/paymentTerm", "Order.SBQQ__PaymentTerm__c", payment_term),
        # terms
        Rule(
            "Subscription Start Date",
            f"{TERMS}/initialTerm/startDate",
            (f"{S}.SBQQ__StartDate__c", *CONTRACT_START),
            from_given("start"),
            when=option("use_subscription_start_date"),
            required="CPQ-405",
        ),
        Rule(
            "Subscription Start Date",
            f"{TERMS}/initialTerm/startDate",
            (*CONTRACT_START, f"{S}.SBQQ__StartDate__c"),
            from_given("start"),
            when=not_option("use_subscription_start_date"),
            required="CPQ-405",
        ),
        Rule(
            "End Date",
            f"{TERMS}/initialTerm/endDate",
            f"{S}.SBQQ__EndDate__c",
            term_end,
            when=given("in_days", "the term is in days"),
            note="otherwise the start plus the term",
        ),
        Rule(
            "Initial Term",
            f"{TERMS}/initialTerm/period",
            f"{S}.SBQQ__EndDate__c",
            from_given("period"),
            when=_termed,
        ),
        Rule(
            "Period Type",
            f"{TERMS}/initialTerm/periodType",
            transform=from_given("period_type"),
            when=_termed,
            note="Month, or Day",
        ),
        Rule(
            "Term Type",
            f"{TERMS}/initialTerm/termType",
            f"{S}.SBQQ__SubscriptionType__c",
            term_type,
            default="TERMED",
        ),
        Rule(
            "Renewal Setting",
            f"{TERMS}/renewalSetting",
            default="RENEW_WITH_SPECIFIC_TERM",
            when=_termed,
            note="Zuora takes none for evergreen",
        ),
        Rule(
            "Renewal Term",
            f"{TERMS}/renewalTerms/0/period",
            f"{S}.SBQQ__EndDate__c",
            from_given("period"),
            when=_termed,
        ),
        Rule(
            "Renewal Period Type",
            f"{TERMS}/renewalTerms/0/periodType",
            transform=from_given("period_type"),
            when=_termed,
        ),
        Rule("Auto Renew", f"{TERMS}/autoRenew", transform=auto_renew),
        # rate plan
        Rule(
            "Externally Managed Plan Id",
            f"{PLAN}/externallyManagedPlanId",
            "OrderItem.Id",
            note="natural key of the rate plan",
        ),
        Rule("External Catalog Plan Id", f"{PLAN}/externalCatalogPlanId", "OrderItem.Product2Id"),
        # charge
        Rule(
            "Product Rate Plan Charge",
            f"{CHARGE}/productRatePlanChargeId",
            "OrderItem.Product2Id",
            from_given("charge"),
            note="the one charge of the product's rate plan",
        ),
        Rule("Charge Number", f"{CHARGE}/chargeNumber", "OrderItem.OrderItemNumber", at_most(50)),
        Rule(
            "List Price",
            f"{PRICING}/listPrice",
            f"{S}.SBQQ__NetPrice__c",
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
            f"{S}.SBQQ__NetPrice__c",
            prorated_price,
            when=_prorated,
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
            "Bill Cycle Type",
            f"{CHARGE}/billing/billCycleType",
            default="ChargeTriggerDay",
            when=_whole_term,
            note="otherwise inherited from the catalog",
        ),
        Rule(
            "Charge Start",
            f"{CHARGE}/startDate/triggerEvent",
            default="SpecificDate",
            when=given("own_start", "the subscription starts on another day than the one that triggers the charge"),
        ),
        Rule(
            "Charge Start Date",
            f"{CHARGE}/startDate/specificTriggerDate",
            f"{S}.SBQQ__StartDate__c",
            as_date,
            when=given("own_start", "the subscription starts on another day than the one that triggers the charge"),
            note="else Zuora would bill from the contract effective date",
        ),
    ),
)
