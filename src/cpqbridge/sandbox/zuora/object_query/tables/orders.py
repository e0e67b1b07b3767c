"""The fields, filters and relations of orders, order actions and order line items."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed, many, one, typed

ORDER = Entity(
    kind="order",
    name="Order",
    path="orders",
    fields=typed(
        text="""
            accountId cancelReason category createdById description errorCode errorMessage id invoiceScheduleId
            orderNumber response revertedByOrderId revertedOrderId revertedOrderNumber scheduledDatePolicy state
            status updatedById
        """,
        bool="""
            createdByMigration isScheduled reversionOrder
        """,
        date="""
            orderDate revertedDate scheduledDate
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        accountId id invoiceScheduleId orderDate orderNumber status updatedDate
    """),
    keys=("orderNumber",),
    relations={
        "account": one("account", "accountId"),
        "orderLineItems": many("orderLineItem", "orderId"),
        "orderActions": many("orderAction", "orderId"),
    },
    expands=listed("""
        account orderlineitems orderactions orderactions.subscription orderactions.subscription.rateplans
        orderactions.subscription.rateplans.rateplancharges
    """),
)

ORDER_ACTION = Entity(
    kind="orderAction",
    name="OrderAction",
    path="order-actions",
    fields=typed(
        text="""
            billToContactId cancellationPolicy changeReason communicationProfileId createdById
            currentTermPeriodType effectivePolicy id invoiceGroupNumber invoiceTemplateId orderId paymentTerm
            renewalTermPeriodType renewSetting sequenceSetId shipToContactId soldToContactId subscriptionId
            subscriptionNumber subscriptionVersionAmendmentId subType termType type updatedById
        """,
        int="""
            currentTerm renewalTerm sequence
        """,
        bool="""
            autoRenew clearingExistingBillToContact clearingExistingCommunicationProfile
            clearingExistingInvoiceGroupNumber clearingExistingInvoiceTemplate clearingExistingPaymentTerm
            clearingExistingSequenceSet clearingExistingShipToContact clearingExistingSoldToContact
        """,
        date="""
            cancellationEffectiveDate contractEffectiveDate customerAcceptanceDate resumeDate
            serviceActivationDate suspendDate termStartDate
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        id orderId subscriptionVersionAmendmentId updatedDate
    """),
    relations={
        "subscription": one("subscription", "subscriptionId"),
        "order": one("order", "orderId"),
    },
    expands=listed("""
        subscription order
    """),
)

ORDER_LINE_ITEM = Entity(
    kind="orderLineItem",
    name="OrderLineItem",
    path="order-line-items",
    fields=typed(
        text="""
            accountingCode adjustmentLiabilityAccountingCodeId adjustmentRevenueAccountingCodeId billingRule
            billToId billToSnapshotId communicationProfileId contractAssetAccountingCodeId
            contractLiabilityAccountingCodeId contractRecognizedRevenueAccountingCodeId createdById currency
            deferredRevenueAccountingCodeId description id inlineDiscountType invoiceGroupNumber
            invoiceOwnerAccountId invoiceTemplateId itemCategory itemName itemNumber itemState itemType orderId
            orderNumber originalOrderId originalOrderLineItemId originalOrderLineItemNumber originalOrderNumber
            ownerAccountId paymentTerm productCode productRatePlanChargeId purchaseOrderNumber
            recognizedRevenueAccountingCodeId relatedSubscriptionNumber revenueAmortizationMethod
            revenueRecognitionRule revenueRecognitionTiming sequenceSetId shipToId shipToSnapshotId soldTo
            soldToInfoId soldToOrderContactId soldToSnapshotId taxCode taxMode
            unbilledReceivablesAccountingCodeId uOM updatedById
        """,
        number="""
            amount amountPerUnit amountWithoutTax discount inlineDiscountPerUnit listPrice listPricePerUnit
            quantity quantityAvailableForReturn quantityFulfilled quantityPendingFulfillment
        """,
        bool="""
            excludeItemBillingFromRevenueAccounting excludeItemBookingFromRevenueAccounting isAllocationEligible
            isUnbilled requiresFulfillment
        """,
        date="""
            amendedByOrderOn billTargetDate originalOrderDate transactionDate transactionEndDate
            transactionStartDate
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        billToId id inlineDiscountType invoiceOwnerAccountId itemName itemNumber itemState itemType orderId
        originalOrderId originalOrderLineItemId originalOrderNumber ownerAccountId productCode
        productRatePlanChargeId relatedSubscriptionNumber soldTo uOM updatedDate
    """),
    unsortable=listed("""
        billToId invoiceOwnerAccountId originalOrderId originalOrderLineItemId originalOrderNumber ownerAccountId
        soldTo
    """),
    keys=("itemNumber",),
    relations={
        "billTo": one("contact", "billToId"),
        "soldToInfo": one("contact", "soldToInfoId"),
        "ownerAccount": one("account", "ownerAccountId"),
        "invoiceOwnerAccount": one("account", "invoiceOwnerAccountId"),
    },
    expands=listed("""
        billto soldtoinfo owneraccount invoiceowneraccount
    """),
)
