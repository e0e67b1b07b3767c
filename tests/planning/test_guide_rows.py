"""Every row of the mapping guide that is carried so far, as a named case: records in, one place of a request out."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.plan import Ref
from tests.planning import records as r
from tests.planning.guide_cases import (
    ABSENT,
    ADDRESS,
    CHARGE,
    CREATE,
    DATED,
    DATES,
    DAYS,
    EVERGREEN,
    LINE,
    LONG_NAME,
    PER_UNIT,
    PLAN,
    SHIPPING,
    TERMS,
    Row,
    bought,
    child_account,
    new_account,
    new_contact,
    new_product,
    owners,
    sold,
    with_contact,
)

ROWS = [
    # Account
    Row("Account: Account Name", new_account(), "create_account", "/name", "Acme"),
    Row("Account: Account Number is made by Zuora", new_account(), "create_account", "/accountNumber", ABSENT),
    Row("Account: CRM Account ID", new_account(), "create_account", "/crmId", r.ACCOUNT_ID),
    Row("Account: Currency", new_account(CurrencyIsoCode="EUR"), "create_account", "/currency", "EUR"),
    Row(
        "Account: Currency without multi-currency",
        new_account(CurrencyIsoCode=None),
        "create_account",
        "/currency",
        "USD",
    ),
    Row("Account: Bill Cycle Day", new_account(), "create_account", "/billCycleDay", 1),
    Row(
        "Account: Bill To Contact, first name",
        new_account(),
        "create_account",
        "/billToContact/firstName",
        "Acme_billTo",
    ),
    Row(
        "Account: Bill To Contact, last name", new_account(), "create_account", "/billToContact/lastName", "Acme_billTo"
    ),
    Row(
        "Account: Bill To Contact, long name keeps the suffix",
        new_account(Name=LONG_NAME),
        "create_account",
        "/billToContact/lastName",
        "A" * 93 + "_billTo",
    ),
    Row(
        "Account: Sold To Contact", new_account(**SHIPPING), "create_account", "/soldToContact/lastName", "Acme_soldTo"
    ),
    Row("Account: Sold To Contact, no shipping address", new_account(), "create_account", "/soldToContact", ABSENT),
    Row(
        "Account: Sold To Contact, first name",
        new_account(**SHIPPING),
        "create_account",
        "/soldToContact/firstName",
        "Acme_soldTo",
    ),
    *(
        Row(f"Account: Bill To Contact, {name}", new_account(), "create_account", f"/billToContact/{name}", value)
        for name, value in {
            "address1": "1 Main Street",
            "address2": "Floor 2",
            "city": "San Francisco",
            "state": "California",
            "zipCode": "94105",
            "country": "United States",
            "workEmail": ABSENT,
            "mobilePhone": ABSENT,
        }.items()
    ),
    Row("Account: Description, empty", new_account(Description=None), "create_account", "/notes", ABSENT),
    Row("Account: no parent", new_account(), "create_account", "/parentId", ABSENT),
    Row("Account: Description", new_account(), "create_account", "/notes", "A good customer"),
    Row("Account: Sales Rep", new_account(), "create_account", "/salesRep", "005000000000001AAA"),
    Row("Account: Auto-Pay", new_account(), "create_account", "/autoPay", False),
    Row("Account: Parent", child_account, "create_account", "/parentId", "z-account"),
    # Contact
    Row("Contact: CRM ID", new_contact(), "create_contact", "/crmId__c", "003000000000001AAA"),
    Row("Contact: account", new_contact(), "create_contact", "/accountId", "z-account"),
    Row("Contact: Address 1", new_contact(), "create_contact", "/address1", "12 St James's Square"),
    Row("Contact: Address 2", new_contact(MailingStreet="a\nb\nc"), "create_contact", "/address2", "b, c"),
    Row("Contact: City", new_contact(), "create_contact", "/city", "London"),
    Row("Contact: State/Province", new_contact(MailingState="Kent"), "create_contact", "/state", "Kent"),
    Row("Contact: State/Province by code", new_contact(MailingStateCode="KEN"), "create_contact", "/state", "KEN"),
    Row("Contact: Postal Code", new_contact(), "create_contact", "/zipCode", "SW1Y 4JH"),
    Row("Contact: Country", new_contact(), "create_contact", "/country", "United Kingdom"),
    Row("Contact: Work Email", new_contact(), "create_contact", "/workEmail", "ada@example.com"),
    Row("Contact: Mobile Phone", new_contact(), "create_contact", "/mobilePhone", "+44 20 7946 0000"),
    Row("Contact: First Name", new_contact(), "create_contact", "/firstName", "Ada"),
    Row("Contact: Last Name", new_contact(), "create_contact", "/lastName", "Lovelace"),
    Row(
        "Contact: Country by code",
        new_contact(MailingCountry=None, MailingCountryCode="DE"),
        "create_contact",
        "/country",
        "Germany",
    ),
    Row(
        "Contact: State/Province, Zuora's name",
        new_contact(MailingCountry="US", MailingState="NY"),
        "create_contact",
        "/state",
        "New York",
    ),
    Row("Contact: CRM ID of an order's address", sold(**ADDRESS), "create_contact", "/crmId__c", r.ACCOUNT_ID),
    Row("Contact: name of an order's billing address", sold(**ADDRESS), "create_contact", "/lastName", "Acme_billTo"),
    Row("Contact: name of an order's shipping address", sold(**SHIPPING), "create_contact", "/lastName", "Acme_soldTo"),
    Row("Contact: first name empty", new_contact(FirstName=None), "create_contact", "/firstName", "Lovelace"),
    Row("Contact: address of an account", new_account(), "create_account", "/billToContact/crmId__c", r.ACCOUNT_ID),
    Row("Contact: address of an order", sold(**ADDRESS), "create_contact", "/crmOrderId__c", r.ORDER_ID),
    # Order
    Row("Order: Order Number", sold(), "create_order", "/orderNumber", "00000105"),
    Row("Order: Order Status is Zuora's", sold(), "create_order", "/status", ABSENT),
    Row("Order: Account", sold(), "create_order", "/existingAccountNumber", "A00000001"),
    Row("Order: Description", sold(), "create_order", "/description", "First order"),
    Row("Order: Description, long", sold(Description="D" * 501), "create_order", "/description", "D" * 499 + "…"),
    Row("Order: Description, empty", sold(Description=None), "create_order", "/description", ABSENT),
    Row("Order: Order Date", sold(), "create_order", "/orderDate", date(2026, 2, 1)),
    # Subscription
    Row("Subscription: Start Date", sold(), "create_order", f"{TERMS}/initialTerm/startDate", date(2026, 2, 1)),
    Row("Subscription: End Date, in months", sold(), "create_order", f"{TERMS}/initialTerm/endDate", ABSENT),
    Row(
        "Subscription: End Date, in days", sold(DAYS), "create_order", f"{TERMS}/initialTerm/endDate", date(2027, 2, 1)
    ),
    Row("Subscription: Contract Effective Date", sold(), "create_order", f"{DATES}/0/triggerDate", date(2026, 2, 1)),
    Row(
        "Subscription: Contract Effective Date from the order",
        sold({"trigger_dates_on_orders": True}, EffectiveDate="2026-02-02"),
        "create_order",
        f"{DATES}/0/triggerDate",
        date(2026, 2, 2),
    ),
    Row(
        "Subscription: Service Activation Date",
        sold({"trigger_dates_on_orders": True}, **DATED),
        "create_order",
        f"{DATES}/1",
        {"name": "ServiceActivation", "triggerDate": date(2026, 2, 3)},
    ),
    Row(
        "Subscription: Customer Acceptance Date",
        sold({"trigger_dates_on_orders": True}, **DATED),
        "create_order",
        f"{DATES}/2",
        {"name": "CustomerAcceptance", "triggerDate": date(2026, 2, 4)},
    ),
    Row("Subscription: dates not sent with the option off", sold(**DATED), "create_order", f"{DATES}/1", ABSENT),
    Row("Subscription: Currency", sold(CurrencyIsoCode="EUR"), "create_order", f"{CREATE}/currency", "EUR"),
    Row(
        "Subscription: Currency, single currency org",
        sold(CurrencyIsoCode=None),
        "create_order",
        f"{CREATE}/currency",
        ABSENT,
    ),
    Row("Subscription: Term Type", sold(), "create_order", f"{TERMS}/initialTerm/termType", "TERMED"),
    Row(
        "Subscription: Term Type, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/initialTerm/termType",
        "EVERGREEN",
    ),
    Row("Subscription: Initial Term", sold(), "create_order", f"{TERMS}/initialTerm/period", 12),
    Row("Subscription: Initial Term in days", sold(DAYS), "create_order", f"{TERMS}/initialTerm/period", 365),
    Row(
        "Subscription: Initial Term, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/initialTerm/period",
        ABSENT,
    ),
    Row("Subscription: Period Type", sold(), "create_order", f"{TERMS}/initialTerm/periodType", "Month"),
    Row("Subscription: Period Type in days", sold(DAYS), "create_order", f"{TERMS}/initialTerm/periodType", "Day"),
    Row("Subscription: Subscription Number", sold(), "create_order", f"{CREATE}/subscriptionNumber", "SUB-0000001"),
    Row(
        "Subscription: Subscription Owner Account",
        owners(SubscriptionOwner__c="001O"),
        "create_order",
        f"{CREATE}/subscriptionOwnerAccountNumber",
        "A-OWNER",
    ),
    Row(
        "Subscription: Invoice Owner Account",
        owners(InvoiceOwner__c="001O"),
        "create_order",
        f"{CREATE}/invoiceOwnerAccountNumber",
        "A-OWNER",
    ),
    Row("Subscription: no owners", sold(), "create_order", f"{CREATE}/invoiceOwnerAccountNumber", ABSENT),
    Row("Subscription: Bill To Contact", with_contact(), "create_order", f"{CREATE}/billToContactId", "z-ada"),
    Row("Subscription: Bill To Contact from the account", sold(), "create_order", f"{CREATE}/billToContactId", ABSENT),
    Row("Subscription: Sold To Contact from the account", sold(), "create_order", f"{CREATE}/soldToContactId", ABSENT),
    Row(
        "Subscription: Bill To Contact from the order's address",
        sold(**ADDRESS),
        "create_order",
        f"{CREATE}/billToContactId",
        Ref(f"contact:{r.ACCOUNT_ID}:{r.ORDER_ID}:billTo", "id"),
    ),
    Row(
        "Subscription: Sold To Contact from the order's address",
        sold(**SHIPPING),
        "create_order",
        f"{CREATE}/soldToContactId",
        Ref(f"contact:{r.ACCOUNT_ID}:{r.ORDER_ID}:soldTo", "id"),
    ),
    Row(
        "Subscription: Sold To Contact",
        with_contact(ShipToContact=r.contact(), ShipToContactId="003000000000001AAA"),
        "create_order",
        f"{CREATE}/soldToContactId",
        "z-ada",
    ),
    Row(
        "Subscription: no Payment Term",
        sold(SBQQ__PaymentTerm__c=None),
        "create_order",
        f"{CREATE}/paymentTerm",
        ABSENT,
    ),
    Row("Subscription: Payment Term", sold(), "create_order", f"{CREATE}/paymentTerm", "Net 30"),
    Row(
        "Subscription: Payment Term by the table",
        sold(SBQQ__PaymentTerm__c="Due on receipt"),
        "create_order",
        f"{CREATE}/paymentTerm",
        "Due Upon Receipt",
    ),
    Row("Subscription: Renewal Setting", sold(), "create_order", f"{TERMS}/renewalSetting", "RENEW_WITH_SPECIFIC_TERM"),
    Row(
        "Subscription: Renewal Setting, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/renewalSetting",
        ABSENT,
    ),
    Row(
        "Subscription: Renewal Term",
        sold(),
        "create_order",
        f"{TERMS}/renewalTerms",
        [{"period": 12, "periodType": "Month"}],
    ),
    Row(
        "Subscription: Renewal Term, evergreen",
        sold(subscription=EVERGREEN),
        "create_order",
        f"{TERMS}/renewalTerms",
        ABSENT,
    ),
    Row("Subscription: auto renew", sold(), "create_order", f"{TERMS}/autoRenew", False),
    Row("Subscription: auto renew on", sold({"auto_renew": True}), "create_order", f"{TERMS}/autoRenew", True),
    Row(
        "Subscription: Externally Managed Plan Id",
        sold(),
        "create_order",
        f"{PLAN}/externallyManagedPlanId",
        "802000000000001AAA",
    ),
    Row(
        "Subscription: External Catalog Plan Id", sold(), "create_order", f"{PLAN}/externalCatalogPlanId", r.PRODUCT_ID
    ),
    Row("Subscription: List Price", sold(), "create_order", f"{PER_UNIT}/listPrice", 120),
    Row("Subscription: list price base", sold(), "create_order", f"{PER_UNIT}/listPriceBase", "Per_Specific_Months"),
    Row("Subscription: specific months", sold(), "create_order", f"{PER_UNIT}/specificListPriceBase", 12),
    Row(
        "Subscription: list price base off",
        sold({"sfdc_use_list_price_base": False}),
        "create_order",
        f"{PER_UNIT}/listPriceBase",
        ABSENT,
    ),
    Row("Subscription: Quantity", sold(), "create_order", f"{PER_UNIT}/quantity", 5),
    Row("Subscription: Bill Cycle Type", sold(), "create_order", f"{CHARGE}/billing/billCycleType", "ChargeTriggerDay"),
    Row(
        "Subscription: Bill Cycle Type from the catalog",
        sold({"sfdc_use_list_price_base": False}),
        "create_order",
        f"{CHARGE}/billing",
        ABSENT,
    ),
    Row("Subscription: Charge Number", sold(), "create_order", f"{CHARGE}/chargeNumber", "0000000001"),
    Row("Subscription: no quote", sold(SBQQ__Quote__r=None), "create_order", "/subscriptions/0/quote", ABSENT),
    Row("Subscription: Quote Number", sold(), "create_order", "/subscriptions/0/quote/QuoteNumber__QT", "Q-00001"),
    Row(
        "Subscription: Quote Business Type",
        sold(),
        "create_order",
        "/subscriptions/0/quote/QuoteBusinessType__QT",
        "Quote",
    ),
    Row("Subscription: Quote Type", sold(), "create_order", "/subscriptions/0/quote/QuoteType__QT", "Quote"),
    Row(
        "Subscription: Contract ID",
        sold(),
        "create_order",
        "/subscriptions/0/customFields/SFDC_Contract__c",
        "800000000000001AAA",
    ),
    # Order line item
    Row("Line item: Item Name", bought(), "create_order", f"{LINE}/itemName", "Cloud seat"),
    Row("Line item: Item State", bought(), "create_order", f"{LINE}/itemState", "SentToBilling"),
    Row("Line item: Quantity", bought(), "create_order", f"{LINE}/quantity", 5),
    Row("Line item: Product Code", bought(), "create_order", f"{LINE}/productCode", r.PRODUCT_ID),
    Row(
        "Line item: Product Rate Plan Charge ID",
        bought(),
        "create_order",
        f"{LINE}/productRatePlanChargeId",
        "z-charge",
    ),
    Row(
        "Line item: Transaction Start Date", bought(), "create_order", f"{LINE}/transactionStartDate", date(2026, 2, 1)
    ),
    Row("Line item: Transaction End Date", bought(), "create_order", f"{LINE}/transactionEndDate", date(2026, 2, 1)),
    Row("Line item: Item Type", bought(), "create_order", f"{LINE}/itemType", "Product"),
    Row("Line item: Purchase Order Number", bought(), "create_order", f"{LINE}/purchaseOrderNumber", r.ORDER_ID),
    Row("Line item: Line Category", bought(), "create_order", f"{LINE}/itemCategory", "Sales"),
    Row("Line item: Description", bought(item={"Description": "Blue"}), "create_order", f"{LINE}/description", "Blue"),
    Row(
        "Line item: Bill Target Date in the org's time zone",
        bought(),
        "create_order",
        f"{LINE}/billTargetDate",
        date(2026, 1, 30),
    ),
    Row(
        "Line item: Bill Target Date, not dated",
        bought(ActivatedDate=None),
        "create_order",
        f"{LINE}/billTargetDate",
        date(2026, 2, 1),
    ),
    Row("Line item: List Price Per Unit", bought(), "create_order", f"{LINE}/listPricePerUnit", 120),
    Row("Line item: Amount per unit", bought(), "create_order", f"{LINE}/amountPerUnit", 120),
    Row("Line item: OLI Owner Account, none", bought(), "create_order", f"{LINE}/ownerAccountNumber", ABSENT),
    Row(
        "Line item: Bill To Contact",
        bought(BillToContact=r.contact(), BillToContactId="003"),
        "create_order",
        f"{LINE}/billTo",
        Ref(f"contact:{r.ACCOUNT_ID}:003000000000001AAA", "id"),
    ),
    Row(
        "Line item: Sold To Contact",
        bought(ShipToContact=r.contact(), ShipToContactId="003"),
        "create_order",
        f"{LINE}/soldTo",
        Ref(f"contact:{r.ACCOUNT_ID}:003000000000001AAA", "id"),
    ),
    Row(
        "Line item: OLI Owner Account",
        bought(SubscriptionOwner__c=r.ACCOUNT_ID),
        "create_order",
        f"{LINE}/ownerAccountNumber",
        "A00000001",
    ),
    Row("Line item: Bill To Contact, none", bought(), "create_order", f"{LINE}/billTo", ABSENT),
    Row("Line item: Sold To Contact, none", bought(), "create_order", f"{LINE}/soldTo", ABSENT),
    # Non-usage product
    Row("Product: SKU", new_product(), "create_product", "/SKU", "SEAT"),
    Row("Product: Name", new_product(), "create_product", "/Name", "Cloud seat"),
    Row("Product: Name, long", new_product(Name="N" * 120), "create_product", "/Name", "N" * 99 + "…"),
    Row("Product: Effective Start Date", new_product(), "create_product", "/EffectiveStartDate", "2000-01-01"),
    Row("Product: Effective End Date", new_product(), "create_product", "/EffectiveEndDate", "3000-01-01"),
    Row("Product: rate plan Name", new_product(), "create_product_rate_plan", "/Name", "Cloud seat"),
    Row(
        "Product: Externally Managed Plan Ids",
        new_product(),
        "create_product_rate_plan",
        "/ExternalRatePlanIds",
        [r.PRODUCT_ID],
    ),
    Row(
        "Product: rate plan Effective Start Date",
        new_product(),
        "create_product_rate_plan",
        "/EffectiveStartDate",
        "2000-01-01",
    ),
    Row(
        "Product: rate plan Effective End Date",
        new_product(),
        "create_product_rate_plan",
        "/EffectiveEndDate",
        "3000-01-01",
    ),
    Row("Product: Currency", new_product(), "create_product_rate_plan", "/ActiveCurrencies", ["USD"]),
    Row("Product: charge Name", new_product(), "create_product_rate_plan_charge", "/Name", "Cloud seat"),
    Row(
        "Product: Charge Model, List",
        new_product(),
        "create_product_rate_plan_charge",
        "/ChargeModel",
        "Per Unit Pricing",
    ),
    Row(
        "Product: Charge Model, Block",
        new_product(SBQQ__PricingMethod__c="Block"),
        "create_product_rate_plan_charge",
        "/ChargeModel",
        "Flat Fee Pricing",
    ),
    Row(
        "Product: Charge Model, empty",
        new_product(SBQQ__PricingMethod__c=None),
        "create_product_rate_plan_charge",
        "/ChargeModel",
        "Flat Fee Pricing",
    ),
    *(
        Row(
            f"Product: Charge Type {ours}",
            new_product(SBQQ__ChargeType__c=ours),
            "create_product_rate_plan_charge",
            "/ChargeType",
            theirs,
        )
        for ours, theirs in {"One-Time": "OneTime", "Recurring": "Recurring", "Usage": "Usage", None: "OneTime"}.items()
    ),
    *(
        Row(
            f"Product: Billing Period {ours}",
            new_product(SBQQ__BillingFrequency__c=ours),
            "create_product_rate_plan_charge",
            "/BillingPeriod",
            theirs,
        )
        for ours, theirs in {
            "Monthly": "Month",
            "Quarterly": "Quarter",
            "Semiannual": "Semi-Annual",
            "Annual": "Annual",
            "Invoice Plan": "Subscription Term",
            None: "Month",
        }.items()
    ),
    Row(
        "Product: Billing Period, one-time",
        new_product(SBQQ__ChargeType__c="One-Time"),
        "create_product_rate_plan_charge",
        "/BillingPeriod",
        ABSENT,
    ),
    Row(
        "Product: Tax Code",
        new_product(SBQQ__Taxable__c=True, SBQQ__TaxCode__c="SW"),
        "create_product_rate_plan_charge",
        "/TaxCode",
        "SW",
    ),
    Row("Product: Taxable", new_product(SBQQ__Taxable__c=True), "create_product_rate_plan_charge", "/Taxable", True),
    Row(
        "Product: Tax Mode, default",
        new_product(SBQQ__Taxable__c=True),
        "create_product_rate_plan_charge",
        "/TaxMode",
        "TaxExclusive",
    ),
    Row(
        "Product: Tax Mode",
        new_product(SBQQ__Taxable__c=True, TaxMode__c="Tax Inclusive"),
        "create_product_rate_plan_charge",
        "/TaxMode",
        "TaxInclusive",
    ),
    Row("Product: Tax Mode, not taxable", new_product(), "create_product_rate_plan_charge", "/TaxMode", ABSENT),
    Row(
        "Product: Accounting Code",
        new_product(Z_Accounting_Code__c="4000"),
        "create_product_rate_plan_charge",
        "/AccountingCode",
        "4000",
    ),
    Row(
        "Product: Accounting Code, default",
        new_product(),
        "create_product_rate_plan_charge",
        "/AccountingCode",
        "Accounts Receivable",
    ),
    Row(
        "Product: Deferred Revenue Account",
        new_product(Z_Deferred_Revenue_Account__c="2400"),
        "create_product_rate_plan_charge",
        "/DeferredRevenueAccount",
        "2400",
    ),
    Row(
        "Product: Deferred Revenue Account, default",
        new_product(),
        "create_product_rate_plan_charge",
        "/DeferredRevenueAccount",
        "Accounts Receivable",
    ),
    Row(
        "Product: Recognized Revenue Account",
        new_product(Z_Recognized_Revenue_Account__c="4100"),
        "create_product_rate_plan_charge",
        "/RecognizedRevenueAccount",
        "4100",
    ),
    Row(
        "Product: Recognized Revenue Account, default",
        new_product(),
        "create_product_rate_plan_charge",
        "/RecognizedRevenueAccount",
        "Accounts Receivable",
    ),
    Row(
        "Product: Bill Cycle Type",
        new_product(),
        "create_product_rate_plan_charge",
        "/BillCycleType",
        "DefaultFromCustomer",
    ),
    Row(
        "Product: Trigger Event", new_product(), "create_product_rate_plan_charge", "/TriggerEvent", "ContractEffective"
    ),
    Row("Product: UOM", new_product(QuantityUnitOfMeasure="Hour"), "create_product_rate_plan_charge", "/UOM", "Hour"),
    Row("Product: UOM, default", new_product(), "create_product_rate_plan_charge", "/UOM", "Each"),
    Row(
        "Product: tier per currency",
        new_product(
            PricebookEntries={
                "records": [
                    {"CurrencyIsoCode": "USD", "UnitPrice": Decimal("10.50")},
                    {"CurrencyIsoCode": "EUR", "UnitPrice": Decimal(9)},
                ]
            }
        ),
        "create_product_rate_plan_charge",
        "/ProductRatePlanChargeTierData/ProductRatePlanChargeTier",
        [{"Currency": "EUR", "Price": Decimal(9)}, {"Currency": "USD", "Price": Decimal("10.50")}],
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_row(row: Row) -> None:
    plan = row.plan()
    assert plan.problems == ()
    body = next(one for one in plan.operations if one.name == row.operation).body
    assert at(body, row.target) == row.value


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_value_has_its_lineage(row: Row) -> None:
    for operation in row.plan().operations:
        targets = {line.target for line in operation.lineage}
        for pointer in leaves(operation.body):
            assert any(pointer == target or pointer.startswith(f"{target}/") for target in targets) or pointer.endswith(
                ("/triggerDates/0/name", "/triggerDates/1/name", "/triggerDates/2/name")
            ), f"{operation.name} sends {pointer} without lineage"


def at(body: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer, or ABSENT."""
    for part in pointer.strip("/").split("/"):
        if isinstance(body, list):
            if int(part) >= len(body):
                return ABSENT
            body = body[int(part)]
        elif part not in body:
            return ABSENT
        else:
            body = body[part]
    return body


def leaves(body: Any, pointer: str = "") -> list[str]:
    if isinstance(body, dict) and body:
        return [leaf for name, part in body.items() for leaf in leaves(part, f"{pointer}/{name}")]
    if isinstance(body, list) and body:
        return [leaf for index, part in enumerate(body) for leaf in leaves(part, f"{pointer}/{index}")]
    return [pointer]
