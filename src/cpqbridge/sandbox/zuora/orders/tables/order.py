"""The order itself: create, change, cancel, revert, trigger dates, custom fields, new accounts.

See `cpqbridge.sandbox.zuora.orders.schema` for the notation. Names, types and lengths are those of Zuora's public API
description of 2025-08-12.
"""

TABLES = """
Order: category {OrderCategory}; customFields @order; description str<=500; existingAccountNumber str<=70;
    newAccount NewAccount; orderDate* date; orderLineItems [OrderLineItem]; orderNumber str<=100;
    processingOptions ProcessingOptions; reasonCode str<=255; schedulingOptions SchedulingOptions;
    status {NewOrderStatus}; subscriptions [OrderSubscription]; commitments [object]
AsyncOrder: category {OrderCategory}; customFields @order; description str<=500;
    existingAccountNumber str<=70; externallyManagedBy str; newAccount NewAccount; orderDate* date;
    orderLineItems [OrderLineItem]; orderNumber str<=100; processingOptions AsyncProcessingOptions;
    reasonCode str<=255; subscriptions [OrderSubscription]
OrderChange: category {OrderCategory}; customFields @order; description str<=500;
    existingAccountNumber str<=70; newAccount NewAccount; orderDate* date; orderLineItems [OrderLineItem];
    orderNumber str<=100; processingOptions ProcessingOptions; reasonCode str<=255;
    schedulingOptions SchedulingOptions; status {NewOrderStatus}; subscriptions [OrderSubscription];
    commitments [object]
OrderSubscription: customFields @subscription; clearingCustomFields [str]; orderActions* [OrderAction];
    quote Quote; ramp Ramp; notes str<=1000; subscriptionNumber str<=100
OrderAction: createSubscription CreateSubscription; addProduct AddProduct; updateProduct UpdateProduct;
    changePlan ChangePlan; ownerTransfer OwnerTransfer; removeProduct RemoveProduct;
    renewSubscription RenewSubscription; cancelSubscription CancelSubscription; resume Resume;
    suspend Suspend; termsAndConditions TermsAndConditions; changeReason str<=255;
    triggerDates [TriggerDate]; type* {OrderActionType}; customFields @orderAction
TriggerDate: name {TriggerDateName}; triggerDate date
Quote: OpportunityCloseDate__QT str; OpportunityName__QT str; QuoteBusinessType__QT str;
    QuoteNumber__QT str; QuoteType__QT str
Ramp: charges [RampCharge]; delete bool; description str<=500; intervals [RampInterval]; name str<=150
RampCharge: chargeNumber str<=50; uniqueToken str<=50
RampInterval: description str<=500; endDate* date; name str<=150; startDate* date
SchedulingOptions: scheduledDate date; scheduledDatePolicy {ScheduledDatePolicy}
ProcessingOptions: applicationOrder [str]; applyCredit bool; applyCreditBalance bool;
    billingOptions BillingOptions; collectPayment bool; allowPaymentFailure bool;
    electronicPaymentOptions DelayedPaymentOptions; refund bool; refundAmount number;
    refundReasonCode str; reAssociation bool; runBilling bool; writeOff bool;
    writeOffBehavior WriteOffBehavior
AsyncProcessingOptions: applicationOrder [str]; applyCredit bool; applyCreditBalance bool;
    billingOptions BillingOptions; collectPayment bool; electronicPaymentOptions PaymentOptions;
    runBilling bool
DelayedPaymentOptions: paymentGatewayId str; paymentMethodId str; authTransactionId str;
    gatewayOrderId str
PaymentOptions: paymentGatewayId str; paymentMethodId str
BillingOptions: creditMemoReasonCode str<=25; documentDate date; generateDraftInvoice bool;
    targetDate date; chargeTypeToExclude [{ChargeType}]
WriteOffBehavior: financeInformation WriteOffFinance
WriteOffFinance: deferredRevenueAccountingCode str<=100; onAccountAccountingCode str<=100;
    recognizedRevenueAccountingCode str<=100; revenueRecognitionRuleName str<=100
NewAccount: accountNumber str<=70; associateCommitmentNumber str<=255; additionalEmailAddresses str;
    allowInvoiceEdit bool; autoPay bool; batch str; billCycleDay* int; billToContact* NewContact;
    communicationProfileId str; creditCard object; creditMemoTemplateId str; crmId str<=100;
    currency* str<=3; customFields @account; customerServiceRepName str; debitMemoTemplateId str;
    hpmCreditCardPaymentMethodId str; invoiceDeliveryPrefsEmail bool; invoiceDeliveryPrefsPrint bool;
    invoiceTemplateId str<=32; name* str<=255; notes str<=65535; parentId str; partnerAccount bool;
    paymentGateway str<=40; paymentMethod object; paymentTerm str; purchaseOrderNumber str; salesRep str;
    sequenceSetId str<=32; soldToContact NewContact; soldToSameAsBillTo bool; shipToContact NewContact;
    shipToSameAsBillTo bool; taxInfo TaxInfo
NewOwnerAccount: accountNumber str<=70; associateCommitmentNumber str<=255; autoPay bool; batch str;
    billCycleDay* int; billToContact* NewContact; communicationProfileId str; creditCard object;
    crmId str<=100; currency* str; customFields @account; hpmCreditCardPaymentMethodId str;
    invoiceDeliveryPrefsEmail bool; invoiceDeliveryPrefsPrint bool; invoiceTemplateId str; name* str<=70;
    notes str<=65535; parentId str; paymentGateway str<=40; paymentMethod object; paymentTerm str;
    soldToContact NewContact; taxInfo TaxInfo
NewContact: address1 str<=255; address2 str<=255; city str<=100; contactDescription str<=100;
    country str<=64; county str<=100; fax str<=40; firstName* str<=100; homePhone str<=40;
    lastName* str<=100; mobilePhone str<=40; nickname str<=100; otherPhone str<=40; otherPhoneType str;
    personalEmail str<=80; postalCode str<=20; state str<=100; taxRegion str<=100; workEmail str<=80;
    workPhone str<=40
TaxInfo: companyCode str<=50; exemptEntityUseCode str<=32; exemptCertificateId str<=32;
    exemptCertificateType str<=32; exemptDescription str<=500; exemptEffectiveDate date;
    exemptExpirationDate date; exemptIssuingJurisdiction str<=32; exemptStatus {TaxExemptStatus};
    VATId str<=25
OrderCancel: cancelReason str
OrderRevert: orderDate* date
OrderTriggerDates: subscriptions [SubscriptionTriggerDates]
SubscriptionTriggerDates: orderActions [ActionTriggerDates]; subscriptionNumber* str<=100
ActionTriggerDates: charges [ChargeTriggerDate]; sequence* int; triggerDates [TriggerDate]
ChargeTriggerDate: chargeNumber str<=50; specificTriggerDate date; estimatedStartDate date
OrderCustomFields: customFields @order; subscriptions [OrderSubscriptionCustomFields]
OrderSubscriptionCustomFields: orderActions [OrderActionCustomFields]; subscriptionNumber str
OrderActionCustomFields: customFields @orderAction; orderActionId str; sequence int
SubscriptionCustomFields: customFields @subscription; ratePlans [RatePlanCustomFields]
RatePlanCustomFields: charges [ChargeCustomFields]; customFields @ratePlan; ratePlanId* str
ChargeCustomFields: chargeNumber str; customFields @ratePlanCharge
OrderActionUpdate: changeReason str<=255; customFields @orderAction
"""
