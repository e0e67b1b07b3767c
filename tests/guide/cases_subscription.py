"""Cases of the guide's rows for subscriptions of order products that are not usage."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.money.billing.rules import BillingRules, ProrationUnit
from cpqbridge.planning.plan import Ref
from tests.guide.making import (
    ABSENT,
    ADDRESS,
    CHARGE,
    CREATE,
    DATED,
    DATES,
    DAYS,
    EVERGREEN,
    PER_UNIT,
    PLAN,
    SHIPPING,
    TERMS,
    Case,
    owned,
    owners,
    sold,
    with_contact,
)
from tests.planning import records as r

ACTION = "/subscriptions/0/orderActions/0"
PO: dict[str, Any] = {"PO_Number__c": "PO-7"}
QUARTERLY: dict[str, Any] = {"SBQQ__BillingFrequency__c": "Quarterly"}
BY_FREQUENCY: dict[str, Any] = {
    "billingPeriod": {"source": "SBQQ__BillingFrequency__c", "values": "billing_frequencies"}
}
ODD_DAYS: dict[str, Any] = {"SBQQ__StartDate__c": "2026-02-10", "SBQQ__EndDate__c": "2026-04-14"}
MONTHS_FIRST = r.known_state(
    accounts={r.ACCOUNT_ID: r.account_row(BillCycleDay=1)},
    rules=BillingRules(proration_unit=ProrationUnit.MONTH_FIRST),
)
HALF_MONTH: dict[str, Any] = {"SBQQ__StartDate__c": "2026-02-01", "SBQQ__EndDate__c": "2026-02-14"}

CASES = [
    Case(
        "Subscription: Subscription Start Date",
        sold(),
        "create_order",
        f"{TERMS}/initialTerm/startDate",
        date(2026, 2, 1),
    ),
    Case("Subscription: End Date, in months", sold(), "create_order", f"{TERMS}/initialTerm/endDate", ABSENT),
    Case(
        "Subscription: End Date, in days", sold(DAYS), "create_order", f"{TERMS}/initialTerm/endDate", date(2027, 2, 1)
    ),
    Case("Subscription: Contract Effective Date", sold(), "create_order", f"{DATES}/0/triggerDate", date(2026, 2, 1)),
    Case(
        "Subscription: Contract Effective Date by trigger_dates_on_orders",
        sold({"trigger_dates_on_orders": True, "amount_proof": "report"}, EffectiveDate="2026-02-02"),
        "create_order",
        f"{DATES}/0/triggerDate",
        date(2026, 2, 2),
    ),
    Case(
        "Subscription: Service activation date by trigger_dates_on_orders",
        sold({"trigger_dates_on_orders": True}, **DATED),
        "create_order",
        f"{DATES}/1",
        {"name": "ServiceActivation", "triggerDate": date(2026, 2, 3)},
    ),
    Case(
        "Subscription: Customer acceptance date by trigger_dates_on_orders",
        sold({"trigger_dates_on_orders": True}, **DATED),
        "create_order",
        f"{DATES}/2",
        {"name": "CustomerAcceptance", "triggerDate": date(2026, 2, 4)},
    ),
    Case(
        "Subscription: Service activation date by trigger_dates_on_orders, option off",
        sold(**DATED),
        "create_order",
        f"{DATES}/1",
        ABSENT,
    ),
    Case("Subscription: Currency", sold(CurrencyIsoCode="EUR"), "create_order", f"{CREATE}/currency", "EUR"),
    Case(
        "Subscription: Currency, single currency org",
        sold(CurrencyIsoCode=None),
        "create_order",
        f"{CREATE}/currency",
        ABSENT,
    ),
    Case("Subscription: Term Type", sold(), "create_order", f"{TERMS}/initialTerm/termType", "TERMED"),
    Case(
        "Subscription: Term Type, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/initialTerm/termType",
        "EVERGREEN",
    ),
    Case("Subscription: Initial Term", sold(), "create_order", f"{TERMS}/initialTerm/period", 12),
    Case("Subscription: Initial Term, in days", sold(DAYS), "create_order", f"{TERMS}/initialTerm/period", 365),
    Case(
        "Subscription: Initial Term, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/initialTerm/period",
        ABSENT,
    ),
    Case("Subscription: Period type", sold(), "create_order", f"{TERMS}/initialTerm/periodType", "Month"),
    Case("Subscription: Period type, in days", sold(DAYS), "create_order", f"{TERMS}/initialTerm/periodType", "Day"),
    Case("Subscription: Subscription Number", sold(), "create_order", f"{CREATE}/subscriptionNumber", "SUB-0000001"),
    Case(
        "Subscription: Subscription Owner Account",
        owners(SubscriptionOwner__c="001O"),
        "create_order",
        f"{CREATE}/subscriptionOwnerAccountNumber",
        "A-OWNER",
    ),
    Case(
        "Subscription: Invoice Owner Account",
        owners(InvoiceOwner__c="001O"),
        "create_order",
        f"{CREATE}/invoiceOwnerAccountNumber",
        "A-OWNER",
    ),
    Case(
        "Subscription: Invoice Owner Account, none",
        sold(),
        "create_order",
        f"{CREATE}/invoiceOwnerAccountNumber",
        ABSENT,
    ),
    Case("Subscription: Bill To Contact", with_contact(), "create_order", f"{CREATE}/billToContactId", "z-ada"),
    Case("Subscription: Bill To Contact, the account's", sold(), "create_order", f"{CREATE}/billToContactId", ABSENT),
    Case("Subscription: Sold To Contact, the account's", sold(), "create_order", f"{CREATE}/soldToContactId", ABSENT),
    Case(
        "Subscription: Bill To Contact, of the order's address",
        sold(**ADDRESS),
        "create_order",
        f"{CREATE}/billToContactId",
        Ref(f"contact:{r.ACCOUNT_ID}:{r.ORDER_ID}:billTo", "id"),
    ),
    Case(
        "Subscription: Sold To Contact, of the order's address",
        sold(**SHIPPING),
        "create_order",
        f"{CREATE}/soldToContactId",
        Ref(f"contact:{r.ACCOUNT_ID}:{r.ORDER_ID}:soldTo", "id"),
    ),
    Case(
        "Subscription: Sold To Contact",
        with_contact(ShipToContact=r.contact(), ShipToContactId="003000000000001AAA"),
        "create_order",
        f"{CREATE}/soldToContactId",
        "z-ada",
    ),
    Case(
        "Subscription: Payment Term, none",
        sold(SBQQ__PaymentTerm__c=None),
        "create_order",
        f"{CREATE}/paymentTerm",
        ABSENT,
    ),
    Case("Subscription: Payment Term", sold(), "create_order", f"{CREATE}/paymentTerm", "Net 30"),
    Case(
        "Subscription: Payment Term, by the table",
        sold(SBQQ__PaymentTerm__c="Due on receipt"),
        "create_order",
        f"{CREATE}/paymentTerm",
        "Due Upon Receipt",
    ),
    Case(
        "Subscription: Renewal Setting", sold(), "create_order", f"{TERMS}/renewalSetting", "RENEW_WITH_SPECIFIC_TERM"
    ),
    Case(
        "Subscription: Renewal Setting, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/renewalSetting",
        ABSENT,
    ),
    Case(
        "Subscription: Renewal Term",
        sold(),
        "create_order",
        f"{TERMS}/renewalTerms",
        [{"period": 12, "periodType": "Month"}],
    ),
    Case(
        "Subscription: Renewal Term, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/renewalTerms",
        ABSENT,
    ),
    Case("Subscription: Auto Renew", sold(), "create_order", f"{TERMS}/autoRenew", False),
    Case("Subscription: Auto Renew, on", sold({"auto_renew": True}), "create_order", f"{TERMS}/autoRenew", True),
    Case(
        "Subscription: plan Externally Managed PlanId",
        sold(),
        "create_order",
        f"{PLAN}/externallyManagedPlanId",
        "802000000000001AAA",
    ),
    Case(
        "Subscription: plan External Catalog Plan Id",
        sold(),
        "create_order",
        f"{PLAN}/externalCatalogPlanId",
        r.PRODUCT_ID,
    ),
    Case("Subscription: charge List Price", sold(), "create_order", f"{PER_UNIT}/listPrice", 120),
    Case(
        "Subscription: charge List Price, base",
        sold(),
        "create_order",
        f"{PER_UNIT}/listPriceBase",
        "Per_Specific_Months",
    ),
    Case(
        "Subscription: charge List Price, specific months",
        sold(),
        "create_order",
        f"{PER_UNIT}/specificListPriceBase",
        12,
    ),
    Case(
        "Subscription: charge List Price, base off",
        sold({"sfdc_use_list_price_base": False}),
        "create_order",
        f"{PER_UNIT}/listPriceBase",
        ABSENT,
    ),
    Case("Subscription: charge Quantity", sold(), "create_order", f"{PER_UNIT}/quantity", 5),
    Case(
        "Subscription: charge Bill Cycle Type",
        sold(),
        "create_order",
        f"{CHARGE}/billing/billCycleType",
        "ChargeTriggerDay",
    ),
    Case(
        "Subscription: charge Bill Cycle Type, the catalog's",
        sold({"sfdc_use_list_price_base": False}),
        "create_order",
        f"{CHARGE}/billing",
        ABSENT,
    ),
    Case("Subscription: charge Charge Number", sold(), "create_order", f"{CHARGE}/chargeNumber", "0000000001"),
    Case(
        "Subscription: Quote Number, no quote",
        sold(SBQQ__Quote__r=None),
        "create_order",
        "/subscriptions/0/quote",
        ABSENT,
    ),
    Case("Subscription: Quote Number", sold(), "create_order", "/subscriptions/0/quote/QuoteNumber__QT", "Q-00001"),
    Case(
        "Subscription: Quote Business Type",
        sold(),
        "create_order",
        "/subscriptions/0/quote/QuoteBusinessType__QT",
        "Quote",
    ),
    Case("Subscription: Quote Type", sold(), "create_order", "/subscriptions/0/quote/QuoteType__QT", "Quote"),
    Case(
        "Subscription: Contract ID",
        sold(),
        "create_order",
        "/subscriptions/0/customFields/SFDC_Contract__c",
        "800000000000001AAA",
    ),
    Case(
        "Subscription: InvoiceGroupNumber",
        owned("subscription", {"invoiceGroupNumber": "PO_Number__c"}, r.order(r.item(subscription=PO))),
        "create_order",
        f"{CREATE}/invoiceGroupNumber",
        "PO-7",
    ),
    Case(
        "Subscription: InvoiceGroupNumber, not mapped",
        sold(subscription=PO),
        "create_order",
        f"{CREATE}/invoiceGroupNumber",
        ABSENT,
    ),
    Case(
        "Subscription: charge Billing Period",
        owned("subscription_rate_plan_charge", BY_FREQUENCY, r.order(r.item(subscription=QUARTERLY))),
        "create_order",
        f"{CHARGE}/billing/billingPeriod",
        "Quarter",
    ),
    Case(
        "Subscription: charge Billing Period, not mapped",
        sold(subscription=QUARTERLY),
        "create_order",
        f"{CHARGE}/billing/billingPeriod",
        ABSENT,
    ),
    Case("Subscription: Order Action", sold(), "create_order", f"{ACTION}/type", "CreateSubscription"),
    Case(
        "Subscription: charge Product Rate Plan Charge",
        sold(),
        "create_order",
        f"{CHARGE}/productRatePlanChargeId",
        "z-charge",
    ),
    Case(
        "Subscription: charge List Price per billing period, from the prorated price",
        sold(subscription=HALF_MONTH),
        "create_order",
        f"{PER_UNIT}/listPrice",
        240,
    ),
    Case(
        "Subscription: charge List Price per billing period, from the unprorated price",
        sold(subscription=HALF_MONTH, item={"SBQQ__UnproratedNetPrice__c": Decimal(132)}),
        "create_order",
        f"{PER_UNIT}/listPrice",
        11,
    ),
    Case(
        "Subscription: charge List Price per billing period as billed",
        sold(state=MONTHS_FIRST, subscription=ODD_DAYS),
        "create_order",
        f"{PER_UNIT}/listPrice",
        Decimal("55.937846837"),
    ),
    Case(
        "Subscription: charge Charge Start Date",
        sold(subscription={"SBQQ__StartDate__c": "2026-03-01"}),
        "create_order",
        f"{CHARGE}/startDate",
        {"triggerEvent": "SpecificDate", "specificTriggerDate": date(2026, 3, 1)},
    ),
]
