"""A small world in the sandbox's org: customers, products and contracted orders, made as the CPQ package makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.cpq.ordering import order_quote
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.foundation import standard_price_book

ADDRESS = {
    "BillingStreet": "1 Main Street",
    "BillingCity": "San Francisco",
    "BillingState": "California",
    "BillingPostalCode": "94105",
    "BillingCountry": "United States",
}


@dataclass(frozen=True)
class Line:
    """What is sold: a product, how many, and the net price of one for the term."""

    product: str
    quantity: int = 1
    price: Decimal = Decimal("120.00")


class World:
    """Makes records in an org that has the foundation (seed `empty`)."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.book = standard_price_book(org)

    def account(self, name: str = "Acme", **values: Any) -> str:
        """Return the id of a new account with a billing address."""
        base = {"Name": name, "SBQQ__RenewalModel__c": "Contract Based", "CurrencyIsoCode": "USD", **ADDRESS}
        return self.org.store.insert("Account", base | values, system=True)

    def product(self, name: str = "Seat", *, subscription: bool = True, **values: Any) -> str:
        """Return the id of a new product with a price in US dollars."""
        recurring = {
            "SBQQ__SubscriptionPricing__c": "Fixed Price",
            "SBQQ__SubscriptionType__c": "Renewable",
            "SBQQ__SubscriptionTerm__c": 12,
            "SBQQ__ChargeType__c": "Recurring",
            "SBQQ__BillingFrequency__c": "Monthly",
        }
        base = {
            "Name": name,
            "ProductCode": name.upper().replace(" ", "-"),
            "IsActive": True,
            "SBQQ__PricingMethod__c": "List",
            **(recurring if subscription else {"SBQQ__ChargeType__c": "One-Time"}),
        }
        product = self.org.store.insert("Product2", base | values, system=True)
        entry = {"Pricebook2Id": self.book, "Product2Id": product, "UnitPrice": Decimal(10), "IsActive": True}
        self.org.store.insert("PricebookEntry", entry | {"CurrencyIsoCode": "USD"}, system=True)
        return product

    def order(
        self,
        account: str,
        lines: Iterable[Line],
        *,
        start: str = "2026-02-01",
        end: str = "2027-01-31",
        contracted: bool = True,
        **more: Any,
    ) -> str:
        """Return the number of a new order, activated and (unless told otherwise) contracted."""
        put = self.org.store.insert
        quote = {
            "SBQQ__Account__c": account,
            "SBQQ__PriceBook__c": self.book,
            "SBQQ__Type__c": "Quote",
            "SBQQ__StartDate__c": start,
            "SBQQ__EndDate__c": end,
            "SBQQ__PaymentTerms__c": "Net 30",
            "SBQQ__ContractingMethod__c": "By Subscription End Date",
            "CurrencyIsoCode": "USD",
        }
        quote_id = put("SBQQ__Quote__c", quote, system=True)
        for number, line in enumerate(lines, 1):
            put("SBQQ__QuoteLine__c", self._quote_line(quote_id, number, line, start, end), system=True)
        order_id = order_quote(self.org, quote_id, more)
        activate(self.org, order_id)
        if contracted:
            contract(self.org, order_id, wait=True)
        row = self.org.store.get("Order", order_id)
        assert row is not None
        return str(row["OrderNumber"])

    def _quote_line(self, quote_id: str, number: int, line: Line, start: str, end: str) -> dict[str, Any]:
        product = self.org.store.get("Product2", line.product)
        assert product is not None
        sold_as = ("SubscriptionPricing", "SubscriptionType", "ChargeType", "BillingFrequency", "PricingMethod")
        return {
            "SBQQ__Quote__c": quote_id,
            "SBQQ__Number__c": number,
            "SBQQ__Product__c": line.product,
            "SBQQ__Quantity__c": Decimal(line.quantity),
            "SBQQ__NetPrice__c": line.price,
            "SBQQ__CustomerPrice__c": line.price,
            "SBQQ__StartDate__c": start,
            "SBQQ__EndDate__c": end if product["SBQQ__SubscriptionPricing__c"] else None,
            "SBQQ__DefaultSubscriptionTerm__c": 12,
            "CurrencyIsoCode": "USD",
            **{f"SBQQ__{name}__c": product[f"SBQQ__{name}__c"] for name in sold_as},
        }
