"""The value lists that the tables name in braces, as in Zuora's public API description."""

#: Permitted values by list name.
ENUMS: dict[str, tuple[str, ...]] = {
    name: tuple(value.strip() for value in values.split(","))
    for name, _, values in (
        line.partition(": ")
        for line in """\
ApplyDiscountTo: ONETIME, RECURRING, USAGE, ONETIMERECURRING, ONETIMEUSAGE, RECURRINGUSAGE, ONETIMERECURRINGUSAGE
BillCycleType: DefaultFromCustomer, SpecificDayofMonth, SubscriptionStartDay, ChargeTriggerDay, SpecificDayofWeek, \
TermStartDay, TermEndDay
BillingPeriod: Month, Quarter, Semi_Annual, Annual, Eighteen_Months, Two_Years, Three_Years, Five_Years, \
Specific_Months, Subscription_Term, Week, Specific_Weeks, Specific_Days
BillingPeriodAlignment: AlignToCharge, AlignToSubscriptionStart, AlignToTermStart, AlignToTermEnd
BillingTiming: IN_ADVANCE, IN_ARREARS
CancellationPolicy: EndOfCurrentTerm, EndOfLastInvoicePeriod, SpecificDate
ChangePlanEffectivePolicy: EffectiveImmediately, EffectiveEndOfBillingPeriod, SpecificDate
ChangePlanSubType: Upgrade, Downgrade, Crossgrade, PlanChanged
ChargeFunction: Standard, Prepayment, CommitmentTrueUp, Drawdown, CreditCommitment, DrawdownAndCreditCommitment
ChargeModel: FlatFee, PerUnit, Overage, Volume, Tiered, TieredWithOverage, DiscountFixedAmount, \
DiscountPercentage, MultiAttributePricing, PreratedPerUnit, PreratedPricing, HighWatermarkVolumePricing, \
HighWatermarkTieredPricing, Delivery, Calculated
ChargeType: OneTime, Recurring, Usage, Others
CommitmentLevel: RATEPLAN, SUBSCRIPTION, ACCOUNT
CreditOption: TimeBased, ConsumptionBased, FullCreditBack
DiscountLevel: rateplan, subscription, account
EndDateCondition: Subscription_End, Fixed_Period, Specific_End_Date, One_Time
EndDatePolicy: AlignToApplyToCharge, SpecificEndDate, FixedPeriod
InlineDiscountType: Percentage, FixedAmount, None
ItemBillingRule: TriggerWithoutFulfillment, TriggerAsFulfillmentOccurs
ItemCategory: Sales, Return
ItemState: Executing, Booked, SentToBilling, Complete, Canceled
ItemType: Product, Fee, Services, Prepayment
ListPriceBase: Per_Billing_Period, Per_Month, Per_Week, Per_Year, Per_Specific_Months, Per_Validity_Period
NewOrderStatus: Draft, Completed, Scheduled
OrderActionType: CreateSubscription, TermsAndConditions, AddProduct, UpdateProduct, RemoveProduct, \
RenewSubscription, CancelSubscription, OwnerTransfer, Suspend, Resume, ChangePlan
OrderCategory: NewSales, Return
OverageUnusedUnitsCreditOption: NoCredit, CreditBySpecificRate
PeriodType: Day, Week, Month, Year
PrepaidOperationType: topup, drawdown
PrepaymentUnitType: UNIT, CURRENCY
PreviewThruType: SpecificDate, TermEnd, NumberOfPeriods
PreviewType: ChargeMetrics, BillingDocs, OrderDeltaMetrics, OrderMetrics, RampMetrics, RampDeltaMetrics, Funds
PriceChangeOption: NoChange, SpecificPercentageValue, UseLatestProductCatalogPricing
PriceFormat: FlatFee, PerUnit
ProrationOption: NoProration, TimeBasedProration, DefaultFromTenantSetting, ChargeFullPeriod, \
CustomizeProrationOptionOverrides
RatingGroup: ByBillingPeriod, ByUsageStartDate, ByUsageRecord, ByUsageUpload, ByGroupId
RenewalSetting: RENEW_WITH_SPECIFIC_TERM, RENEW_TO_EVERGREEN
ResumePolicy: Today, FixedPeriodsFromSuspendDate, FixedPeriodsFromToday, SpecificDate, SuspendDate
RolloverEndDateType: ChargeEndDate, SubscriptionTerm, SpecificDate
RolloverPeriodType: Day, Month, Quarter, Annual
ScheduledDatePolicy: SpecificDate
StartDatePolicy: AlignToApplyToCharge, SpecificDate, EndOfLastInvoicePeriodOfApplyToCharge, \
FixedPeriodAfterApplyToChargeStartDate
SuspendPolicy: Today, EndOfLastInvoicePeriod, FixedPeriodsFromToday, SpecificDate
TaxExemptStatus: No, Yes, PendingVerification
TaxMode: TaxInclusive, TaxExclusive
TermType: TERMED, EVERGREEN
TriggerDateName: ContractEffective, ServiceActivation, CustomerAcceptance
TriggerEvent: ContractEffective, ServiceActivation, CustomerAcceptance, SpecificDate
UpToPeriodsType: Days, Weeks, Months, Years, Billing_Periods
VpAlignment: ChargeStart, TermStart, TermEnd, SpecificDate
VpProrationOption: ProrateUnits, NoProrate
WeeklyBillCycleDay: Sunday, Monday, Tuesday, Wednesday, Thursday, Friday, Saturday
""".splitlines()
    )
}
