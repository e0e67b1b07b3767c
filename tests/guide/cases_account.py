"""Cases of the guide's rows for accounts, contacts and the head of an order."""

from __future__ import annotations

from datetime import date

from tests.guide.making import ABSENT, ADDRESS, LONG_NAME, SHIPPING, Case, child_account, new_account, new_contact, sold
from tests.planning import records as r

CASES = [
    Case("Account: Account Name", new_account(), "create_account", "/name", "Acme"),
    Case("Account: Account Number", new_account(), "create_account", "/accountNumber", ABSENT),
    Case("Account: CRM Account ID", new_account(), "create_account", "/crmId", r.ACCOUNT_ID),
    Case("Account: Currency", new_account(CurrencyIsoCode="EUR"), "create_account", "/currency", "EUR"),
    Case(
        "Account: Currency, single currency org",
        new_account(CurrencyIsoCode=None),
        "create_account",
        "/currency",
        "USD",
    ),
    Case("Account: Bill Cycle day", new_account(), "create_account", "/billCycleDay", 1),
    Case(
        "Account: Bill To Contact, first name",
        new_account(),
        "create_account",
        "/billToContact/firstName",
        "Acme_billTo",
    ),
    Case(
        "Account: Bill To Contact, last name", new_account(), "create_account", "/billToContact/lastName", "Acme_billTo"
    ),
    Case(
        "Account: Bill To Contact, long name keeps the suffix",
        new_account(Name=LONG_NAME),
        "create_account",
        "/billToContact/lastName",
        "A" * 93 + "_billTo",
    ),
    Case(
        "Account: Sold To Contact, last name",
        new_account(**SHIPPING),
        "create_account",
        "/soldToContact/lastName",
        "Acme_soldTo",
    ),
    Case("Account: Sold To Contact, no shipping address", new_account(), "create_account", "/soldToContact", ABSENT),
    Case(
        "Account: Sold To Contact, first name",
        new_account(**SHIPPING),
        "create_account",
        "/soldToContact/firstName",
        "Acme_soldTo",
    ),
    *(
        Case(f"Account: Bill To Contact, {name}", new_account(), "create_account", f"/billToContact/{name}", value)
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
    Case("Account: Description, empty", new_account(Description=None), "create_account", "/notes", ABSENT),
    Case("Account: Parent, none", new_account(), "create_account", "/parentId", ABSENT),
    Case("Account: Description", new_account(), "create_account", "/notes", "A good customer"),
    Case("Account: Sales Rep", new_account(), "create_account", "/salesRep", "005000000000001AAA"),
    Case("Account: Auto-Pay", new_account(), "create_account", "/autoPay", False),
    Case("Account: Parent", child_account, "create_account", "/parentId", "z-account"),
    Case("Contact: CRM ID", new_contact(), "create_contact", "/crmId__c", "003000000000001AAA"),
    Case("Contact: Account", new_contact(), "create_contact", "/accountId", "z-account"),
    Case("Contact: Address 1", new_contact(), "create_contact", "/address1", "12 St James's Square"),
    Case("Contact: Address 2", new_contact(MailingStreet="a\nb\nc"), "create_contact", "/address2", "b, c"),
    Case("Contact: City", new_contact(), "create_contact", "/city", "London"),
    Case("Contact: State/Province", new_contact(MailingState="Kent"), "create_contact", "/state", "Kent"),
    Case("Contact: State/Province, by code", new_contact(MailingStateCode="KEN"), "create_contact", "/state", "KEN"),
    Case("Contact: Postal Code", new_contact(), "create_contact", "/zipCode", "SW1Y 4JH"),
    Case("Contact: Country", new_contact(), "create_contact", "/country", "United Kingdom"),
    Case("Contact: Work Email", new_contact(), "create_contact", "/workEmail", "ada@example.com"),
    Case("Contact: Mobile Phone", new_contact(), "create_contact", "/mobilePhone", "+44 20 7946 0000"),
    Case("Contact: First Name", new_contact(), "create_contact", "/firstName", "Ada"),
    Case("Contact: Last Name", new_contact(), "create_contact", "/lastName", "Lovelace"),
    Case(
        "Contact: Country, by code",
        new_contact(MailingCountry=None, MailingCountryCode="DE"),
        "create_contact",
        "/country",
        "Germany",
    ),
    Case(
        "Contact: State/Province, Zuora's name",
        new_contact(MailingCountry="US", MailingState="NY"),
        "create_contact",
        "/state",
        "New York",
    ),
    Case("Contact: CRM ID, of an order's address", sold(**ADDRESS), "create_contact", "/crmId__c", r.ACCOUNT_ID),
    Case(
        "Contact: Last Name, of an order's billing address",
        sold(**ADDRESS),
        "create_contact",
        "/lastName",
        "Acme_billTo",
    ),
    Case(
        "Contact: Last Name, of an order's shipping address",
        sold(**SHIPPING),
        "create_contact",
        "/lastName",
        "Acme_soldTo",
    ),
    Case("Contact: First Name, empty", new_contact(FirstName=None), "create_contact", "/firstName", "Lovelace"),
    Case(
        "Contact: CRM ID, of an account's address",
        new_account(),
        "create_account",
        "/billToContact/crmId__c",
        r.ACCOUNT_ID,
    ),
    Case("Contact: CRM Order ID", sold(**ADDRESS), "create_contact", "/crmOrderId__c", r.ORDER_ID),
    Case("Order: Order Number", sold(), "create_order", "/orderNumber", "00000105"),
    Case("Order: Order status, not sent", sold(), "create_order", "/status", ABSENT),
    Case("Order: Account", sold(), "create_order", "/existingAccountNumber", "A00000001"),
    Case("Order: Description", sold(), "create_order", "/description", "First order"),
    Case("Order: Description, long", sold(Description="D" * 501), "create_order", "/description", "D" * 499 + "…"),
    Case("Order: Description, empty", sold(Description=None), "create_order", "/description", ABSENT),
    Case("Order: Order Date", sold(), "create_order", "/orderDate", date(2026, 2, 1)),
]
