"""The fields, filters and relations of invoices, credit memos and their items."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed, many, one, typed

INVOICE = Entity(
    kind="invoice",
    name="Invoice",
    path="invoices",
    fields=typed(
        text="""
            accountId arEreportingRequestId billToContactId billToContactSnapshotId comments
            communicationProfileId createdById currency eInvoiceBusinessStatus eInvoiceBusinessStatusReason
            eInvoiceBusinessStatusUpdateId eInvoiceErrorCode eInvoiceErrorMessage eInvoiceFileId
            eInvoiceStatus eReportingARErrorCode eReportingARErrorMessage eReportingARStatus
            eReportingSalesErrorCode eReportingSalesErrorMessage eReportingSalesStatus id invoiceGroupNumber
            invoiceNumber organizationId paymentLink paymentTerm postedBy salesEreportingRequestId
            sellerReason sequenceSetId shipToContactId shipToContactSnapshotId soldToContactId
            soldToContactSnapshotId source sourceId sourceType status taxMessage taxStatus templateId
            transferredToAccounting updatedById
        """,
        number="""
            adjustmentAmount amount amountWithoutTax balance creditBalanceAdjustmentAmount creditMemoAmount
            paymentAmount refundAmount taxAmount taxExemptAmount
        """,
        bool="""
            autoPay includesOneTime includesRecurring includesUsage isSplit reversed
        """,
        date="""
            dueDate invoiceDate targetDate
        """,
        datetime="""
            createdDate lastEmailSentDate postedDate updatedDate
        """,
    ),
    filterable=listed("""
        accountId amount balance dueDate eInvoiceStatus id invoiceDate invoiceNumber reversed sourceId sourceType
        status updatedDate
    """),
    keys=("invoiceNumber",),
    relations={
        "account": one("account", "accountId"),
        "billToContact": one("contact", "billToContactId"),
        "invoiceItems": many("invoiceItem", "invoiceId"),
    },
    expands=listed("""
        account account.billto account.soldto account.shipto billtocontact invoiceitems invoiceitems.subscription
    """),
)

INVOICE_ITEM = Entity(
    kind="invoiceItem",
    name="InvoiceItem",
    path="invoice-items",
    fields=typed(
        text="""
            accountId accountingCode accountReceivableAccountingCodeId adjustmentLiabilityAccountingCodeId
            adjustmentRevenueAccountingCodeId amendmentId appliedToInvoiceItemId billToContactId
            billToContactSnapshotId bookingReference chargeName chargeNumber commitmentChargeNumber
            commitmentChargeSegmentNumber commitmentId commitmentPeriodId contractAssetAccountingCodeId
            contractLiabilityAccountingCodeId contractRecognizedRevenueAccountingCodeId createdById
            defaultPaymentMethodId deferredRevenueAccountingCodeId description fulfillmentId id invoiceId
            invoiceScheduleId invoiceScheduleItemId itemShipToContactId itemSoldToContactId
            itemSoldToContactSnapshotId itemType journalEntryId orderLineItemId parentAccountId processingType
            productId productRatePlanChargeId productRatePlanId purchaseOrderNumber ratePlanChargeId
            ratePlanId recognizedRevenueAccountingCodeId revenueRecognitionRuleName revRecCode
            revRecTriggerCondition shipToContactId shipToContactSnapshotId sKU soldToContactId
            soldToContactSnapshotId sourceItemType subscriptionId subscriptionNumber subscriptionOwnerId
            taxCode taxMode unbilledReceivablesAccountingCodeId uOM updatedById
        """,
        number="""
            balance chargeAmount discountAmount numberOfDeliveries quantity taxAmount taxExemptAmount
            unitPrice
        """,
        bool="""
            excludeItemBillingFromRevenueAccounting reflectDiscountInNetAmount
        """,
        date="""
            revRecStartDate serviceEndDate serviceStartDate
        """,
        datetime="""
            chargeDate createdDate updatedDate
        """,
    ),
    filterable=listed("""
        accountingCode bookingReference chargeDate chargeNumber excludeItemBillingFromRevenueAccounting id
        invoiceId productRatePlanChargeId ratePlanChargeId serviceEndDate serviceStartDate sourceItemType
        subscriptionId subscriptionNumber updatedDate
    """),
    filter_required=True,
    relations={
        "invoice": one("invoice", "invoiceId"),
        "subscription": one("subscription", "subscriptionId"),
        "subscriptionOwner": one("account", "subscriptionOwnerId"),
        "ratePlanCharge": one("ratePlanCharge", "ratePlanChargeId"),
        "orderLineItem": one("orderLineItem", "orderLineItemId"),
    },
    expands=listed("""
        invoice subscription subscriptionowner rateplancharge orderlineitem
    """),
)

CREDIT_MEMO = Entity(
    kind="creditMemo",
    name="CreditMemo",
    path="credit-memos",
    fields=typed(
        text="""
            accountId arEreportingRequestId billToContactId billToContactSnapshotId cancelledById comments
            communicationProfileId createdById currency debitMemoId eInvoiceBusinessStatus
            eInvoiceBusinessStatusReason eInvoiceBusinessStatusUpdateId eInvoiceErrorCode eInvoiceErrorMessage
            eInvoiceFileId eInvoiceStatus eReportingARErrorCode eReportingARErrorMessage eReportingARStatus
            eReportingSalesErrorCode eReportingSalesErrorMessage eReportingSalesStatus id invoiceGroupNumber
            invoiceId memoNumber postedById reasonCode revenueImpacting salesEreportingRequestId sellerReason
            sequenceSetId shipToContactSnapshotId soldToContactSnapshotId source sourceId sourceType status
            taxMessage taxStatus transferredToAccounting updatedById
        """,
        number="""
            appliedAmount balance discountAmount refundAmount taxAmount totalAmount totalAmountWithoutTax
            totalTaxExemptAmount
        """,
        bool="""
            autoApplyUponPosting excludeFromAutoApplyRules reversed taxAutoCalculation
        """,
        date="""
            exchangeRateDate memoDate targetDate
        """,
        datetime="""
            cancelledOn createdDate postedOn updatedDate
        """,
    ),
    filterable=listed("""
        accountId balance eInvoiceStatus id invoiceId memoDate memoNumber sourceType status totalAmount
        updatedDate
    """),
    keys=("memoNumber",),
    relations={
        "account": one("account", "accountId"),
        "billToContact": one("contact", "billToContactId"),
        "creditMemoItems": many("creditMemoItem", "creditMemoId"),
    },
    expands=listed("""
        account billtocontact creditmemoitems creditmemoitems.subscription creditmemoitems.subscription.account
    """),
)

CREDIT_MEMO_ITEM = Entity(
    kind="creditMemoItem",
    name="CreditMemoItem",
    path="credit-memo-items",
    fields=typed(
        text="""
            accountReceivableAccountingCodeId appliedToItemId billToContactSnapshotId chargeName chargeNumber
            commitmentChargeNumber commitmentChargeSegmentNumber commitmentId commitmentPeriodId createdById
            creditFromItemId creditFromItemSource creditMemoId debitMemoItemId deferredRevenueAccountingCodeId
            description fulfillmentId id invoiceItemId invoiceScheduleId invoiceScheduleItemId
            itemShipToContactId itemSoldToContactId itemSoldToContactSnapshotId itemType journalEntryId
            nonRevenueWriteOffAccountingCodeId onAccountAccountingCodeId orderLineItemId processingType
            productRatePlanChargeId purchaseOrderNumber ratePlanChargeId recognizedRevenueAccountingCodeId
            revenueImpacting revenueRecognitionRuleName shipToContactSnapshotId sku soldToContactSnapshotId
            sourceItemType subscriptionId subscriptionNumber subscriptionOwnerId taxCodeName taxMode
            unitOfMeasure updatedById
        """,
        number="""
            amount amountWithoutTax appliedToOthersAmount beAppliedByOthersAmount numberOfDeliveries quantity
            taxAmount taxExemptAmount unappliedAmount unitPrice
        """,
        bool="""
            excludeItemBillingFromRevenueAccounting reflectDiscountInNetAmount
        """,
        date="""
            serviceEndDate serviceStartDate
        """,
        datetime="""
            chargeDate createdDate updatedDate
        """,
    ),
    filterable=listed("""
        chargeNumber creditMemoId excludeItemBillingFromRevenueAccounting id invoiceItemId ratePlanChargeId
        sourceItemType subscriptionId subscriptionNumber updatedDate
    """),
    relations={
        "subscription": one("subscription", "subscriptionId"),
        "subscriptionOwner": one("account", "subscriptionOwnerId"),
        "ratePlanCharge": one("ratePlanCharge", "ratePlanChargeId"),
    },
    expands=listed("""
        subscription subscriptionowner rateplancharge
    """),
)
