"""Products, price books, block prices and discount schedules."""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.catalogue import values
from cpqbridge.sandbox.salesforce.catalogue.dictionary import (
    date,
    derived,
    flag,
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
    url,
)  # fmt: skip
from cpqbridge.sandbox.salesforce.catalogue.model import SObject


def products() -> list[SObject]:
    """Return products and price books with their CPQ and connector fields."""
    return [
        sobject(
            "Product2", "01t",
            name_text(label="Product Name"), text("ProductCode"), text("Description", 4000), flag("IsActive"),
            pick("Family", "Software|Services|Hardware|Support|None"), url("DisplayUrl"), text("ExternalId"),
            pick("QuantityUnitOfMeasure", values.UNITS),
            text("StockKeepingUnit", 180, label="Product SKU"),
            flag("IsArchived", createable=False, updateable=False),
            pick("SBQQ__PricingMethod__c", values.PRICING_METHODS, default="List"),
            pick("SBQQ__ChargeType__c", values.CHARGE_TYPES, restricted=True),
            pick("SBQQ__BillingFrequency__c", values.BILLING_FREQUENCIES, restricted=True),
            pick("SBQQ__BillingType__c", values.BILLING_TYPES, restricted=True),
            pick("SBQQ__SubscriptionPricing__c", values.SUBSCRIPTION_PRICING),
            number("SBQQ__SubscriptionTerm__c", 5, 0),
            pick("SBQQ__SubscriptionType__c", values.PRODUCT_SUBSCRIPTION_TYPES),
            pick("SBQQ__SubscriptionBase__c", "List|Customer|Partner|Net"),
            percent("SBQQ__SubscriptionPercent__c", 8, 5),
            pick("SBQQ__AssetConversion__c", "One per quote line|One per unit", default="One per quote line"),
            pick("SBQQ__AssetAmendmentBehavior__c", "Default|Allow Refund"),
            text("SBQQ__TaxCode__c"), flag("SBQQ__Taxable__c"),
            pick("SBQQ__BlockPricingField__c", "Quantity"),
            ref("SBQQ__DiscountSchedule__c", "SBQQ__DiscountSchedule__c"),
            pick("SBQQ__ConfigurationType__c", "Allowed|Required|Disabled"), flag("SBQQ__Component__c"),
            flag("SBQQ__HasConsumptionSchedule__c"), flag("SBQQ__Optional__c"), flag("SBQQ__PriceEditable__c"),
            flag("SBQQ__QuantityEditable__c", default=True), number("SBQQ__DefaultQuantity__c", 12, 2, default="1"),
            number("SBQQ__SortOrder__c", 9, 0), flag("SBQQ__NonDiscountable__c"), flag("SBQQ__Hidden__c"),
            flag("SBQQ__IncludeInMaintenance__c", label="Include In Percent Of Total"),
            flag("SBQQ__ExcludeFromMaintenance__c", label="Exclude From Percent Of Total"),
            text("TaxMode__c", label="Zuora Tax Mode"), text("Z_Accounting_Code__c"),
            text("Z_Deferred_Revenue_Account__c"), text("Z_Recognized_Revenue_Account__c"),
        ),
        sobject(
            "Pricebook2", "01s",
            name_text(label="Price Book Name"), flag("IsActive"), text("Description"),
            flag("IsArchived", createable=False, updateable=False),
            flag("IsStandard", createable=False, updateable=False), label="Price Book",
        ),
        sobject(
            "PricebookEntry", "01u",
            derived("Name", "string", "{Product2.Name}", length=255, name_field=True, label="Product Name"),
            ref("Pricebook2Id", "Pricebook2", "PricebookEntries", nillable=False, updateable=False),
            ref("Product2Id", "Product2", "PricebookEntries", nillable=False, updateable=False),
            money("UnitPrice", 18, 2, nillable=False, label="List Price"), flag("IsActive"), flag("UseStandardPrice"),
            derived("ProductCode", "string", "{Product2.ProductCode}", length=255),
            flag("IsArchived", createable=False, updateable=False), label="Price Book Entry",
        ),
        sobject(
            "SBQQ__BlockPrice__c", "a0B",
            name_text(80), ref("SBQQ__Product__c", "Product2", "SBQQ__BlockPrices__r", cascade_delete=True),
            ref("SBQQ__PriceBook__c", "Pricebook2", "SBQQ__BlockPrices__r"),
            number("SBQQ__LowerBound__c", 12, 2), number("SBQQ__UpperBound__c", 12, 2),
            money("SBQQ__Price__c", 14, 2), money("SBQQ__OverageRate__c", 14, 2),
            date("SBQQ__EffectiveDate__c"),
        ),
        sobject(
            "SBQQ__DiscountSchedule__c", "a0C",
            name_text(80), pick("SBQQ__Type__c", "Range|Slab", nillable=False),
            pick("SBQQ__DiscountUnit__c", "Percent|Amount|Price"), long("SBQQ__Description__c"),
            ref("SBQQ__Product__c", "Product2", "SBQQ__DiscountSchedules__r"),
            pick("SBQQ__AggregationScope__c", "None|Quote|Group"), flag("SBQQ__CrossProducts__c"),
            flag("SBQQ__CrossOrders__c"), flag("SBQQ__IncludeBundledQuantities__c"),
        ),
        sobject(
            "SBQQ__DiscountTier__c", "a0D",
            name_text(80), master("SBQQ__Schedule__c", "SBQQ__DiscountSchedule__c", "SBQQ__DiscountTiers__r"),
            number("SBQQ__Number__c", 9, 0),
            number("SBQQ__LowerBound__c", 12, 2, nillable=False), number("SBQQ__UpperBound__c", 12, 2),
            percent("SBQQ__Discount__c", 8, 2), money("SBQQ__DiscountAmount__c", 14, 2),
            money("SBQQ__Price__c", 14, 2),
        ),
    ]  # fmt: skip
