"""The fields, filters and relations of products, their rate plans, charges, tiers and external ids."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed, many, one, typed

PRODUCT = Entity(
    kind="product",
    name="Product",
    path="products",
    fields=typed(
        text="""
            bundleConfig category createdById description id name productNumber productType sKU state
            updatedById version
        """,
        int="""
            versionOrdinal
        """,
        bool="""
            allowFeatureChanges
        """,
        date="""
            effectiveEndDate effectiveStartDate
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        category effectiveEndDate effectiveStartDate id name productNumber sKU updatedDate
    """),
    keys=("productNumber", "sKU"),
    relations={
        "productRatePlans": many("productRatePlan", "productId"),
    },
    expands=listed("""
        productrateplans productrateplans.productrateplancharges
        productrateplans.productrateplancharges.productrateplanchargetiers
    """),
)

PRODUCT_RATE_PLAN = Entity(
    kind="productRatePlan",
    name="ProductRatePlan",
    path="product-rate-plans",
    fields=typed(
        text="""
            createdById description id name productId productRatePlanNumber state updatedById version
            versionOrdinal
        """,
        int="""
            grade
        """,
        date="""
            effectiveEndDate effectiveStartDate
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        effectiveEndDate effectiveStartDate id name productId productRatePlanNumber updatedDate
    """),
    keys=("productRatePlanNumber",),
    relations={
        "product": one("product", "productId"),
        "productRatePlanCharges": many("productRatePlanCharge", "productRatePlanId"),
        "externalProductRatePlans": many("externalProductRatePlan", "ratePlanId"),
    },
    expands=listed("""
        product productrateplancharges productrateplancharges.productrateplanchargetiers
        externalproductrateplans
    """),
)

PRODUCT_RATE_PLAN_CHARGE = Entity(
    kind="productRatePlanCharge",
    name="ProductRatePlanCharge",
    path="product-rate-plan-charges",
    fields=typed(
        text="""
            accountingCode accountReceivableAccountingCodeId adjustmentLiabilityAccountingCodeId
            adjustmentRevenueAccountingCodeId applyDiscountTo billCycleType billingPeriod billingPeriodAlignment
            billingTiming chargeFunction chargeModel chargeType commitmentLevel commitmentType
            contractAssetAccountingCodeId contractLiabilityAccountingCodeId
            contractRecognizedRevenueAccountingCodeId createdById creditOption deferredRevenueAccount
            deferredRevenueAccountingCodeId deliveryScheduleId description discountClassId discountLevel
            drawdownScope drawdownUom endDateCondition id listPriceBase name overageCalculationOption
            overageUnusedUnitsCreditOption prepaidOperationType prepaidUom prepaymentUnitType priceChangeOption
            productCategory productClass productFamily productLine productRatePlanChargeNumber productRatePlanId
            prorationOption ratingGroup recognizedRevenueAccount recognizedRevenueAccountingCodeId
            revenueAmortizationMethod revenueRecognitionRuleName revenueRecognitionTiming revRecCode
            revRecTriggerCondition rolloverApply rolloverEndDateType rolloverPeriodType smoothingModel taxCode
            taxMode triggerEvent unbilledReceivablesAccountingCodeId uOM updatedById upToPeriodsType
            usageRecordRatingOption validityPeriodAlignment validityPeriodProrationOption validityPeriodType
            weeklyBillCycleDay
        """,
        number="""
            defaultQuantity drawdownRate includedUnits maxQuantity minQuantity prepaidQuantity
            prepaidTotalQuantity priceIncreasePercentage
        """,
        int="""
            billCycleDay drawdownPriority numberOfPeriod rolloverFundPriority rolloverPeriodLength
            rolloverPeriods specificBillingPeriod specificListPriceBase specificValidityPeriodLength upToPeriods
        """,
        bool="""
            applyToBillingPeriodPartially excludeItemBillingFromRevenueAccounting
            excludeItemBookingFromRevenueAccounting fundSupportAccountHierarchy isAllocationEligible isCommitted
            isPrepaid isRollover isStackedDiscount isUnbilled legacyRevenueReporting optional
            priceUpsellQuantityStacked taxable useDiscountSpecificAccountingCode useTenantDefaultForPriceChange
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        billCycleDay chargeModel chargeType id isPrepaid productRatePlanChargeNumber productRatePlanId
        updatedDate
    """),
    unsortable=listed("chargeType isPrepaid"),
    keys=("productRatePlanChargeNumber",),
    relations={
        "productRatePlan": one("productRatePlan", "productRatePlanId"),
        "productRatePlanChargeTiers": many("productRatePlanChargeTier", "productRatePlanChargeId"),
    },
    expands=listed("""
        productrateplan productrateplanchargetiers
    """),
)

PRODUCT_RATE_PLAN_CHARGE_TIER = Entity(
    kind="productRatePlanChargeTier",
    name="ProductRatePlanChargeTier",
    path="product-rate-plan-charge-tiers",
    fields=typed(
        text="""
            createdById currency id priceFormat productChargeDefinitionId productRatePlanChargeId updatedById
        """,
        number="""
            discountAmount discountPercentage endingUnit includedUnits overagePrice price startingUnit
        """,
        int="""
            tier
        """,
        bool="""
            active isDefault
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        id productChargeDefinitionId productRatePlanChargeId updatedDate
    """),
    relations={
        "productRatePlanCharge": one("productRatePlanCharge", "productRatePlanChargeId"),
    },
    expands=listed("""
        productrateplancharge
    """),
)

EXTERNAL_PRODUCT_RATE_PLAN = Entity(
    kind="externalProductRatePlan",
    name="ExternalProductRatePlan",
    path=None,
    fields=typed(
        text="""
            createdById externalIdSourceSystem externalProductRatePlanId id ratePlanId updatedById
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
)
