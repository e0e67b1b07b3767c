"""Guide "Non-usage charge-based subscriptions", the subscription itself: one for each contracted order product.

Pointers are below `/subscriptions/n` of the order. The planner has decided the term beforehand (`Context.given`).
Its rate plans are in `cpqbridge.mapping.rate_plan` and `cpqbridge.mapping.usage`.
"""

from __future__ import annotations

from typing import Any

from cpqbridge.mapping.conditions import given, not_given, not_option, option
from cpqbridge.mapping.rule import Context, Rule, Table
from cpqbridge.mapping.transforms import as_date, at_most, from_given, payment_term

S = "OrderItem.SBQQ__Subscription__r"
CREATE = "/orderActions/0/createSubscription"
TERMS = f"{CREATE}/terms"
DATES = "/orderActions/0/triggerDates/-/triggerDate"

CONTRACT_START = (
    f"{S}.SBQQ__Contract__r.StartDate",
    "OrderItem.SBQQ__Contract__r.StartDate",
    "Order.Contract.StartDate",
)
"""The contract linked to the order, by whichever of its three links is filled."""

_termed = not_given("evergreen", "not evergreen")
_trigger_dates = option("trigger_dates_on_orders")


def term_type(_value: Any, context: Context) -> str:
    """Evergreen → EVERGREEN; anything else → TERMED."""
    return "EVERGREEN" if context.given["evergreen"] else "TERMED"


def auto_renew(_value: Any, context: Context) -> bool:
    """Option `auto_renew`; never for evergreen."""
    return context.options.auto_renew and not context.given["evergreen"]


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
        Rule(
            "Invoice Group Number",
            f"{CREATE}/invoiceGroupNumber",
            note="only by your own mapping, such as of `PO_Number__c`",
        ),
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
    ),
)
