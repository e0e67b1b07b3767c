"""The bodies of the eleven order actions.

See `cpqbridge.sandbox.zuora.orders.schema` for the notation. Names, types and lengths are those of Zuora's public API
description of 2025-08-12.
"""

TABLES = """
CreateSubscription: billToContactId str; billToContact NewContact; invoiceSeparately bool;
    invoiceTemplateId str; newSubscriptionOwnerAccount NewOwnerAccount; notes str<=1000; paymentTerm str;
    sequenceSetId str; soldToContactId str; soldToContact NewContact; shipToContactId str;
    shipToContact NewContact; subscribeToProducts [SubscribeToProduct];
    subscribeToRatePlans [RatePlanOverride]; subscriptionNumber str<=100;
    subscriptionOwnerAccountNumber str<=70; invoiceOwnerAccountNumber str<=70; terms Terms;
    currency str<=3; invoiceGroupNumber str<=255; communicationProfileId str; uniqueToken str<=50
Terms: autoRenew bool; initialTerm* InitialTerm; renewalSetting {RenewalSetting};
    renewalTerms [RenewalTerm]
InitialTerm: period int; periodType {PeriodType}; startDate date; endDate date; termType {TermType}
RenewalTerm: period int; periodType {PeriodType}
RatePlanOverride: chargeOverrides [ChargeOverride]; clearingExistingFeatures bool; customFields @ratePlan;
    externalCatalogPlanId str; externallyManagedPlanId str; productRatePlanId str;
    productRatePlanNumber str; subscriptionProductFeatures [FeatureOverride]; uniqueToken str<=50;
    subscriptionRatePlanNumber str<=50; isFromExternalCatalog bool; ratePlanName str;
    isAddingSubsetCharges bool
SubscribeToProduct: chargeOverrides [ChargeOverride]; clearingExistingFeatures bool;
    customFields @ratePlan; externalCatalogPlanId str; externallyManagedPlanId str; productRatePlanId str;
    productRatePlanNumber str; subscriptionProductFeatures [FeatureOverride]; uniqueToken str<=50;
    subscriptionRatePlanNumber str<=50; isFromExternalCatalog bool; ratePlanName str;
    isAddingSubsetCharges bool
FeatureOverride: customFields @feature; description str<=500; featureId* str
AddProduct: chargeOverrides [ChargeOverride]; clearingExistingFeatures bool; customFields @ratePlan;
    externalCatalogPlanId str; externallyManagedPlanId str; productRatePlanId str;
    productRatePlanNumber str; subscriptionProductFeatures [FeatureOverride]; uniqueToken str<=50;
    subscriptionRatePlanNumber str<=50; isFromExternalCatalog bool; ratePlanName str;
    isAddingSubsetCharges bool; ratePlanOverrides [ProductRatePlanOverride]
ProductRatePlanOverride: chargeOverrides [ChargeOverride]; clearingExistingFeatures bool;
    customFields @ratePlan; externalCatalogPlanId str; externallyManagedPlanId str; productRatePlanId str;
    productRatePlanNumber str; subscriptionProductFeatures [FeatureOverride]; uniqueToken str<=50
UpdateProduct: chargeUpdates [ChargeUpdate]; chargeOverrides [ChargeOverride];
    chargeRemovals [ChargeRemoval]; clearingExistingFeatures bool; customFields @ratePlan;
    clearingCustomFields [str]; externalCatalogPlanId str; productRatePlanNumber str; ratePlanId str;
    specificUpdateDate date; subscriptionProductFeatures [FeatureOverride];
    subscriptionRatePlanNumber str; uniqueToken str; isAddingSubsetCharges bool
ChargeUpdate: billing BillingUpdate; chargeNumber str; estimatedStartDate date;
    productRatePlanChargeNumber str; productRatePlanChargeId str; customFields @ratePlanCharge;
    clearingCustomFields [str]; description str; effectiveDate TriggerParams; prepaidQuantity number;
    pricing PricingUpdate; uniqueToken str; pricingAttributes object; negotiatedPriceTable [object]
BillingUpdate: billingPeriodAlignment {BillingPeriodAlignment}
ChargeRemoval: chargeNumber str<=50; uniqueToken str<=50; description str<=500
RemoveProduct: externalCatalogPlanId str; productRatePlanNumber str; productRatePlanId str;
    ratePlanId str; subscriptionRatePlanNumber str; uniqueToken str; customFields @ratePlan;
    chargeUpdates [ChargeRemove]
ChargeRemove: chargeNumber str; productRatePlanChargeId str; productRatePlanNumber str; uniqueToken str;
    customFields @ratePlanCharge
CancelSubscription: cancellationEffectiveDate date; cancellationPolicy* {CancellationPolicy}
RenewSubscription: billToContactId str; clearingExistingBillToContact bool;
    clearingExistingInvoiceGroupNumber bool; clearingExistingInvoiceTemplate bool;
    clearingExistingPaymentTerm bool; clearingExistingSequenceSet bool;
    clearingExistingSoldToContact bool; invoiceGroupNumber str<=255; invoiceTemplateId str;
    paymentTerm str; sequenceSetId str; soldToContactId str; shipToContactId str;
    clearingExistingShipToContact bool; communicationProfileId str;
    clearingExistingCommunicationProfile bool; billToContact NewContact; soldToContact NewContact;
    shipToContact NewContact
TermsAndConditions: autoRenew bool; billToContactId str; clearingExistingBillToContact bool;
    clearingExistingInvoiceTemplate bool; clearingExistingPaymentTerm bool;
    clearingExistingSequenceSet bool; clearingExistingSoldToContact bool; invoiceSeparately bool;
    invoiceTemplateId str; lastTerm LastTerm; termIncreaseToNewContractLine bool; paymentTerm str;
    renewalSetting {RenewalSetting}; renewalTerms [RenewalTerm]; scheduledCancelDate date;
    scheduledSuspendDate date; scheduledResumeDate date; clearingScheduledCancelDate bool;
    clearingScheduledSuspendDate bool; clearingScheduledResumeDate bool; sequenceSetId str;
    soldToContactId str; shipToContactId str; clearingExistingShipToContact bool;
    communicationProfileId str; clearingExistingCommunicationProfile bool; billToContact NewContact;
    soldToContact NewContact; shipToContact NewContact; invoiceGroupNumber str<=255;
    clearingExistingInvoiceGroupNumber bool
LastTerm: period int; periodType {PeriodType}; startDate date; endDate date; termType* {TermType}
OwnerTransfer: billToContactId str; billToContact NewContact; clearingExistingBillToContact bool;
    clearingExistingInvoiceGroupNumber bool; clearingExistingInvoiceTemplate bool;
    clearingExistingPaymentTerm bool; clearingExistingSequenceSet bool;
    clearingExistingSoldToContact bool; destinationAccountNumber str; destinationInvoiceAccountNumber str;
    invoiceGroupNumber str<=255; invoiceTemplateId str; paymentTerm str; sequenceSetId str;
    soldToContactId str; soldToContact NewContact; shipToContactId str; shipToContact NewContact;
    clearingExistingShipToContact bool; paymentProfile PaymentProfile; communicationProfileId str;
    clearingExistingCommunicationProfile bool
PaymentProfile: paymentGatewayId str; paymentGatewayKey str; paymentMethodId str; paymentMethodKey str;
    clearingExistingPaymentGatewayId bool; clearingExistingPaymentMethodId bool
Suspend: suspendPeriods int; suspendPeriodsType {PeriodType}; suspendPolicy* {SuspendPolicy};
    suspendSpecificDate date
Resume: extendsTerm bool; resumePeriods int; resumePeriodsType {PeriodType}; resumePolicy* {ResumePolicy};
    resumeSpecificDate date
ChangePlan: effectivePolicy {ChangePlanEffectivePolicy}; externalCatalogPlanId str;
    newProductRatePlan* ChangePlanRatePlan; productRatePlanId str; productRatePlanNumber str;
    ratePlanId str; resetBcd bool; subType {ChangePlanSubType}; subscriptionRatePlanNumber str
ChangePlanRatePlan: chargeOverrides [ChargeOverride]; clearingExistingFeatures bool;
    customFields @ratePlan; externalCatalogPlanId str; externallyManagedPlanId str; productRatePlanId str;
    productRatePlanNumber str; subscriptionProductFeatures [FeatureOverride]; uniqueToken str<=50;
    subscriptionRatePlanNumber str<=50; isFromExternalCatalog bool; ratePlanName str
"""
