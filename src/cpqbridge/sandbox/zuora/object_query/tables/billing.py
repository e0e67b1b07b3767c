"""The fields, filters and relations of usage records and of bill runs."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed, one, typed

USAGE = Entity(
    kind="usage",
    name="Usage",
    path="usages",
    fields=typed(
        text="""
            accountId accountNumber createdById description fileId fileName id importId
            productRatePlanChargeId ratePlanChargeId rbeStatus sourceType subscriptionId uniqueKey uOM
            updatedById
        """,
        number="""
            quantity ratedAmount
        """,
        datetime="""
            createdDate endDateTime startDateTime submissionDateTime updatedDate
        """,
    ),
    filterable=listed("""
        accountId accountNumber endDateTime id quantity rbeStatus startDateTime uOM updatedDate
    """),
    relations={
        "account": one("account", "accountId"),
    },
    expands=listed("""
        account
    """),
)

BILLING_RUN = Entity(
    kind="billRun",
    name="BillingRun",
    path="billing-runs",
    fields=typed(
        text="""
            accountId batches billCycleDay billingRunNumber billingRunType chargeTypeToExclude createdById
            endDate errorMessage id invoiceDateDayOfMonth monthlyOnDay name repeatFrom repeatTo repeatType
            startDate status targetDateDayOfMonth targetType timeZone updatedById weeklyOnDay
        """,
        int="""
            invoiceDateMonthOffset invoiceDateOffSet numberOfAccounts numberOfCreditMemos numberOfInvoices
            runTime targetDateMonthOffset targetDateOffSet totalTime
        """,
        bool="""
            autoEmail autoPost autoRenewal includeOrderLineItems includeSubscriptions invoicesEmailed
            noEmailForZeroAmountInvoice
        """,
        date="""
            invoiceDate targetDate
        """,
        datetime="""
            createdDate executedDate lastEmailSentTime postedDate scheduledExecutionTime updatedDate
        """,
    ),
    filterable=listed("""
        id updatedDate
    """),
    keys=("billingRunNumber",),
)
