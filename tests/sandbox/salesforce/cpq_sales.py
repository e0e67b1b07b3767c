"""Makes draft orders out of quotes, for the tests of the CPQ verbs."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.salesforce.cpq.ordering import order_quote
from cpqbridge.sandbox.salesforce.org import Org

RENEWABLE = {"SBQQ__SubscriptionPricing__c": "Fixed Price", "SBQQ__SubscriptionType__c": "Renewable"}
EVERGREEN = {"SBQQ__SubscriptionPricing__c": "Fixed Price", "SBQQ__SubscriptionType__c": "Evergreen"}
RECURRING = {"SBQQ__ChargeType__c": "Recurring", "SBQQ__BillingFrequency__c": "Annual"}
HARDWARE = {"SBQQ__ChargeType__c": "One-Time"}


@dataclass
class Sold:
    """A product and the quote line that sells it; `under` is the place of its bundle among the lines."""

    name: str
    quantity: str = "1"
    price: str = "100"
    product: dict[str, Any] = field(default_factory=lambda: RENEWABLE | RECURRING)
    line: dict[str, Any] = field(default_factory=dict)
    under: int | None = None


def sell(
    org: Org,
    *solds: Sold,
    account: dict[str, Any] | None = None,
    quote: dict[str, Any] | None = None,
    start: str = "2026-01-01",
    end: str = "2026-12-31",
) -> str:
    """Return the id of a draft order for the products sold."""
    put = org.store.insert
    book = put("Pricebook2", {"Name": "Standard", "IsStandard": True, "IsActive": True}, system=True)
    account_id = put("Account", {"Name": "Acme", "SBQQ__RenewalModel__c": "Contract Based"} | (account or {}))
    values = {
        "SBQQ__Account__c": account_id,
        "SBQQ__PriceBook__c": book,
        "SBQQ__StartDate__c": start,
        "SBQQ__EndDate__c": end,
    }
    quote_id = put("SBQQ__Quote__c", values | (quote or {}))
    lines: list[str] = []
    for number, sold in enumerate(solds, start=1):
        product = put("Product2", {"Name": sold.name, "SBQQ__AssetConversion__c": None} | sold.product)
        put("PricebookEntry", {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": Decimal(sold.price)})
        line = {
            "SBQQ__Quote__c": quote_id,
            "SBQQ__Number__c": number,
            "SBQQ__Product__c": product,
            "SBQQ__Quantity__c": Decimal(sold.quantity),
            "SBQQ__NetPrice__c": Decimal(sold.price),
            "SBQQ__Bundle__c": any(other.under == number - 1 for other in solds),
            **{name: value for name, value in sold.product.items() if name != "SBQQ__AssetConversion__c"},
            **sold.line,
        }
        if sold.under is not None:
            line["SBQQ__RequiredBy__c"] = lines[sold.under]
        lines.append(put("SBQQ__QuoteLine__c", line))
    return order_quote(org, quote_id)


def order_row(org: Org, order_id: str) -> dict[str, Any]:
    """Return the order."""
    [row] = org.store.find("Order", "Id", order_id)
    return row


def items(org: Org, order_id: str) -> list[dict[str, Any]]:
    """Return the order's products in the order in which they were sold."""
    return org.store.find("OrderItem", "OrderId", order_id)


def subscriptions(org: Org, order_id: str) -> list[dict[str, Any]]:
    """Return the subscriptions of the order's products."""
    found = [
        org.store.get("SBQQ__Subscription__c", item["SBQQ__Subscription__c"] or "") for item in items(org, order_id)
    ]
    return [row for row in found if row]


def contracts(org: Org, order_id: str) -> list[dict[str, Any]]:
    """Return the contracts made from the order."""
    return org.store.find("Contract", "SBQQ__Order__c", order_id)
