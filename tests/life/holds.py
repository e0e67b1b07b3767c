"""What may hold an order: the closed list of what Zuora cannot do, by what was done in CPQ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.chains import SUBSCRIPTION
from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """An order product with its product, its order, and the subscriptions that it changes and renews.

    It is over where the renewal of what it changes has been cancelled.
    """

    order: Row
    item: Row
    product: Row
    upgraded: Row
    continued: Row
    over: bool

    @property
    def once(self) -> bool:
        """Whether it is charged once, on a subscription."""
        return self.product["SBQQ__ChargeType__c"] == "One-Time" and bool(self.item["SBQQ__Subscription__c"])

    @property
    def bare(self) -> bool:
        """Whether it has no subscription."""
        return not self.item["SBQQ__Subscription__c"]

    @property
    def renewed(self) -> bool:
        """Whether it changes something that has been renewed."""
        return bool(self.upgraded.get("SBQQ__RenewedDate__c"))

    @property
    def renewed_too_early(self) -> bool:
        """Whether it renews something that has not begun by then."""
        begun = self.continued.get("SBQQ__StartDate__c")
        return bool(begun) and str(self.item["ServiceDate"]) <= str(begun)

    @property
    def owned(self) -> bool:
        """Whether its order names an invoice owner other than its account."""
        account: str = self.order["AccountId"]
        return (self.order.get("InvoiceOwner__c") or account) != account


HOLDS: Final[tuple[tuple[str, str, Callable[[Line], bool]], ...]] = (
    ("Zuora cannot credit what was charged once", "CPQ-434", lambda line: line.once and line.item["Quantity"] < 0),
    ("Zuora cannot end a subscription for a while", "CPQ-434", lambda line: line.renewed and line.item["Quantity"] < 0),
    ("Zuora changes nothing that is cancelled", "CPQ-434", lambda line: line.over),
    ("Zuora renews nothing before it begins", "CPQ-434", lambda line: line.renewed_too_early),
    ("Zuora cannot take line items back", "CPQ-434", lambda line: line.bare and line.item["Quantity"] < 0),
    ("line items are invoiced to the order's account", "CPQ-415", lambda line: line.bare and line.owned),
)
"""Why, the code, and of which order products."""


def holds_of(org: Org, number: str) -> frozenset[str]:
    """Return the codes that may hold an order."""
    [order] = org.store.find("Order", "OrderNumber", number)
    lines = [_line(org, order, item) for item in org.store.find("OrderItem", "OrderId", order["Id"])]
    return frozenset(code for _, code, may in HOLDS if any(may(line) for line in lines))


def _line(org: Org, order: Row, item: Row) -> Line:
    def row(sobject: str, identifier: str | None) -> Row:
        return org.store.get(sobject, identifier or "") or {}

    quote_line = row("SBQQ__QuoteLine__c", item["SBQQ__QuoteLine__c"])
    upgraded, renewed = item["SBQQ__UpgradedSubscription__c"], quote_line.get("SBQQ__RenewedSubscription__c")
    changed, continued = row(SUBSCRIPTION, upgraded), row(SUBSCRIPTION, renewed)
    return Line(order, item, row("Product2", item["Product2Id"]), changed, continued, _is_over(org, upgraded))


def _is_over(org: Org, subscription: str | None) -> bool:
    """Return whether what a subscription was renewed by, or the renewal of that, has been cancelled."""
    lines = org.store.find("SBQQ__QuoteLine__c", "SBQQ__RenewedSubscription__c", subscription) if subscription else []
    later = [row for line in lines for row in org.store.find(SUBSCRIPTION, "SBQQ__QuoteLine__c", line["Id"])]
    return any(row["SBQQ__TerminatedDate__c"] or _is_over(org, row["Id"]) for row in later)
