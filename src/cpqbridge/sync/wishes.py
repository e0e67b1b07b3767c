"""Which Salesforce fields a sync reads: those that mapping tables name, and those that planning decides by.

Every path is a wish: what an org does not have (custom fields, currencies, state codes) is left out of the query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from cpqbridge.mapping.contact import ADDRESS_PARTS
from cpqbridge.mapping.tables import Tables
from cpqbridge.mapping.usage import PRODUCT_SCHEDULE, RATE, SCHEDULE
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
    "OrderId",
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
    "SBQQ__Subscription__r.SBQQ__ListPrice__c",
    "SBQQ__Subscription__r.SBQQ__PricingMethod__c",
    "SBQQ__Subscription__r.SBQQ__RevisedSubscription__c",
    "SBQQ__Subscription__r.SBQQ__Contract__c",
    "SBQQ__Subscription__r.SBQQ__SegmentStartDate__c",
    "SBQQ__Subscription__r.SBQQ__SegmentEndDate__c",
    "SBQQ__Subscription__r.CreatedDate",
    "SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__c",
    "SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__r.SBQQ__OrderProduct__c",
    "SBQQ__ContractAction__c",
    "SBQQ__ProrateMultiplier__c",
)
_SOLD_BY = (
    "Order.OrderNumber",
    "Order.EffectiveDate",
    "Order.AccountId",
    "Order.InvoiceOwner__c",
    "Order.SubscriptionOwner__c",
)
_CONTACT = ("Id", "AccountId", "LastName")
_SCHEDULE = (
    "Id",
    "Name",
    "CurrencyIsoCode",
    "SBQQ__OrderItem__c",
    "SBQQ__ConsumptionSchedule__c",
    "SBQQ__Type__c",
    "SBQQ__UnitOfMeasure__c",
)
_RATE = (
    "Id",
    "CurrencyIsoCode",
    "SBQQ__LowerBound__c",
    "SBQQ__UpperBound__c",
    "SBQQ__Price__c",
    "SBQQ__PricingMethod__c",
)
_PRODUCT_SCHEDULE = (
    "Id",
    "ProductId",
    "ConsumptionScheduleId",
    "CurrencyIsoCode",
    "ConsumptionSchedule.Name",
    "ConsumptionSchedule.IsActive",
    "ConsumptionSchedule.Type",
    "ConsumptionSchedule.UnitOfMeasure",
)
_CONSUMPTION_RATE = ("Id", "ConsumptionScheduleId", "LowerBound", "UpperBound", "Price", "PricingMethod")

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
        "Product2.SBQQ__ChargeType__c",
        "SBQQ__DefaultSubscriptionTerm__c",
        "SBQQ__OrderItems__r",
        "SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__c",
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
        "SBQQ__Subscription__r.SBQQ__Contract__r.StartDate",
    ),
    SCHEDULE: (
        "SBQQ__ConsumptionSchedule__c",
        "SBQQ__Type__c",
        "SBQQ__UnitOfMeasure__c",
        "SBQQ__OrderItemConsumptionRates__r",
    ),
    RATE: ("SBQQ__LowerBound__c", "SBQQ__UpperBound__c", "SBQQ__Price__c", "SBQQ__PricingMethod__c"),
    PRODUCT_SCHEDULE: ("ProductId", "ConsumptionScheduleId", "ConsumptionSchedule.UnitOfMeasure"),
    "ConsumptionRate": ("LowerBound", "UpperBound", "Price", "PricingMethod"),
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
    "PricebookEntry": ("UnitPrice", "Pricebook2.IsStandard"),
}
"""Fields by which planning decides. Without one of them a record would be taken for something else: an amendment for
new business, a subscription for a one-off. So a sync refuses to read without them, and says which are hidden. The same
goes for the fields of the user's mapping: a custom price that is hidden would silently be the net price."""


def orders(options: Options, tables: Tables) -> Select:
    """Return the wish list for the whole graph of an order."""
    contact = tables.sources("Contact", options)
    items = order_products(options, tables)
    people = [f"{name}.{path}" for name in ("BillToContact", "ShipToContact") for path in (*_CONTACT, *contact)]
    fields = unique(_ORDER, tables.sources("Order", options), people, _opportunity(options, tables))
    return Select(
        "Order",
        fields,
        children={"OrderItems": items},
        order_by="EffectiveDate, OrderNumber",
        needed=(
            *NEEDED["Order"],
            *_agreed(options, tables),
            *tables.own_sources("Order"),
            *_own_of_others(options, tables),
        ),
    )


def order_products(options: Options, tables: Tables) -> Select:
    """Return the wish list for order products with their consumption schedules."""
    return Select(
        ITEM_NAME,
        unique(_ITEM, tables.sources("OrderItem", options)),
        children={"SBQQ__OrderItems__r": schedules(options, tables)},
        order_by="OrderItemNumber",
        needed=(*NEEDED[ITEM_NAME], *tables.own_sources("OrderItem")),
    )


def sold(options: Options, tables: Tables) -> Select:
    """Return the wish list for order products of other orders, which those at hand amend or renew."""
    items = order_products(options, tables)
    return replace(items, fields=unique(items.fields, _SOLD_BY))


def schedules(options: Options, tables: Tables) -> Select:
    """Return the wish list for the consumption schedules of order products, with their rates."""
    rates = Select(
        "SBQQ__OrderItemConsumptionRate__c",
        unique(_RATE, tables.sources(RATE, options)),
        order_by="SBQQ__LowerBound__c",
        # a cap that is asked for and cannot be read would be no cap at all
        needed=(*NEEDED[RATE], *filter(None, [options.tier_cap_field])),
    )
    return Select(
        "SBQQ__OrderItemConsumptionSchedule__c",
        unique(_SCHEDULE, tables.sources(SCHEDULE, options)),
        children={"SBQQ__OrderItemConsumptionRates__r": rates},
        order_by="Id",
        needed=(*NEEDED[SCHEDULE], *tables.own_sources(SCHEDULE)),
    )


def product_schedules(options: Options, tables: Tables) -> Select:
    """Return the wish list for the links of products to consumption schedules."""
    fields = unique(_PRODUCT_SCHEDULE, tables.sources(PRODUCT_SCHEDULE, options))
    return Select(PRODUCT_SCHEDULE, fields, order_by="Id", needed=NEEDED[PRODUCT_SCHEDULE])


def consumption_rates(options: Options, tables: Tables) -> Select:
    """Return the wish list for the rates of consumption schedules that Zuora lacks."""
    fields = unique(_CONSUMPTION_RATE, tables.sources("ConsumptionRate", options))
    return Select("ConsumptionRate", fields, order_by="LowerBound", needed=NEEDED["ConsumptionRate"])


def _agreed(options: Options, tables: Tables) -> list[str]:
    """Return what an order agrees on with the customer: were it hidden, Zuora would silently bill by other terms."""
    dates = ("CustomerAuthorizedDate", "CompanyAuthorizedDate") if options.trigger_dates_on_orders else ()
    read = tables.sources("Order", options)
    return [path for path in ("SBQQ__PaymentTerm__c", *dates) if path in read]


def _opportunity(options: Options, tables: Tables) -> list[str]:
    """Return what is read of opportunities: of the order's own, and of its quote's where it has none."""
    if not options.sync_opportunity_fields:
        return []
    fields = unique(("Id",), tables.sources("Opportunity", options))
    return [f"{way}.{field}" for way in ("Opportunity", "SBQQ__Quote__r.SBQQ__Opportunity2__r") for field in fields]


def _own_of_others(options: Options, tables: Tables) -> list[str]:
    """Return what the user's mapping reads of an order's contacts and opportunity."""
    found = [f"{name}.{path}" for name in ("BillToContact", "ShipToContact") for path in tables.own_sources("Contact")]
    if options.sync_opportunity_fields:
        found += [f"SBQQ__Quote__r.SBQQ__Opportunity2__r.{path}" for path in tables.own_sources("Opportunity")]
    return found


def accounts(options: Options, tables: Tables) -> Select:
    """Return the wish list for accounts, without their contacts and orders."""
    fields = unique(("Id", "Name", "ParentId", "CurrencyIsoCode"), tables.sources("Account", options))
    return Select("Account", fields, needed=(*NEEDED["Account"], *tables.own_sources("Account")))


def contacts(options: Options, tables: Tables) -> Select:
    """Return the wish list for the further contacts of accounts."""
    fields = unique(_CONTACT, tables.sources("Contact", options))
    return Select("Contact", fields, order_by="Id", needed=(*NEEDED["Contact"], *tables.own_sources("Contact")))


def products(options: Options, tables: Tables) -> Select:
    """Return the wish list for products that Zuora lacks, with the prices of their active price book entries."""
    fields = unique(
        (
            "Id",
            "Name",
            "ProductCode",
            "SBQQ__ChargeType__c",
            "SBQQ__PricingMethod__c",
            "SBQQ__HasConsumptionSchedule__c",
            "SBQQ__Taxable__c",
        ),
        tables.sources("Product2", options),
    )
    entries = Select(
        "PricebookEntry",
        ("Id", "CurrencyIsoCode", "UnitPrice", "Pricebook2.IsStandard"),
        where="IsActive = true",
        order_by="Id",
        needed=NEEDED["PricebookEntry"],
    )
    needed = (*NEEDED["Product2"], *tables.own_sources("Product2"))
    return Select("Product2", fields, children={"PricebookEntries": entries}, needed=needed)


def unique(*paths: Iterable[str]) -> tuple[str, ...]:
    """Return all paths once, in their first order."""
    return tuple(dict.fromkeys(path for group in paths for path in group))


ALL: tuple[Callable[[Options, Tables], Select], ...] = (
    orders,
    accounts,
    contacts,
    products,
    product_schedules,
    consumption_rates,
)
"""Every wish list that is read by itself."""

FOR_USAGE = (PRODUCT_SCHEDULE, "ConsumptionRate")
"""Objects that are read only where orders or products have consumption schedules."""


def paths(select: Select) -> list[str]:
    """Return every path of a wish list and of those for its children, as the org's answer would name them."""
    below = (f"{name}.{path}" for name, child in select.children.items() for path in paths(child))
    return [*select.fields, *below]
