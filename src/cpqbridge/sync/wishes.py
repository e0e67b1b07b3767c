"""Which Salesforce fields a sync reads: those that mapping tables name, and those that planning decides by.

Every path is a wish: what an org does not have (custom fields, currencies, state codes) is left out of the query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cpqbridge.mapping.account import ACCOUNT
from cpqbridge.mapping.contact import ADDRESS_PARTS, BILL_TO, CONTACT, ORDER_BILL_TO, ORDER_SOLD_TO, SOLD_TO
from cpqbridge.mapping.line_item import ORDER_LINE_ITEM
from cpqbridge.mapping.order import ORDER
from cpqbridge.mapping.product import CHARGE, PRODUCT, RATE_PLAN
from cpqbridge.mapping.rule import Table
from cpqbridge.mapping.subscription import SUBSCRIPTION
from cpqbridge.salesforce.select import Select
from cpqbridge.settings.options import Options

_ORDER = (
    "Id",
    "OrderNumber",
    "Status",
    "StatusCode",
    "AccountId",
    "Account.Name",
    "EffectiveDate",
    "SBQQ__Contracted__c",
    "InvoiceOwner__c",
    "SubscriptionOwner__c",
    "BillToContactId",
    "ShipToContactId",
    "SBQQ__Quote__r.SBQQ__Type__c",
    "SystemModstamp",
    *(f"{part}{name}" for part in ("Billing", "Shipping") for name in ADDRESS_PARTS),
)
ITEM_NAME = "OrderItem"
_ITEM = (
    "Id",
    "OrderItemNumber",
    "Quantity",
    "UnitPrice",
    "TotalPrice",
    "Product2Id",
    "Product2.Id",
    "Product2.Name",
    "Product2.ProductCode",
    "Product2.SBQQ__SubscriptionPricing__c",
    "Product2.SBQQ__PricingMethod__c",
    "Product2.SBQQ__ChargeType__c",
    "SBQQ__Contracted__c",
    "SBQQ__ContractingMethod__c",
    "SBQQ__RevisedOrderProduct__c",
    "SBQQ__BundleRoot__c",
    "SBQQ__RequiredBy__c",
    "SBQQ__SegmentKey__c",
    "SBQQ__Asset__c",
    "SBQQ__DefaultSubscriptionTerm__c",
    "SBQQ__UnproratedNetPrice__c",
    "SBQQ__Subscription__c",
    "SBQQ__Subscription__r.SBQQ__PricingMethod__c",
    "SBQQ__Subscription__r.SBQQ__RevisedSubscription__c",
)
_CONTACT = ("Id", "AccountId", "LastName")

NEEDED: Mapping[str, tuple[str, ...]] = {
    "Order": (
        "OrderNumber",
        "AccountId",
        "EffectiveDate",
        "Status",
        "BillToContactId",
        "ShipToContactId",
        "SBQQ__Contracted__c",
        "SBQQ__Quote__r.SBQQ__Type__c",
        "OrderItems",
    ),
    "OrderItem": (
        "OrderItemNumber",
        "Quantity",
        "UnitPrice",
        "Product2Id",
        "Product2.SBQQ__SubscriptionPricing__c",
        "Product2.SBQQ__PricingMethod__c",
        "SBQQ__RevisedOrderProduct__c",
        "SBQQ__SegmentKey__c",
        "SBQQ__Subscription__c",
        "SBQQ__Subscription__r.Name",
        "SBQQ__Subscription__r.SBQQ__NetPrice__c",
        "SBQQ__Subscription__r.SBQQ__PricingMethod__c",
        "SBQQ__Subscription__r.SBQQ__RevisedSubscription__c",
        "SBQQ__Subscription__r.SBQQ__SubscriptionType__c",
        "SBQQ__Subscription__r.SBQQ__StartDate__c",
        "SBQQ__Subscription__r.SBQQ__EndDate__c",
    ),
    "Account": ("Name", "ParentId", "BillingCountry", "BillingState"),
    "Contact": ("LastName", "AccountId"),
    "Product2": (
        "Name",
        "ProductCode",
        "SBQQ__ChargeType__c",
        "SBQQ__PricingMethod__c",
        "SBQQ__BillingFrequency__c",
        "SBQQ__Taxable__c",
    ),
}
"""Fields by which planning decides. Without one of them a record would be taken for something else: an amendment for
new business, a subscription for a one-off. So a sync refuses to read without them, and says which are hidden."""


def orders(options: Options) -> Select:
    """Return the wish list for the whole graph of an order."""
    contact = sources("Contact", options, CONTACT)
    people = [f"{name}.{path}" for name in ("BillToContact", "ShipToContact") for path in (*_CONTACT, *contact)]
    tables = (ORDER, SUBSCRIPTION, ORDER_LINE_ITEM, ORDER_BILL_TO, ORDER_SOLD_TO)
    schedules = Select("SBQQ__OrderItemConsumptionSchedule__c", ("Id",))
    items = Select(
        ITEM_NAME,
        unique(_ITEM, sources("OrderItem", options, SUBSCRIPTION, ORDER_LINE_ITEM)),
        children={"SBQQ__OrderItems__r": schedules},
        order_by="OrderItemNumber",
        needed=NEEDED[ITEM_NAME],
    )
    fields = unique(_ORDER, sources("Order", options, *tables), people)
    return Select(
        "Order",
        fields,
        children={"OrderItems": items},
        order_by="EffectiveDate, OrderNumber",
        needed=NEEDED["Order"],
    )


def accounts(options: Options) -> Select:
    """Return the wish list for accounts, without their contacts and orders."""
    fields = unique(
        ("Id", "Name", "ParentId", "CurrencyIsoCode"), sources("Account", options, ACCOUNT, BILL_TO, SOLD_TO)
    )
    return Select("Account", fields, needed=NEEDED["Account"])


def contacts(options: Options) -> Select:
    """Return the wish list for the further contacts of accounts."""
    fields = unique(_CONTACT, sources("Contact", options, CONTACT))
    return Select("Contact", fields, order_by="Id", needed=NEEDED["Contact"])


def products(options: Options) -> Select:
    """Return the wish list for products that Zuora lacks, with the prices of their active price book entries."""
    fields = unique(
        ("Id", "Name", "ProductCode", "SBQQ__ChargeType__c", "SBQQ__PricingMethod__c", "SBQQ__Taxable__c"),
        sources("Product2", options, PRODUCT, RATE_PLAN, CHARGE),
    )
    entries = Select(
        "PricebookEntry",
        ("Id", "CurrencyIsoCode", "UnitPrice", "Pricebook2.IsStandard"),
        where="IsActive = true",
        order_by="Id",
    )
    return Select("Product2", fields, children={"PricebookEntries": entries}, needed=NEEDED["Product2"])


def sources(root: str, options: Options, *tables: Table) -> list[str]:
    """Return every path below an object that the tables read."""
    return [path for table in tables for path in table.sources(root, options)]


def unique(*paths: Iterable[str]) -> tuple[str, ...]:
    """Return all paths once, in their first order."""
    return tuple(dict.fromkeys(path for group in paths for path in group))
