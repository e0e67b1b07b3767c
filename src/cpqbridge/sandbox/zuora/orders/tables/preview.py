"""Order previews.

See `cpqbridge.sandbox.zuora.orders.schema` for the notation. Names, types and lengths are those of Zuora's public API
description of 2025-08-12.
"""

TABLES = """
Preview: category {OrderCategory}; customFields @order; description str<=500;
    existingAccountNumber str<=70; orderDate* date; orderLineItems [OrderLineItem]; orderNumber str<=100;
    previewAccountInfo PreviewAccountInfo; previewOptions* PreviewOptions; reasonCode str<=255;
    subscriptions [PreviewSubscription]
AsyncPreview: category {OrderCategory}; customFields @order; description str<=500;
    existingAccountNumber str<=70; orderDate* date; orderLineItems [OrderLineItem]; orderNumber str<=100;
    previewAccountInfo PreviewAccountInfo; previewOptions* PreviewOptions; reasonCode str<=255;
    subscriptions [AsyncPreviewSubscription]
PreviewAccountInfo: billCycleDay* int; currency* str<=3; customFields @account;
    soldToContact PreviewContactInfo; shipToContact PreviewContactInfo; taxInfo TaxInfo
PreviewContactInfo: city str<=100; country str<=64; county str<=100; postalCode str<=20; state str<=100;
    taxRegion str<=100; address1 str<=255; address2 str<=255
PreviewOptions: previewNumberOfPeriods int; previewThruType {PreviewThruType};
    previewTypes [{PreviewType}]; specificPreviewThruDate date; documentDate date;
    chargeTypeToExclude [{ChargeType}]; skipTax bool; validateScheduledOrders bool
PreviewSubscription: customFields @subscription; orderActions* [PreviewAction]; quote Quote; ramp Ramp;
    subscriptionNumber str<=100
AsyncPreviewSubscription: customFields @subscription; orderActions [PreviewAction]; quote Quote;
    ramp Ramp; subscriptionNumber str
PreviewAction: addProduct PreviewRatePlanOverride; cancelSubscription CancelSubscription;
    changePlan ChangePlan; changeReason str<=255; createSubscription PreviewCreateSubscription;
    customFields @orderAction; ownerTransfer OwnerTransfer; removeProduct RemoveProduct;
    renewSubscription RenewSubscription; resume Resume; suspend Suspend;
    termsAndConditions TermsAndConditions; triggerDates [TriggerDate]; type* {OrderActionType};
    updateProduct PreviewRatePlanUpdate
PreviewCreateSubscription: billToContactId str; invoiceSeparately bool; invoiceTemplateId str;
    newSubscriptionOwnerAccount PreviewOwnerAccount; notes str<=1000; paymentTerm str; sequenceSetId str;
    soldToContactId str; shipToContactId str; subscribeToRatePlans [PreviewRatePlanOverride];
    subscriptionNumber str<=100; subscriptionOwnerAccountNumber str<=70;
    invoiceOwnerAccountNumber str<=70; terms Terms; communicationProfileId str; currency str<=3;
    invoiceGroupNumber str<=255; billToContact NewContact; soldToContact NewContact;
    shipToContact NewContact
PreviewOwnerAccount: accountNumber str<=70; additionalEmailAddresses str<=1200; allowInvoiceEdit bool;
    autoPay bool; batch str; billCycleDay* int; billToContact* NewContact; communicationProfileId str;
    creditCard object; creditMemoTemplateId str; crmId str<=100; currency* str; customFields @account;
    customerServiceRepName str<=50; debitMemoTemplateId str; hpmCreditCardPaymentMethodId str;
    invoiceDeliveryPrefsEmail bool; invoiceDeliveryPrefsPrint bool; invoiceTemplateId str; name* str<=255;
    notes str<=65535; parentId str; paymentGateway str<=40; paymentMethod object; paymentTerm str;
    purchaseOrderNumber str<=100; salesRep str<=50; soldToContact NewContact; taxInfo TaxInfo
PreviewRatePlanOverride: chargeOverrides [PreviewChargeOverride]; clearingExistingFeatures bool;
    customFields @ratePlan; productRatePlanId str; productRatePlanNumber str;
    subscriptionProductFeatures [FeatureOverride]; uniqueToken str<=50; subscriptionRatePlanNumber str<=50
PreviewChargeOverride: billing ChargeOverrideBilling; chargeNumber str<=50; customFields @ratePlanCharge;
    description str<=500; drawdownRate number; endDate EndConditions;
    excludeItemBillingFromRevenueAccounting bool; excludeItemBookingFromRevenueAccounting bool;
    isAllocationEligible bool; isRollover bool; isUnbilled bool; prepaidQuantity number;
    pricing ChargeOverridePricing; productRatePlanChargeId* str; productRatePlanChargeNumber str;
    revRecCode str<=70; revRecTriggerCondition str; revenueRecognitionRuleName str; rolloverApply str;
    rolloverPeriods number; estimatedStartDate date; startDate TriggerParams; uniqueToken str<=50;
    pricingAttributes object; negotiatedPriceTable [object]; validityPeriodType str;
    specificValidityPeriodLength int; vpAlignment {VpAlignment}; vpAnchorDate date;
    vpProrationOption {VpProrationOption}; validityPeriodAlignment {VpAlignment};
    validityPeriodAnchorDate date; validityPeriodProrationOption {VpProrationOption};
    commitmentLevel {CommitmentLevel}; drawdownScope {CommitmentLevel};
    commitmentType {PrepaymentUnitType}; prepaymentUnitType {PrepaymentUnitType};
    rolloverPeriodType {RolloverPeriodType}; rolloverFundPriority int;
    rolloverEndDateType {RolloverEndDateType}; rolloverEndDate date; fundSupportAccountHierarchy bool;
    drawdownPriority int; taxCode str; taxMode {TaxMode}; taxable bool; isBillable bool
PreviewRatePlanUpdate: chargeUpdates [PreviewChargeUpdate]; chargeOverrides [ChargeOverride];
    chargeRemovals [ChargeRemoval]; clearingExistingFeatures bool; customFields @ratePlan;
    productRatePlanNumber str; ratePlanId str; specificUpdateDate date;
    subscriptionProductFeatures [FeatureOverride]; subscriptionRatePlanNumber str; uniqueToken str
PreviewChargeUpdate: billing BillingUpdate; chargeNumber str; productRatePlanChargeNumber str;
    productRatePlanChargeId str; customFields @ratePlanCharge; description str; estimatedStartDate date;
    effectiveDate TriggerParams; prepaidQuantity number; pricing PreviewPricingUpdate; uniqueToken str;
    pricingAttributes object; negotiatedPriceTable [object]
PreviewPricingUpdate: chargeModelData ChargeModelData; discount DiscountPriceUpdate;
    recurringFlatFee RecurringFlatFeePriceUpdate; recurringPerUnit RecurringPerUnitPriceUpdate;
    recurringTiered RecurringTieredPriceUpdate; recurringVolume RecurringVolumePriceUpdate;
    usageFlatFee UsageFlatFeePriceUpdate; usageOverage UsageOveragePriceUpdate;
    usagePerUnit UsagePerUnitPriceUpdate; usageTiered UsageTieredPriceUpdate;
    usageTieredWithOverage UsageTieredWithOveragePriceUpdate; usageVolume UsageVolumePriceUpdate
"""
