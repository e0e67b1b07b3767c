"""The fields, filters and relations of accounts and contacts."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed, many, one, typed

ACCOUNT = Entity(
    kind="account",
    name="Account",
    path="accounts",
    fields=typed(
        text="""
            accountNumber additionalEmailAddresses batch bcdSettingOption billToId communicationProfileId
            createdById creditMemoTemplateId crmId currency customerServiceRepName debitMemoTemplateId
            defaultPaymentMethodId eInvoiceProfileId eReportingProfileId id invoiceTemplateId name notes
            organizationId parentId paymentGateway paymentTerm purchaseOrderNumber salesRepName sequenceSetId
            shipToId soldToId status taxCompanyCode taxExemptCertificateID taxExemptCertificateType
            taxExemptDescription taxExemptEntityUseCode taxExemptIssuingJurisdiction taxExemptStatus updatedById
            vATId
        """,
        number="""
            balance creditBalance mrr reservedPaymentAmount totalDebitMemoBalance totalInvoiceBalance
            unappliedBalance unappliedCreditMemoAmount
        """,
        int="""
            billCycleDay
        """,
        bool="""
            allowInvoiceEdit autoPay gatewayRoutingEligible invoiceDeliveryPrefsEmail invoiceDeliveryPrefsPrint
            partnerAccount paymentMethodCascadingConsent rollUpUsage
        """,
        date="""
            lastInvoiceDate taxExemptEffectiveDate taxExemptExpirationDate
        """,
        datetime="""
            createdDate lastMetricsUpdate updatedDate
        """,
    ),
    filterable=listed("""
        accountNumber balance batch billCycleDay billToId communicationProfileId crmId currency
        defaultPaymentMethodId id invoiceTemplateId lastInvoiceDate name parentId shipToId soldToId status
        updatedDate
    """),
    keys=("accountNumber",),
    relations={
        "billTo": one("contact", "billToId"),
        "soldTo": one("contact", "soldToId"),
        "shipTo": one("contact", "shipToId"),
        "subscriptions": many("subscription", "accountId"),
    },
    expands=listed("""
        billto soldto shipto subscriptions subscriptions.rateplans subscriptions.rateplans.rateplancharges
    """),
)

CONTACT = Entity(
    kind="contact",
    name="Contact",
    path="contacts",
    fields=typed(
        text="""
            accountId address1 address2 city country county createdById description fax firstName homePhone id
            lastName mobilePhone nickName otherPhone otherPhoneType personalEmail postalCode state taxRegion
            updatedById workEmail workPhone
        """,
        bool="""
            asBillTo asShipTo asSoldTo
        """,
        datetime="""
            createdDate updatedDate
        """,
    ),
    filterable=listed("""
        accountId country firstName id lastName personalEmail updatedDate workEmail workPhone
    """),
)
