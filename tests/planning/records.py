"""Builders of Salesforce records and Zuora rows for planning tests: the smallest whole ones, changed by keyword."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.planning.draft import Draft
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import Charge, RatePlan, ZuoraState
from cpqbridge.settings.options import Options

ACCOUNT_ID = "001000000000001AAA"
PRODUCT_ID = "01t000000000001AAA"
ORDER_ID = "801000000000001AAA"


def account(**changes: Any) -> dict[str, Any]:
    return {
        "Id": ACCOUNT_ID,
        "Name": "Acme",
        "ParentId": None,
        "OwnerId": "005000000000001AAA",
        "Description": "A good customer",
        "CurrencyIsoCode": "USD",
        "BillingStreet": "1 Main Street\nFloor 2",
        "BillingCity": "San Francisco",
        "BillingState": "California",
        "BillingPostalCode": "94105",
        "BillingCountry": "United States",
        **changes,
    }


def account_row(**changes: Any) -> dict[str, Any]:
    """The row that ZOQL gives for `account()` once it is in Zuora."""
    return {
        "Id": "z-account",
        "AccountNumber": "A00000001",
        "CrmId": ACCOUNT_ID,
        "Name": "Acme",
        "Currency": "USD",
        "Notes": "A good customer",
        "SalesRepName": "005000000000001AAA",
        "BillToId": "z-bill-to",
        "SoldToId": "z-bill-to",
        **changes,
    }


def bill_to_row(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "z-bill-to",
        "AccountId": "z-account",
        "FirstName": "Acme_billTo",
        "LastName": "Acme_billTo",
        "Address1": "1 Main Street",
        "Address2": "Floor 2",
        "City": "San Francisco",
        "State": "California",
        "PostalCode": "94105",
        "Country": "United States",
        "CrmId__c": ACCOUNT_ID,
        **changes,
    }


def contact(**changes: Any) -> dict[str, Any]:
    return {
        "Id": "003000000000001AAA",
        "AccountId": ACCOUNT_ID,
        "FirstName": "Ada",
        "LastName": "Lovelace",
        "MailingStreet": "12 St James's Square",
        "MailingCity": "London",
        "MailingState": None,
        "MailingPostalCode": "SW1Y 4JH",
        "MailingCountry": "UK",
        "Email": "ada@example.com",
        "MobilePhone": "+44 20 7946 0000",
        **changes,
    }


def product(**changes: Any) -> dict[str, Any]:
    return {
        "Id": PRODUCT_ID,
        "Name": "Cloud seat",
        "ProductCode": "SEAT",
        "SBQQ__SubscriptionPricing__c": "Fixed Price",
        "SBQQ__PricingMethod__c": "List",
        "SBQQ__ChargeType__c": "Recurring",
        "SBQQ__BillingFrequency__c": "Monthly",
        "SBQQ__Taxable__c": False,
        "PricebookEntries": {"records": [{"CurrencyIsoCode": "USD", "UnitPrice": Decimal("10.00")}]},
        **changes,
    }


def subscription(**changes: Any) -> dict[str, Any]:
    return {
        "Name": "SUB-0000001",
        "SBQQ__StartDate__c": "2026-02-01",
        "SBQQ__EndDate__c": "2027-01-31",
        "SBQQ__SubscriptionType__c": "Renewable",
        "SBQQ__NetPrice__c": Decimal("120.00"),
        "SBQQ__PricingMethod__c": "List",
        "SBQQ__BillingFrequency__c": "Monthly",
        "SBQQ__Contract__c": "800000000000001AAA",
        "SBQQ__Contract__r": {"StartDate": "2026-02-01"},
        **changes,
    }


def item(**changes: Any) -> dict[str, Any]:
    own = changes.pop("subscription", {})
    linked = own is not None
    return {
        "Id": "802000000000001AAA",
        "OrderItemNumber": "0000000001",
        "Quantity": Decimal("5.00"),
        "UnitPrice": Decimal("120.00"),
        "Description": None,
        "Product2Id": PRODUCT_ID,
        "Product2": product(),
        "SBQQ__Contracted__c": True,
        "SBQQ__Subscription__c": "a0S000000000001AAA" if linked else None,
        "SBQQ__Subscription__r": subscription(**own) if linked else None,
        "SBQQ__Asset__c": None if linked else "02i000000000001AAA",
        "SBQQ__DefaultSubscriptionTerm__c": 12,
        **changes,
    }


def asset_item(**changes: Any) -> dict[str, Any]:
    """An order product that contracting turns into an asset: it becomes an order line item."""
    sold = product(SBQQ__SubscriptionPricing__c=None, SBQQ__ChargeType__c="One-Time", **changes.pop("product", {}))
    return item(**{"subscription": None, "Product2": sold, **changes})


def order(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "Id": ORDER_ID,
        "OrderNumber": "00000105",
        "Status": "Activated",
        "StatusCode": "Activated",
        "AccountId": ACCOUNT_ID,
        "Account": {"Name": "Acme"},
        "EffectiveDate": "2026-02-01",
        "ActivatedDate": "2026-01-30T23:30:00.000+0000",
        "Description": "First order",
        "CurrencyIsoCode": "USD",
        "SBQQ__Contracted__c": True,
        "SBQQ__PaymentTerm__c": "Net 30",
        "SBQQ__Quote__r": {"Name": "Q-00001", "SBQQ__Type__c": "Quote"},
        "OrderItems": {"records": list(items) or [item()]},
        **changes,
    }


def plan_row(kind: str = "Recurring", model: str = "Per Unit Pricing", period: str | None = "Month") -> RatePlan:
    return RatePlan("z-plan", (Charge("z-charge", kind, model, period),))


def known_state(**changes: Any) -> ZuoraState:
    """A tenant that has the account and the product."""
    state = ZuoraState(
        accounts={ACCOUNT_ID: account_row()},
        contacts={"z-account": [bill_to_row()]},
        plans={PRODUCT_ID: plan_row()},
    )
    for name, value in changes.items():
        setattr(state, name, value)
    return state


def draft(state: ZuoraState | None = None, snapshot: Snapshot | None = None, **options: Any) -> Draft:
    snapshot = snapshot or Snapshot(
        accounts={ACCOUNT_ID: account()}, products={PRODUCT_ID: product()}, time_zone="America/Los_Angeles"
    )
    return Draft(snapshot, known_state() if state is None else state, Options(**options))
