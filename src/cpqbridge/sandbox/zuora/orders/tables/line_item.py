"""Order line items: create, update, update in bulk.

See `cpqbridge.sandbox.zuora.orders.schema` for the notation. Names, types and lengths are those of Zuora's public API
description of 2025-08-12.
"""

TABLES = """
OrderLineItem: UOM str; accountingCode str<=100; adjustmentLiabilityAccountingCode str<=100;
    adjustmentRevenueAccountingCode str<=100; currency str<=3; paymentTerm str<=100;
    invoiceTemplateId str<=32; communicationProfileId str; amountPerUnit number; billTargetDate date;
    billTo str; billingRule {ItemBillingRule}; billingSchedule BillingSchedule;
    contractAssetAccountingCode str<=100; contractLiabilityAccountingCode str<=100;
    contractRecognizedRevenueAccountingCode str<=100; customFields @orderLineItem;
    deferredRevenueAccountingCode str<=100; description str<=500;
    excludeItemBillingFromRevenueAccounting bool; excludeItemBookingFromRevenueAccounting bool;
    inlineDiscountPerUnit number; inlineDiscountType {InlineDiscountType}; invoiceGroupNumber str<=255;
    isAllocationEligible bool; isUnbilled bool; itemCategory {ItemCategory}; itemName str<=255;
    itemNumber str<=100; itemState {ItemState}; itemType {ItemType}; listPricePerUnit number;
    originalOrderLineItemNumber str<=100; originalOrderNumber str<=100; ownerAccountNumber str<=70;
    productCode str<=100; productRatePlanChargeId str<=36; purchaseOrderNumber str<=100; quantity number;
    recognizedRevenueAccountingCode str<=100; relatedSubscriptionNumber str<=100;
    revenueRecognitionRule str<=50; sequenceSetId str<=32; soldTo str<=36; shipTo str; taxCode str<=100;
    taxMode {TaxMode}; transactionEndDate date; transactionStartDate date;
    unbilledReceivablesAccountingCode str<=100; uniqueToken str<=50; prepaidQuantity number;
    prepaidUom str<=50; drawdownPriority int; prepaymentUnitType {PrepaymentUnitType};
    drawdownScope {CommitmentLevel}; fundSupportAccountHierarchy bool; validityPeriodType str;
    specificValidityPeriodLength int; numberOfValidityPeriods int
BillingSchedule: items [BillingScheduleItem]<=100
BillingScheduleItem: amount number; name str<=255; percentage number; runDate date
OrderLineItemUpdate: UOM str; accountingCode str<=100; adjustmentLiabilityAccountingCode str<=100;
    adjustmentRevenueAccountingCode str<=100; amountPerUnit number; billTargetDate date; billTo str;
    billingRule {ItemBillingRule}; contractAssetAccountingCode str<=100;
    contractLiabilityAccountingCode str<=100; contractRecognizedRevenueAccountingCode str<=100;
    customFields @orderLineItem; deferredRevenueAccountingCode str<=100; description str<=500;
    inlineDiscountPerUnit number; inlineDiscountType {InlineDiscountType}; invoiceGroupNumber str<=255;
    isAllocationEligible bool; isUnbilled bool; excludeItemBillingFromRevenueAccounting bool;
    excludeItemBookingFromRevenueAccounting bool; revenueRecognitionTiming str<=200;
    revenueAmortizationMethod str<=200; itemName str<=255; itemState {ItemState}; itemType {ItemType};
    listPricePerUnit number; ownerAccountNumber str<=70; productCode str<=100;
    purchaseOrderNumber str<=100; quantity number; recognizedRevenueAccountingCode str<=100;
    relatedSubscriptionNumber str<=100; revenueRecognitionRule str<=50; sequenceSetId str<=32;
    paymentTerm str<=100; invoiceTemplateId str<=32; communicationProfileId str; soldTo str<=36;
    shipTo str; taxCode str<=100; taxMode {TaxMode}; transactionEndDate date; transactionStartDate date;
    unbilledReceivablesAccountingCode str<=100
OrderLineItemBulkUpdate: orderLineItems [OrderLineItemBulkEntry]; processingOptions ProcessingOptions
OrderLineItemBulkEntry: UOM str; accountingCode str<=100; adjustmentLiabilityAccountingCode str<=100;
    adjustmentRevenueAccountingCode str<=100; amountPerUnit number; billTargetDate date; billTo str;
    billingRule {ItemBillingRule}; contractAssetAccountingCode str<=100;
    contractLiabilityAccountingCode str<=100; contractRecognizedRevenueAccountingCode str<=100;
    customFields @orderLineItem; deferredRevenueAccountingCode str<=100; description str<=500;
    inlineDiscountPerUnit number; inlineDiscountType {InlineDiscountType}; invoiceGroupNumber str<=255;
    isAllocationEligible bool; isUnbilled bool; excludeItemBillingFromRevenueAccounting bool;
    excludeItemBookingFromRevenueAccounting bool; revenueRecognitionTiming str<=200;
    revenueAmortizationMethod str<=200; itemName str<=255; itemState {ItemState}; itemType {ItemType};
    listPricePerUnit number; ownerAccountNumber str<=70; productCode str<=100;
    purchaseOrderNumber str<=100; quantity number; recognizedRevenueAccountingCode str<=100;
    relatedSubscriptionNumber str<=100; revenueRecognitionRule str<=50; sequenceSetId str<=32;
    paymentTerm str<=100; invoiceTemplateId str<=32; communicationProfileId str; soldTo str<=36;
    shipTo str; taxCode str<=100; taxMode {TaxMode}; transactionEndDate date; transactionStartDate date;
    unbilledReceivablesAccountingCode str<=100; id* str
"""
