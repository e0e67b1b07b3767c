"""Charge overrides and their prices.

See `cpqbridge.sandbox.zuora.orders.schema` for the notation. Names, types and lengths are those of Zuora's public API
description of 2025-08-12.
"""

TABLES = """
ChargeOverride: name str; accountReceivableAccountingCode str<=100;
    adjustmentLiabilityAccountingCode str<=100; adjustmentRevenueAccountingCode str<=100;
    contractAssetAccountingCode str<=100; contractLiabilityAccountingCode str<=100;
    contractRecognizedRevenueAccountingCode str<=100; deferredRevenueAccountingCode str<=100;
    recognizedRevenueAccountingCode str<=100; unBilledReceivablesAccountingCode str<=100;
    productCategory str; productClass str; productFamily str; productLine str; chargeModel {ChargeModel};
    chargeType {ChargeType}; taxCode str; taxMode {TaxMode}; taxable bool;
    revenueRecognitionTiming str<=200; revenueAmortizationMethod str<=200; isChargeLevelMinCommit bool;
    commitmentType {PrepaymentUnitType}; prepaymentUnitType {PrepaymentUnitType};
    prepaidOperationType {PrepaidOperationType}; isCommitted bool; chargeFunction {ChargeFunction};
    prepaidUom str; drawdownUom str; prepaidTotalQuantity number; isPrepaid bool;
    creditOption {CreditOption}; billing ChargeOverrideBilling; chargeNumber str<=50;
    customFields @ratePlanCharge; description str<=500; drawdownRate number; endDate EndConditions;
    excludeItemBillingFromRevenueAccounting bool; excludeItemBookingFromRevenueAccounting bool;
    isAllocationEligible bool; isRollover bool; isUnbilled bool; prepaidQuantity number;
    pricing ChargeOverridePricing; productRatePlanChargeNumber str; productRatePlanChargeId* str;
    prorationOption {ProrationOption}; ratingPropertiesOverride str; revRecCode str<=70;
    revRecTriggerCondition str; revenueRecognitionRuleName str; rolloverApply str; rolloverPeriods number;
    rolloverPeriodLength int; chargeLevelMinCommitmentAmount number; estimatedStartDate date;
    startDate TriggerParams; uniqueToken str<=50; upsellOriginChargeNumber str; parentChargeNumber str;
    parentUniqueToken str; isBillable bool; validityPeriodType str; commitmentLevel {CommitmentLevel};
    drawdownScope {CommitmentLevel}; vpAlignment {VpAlignment}; vpAnchorDate date;
    vpProrationOption {VpProrationOption}; validityPeriodAlignment {VpAlignment};
    validityPeriodAnchorDate date; validityPeriodProrationOption {VpProrationOption};
    specificValidityPeriodLength int; rolloverPeriodType {RolloverPeriodType}; rolloverFundPriority int;
    rolloverEndDateType {RolloverEndDateType}; rolloverEndDate date; fundSupportAccountHierarchy bool;
    drawdownPriority int; clearingExistingRolloverPeriodType bool;
    clearingExistingRolloverPeriodLength bool; pricingAttributes object; negotiatedPriceTable [object]
ChargeOverrideBilling: billCycleDay int; billCycleType {BillCycleType}; billingPeriod {BillingPeriod};
    billingPeriodAlignment {BillingPeriodAlignment}; billingTiming {BillingTiming};
    specificBillingPeriod int; weeklyBillCycleDay {WeeklyBillCycleDay}
TriggerParams: specificTriggerDate date; triggerEvent {TriggerEvent}; startDatePolicy {StartDatePolicy};
    periodsAfterChargeStart int; startPeriodsType {UpToPeriodsType}
EndConditions: endDateCondition {EndDateCondition}; endDatePolicy {EndDatePolicy}; specificEndDate date;
    upToPeriods int; upToPeriodsType {UpToPeriodsType}
ChargeOverridePricing: chargeModelData ChargeModelData; discount DiscountPrice;
    oneTimeFlatFee OneTimeFlatFeePrice; oneTimePerUnit OneTimePerUnitPrice;
    oneTimeTiered OneTimeTieredPrice; oneTimeVolume OneTimeVolumePrice;
    recurringDelivery RecurringDeliveryPrice; recurringFlatFee RecurringFlatFeePrice;
    recurringPerUnit RecurringPerUnitPrice; recurringTiered RecurringTieredPrice;
    recurringVolume RecurringVolumePrice; recurringCalculated RecurringCalculatedPrice;
    usageFlatFee UsageFlatFeePrice; usageOverage UsageOveragePrice; usagePerUnit UsagePerUnitPrice;
    usageTiered UsageTieredPrice; usageTieredWithOverage UsageTieredWithOveragePrice;
    usageVolume UsageVolumePrice
DiscountPrice: applyDiscountTo {ApplyDiscountTo}; originalDiscountAmount number;
    originalListDiscountAmount number; discountAmount number; discountLevel {DiscountLevel};
    originalDiscountPercentage number; originalListDiscountPercentage number; discountPercentage number;
    priceChangeOption {PriceChangeOption}; discountClass str; applyToBillingPeriodPartially bool;
    discountApplyDetails [DiscountApplyDetail]
OneTimeFlatFeePrice: listPrice* number; originalListPrice number
OneTimePerUnitPrice: listPrice number; originalListPrice number; quantity number; uom str
OneTimeTieredPrice: quantity number; tiers [ChargeTier]; uom str
OneTimeVolumePrice: quantity number; tiers [ChargeTier]; uom str
RecurringDeliveryPrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    deliverySchedule DeliverySchedule; listPrice number
RecurringFlatFeePrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number; listPriceBase {ListPriceBase}; specificListPriceBase int
RecurringPerUnitPrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number; uom str; listPriceBase {ListPriceBase}; quantity number;
    specificListPriceBase int
RecurringTieredPrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPriceBase {ListPriceBase}; quantity number; specificListPriceBase int; tiers [ChargeTier]; uom str
RecurringVolumePrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPriceBase {ListPriceBase}; quantity number; specificListPriceBase int; tiers [ChargeTier]; uom str
RecurringCalculatedPrice: minimumAmount number; maximumAmount number; percentage number;
    eligibleAccountConditions object; eligibleChargeConditions object; clearingExistingMinimumAmount bool;
    clearingExistingMaximumAmount bool
UsageFlatFeePrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number
UsageOveragePrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    includedUnits number; numberOfPeriods int; overagePrice number;
    overageUnusedUnitsCreditOption {OverageUnusedUnitsCreditOption}; unusedUnitsCreditRates number;
    originalListPrice number
UsagePerUnitPrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number; uom str; ratingGroup {RatingGroup}
UsageTieredPrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    ratingGroup {RatingGroup}; tiers [ChargeTier]; uom str
UsageTieredWithOveragePrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    numberOfPeriods int; overagePrice number;
    overageUnusedUnitsCreditOption {OverageUnusedUnitsCreditOption}; tiers [ChargeTier];
    unusedUnitsCreditRates number; originalListPrice number
UsageVolumePrice: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    ratingGroup {RatingGroup}; tiers [ChargeTier]; uom str
PricingUpdate: chargeModelData ChargeModelData; discount DiscountPriceUpdate;
    recurringDeliveryBased RecurringDeliveryPriceUpdate; recurringFlatFee RecurringFlatFeePriceUpdate;
    recurringPerUnit RecurringPerUnitPriceUpdate; recurringTiered RecurringTieredPriceUpdate;
    recurringVolume RecurringVolumePriceUpdate; usageFlatFee UsageFlatFeePriceUpdate;
    usageOverage UsageOveragePriceUpdate; usagePerUnit UsagePerUnitPriceUpdate;
    usageTiered UsageTieredPriceUpdate; usageTieredWithOverage UsageTieredWithOveragePriceUpdate;
    usageVolume UsageVolumePriceUpdate
DiscountPriceUpdate: applyDiscountTo {ApplyDiscountTo}; discountLevel {DiscountLevel};
    discountPercentage number; originalListDiscountAmount number; originalListDiscountPercentage number;
    priceChangeOption {PriceChangeOption}
RecurringDeliveryPriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    deliverySchedule DeliverySchedule; listPrice number
RecurringFlatFeePriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number
RecurringPerUnitPriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; quantity number; originalListPrice number
RecurringTieredPriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    quantity number; tiers [ChargeTier]
RecurringVolumePriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    quantity number; tiers [ChargeTier]
UsageFlatFeePriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number
UsageOveragePriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    includedUnits number; overagePrice number; originalListPrice number
UsagePerUnitPriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    listPrice number; originalListPrice number
UsageTieredPriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    tiers [ChargeTier]
UsageTieredWithOveragePriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    overagePrice number; tiers [ChargeTier]; originalListPrice number
UsageVolumePriceUpdate: priceChangeOption {PriceChangeOption}; priceIncreasePercentage number;
    tiers [ChargeTier]
ChargeModelData: chargeModelConfiguration ChargeModelConfiguration; quantity number; tiers [ChargeTier]
ChargeModelConfiguration: customFieldPerUnitRate str; customFieldTotalAmount str; formula str
ChargeTier: endingUnit number; price* number; priceFormat* {PriceFormat}; startingUnit* number; tier* int;
    originalListPrice number; cap number>=0 if charge_modifiers
DeliverySchedule: frequency str; friday bool; monday bool; saturday bool; sunday bool; thursday bool;
    tuesday bool; wednesday bool
DiscountApplyDetail: productRatePlanId str; productRatePlanNumber str; productRatePlanChargeId str;
    productRatePlanChargeNumber str
"""
