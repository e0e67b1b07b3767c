"""The fields of catalog requests, under their CRUD names.

Names, lengths and values are those of the official SDK's ``Create…`` and ``Update…`` models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cpqbridge.sandbox.zuora.fields import Rule, rule, text
from cpqbridge.sandbox.zuora.object_query.entity import listed
from cpqbridge.sandbox.zuora.object_query.spelling import SPELLINGS

PRODUCT: dict[str, Rule] = {
    "SKU": text(50),
    "Name": text(100, required=True),
    "ProductNumber": text(100),
    "Category": rule("str", enum=("Base Products", "Add On Services", "Miscellaneous Products")),
    "Description": text(500),
    "EffectiveStartDate": rule("date", required=True),
    "EffectiveEndDate": rule("date", required=True),
    "AllowFeatureChanges": rule("bool"),
}

RATE_PLAN: dict[str, Rule] = {
    "ProductId": text(32, required=True),
    "Name": text(255, required=True),
    "ProductRatePlanNumber": text(100),
    "Description": text(500),
    "EffectiveStartDate": rule("date"),
    "EffectiveEndDate": rule("date"),
    "ActiveCurrencies": rule("list", item=rule("str")),
    "ExternalRatePlanIds": rule("list", item=text(255)),
    "ExternallyManagedPlanIds": rule("list", item=text(255)),
    "ExternalIdSourceSystem": text(255),
    "Grade": rule("number"),
}

TIER: dict[str, Rule] = {
    "Currency": text(3),
    "Price": rule("number"),
    "PriceFormat": rule("str", enum=SPELLINGS["priceFormat"]),
    "StartingUnit": rule("number", minimum=0),
    "EndingUnit": rule("number", minimum=0),
    "DiscountAmount": rule("number"),
    "DiscountPercentage": rule("number"),
    "IsOveragePrice": rule("bool"),
    "MinimumAmount": rule("number"),
    "MaximumAmount": rule("number"),
}

#: Values that the call takes, without those of charge models that must be activated for a tenant first.
_CHARGE_MODELS = (
    *SPELLINGS["chargeModel"],
    "Calculated",
    "MultiAttributePricing",
    "PreratedPerUnit",
    "PreratedPricing",
    "HighWatermarkVolumePricing",
    "HighWatermarkTieredPricing",
)

CHARGE: dict[str, Rule] = {
    "ProductRatePlanId": text(32, required=True),
    "Name": text(100, required=True),
    "ChargeModel": rule("str", required=True, enum=_CHARGE_MODELS),
    "ChargeType": rule("str", required=True, enum=("OneTime", "Recurring", "Usage", "Others")),
    "BillCycleType": rule(
        "str",
        required=True,
        enum=(
            "DefaultFromCustomer",
            "SpecificDayofMonth",
            "SubscriptionStartDay",
            "ChargeTriggerDay",
            "SpecificDayofWeek",
            "TermStartDay",
            "TermEndDay",
        ),
    ),
    "TriggerEvent": rule("str", required=True, enum=("ContractEffective", "ServiceActivation", "CustomerAcceptance")),
    "UseDiscountSpecificAccountingCode": rule("bool", required=True),
    "ProductRatePlanChargeTierData": rule(
        "object", required=True, fields={"ProductRatePlanChargeTier": rule("list", required=True, item=TIER)}
    ),
    "ProductRatePlanChargeNumber": text(100),
    "Description": text(500),
    "AccountingCode": text(100),
    "DeferredRevenueAccount": text(100),
    "RecognizedRevenueAccount": text(100),
    "RevRecCode": text(70),
    "RevRecTriggerCondition": rule(
        "str", enum=("ContractEffectiveDate", "ServiceActivationDate", "CustomerAcceptanceDate")
    ),
    "RevenueRecognitionRuleName": text(),
    "ExcludeItemBillingFromRevenueAccounting": rule("bool"),
    "ExcludeItemBookingFromRevenueAccounting": rule("bool"),
    "LegacyRevenueReporting": rule("bool"),
    "BillCycleDay": rule("int", minimum=1, maximum=31),
    "WeeklyBillCycleDay": rule(
        "str", enum=("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
    ),
    "BillingPeriod": rule("str", enum=SPELLINGS["billingPeriod"]),
    "SpecificBillingPeriod": rule("int", minimum=1),
    "BillingPeriodAlignment": rule(
        "str", enum=("AlignToCharge", "AlignToSubscriptionStart", "AlignToTermStart", "AlignToTermEnd")
    ),
    "BillingTiming": rule("str", enum=SPELLINGS["billingTiming"]),
    "ListPriceBase": rule("str", enum=SPELLINGS["listPriceBase"]),
    "SpecificListPriceBase": rule("int", minimum=1, maximum=120),
    "EndDateCondition": rule("str", enum=("SubscriptionEnd", "FixedPeriod", "OneTime")),
    "UpToPeriods": rule("int", minimum=1, maximum=65534),
    "UpToPeriodsType": rule("str", enum=SPELLINGS["upToPeriodsType"]),
    "UOM": text(25),
    "DefaultQuantity": rule("number", minimum=0),
    "MinQuantity": rule("number", minimum=0),
    "MaxQuantity": rule("number", minimum=0),
    "IncludedUnits": rule("number", minimum=0),
    "NumberOfPeriod": rule("int", minimum=1),
    "SmoothingModel": rule("str", enum=("RollingWindow", "Rollover")),
    "OverageCalculationOption": rule("str", enum=("EndOfSmoothingPeriod", "PerBillingPeriod")),
    "OverageUnusedUnitsCreditOption": rule("str", enum=("NoCredit", "CreditBySpecificRate")),
    "RatingGroup": rule(
        "str", enum=("ByBillingPeriod", "ByUsageStartDate", "ByUsageRecord", "ByUsageUpload", "ByGroupId")
    ),
    "UsageRecordRatingOption": rule("str", enum=("EndOfBillingPeriod", "OnDemand")),
    "PriceChangeOption": rule("str", enum=("NoChange", "SpecificPercentageValue", "UseLatestProductCatalogPricing")),
    "PriceIncreaseOption": rule("str", enum=("FromTenantPercentageValue", "SpecificPercentageValue")),
    "PriceIncreasePercentage": rule("number", minimum=-100, maximum=100),
    "UseTenantDefaultForPriceChange": rule("bool"),
    "DiscountLevel": rule("str", enum=("rateplan", "subscription", "account")),
    "ApplyDiscountTo": rule(
        "str",
        enum=(
            "ONETIME",
            "RECURRING",
            "USAGE",
            "ONETIMERECURRING",
            "ONETIMEUSAGE",
            "RECURRINGUSAGE",
            "ONETIMERECURRINGUSAGE",
        ),
    ),
    "Taxable": rule("bool"),
    "TaxCode": text(64),
    "TaxMode": rule("str", enum=("TaxInclusive", "TaxExclusive")),
}

#: Charge fields of features that this tenant has not: prepaid drawdown, commitments, delivery, order to revenue.
UNAVAILABLE_CHARGE_FIELDS = listed("""
    ChargeFunction ChargeModelConfiguration CommitmentLevel CommitmentType CreditOption DeliverySchedule
    DrawdownPriority DrawdownRate DrawdownScope DrawdownUom EligibleAccountConditions EligibleChargeConditions
    FundSupportAccountHierarchy IsPrepaid IsRollover IsStackedDiscount PrepaidOperationType PrepaidQuantity
    PrepaidTotalQuantity PrepaidUom PrepaymentUnitType RevenueAmortizationMethod RevenueRecognitionTiming
    RolloverApply RolloverEndDateType RolloverFundPriority RolloverPeriodType RolloverPeriods
    SpecificValidityPeriodLength ValidityPeriodAlignment ValidityPeriodProrationOption ValidityPeriodType
    VpAlignment VpProrationOption
""")


def optional(table: Mapping[str, Rule]) -> dict[str, Rule]:
    """The same table for an update: nothing is required."""
    return {name: replace(field, required=False) for name, field in table.items()}
