"""Cases of the guide's rows for usage: subscriptions and products with consumption schedules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.planning.plan import Ref
from tests.guide.making import (
    ABSENT,
    CHARGE,
    LINK_ID,
    PLAN,
    SCHEDULE_ID,
    TAXED,
    TIERS,
    Case,
    link,
    metered,
    new_usage,
    rate,
    schedule,
    usage_plan,
    usage_state,
)

CAPPED = [schedule([rate(0, None, "1", Cap__c=Decimal(500))])]
RANGE: dict[str, Any] = {
    "schedules": [schedule(SBQQ__Type__c="Range")],
    "links": [link(schedule={"Type": "Range"})],
    "state": usage_state(plans={LINK_ID: usage_plan("Volume Pricing")}),
}
WHOLE: dict[str, Any] = {
    "schedules": [schedule(SBQQ__UnitOfMeasure__c="Each")],
    "state": usage_state(plans={LINK_ID: usage_plan(unit="Each")}),
}
CATALOG_TIER = "/ProductRatePlanChargeTierData/ProductRatePlanChargeTier"
RAISED: dict[str, Any] = {"increment_tier_upper_bound": True}


def sent(name: str, target: str, value: Any, **changes: Any) -> Case:
    return Case(f"Usage subscription: {name}", metered(**changes), "create_order", target, value)


def made(name: str, target: str, value: Any, **changes: Any) -> Case:
    return Case(f"Usage product: product {name}", new_usage(**changes), "create_product", target, value)


def planned(name: str, target: str, value: Any, **changes: Any) -> Case:
    return Case(f"Usage product: plan {name}", new_usage(**changes), "create_product_rate_plan", target, value)


def charged(name: str, target: str, value: Any, **changes: Any) -> Case:
    return Case(f"Usage product: charge {name}", new_usage(**changes), "create_product_rate_plan_charge", target, value)


SUBSCRIPTION = [
    sent("plan Externally Managed Plan Id", f"{PLAN}/externallyManagedPlanId", SCHEDULE_ID),
    sent("plan External Catalog Plan Id", f"{PLAN}/externalCatalogPlanId", LINK_ID),
    sent("charge Tier Order", f"{TIERS}/0/tier", 1),
    sent("charge Tier Order, the second by its lower bound", f"{TIERS}/1/tier", 2),
    sent("charge Tier Order, volume", f"{CHARGE}/pricing/usageVolume/tiers/1/tier", 2, **RANGE),
    sent("charge Price", f"{TIERS}/0/price", Decimal("0.1")),
    sent(
        "charge Price, seven decimals",
        f"{TIERS}/0/price",
        Decimal("0.1234567"),
        schedules=[schedule([rate(0, None, "0.1234567")])],
    ),
    sent("charge Price Format, per unit", f"{TIERS}/0/priceFormat", "PerUnit"),
    sent("charge Price Format, flat fee", f"{TIERS}/1/priceFormat", "FlatFee"),
    sent("charge Starting Unit", f"{TIERS}/0/startingUnit", 0),
    sent("charge Starting Unit, second tier", f"{TIERS}/1/startingUnit", 100),
    sent("charge Starting Unit, raised", f"{TIERS}/1/startingUnit", Decimal("100.01"), options=RAISED),
    sent("charge Starting Unit, raised by a whole unit", f"{TIERS}/1/startingUnit", 101, options=RAISED, **WHOLE),
    sent("charge Ending Unit", f"{TIERS}/0/endingUnit", Decimal("99.99")),
    sent("charge Ending Unit, whole units", f"{TIERS}/0/endingUnit", 99, **WHOLE),
    sent("charge Ending Unit, kept", f"{TIERS}/0/endingUnit", 100, options=RAISED),
    sent("charge Ending Unit, open", f"{TIERS}/1/endingUnit", ABSENT),
    sent("charge Ending Unit, last", f"{TIERS}/0/endingUnit", 999, schedules=[schedule([rate(0, 999, "1")])]),
    sent("charge Cap", f"{TIERS}/0/cap", 500, schedules=CAPPED, options={"tier_cap_field": "Cap__c"}),
    sent("charge Cap, option off", f"{TIERS}/0/cap", ABSENT, schedules=CAPPED),
    sent("charge Cap, empty", f"{TIERS}/0/cap", ABSENT, options={"tier_cap_field": "Cap__c"}),
    sent("charge Product Rate Plan Charge", f"{CHARGE}/productRatePlanChargeId", "z-usage-charge"),
    sent("charge Charge Number", f"{CHARGE}/chargeNumber", "0000000001"),
    sent("charge Charge Start Date, with its contract", f"{CHARGE}/startDate", ABSENT),
    sent(
        "charge Charge Start Date",
        f"{CHARGE}/startDate",
        {"triggerEvent": "SpecificDate", "specificTriggerDate": date(2026, 3, 1)},
        subscription={"SBQQ__StartDate__c": "2026-03-01"},
    ),
]

PRODUCT = [
    made("Name", "/Name", "Cloud seat"),
    made("SKU", "/SKU", "SEAT"),
    made("Effective Start Date", "/EffectiveStartDate", "2000-01-01"),
    made("Effective End Date", "/EffectiveEndDate", "3000-01-01"),
    planned("Product", "/ProductId", Ref("product:SEAT", "Id")),
    planned("Name", "/Name", "Cloud seat Data"),
    planned("Name, long", "/Name", "N" * 254 + "…", product={"Name": "N" * 255}),
    planned("Effective Start Date", "/EffectiveStartDate", "2000-01-01"),
    planned("Effective End Date", "/EffectiveEndDate", "3000-01-01"),
    planned("Externally Managed Plan Ids", "/ExternalRatePlanIds", [LINK_ID]),
    planned("Description", "/Description", "Traffic of a month"),
    charged("Rate Plan", "/ProductRatePlanId", Ref(f"rate_plan:{LINK_ID}", "Id")),
    charged("Effective Start Date, no field", "/EffectiveStartDate", ABSENT),
    charged("Effective End Date, no field", "/EffectiveEndDate", ABSENT),
    charged("Name", "/Name", "Data"),
    charged("Charge Model, slab", "/ChargeModel", "Tiered Pricing"),
    charged(
        "Charge Model, range",
        "/ChargeModel",
        "Volume Pricing",
        links=[link(schedule={"Type": "Range"})],
        schedules=[schedule(SBQQ__Type__c="Range")],
    ),
    charged("Charge Type", "/ChargeType", "Usage"),
    charged("UOM", "/UOM", "GB"),
    charged(
        "UOM, default",
        "/UOM",
        "Each",
        links=[link(schedule={"UnitOfMeasure": None})],
        schedules=[schedule(SBQQ__UnitOfMeasure__c=None)],
    ),
    charged("Billing Period", "/BillingPeriod", "Quarter", product={"SBQQ__BillingFrequency__c": "Quarterly"}),
    charged("Billing Period, default", "/BillingPeriod", "Month", product={"SBQQ__BillingFrequency__c": None}),
    charged("Tax Code", "/TaxCode", "SW", product=TAXED),
    charged("Taxable", "/Taxable", True, product=TAXED),
    charged("Tax Mode", "/TaxMode", "TaxExclusive", product=TAXED),
    charged("Default Qty", "/DefaultQuantity", 1),
    Case("Usage product: charge Currency", new_usage(), "create_product_rate_plan", "/ActiveCurrencies", ["USD"]),
    charged("Currency, of its tier", f"{CATALOG_TIER}/0/Currency", "USD"),
    charged("Tier. From", f"{CATALOG_TIER}/0/StartingUnit", 0),
    charged("Tier.To", f"{CATALOG_TIER}/0/EndingUnit", 1),
    charged("Tier.List price", f"{CATALOG_TIER}/0/Price", 10),
    charged("Tier.Price format", f"{CATALOG_TIER}/0/PriceFormat", "Flat Fee"),
    charged("Bill Cycle Type", "/BillCycleType", "DefaultFromCustomer"),
    charged("Trigger Event", "/TriggerEvent", "ContractEffective"),
    charged("Accounting Code", "/AccountingCode", "Accounts Receivable"),
    charged("Deferred Revenue Account", "/DeferredRevenueAccount", "Accounts Receivable"),
    charged("Recognized Revenue Account", "/RecognizedRevenueAccount", "Accounts Receivable"),
    charged("Discount accounting code", "/UseDiscountSpecificAccountingCode", False),
]

CASES = [*SUBSCRIPTION, *PRODUCT]
