"""CPQ quotes, quote lines and subscriptions."""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.catalogue import values
from cpqbridge.sandbox.salesforce.catalogue.dictionary import (
    auto,
    date,
    flag,
    formula,
    long,
    master,
    money,
    name_text,
    number,
    percent,
    pick,
    ref,
    sobject,
    text,
)  # fmt: skip
from cpqbridge.sandbox.salesforce.catalogue.model import Field, SObject


def quotes() -> list[SObject]:
    """Return the CPQ quote, its groups and its lines."""
    parts = ("Name", "Street", "City", "State", "PostalCode", "Country")
    addresses = [text(f"SBQQ__{role}{part}__c") for role in ("Billing", "Shipping") for part in parts]
    return [
        sobject(
            "SBQQ__Quote__c", "a0Q",
            auto("Name", "Q-{00000}", name_field=True, label="Quote Number"),
            ref("SBQQ__Account__c", "Account", "SBQQ__Quotes__r"),
            ref("SBQQ__Opportunity2__c", "Opportunity", "SBQQ__Quotes2__r"),
            ref("SBQQ__PrimaryContact__c", "Contact", "SBQQ__Quotes__r"),
            ref("SBQQ__PriceBook__c", "Pricebook2", "SBQQ__Quotes__r"),
            ref("SBQQ__MasterContract__c", "Contract", "SBQQ__Quotes__r"),
            ref("SBQQ__SalesRep__c", "User", "SBQQ__Quotes__r"),
            pick("SBQQ__Type__c", "Quote|Renewal|Amendment|Re-Quote", default="Quote"),
            pick("SBQQ__Status__c", "Draft|In Review|Approved|Denied|Presented|Accepted|Rejected", default="Draft"),
            flag("SBQQ__LineItemsGrouped__c"), flag("SBQQ__OrderByQuoteLineGroup__c"),
            pick("SBQQ__OrderBy__c", "Quote Line Group"),
            flag("SBQQ__Primary__c"), flag("SBQQ__Ordered__c"), date("SBQQ__StartDate__c"), date("SBQQ__EndDate__c"),
            date("SBQQ__ExpirationDate__c"), number("SBQQ__SubscriptionTerm__c", 5, 0),
            number("SBQQ__RenewalTerm__c", 5, 0),
            pick("SBQQ__PaymentTerms__c", "Due on Receipt|Net 15|Net 30|Net 45|Net 60|Net 90", default="Net 30"),
            pick("SBQQ__BillingFrequency__c", values.BILLING_FREQUENCIES),
            pick("SBQQ__ContractingMethod__c", "By Subscription End Date|Single Contract",
                default="By Subscription End Date"),
            date("SBQQ__FirstSegmentTermEndDate__c"), percent("SBQQ__CustomerDiscount__c", 8, 2),
            long("SBQQ__Introduction__c"), long("SBQQ__Notes__c"), addresses,
            formula("SBQQ__NetAmount__c", "currency", "COALESCE({sum(SBQQ__LineItems__r.SBQQ__NetTotal__c)}, 0)",
                    precision=18, scale=2),
            label="Quote",
        ),
        sobject(
            "SBQQ__QuoteLineGroup__c", "a0E",
            name_text(80, label="Group Name"),
            master("SBQQ__Quote__c", "SBQQ__Quote__c", "SBQQ__LineItemGroups__r"),
            number("SBQQ__Number__c", 5, 0), ref("SBQQ__Account__c", "Account"),
            ref("SBQQ__Source__c", "SBQQ__QuoteLineGroup__c"), flag("SBQQ__Optional__c"),
            date("SBQQ__StartDate__c"), date("SBQQ__EndDate__c"), number("SBQQ__SubscriptionTerm__c", 5, 0),
            pick("SBQQ__BillingFrequency__c", values.BILLING_FREQUENCIES),
            percent("SBQQ__AdditionalDiscountRate__c", 8, 2), long("SBQQ__Description__c"),
            label="Quote Line Group",
        ),
        sobject(
            "SBQQ__QuoteLine__c", "a0R",
            auto("Name", "QL-{0000000}", name_field=True, label="Line Name"),
            master("SBQQ__Quote__c", "SBQQ__Quote__c", "SBQQ__LineItems__r"),
            ref("SBQQ__Product__c", "Product2", "SBQQ__QuoteLines__r"), number("SBQQ__Number__c", 10, 0),
            *_line_links(), *_line_pricing(),
            label="Quote Line",
        ),
    ]  # fmt: skip


def _line_links() -> list[Field]:
    return [
        ref("SBQQ__RequiredBy__c", "SBQQ__QuoteLine__c", "SBQQ__Components__r"),
        ref("SBQQ__Group__c", "SBQQ__QuoteLineGroup__c", "SBQQ__LineItems__r"),
        ref("SBQQ__Source__c", "SBQQ__QuoteLine__c"), flag("SBQQ__Bundle__c"), flag("SBQQ__Bundled__c"),
        ref("SBQQ__UpgradedSubscription__c", "SBQQ__Subscription__c", "SBQQ__UpgradingQuoteLines__r"),
        ref("SBQQ__RenewedSubscription__c", "SBQQ__Subscription__c", "SBQQ__RenewalQuoteLines__r"),
        ref("SBQQ__UpgradedAsset__c", "Asset", "SBQQ__UpgradingQuoteLines__r"),
        ref("SBQQ__RenewedAsset__c", "Asset", "SBQQ__RenewalQuoteLines__r"),
        ref("SBQQ__DiscountSchedule__c", "SBQQ__DiscountSchedule__c"),
        flag("SBQQ__Existing__c"), flag("SBQQ__Optional__c"),
        text("SBQQ__SegmentKey__c", 36), number("SBQQ__SegmentIndex__c", 5, 0), text("SBQQ__SegmentLabel__c", 80),
    ]  # fmt: skip


def _line_pricing() -> list[Field]:
    return [
        number("SBQQ__Quantity__c", 12, 2, default="1"), number("SBQQ__PriorQuantity__c", 12, 2),
        date("SBQQ__StartDate__c"), date("SBQQ__EndDate__c"),
        date("SBQQ__EffectiveStartDate__c"), date("SBQQ__EffectiveEndDate__c"),
        number("SBQQ__SubscriptionTerm__c", 5, 0), number("SBQQ__DefaultSubscriptionTerm__c", 5, 0),
        number("SBQQ__ProrateMultiplier__c", 8, 4), percent("SBQQ__Discount__c", 8, 2),
        money("SBQQ__ListPrice__c", 14, 2), money("SBQQ__CustomerPrice__c", 14, 2),
        money("SBQQ__RegularPrice__c", 14, 2),
        money("SBQQ__NetPrice__c", 14, 2), money("SBQQ__SpecialPrice__c", 14, 2),
        money("SBQQ__UnproratedNetPrice__c", 16, 2),
        number("SBQQ__EffectiveQuantity__c", 12, 2),
        formula("SBQQ__NetTotal__c", "currency",
                "product({SBQQ__NetPrice__c}, COALESCE({SBQQ__EffectiveQuantity__c}, {SBQQ__Quantity__c}), 2)",
                precision=18, scale=2),
        pick("SBQQ__PricingMethod__c", values.SOLD_PRICING_METHODS),
        pick("SBQQ__SubscriptionPricing__c", values.SUBSCRIPTION_PRICING),
        pick("SBQQ__ProductSubscriptionType__c", values.PRODUCT_SUBSCRIPTION_TYPES),
        pick("SBQQ__SubscriptionType__c", values.SUBSCRIPTION_TYPES),
        pick("SBQQ__ChargeType__c", values.CHARGE_TYPES, restricted=True),
        pick("SBQQ__BillingFrequency__c", values.BILLING_FREQUENCIES, restricted=True),
        pick("SBQQ__BillingType__c", values.BILLING_TYPES, restricted=True),
        pick("SBQQ__BlockPricingField__c", "Quantity"), text("SBQQ__TaxCode__c"), flag("SBQQ__Taxable__c"),
        flag("SBQQ__HasConsumptionSchedule__c"), long("SBQQ__Description__c"),
        pick("SBQQ__ContractingMethod__c", values.CONTRACTING_METHODS, default="Inherit"),
        pick("SBQQ__DimensionType__c", values.DIMENSIONS),
    ]  # fmt: skip


def subscriptions() -> list[SObject]:
    """Return the CPQ subscription."""
    return [
        sobject(
            "SBQQ__Subscription__c", "a0S",
            auto("Name", "SUB-{0000000}", name_field=True, label="Subscription #"),
            ref("SBQQ__Account__c", "Account", "SBQQ__Subscriptions__r"),
            ref("SBQQ__Contract__c", "Contract", "SBQQ__Subscriptions__r", cascade_delete=True),
            ref("SBQQ__Product__c", "Product2", "SBQQ__Subscriptions__r"),
            formula("SBQQ__ProductId__c", "string", "{SBQQ__Product__c}", length=1300),
            formula("SBQQ__ProductName__c", "string", "{SBQQ__Product__r.Name}", length=1300),
            formula("SBQQ__ContractNumber__c", "string", "{SBQQ__Contract__r.ContractNumber}", length=1300),
            *_dates(), *_links(), *_prices(),
            text("PO_Number__c", 100, label="PO Number"),
            label="Subscription",
        ),
    ]  # fmt: skip


def _dates() -> list[Field]:
    return [
        date("SBQQ__SubscriptionStartDate__c"), date("SBQQ__SubscriptionEndDate__c"),
        formula("SBQQ__StartDate__c", "date",
                "COALESCE({SBQQ__SubscriptionStartDate__c}, {SBQQ__Contract__r.StartDate})"),
        formula("SBQQ__EndDate__c", "date", "COALESCE({SBQQ__SubscriptionEndDate__c}, {SBQQ__Contract__r.EndDate})"),
        date("SBQQ__TerminatedDate__c"), date("SBQQ__RenewedDate__c"),
        date("SBQQ__SegmentStartDate__c"), date("SBQQ__SegmentEndDate__c"),
        text("SBQQ__SegmentKey__c", 36), number("SBQQ__SegmentIndex__c", 5, 0), text("SBQQ__SegmentLabel__c", 80),
        money("SBQQ__SegmentUplift__c", 14, 2), money("SBQQ__SegmentUpliftAmount__c", 14, 2),
    ]  # fmt: skip


def _links() -> list[Field]:
    return [
        ref("SBQQ__RevisedSubscription__c", "SBQQ__Subscription__c", "SBQQ__Revisions__r"),
        ref("SBQQ__OrderProduct__c", "OrderItem", "SBQQ__Subscriptions__r"),
        ref("SBQQ__QuoteLine__c", "SBQQ__QuoteLine__c", "SBQQ__Subscriptions__r"),
        ref("SBQQ__OriginalQuoteLine__c", "SBQQ__QuoteLine__c", "SBQQ__OriginalSubscriptions__r"),
        ref("SBQQ__RequiredByProduct__c", "Product2", "SBQQ__RequiredSubscriptions__r"),
        ref("SBQQ__DiscountSchedule__c", "SBQQ__DiscountSchedule__c"),
        text("SBQQ__RequiredById__c", 18, external_id=True), text("SBQQ__RootId__c", 18, external_id=True),
        money("SBQQ__OriginalUnitCost__c", 14, 2), number("SBQQ__Number__c", 10, 0),
        flag("SBQQ__Bundle__c"), flag("SBQQ__Bundled__c"), number("SBQQ__BundledQuantity__c", 12, 2),
        flag("SBQQ__HasConsumptionSchedule__c"), flag("SBQQ__Hidden__c"), flag("SBQQ__Optional__c"),
        text("SBQQ__PriceDimension__c", 18), pick("SBQQ__DimensionType__c", values.DIMENSIONS),
    ]  # fmt: skip


def _prices() -> list[Field]:
    return [
        number("SBQQ__Quantity__c", 12, 2, nillable=False), money("SBQQ__NetPrice__c", 14, 2),
        money("SBQQ__ListPrice__c", 14, 2), money("SBQQ__CustomerPrice__c", 14, 2),
        money("SBQQ__RegularPrice__c", 14, 2),
        money("SBQQ__SpecialPrice__c", 14, 2), percent("SBQQ__Discount__c", 8, 2),
        percent("SBQQ__RenewalUpliftRate__c", 8, 2),
        money("SBQQ__RenewalPrice__c", 14, 2), number("SBQQ__RenewalQuantity__c", 12, 2),
        number("SBQQ__ProrateMultiplier__c", 8, 4),
        pick("SBQQ__SubscriptionType__c", values.SUBSCRIPTION_TYPES),
        pick("SBQQ__ProductSubscriptionType__c", values.PRODUCT_SUBSCRIPTION_TYPES),
        pick("SBQQ__SubscriptionPricing__c", values.SUBSCRIPTION_PRICING),
        pick("SBQQ__BillingFrequency__c", values.BILLING_FREQUENCIES, restricted=True),
        pick("SBQQ__BillingType__c", values.BILLING_TYPES, restricted=True),
        pick("SBQQ__ChargeType__c", values.CHARGE_TYPES, restricted=True),
        pick("SBQQ__PricingMethod__c", values.SOLD_PRICING_METHODS),
        formula("SBQQ__TotalPrice__c", "currency", "product({SBQQ__NetPrice__c}, {SBQQ__Quantity__c}, 2)",
                precision=18, scale=2),
    ]  # fmt: skip
