"""Cases of the guide's rows for products that are not usage."""

from __future__ import annotations

from decimal import Decimal

from cpqbridge.planning.plan import Ref
from tests.guide.making import ABSENT, TAXED, Case, new_product
from tests.planning import records as r

CASES = [
    Case("Product: product SKU", new_product(), "create_product", "/SKU", "SEAT"),
    Case("Product: product Name", new_product(), "create_product", "/Name", "Cloud seat"),
    Case("Product: product Name, long", new_product(Name="N" * 120), "create_product", "/Name", "N" * 99 + "…"),
    Case("Product: product Effective Start Date", new_product(), "create_product", "/EffectiveStartDate", "2000-01-01"),
    Case("Product: product Effective End Date", new_product(), "create_product", "/EffectiveEndDate", "3000-01-01"),
    Case("Product: plan Name", new_product(), "create_product_rate_plan", "/Name", "Cloud seat"),
    Case(
        "Product: plan Externally Managed Plan Ids",
        new_product(),
        "create_product_rate_plan",
        "/ExternalRatePlanIds",
        [r.PRODUCT_ID],
    ),
    Case(
        "Product: plan Effective Start Date",
        new_product(),
        "create_product_rate_plan",
        "/EffectiveStartDate",
        "2000-01-01",
    ),
    Case(
        "Product: plan Effective End Date",
        new_product(),
        "create_product_rate_plan",
        "/EffectiveEndDate",
        "3000-01-01",
    ),
    Case("Product: plan Currency", new_product(), "create_product_rate_plan", "/ActiveCurrencies", ["USD"]),
    Case("Product: charge Name", new_product(), "create_product_rate_plan_charge", "/Name", "Cloud seat"),
    Case(
        "Product: charge Charge Model, List",
        new_product(),
        "create_product_rate_plan_charge",
        "/ChargeModel",
        "Per Unit Pricing",
    ),
    Case(
        "Product: charge Charge Model, Block",
        new_product(SBQQ__PricingMethod__c="Block"),
        "create_product_rate_plan_charge",
        "/ChargeModel",
        "Flat Fee Pricing",
    ),
    Case(
        "Product: charge Charge Model, empty",
        new_product(SBQQ__PricingMethod__c=None),
        "create_product_rate_plan_charge",
        "/ChargeModel",
        "Flat Fee Pricing",
    ),
    *(
        Case(
            f"Product: charge Charge Type, {ours}",
            new_product(SBQQ__ChargeType__c=ours),
            "create_product_rate_plan_charge",
            "/ChargeType",
            theirs,
        )
        for ours, theirs in {"One-Time": "OneTime", "Recurring": "Recurring", "Usage": "Usage", None: "OneTime"}.items()
    ),
    *(
        Case(
            f"Product: charge Billing Period, {ours}",
            new_product(SBQQ__BillingFrequency__c=ours),
            "create_product_rate_plan_charge",
            "/BillingPeriod",
            theirs,
        )
        for ours, theirs in {
            "Monthly": "Month",
            "Quarterly": "Quarter",
            "Semiannual": "Semi-Annual",
            "Annual": "Annual",
            "Invoice Plan": "Subscription Term",
            None: "Month",
        }.items()
    ),
    Case(
        "Product: charge Billing Period, one-time",
        new_product(SBQQ__ChargeType__c="One-Time"),
        "create_product_rate_plan_charge",
        "/BillingPeriod",
        ABSENT,
    ),
    Case(
        "Product: charge Tax Code",
        new_product(**TAXED),
        "create_product_rate_plan_charge",
        "/TaxCode",
        "SW",
    ),
    Case("Product: charge Taxable", new_product(**TAXED), "create_product_rate_plan_charge", "/Taxable", True),
    Case(
        "Product: charge Tax Mode, default",
        new_product(**TAXED),
        "create_product_rate_plan_charge",
        "/TaxMode",
        "TaxExclusive",
    ),
    Case(
        "Product: charge Tax Mode",
        new_product(**TAXED, TaxMode__c="Tax Inclusive"),
        "create_product_rate_plan_charge",
        "/TaxMode",
        "TaxInclusive",
    ),
    Case("Product: charge Tax Mode, not taxable", new_product(), "create_product_rate_plan_charge", "/TaxMode", ABSENT),
    Case(
        "Product: Accounting Code",
        new_product(Z_Accounting_Code__c="4000"),
        "create_product_rate_plan_charge",
        "/AccountingCode",
        "4000",
    ),
    Case(
        "Product: charge Accounting Code",
        new_product(),
        "create_product_rate_plan_charge",
        "/AccountingCode",
        "Accounts Receivable",
    ),
    Case(
        "Product: Deferred Revenue Account",
        new_product(Z_Deferred_Revenue_Account__c="2400"),
        "create_product_rate_plan_charge",
        "/DeferredRevenueAccount",
        "2400",
    ),
    Case(
        "Product: charge Deferred Revenue Account",
        new_product(),
        "create_product_rate_plan_charge",
        "/DeferredRevenueAccount",
        "Accounts Receivable",
    ),
    Case(
        "Product: Recognized Revenue Account",
        new_product(Z_Recognized_Revenue_Account__c="4100"),
        "create_product_rate_plan_charge",
        "/RecognizedRevenueAccount",
        "4100",
    ),
    Case(
        "Product: Recognized Revenue Account, default",
        new_product(),
        "create_product_rate_plan_charge",
        "/RecognizedRevenueAccount",
        "Accounts Receivable",
    ),
    Case(
        "Product: charge Bill Cycle Type",
        new_product(),
        "create_product_rate_plan_charge",
        "/BillCycleType",
        "DefaultFromCustomer",
    ),
    Case(
        "Product: charge Trigger Event",
        new_product(),
        "create_product_rate_plan_charge",
        "/TriggerEvent",
        "ContractEffective",
    ),
    Case(
        "Product: charge UOM",
        new_product(QuantityUnitOfMeasure="Hour"),
        "create_product_rate_plan_charge",
        "/UOM",
        "Hour",
    ),
    Case("Product: charge UOM, default", new_product(), "create_product_rate_plan_charge", "/UOM", "Each"),
    Case(
        "Product: charge Tiers, one for each currency",
        new_product(
            PricebookEntries={
                "records": [
                    {"CurrencyIsoCode": "USD", "UnitPrice": Decimal("10.50")},
                    {"CurrencyIsoCode": "EUR", "UnitPrice": Decimal(9)},
                ]
            }
        ),
        "create_product_rate_plan_charge",
        "/ProductRatePlanChargeTierData/ProductRatePlanChargeTier",
        [{"Currency": "EUR", "Price": Decimal(9)}, {"Currency": "USD", "Price": Decimal("10.50")}],
    ),
    Case(
        "Product: charge Effective Start Date, no field",
        new_product(),
        "create_product_rate_plan_charge",
        "/EffectiveStartDate",
        ABSENT,
    ),
    Case(
        "Product: charge Effective End Date, no field",
        new_product(),
        "create_product_rate_plan_charge",
        "/EffectiveEndDate",
        ABSENT,
    ),
    Case("Product: plan Product", new_product(), "create_product_rate_plan", "/ProductId", Ref("product:SEAT", "Id")),
    Case(
        "Product: charge Rate Plan",
        new_product(),
        "create_product_rate_plan_charge",
        "/ProductRatePlanId",
        Ref(f"rate_plan:{r.PRODUCT_ID}", "Id"),
    ),
    Case("Product: charge Default Quantity", new_product(), "create_product_rate_plan_charge", "/DefaultQuantity", 1),
    Case(
        "Product: charge Discount accounting code",
        new_product(),
        "create_product_rate_plan_charge",
        "/UseDiscountSpecificAccountingCode",
        False,
    ),
]
