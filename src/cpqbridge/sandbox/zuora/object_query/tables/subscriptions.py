"""The fields, filters and relations of subscriptions, their rate plans, charges and tiers."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed, many, one, typed

SUBSCRIPTION = Entity(
    kind="subscription",
    name="Subscription",
    path="subscriptions",
    fields=typed(
        text="""
            accountId billToContactId billToContactSnapshotId cancelReason communicationProfileId createdById
            creatorAccountId creatorInvoiceOwnerId currency currentTermPeriodType externallyManagedBy id
            initialTermPeriodType invoiceGroupNumber invoiceOwnerId invoiceScheduleId invoiceTemplateId name
            notes OpportunityName__QT orderId originalId paymentGatewayId paymentMethodId paymentTerm
            previousSubscriptionId QuoteBusinessType__QT QuoteNumber__QT QuoteType__QT rampId renewalSetting
            renewalTermPeriodType revision sequenceSetId shipToContactId shipToContactSnapshotId soldToContactId
            soldToContactSnapshotId status subscriptionVersionAmendmentId termType updatedById
        """,
        number="""
            cMRR
        """,
        int="""
            currentTerm initialTerm renewalTerm version
        """,
        bool="""
            autoRenew isInvoiceSeparate isLatestVersion isSingleVersioned prepayment
        """,
        date="""
            cancelledDate contractAcceptanceDate contractEffectiveDate lastBookingDate OpportunityCloseDate__QT
            serviceActivationDate subscriptionEndDate subscriptionStartDate termEndDate termStartDate
        """,
        datetime="""
            createdDate originalCreatedDate updatedDate
        """,
    ),
    filterable=listed("""
        accountId cMRR contractEffectiveDate creatorAccountId creatorInvoiceOwnerId externallyManagedBy id
        invoiceOwnerId invoiceScheduleId isLatestVersion name originalId previousSubscriptionId QuoteNumber__QT
        renewalTerm status subscriptionVersionAmendmentId termEndDate termStartDate updatedDate version
    """),
    keys=("name",),
    relations={
        "account": one("account", "accountId"),
        "invoiceOwner": one("account", "invoiceOwnerId"),
        "billToContact": one("contact", "billToContactId"),
        "soldToContact": one("contact", "soldToContactId"),
        "ratePlans": many("ratePlan", "subscriptionId"),
        "order": one("order", "orderId"),
    },
    expands=listed("""
        account invoiceowner billtocontact soldtocontact rateplans rateplans.rateplancharges
        rateplans.rateplancharges.rateplanchargetiers account.billto account.soldto account.shipto order
    """),
)

RATE_PLAN = Entity(
    kind="ratePlan",
    name="RatePlan",
    path="rate-plans",
    fields=typed(
        text="""
            amendmentId amendmentType createdById externallyManagedPlanId id invoiceOwnerId name
            originalRatePlanId pricingAttributes productId productRatePlanId subscriptionId subscriptionOfferId
            subscriptionOwnerId subscriptionRatePlanNumber updatedById
        """,
        bool="""
            reverted
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        amendmentId externallyManagedPlanId id invoiceOwnerId originalRatePlanId productId subscriptionId
        subscriptionOfferId subscriptionOwnerId subscriptionRatePlanNumber updatedDate
    """),
    unsortable=listed("invoiceOwnerId originalRatePlanId subscriptionOfferId"),
    keys=("subscriptionRatePlanNumber",),
    relations={
        "subscription": one("subscription", "subscriptionId"),
        "productRatePlan": one("productRatePlan", "productRatePlanId"),
        "ratePlanCharges": many("ratePlanCharge", "ratePlanId"),
    },
    expands=listed("""
        subscription productrateplan rateplancharges rateplancharges.rateplanchargetiers
    """),
)

RATE_PLAN_CHARGE = Entity(
    kind="ratePlanCharge",
    name="RatePlanCharge",
    path="rate-plan-charges",
    fields=typed(
        text="""
            accountingCode accountReceivableAccountingCodeId applyDiscountTo billCycleType billingPeriod
            billingPeriodAlignment billingTiming bundleChargeType chargeFunction chargeModel chargeNumber
            chargeType commitmentLevel commitmentType createdById creditOption daysInMonth
            deferredRevenueAccountingCodeId description discountLevel drawdownScope drawdownUom
            eligibleAccountConditions eligibleChargeConditions endDateCondition id invoiceOwnerId
            invoiceScheduleId listPriceBase name originalId overageCalculationOption
            overageUnusedUnitsCreditOption parentChargeNumber prepaidOperationType prepaidUOM prepaymentUnitType
            priceChangeOption pricingAttributes productCategory productChargeDefinitionId productClass
            productFamily productLine productRatePlanChargeId prorationOption prorationUnit ratePlanId
            ratingGroup recognizedRevenueAccountingCodeId revenueAmortizationMethod revenueRecognitionRuleName
            revenueRecognitionTiming revRecCode revRecTriggerCondition rolloverApply rolloverEndDateType
            rolloverPeriodType subscriptionId subscriptionOwnerId taxCodeName taxModeOption triggerEvent uOM
            updatedById upsellOriginChargeNumber upToPeriodsType validityPeriodAlignment
            validityPeriodProrationOption validityPeriodType weeklyBillCycleDay
        """,
        number="""
            dMRC drawdownRate dTCV maximumAmount minimumAmount mRR numberOfDeliveries originalListPrice
            percentage prepaidQuantity prepaidTotalQuantity priceIncreasePercentage quantity salesPrice tCV
        """,
        int="""
            accountingCodeEntityId billCycleDay drawdownPriority numberOfPeriods rolloverFundPriority
            rolloverPeriodLength rolloverPeriods segment specificBillingPeriod specificListPriceBase
            specificValidityPeriodLength upToPeriods version
        """,
        bool="""
            applyToBillingPeriodPartially excludeItemBillingFromRevenueAccounting
            excludeItemBookingFromRevenueAccounting fundSupportAccountHierarchy isAllocationEligible isBillable
            isCommitted isDimensionalPrice isLastSegment isPrepaid isProcessed isProratePartialMonth isRollover
            isUnbilled priceUpsellQuantityStacked reflectDiscountInNetAmount reverted taxable
        """,
        date="""
            amendedByOrderOn chargedThroughDate effectiveEndDate effectiveStartDate estimatedEndDate
            estimatedStartDate originalOrderDate processedThroughDate rolloverEndDate specificEndDate
            triggerDate validityPeriodAnchorDate
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        chargeNumber id invoiceOwnerId invoiceScheduleId isPrepaid originalId productChargeDefinitionId
        ratePlanId subscriptionId subscriptionOwnerId updatedDate
    """),
    unsortable=listed("invoiceOwnerId subscriptionId subscriptionOwnerId"),
    relations={
        "ratePlan": one("ratePlan", "ratePlanId"),
        "productRatePlanCharge": one("productRatePlanCharge", "productRatePlanChargeId"),
        "ratePlanChargeTiers": many("ratePlanChargeTier", "ratePlanChargeId"),
    },
    expands=listed("""
        rateplan productrateplancharge rateplanchargetiers
    """),
)

RATE_PLAN_CHARGE_TIER = Entity(
    kind="ratePlanChargeTier",
    name="RatePlanChargeTier",
    path="rate-plan-charge-tiers",
    fields=typed(
        text="""
            createdById currency id priceFormat ratePlanChargeId updatedById
        """,
        number="""
            discountAmount discountPercentage endingUnit includedUnits overagePrice price startingUnit
        """,
        int="""
            tier
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        currency id ratePlanChargeId updatedDate
    """),
    relations={
        "ratePlanCharge": one("ratePlanCharge", "ratePlanChargeId"),
    },
    expands=listed("""
        rateplancharge
    """),
)
