"""Changes of subscriptions that Zuora has: the order actions of amendments and renewals.

Pointers are below `/subscriptions/n/orderActions/m` of the order. The planner has decided what changes from which day on
(`Context.given`). Source: orders sync, use cases; API description "Create an order", order actions; decision 22.
"""

from __future__ import annotations

from cpqbridge.mapping.conditions import given
from cpqbridge.mapping.rate_plan import NET_PRICE, charge_token
from cpqbridge.mapping.rule import Condition, Rule, Table, always
from cpqbridge.mapping.subscription import S
from cpqbridge.mapping.transforms import from_given, payment_term

REVISED = "OrderItem.SBQQ__RevisedOrderProduct__c"
RENEWED = "OrderItem.SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__c"
_EARLIER = (REVISED, RENEWED, "OrderItem.Id")
"""What an order product names as the earlier one; one that takes the place of another, or joins it, names none."""
_FIRST_DAY = (f"{S}.SBQQ__StartDate__c", "Order.EffectiveDate")


def _dated(kind: str) -> tuple[Rule, ...]:
    """Return the rules for type and dates: a change takes effect on its day, whatever triggers the first billing."""
    dates = (
        Rule(label, "/triggerDates/-/triggerDate", _FIRST_DAY, from_given("on"), beside={"name": name})
        for label, name in (
            ("Contract Effective Date", "ContractEffective"),
            ("Service Activation Date", "ServiceActivation"),
            ("Customer Acceptance Date", "CustomerAcceptance"),
        )
    )
    return Rule("Order Action", "/type", default=kind), *dates


_UPDATE = "/updateProduct"
_CHARGE = f"{_UPDATE}/chargeUpdates/0"
_TERMS = "/termsAndConditions"
_RENEW = "/renewSubscription"
_OWNER = "/ownerTransfer"
_plan_number = given("rate_plan", "the subscription was there before this order")
_early = given("early", "renewed before the end of the term")
_owner_changes = given("owner_changes", "the order names another subscription owner")
_payer_changes = given("payer_changes", "the order names another invoice owner")
_token = given("token", "the rate plan is made by the same order")


def _bill_to(prefix: str, when: Condition = always) -> Rule:
    source = ("Order.BillToContactId", "Order.BillingCountry")
    return Rule("Bill To Contact", f"{prefix}/billToContactId", source, from_given("bill_to"), when=when)


def _sold_to(prefix: str, when: Condition = always) -> Rule:
    source = ("Order.ShipToContactId", "Order.ShippingCountry")
    return Rule("Sold To Contact", f"{prefix}/soldToContactId", source, from_given("sold_to"), when=when)


CHANGED_SUBSCRIPTION = Table(
    name="Changed Subscription",
    about="`/subscriptions/n` of the order, one for each subscription that it changes",
    rules=(
        Rule(
            "Subscription Number",
            "/subscriptionNumber",
            _EARLIER,
            from_given("number"),
            note="of the subscription whose rate plan carries the id of the first order product",
        ),
        Rule("Quote Number", "/quote/QuoteNumber__QT", "Order.SBQQ__Quote__r.Name"),
        Rule("Quote Business Type", "/quote/QuoteBusinessType__QT", "Order.SBQQ__Quote__r.SBQQ__Type__c"),
        Rule("Quote Type", "/quote/QuoteType__QT", "Order.SBQQ__Quote__r.SBQQ__Type__c"),
        Rule(
            "Contract ID",
            "/customFields/SFDC_Contract__c",
            f"{S}.SBQQ__Contract__c",
            when=given("renewed", "a renewal: CPQ makes a new contract"),
        ),
    ),
)

UPDATE_PRODUCT = Table(
    name="Update Product",
    about="`orderActions/m`: another quantity or price from a day on",
    rules=(
        *_dated("UpdateProduct"),
        Rule(
            "Subscription Rate Plan Number",
            f"{_UPDATE}/subscriptionRatePlanNumber",
            _EARLIER,
            from_given("rate_plan"),
            when=_plan_number,
            note="of the rate plan that carries the id of the first order product",
        ),
        Rule("Unique Token", f"{_UPDATE}/uniqueToken", "OrderItem.SBQQ__SegmentKey__c", from_given("token"), when=_token),
        Rule(
            "Specific Update Date",
            f"{_UPDATE}/specificUpdateDate",
            _FIRST_DAY,
            from_given("on"),
            when=given("before_another", "a later change is there already"),
            note="so that the later one stays",
        ),
        Rule("Charge Number", f"{_CHARGE}/chargeNumber", _EARLIER, from_given("charge_number"), when=_plan_number),
        Rule(
            "Charge Unique Token", f"{_CHARGE}/uniqueToken", "OrderItem.SBQQ__SegmentKey__c", charge_token, when=_token
        ),
        Rule(
            "Quantity",
            f"{_CHARGE}/pricing/{{model}}/quantity",
            "OrderItem.Quantity",
            from_given("quantity"),
            when=given("quantity_changes", "the quantity changes"),
            was="quantity_before",
            note="the sum over the original order product and its revisions that have begun: amendments hold differences",
        ),
        Rule(
            "List Price",
            f"{_CHARGE}/pricing/{{model}}/listPrice",
            NET_PRICE,
            from_given("list_price"),
            when=given("price_changes", "the price changes"),
            was="list_price_before",
            note="converted to the list price base that the charge was made with, which Zuora does not change",
        ),
        Rule(
            "Tiers",
            f"{_CHARGE}/pricing/{{model}}/tiers",
            transform=from_given("tiers"),
            when=given("tiers", "the rates of usage change"),
            was="tiers_before",
            note="by the rules of the usage tiers of a new subscription",
        ),
    ),
)  # fmt: skip

REMOVE_PRODUCT = Table(
    name="Remove Product",
    about="`orderActions/m`: a rate plan ends, others of its subscription stay",
    rules=(
        *_dated("RemoveProduct"),
        Rule(
            "Subscription Rate Plan Number",
            "/removeProduct/subscriptionRatePlanNumber",
            _EARLIER,
            from_given("rate_plan"),
        ),
    ),
)

CANCEL_SUBSCRIPTION = Table(
    name="Cancel Subscription",
    about="`orderActions/m`: amended to zero",
    rules=(
        *_dated("CancelSubscription"),
        Rule("Cancellation Policy", "/cancelSubscription/cancellationPolicy", default="SpecificDate"),
        Rule(
            "Cancellation Effective Date",
            "/cancelSubscription/cancellationEffectiveDate",
            _FIRST_DAY,
            from_given("on"),
            was="end_before",
        ),
    ),
)

RENEWAL_TERMS = Table(
    name="Renewal Terms",
    about="`orderActions/m`: the length of the new term, where Zuora has another one, and the early end of the old term",
    rules=(
        *_dated("TermsAndConditions"),
        Rule(
            "Term Type",
            f"{_TERMS}/lastTerm/termType",
            default="TERMED",
            when=_early,
        ),
        Rule(
            "Term End Date",
            f"{_TERMS}/lastTerm/endDate",
            _FIRST_DAY,
            from_given("on"),
            when=_early,
            was="end_before",
            note="the day on which the new term begins",
        ),
        Rule("Renewal Setting", f"{_TERMS}/renewalSetting", default="RENEW_WITH_SPECIFIC_TERM"),
        Rule(
            "Renewal Term",
            f"{_TERMS}/renewalTerms/0/period",
            f"{S}.SBQQ__EndDate__c",
            from_given("period"),
            was="period_before",
        ),
        Rule("Renewal Period Type", f"{_TERMS}/renewalTerms/0/periodType", transform=from_given("period_type")),
    ),
)

TERM_EXTENT = Table(
    name="Term Extent",
    about="`orderActions/m`: another end of a term that Zuora has begun by itself (option `auto_renew`)",
    rules=(
        *_dated("TermsAndConditions"),
        Rule("Term Type", f"{_TERMS}/lastTerm/termType", default="TERMED"),
        Rule(
            "Term End Date",
            f"{_TERMS}/lastTerm/endDate",
            f"{S}.SBQQ__EndDate__c",
            from_given("until"),
            was="end_before",
            note="the day after the last one",
        ),
    ),
)

RENEWAL_STOP = Table(
    name="Renewal Stop",
    about="`orderActions/m`: what a renewal leaves out is not renewed by Zuora either (option `auto_renew`)",
    rules=(*_dated("TermsAndConditions"), Rule("Auto Renew", f"{_TERMS}/autoRenew", default=False)),
)

RENEW_SUBSCRIPTION = Table(
    name="Renew Subscription",
    about="`orderActions/m`: one more term, from the day on which the last one ends",
    rules=(
        *_dated("RenewSubscription"),
        _bill_to(_RENEW),
        _sold_to(_RENEW),
        Rule("Payment Term", f"{_RENEW}/paymentTerm", "Order.SBQQ__PaymentTerm__c", payment_term),
    ),
)

OWNER_TRANSFER = Table(
    name="Owner Transfer",
    about="`orderActions/m`: another account owns the subscription, or is invoiced for it",
    rules=(
        *_dated("OwnerTransfer"),
        Rule(
            "Subscription Owner Account",
            f"{_OWNER}/destinationAccountNumber",
            "Order.SubscriptionOwner__c",
            from_given("subscription_owner_number"),
            was="owner_before",
            when=_owner_changes,
        ),
        Rule(
            "Invoice Owner Account",
            f"{_OWNER}/destinationInvoiceAccountNumber",
            "Order.InvoiceOwner__c",
            from_given("invoice_owner_number"),
            was="payer_before",
            when=_payer_changes,
        ),
        _bill_to(_OWNER, _payer_changes),
        _sold_to(_OWNER, _owner_changes),
    ),
)

ADD_PRODUCT = Table(
    name="Add Product",
    about="`orderActions/m`: a rate plan on a subscription of the same contract (option `added_products`)",
    rules=_dated("AddProduct"),
)
