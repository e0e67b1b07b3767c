"""What a product was sold as: the order product, completed from its quote line and its product where it is silent.

The real package copies these values when a quote is ordered. Records that an API client made itself need not have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM, end_of_term

Row = Mapping[str, Any]

_COMPLETED: Final = (
    "SBQQ__PricingMethod__c",
    "SBQQ__ChargeType__c",
    "SBQQ__BillingFrequency__c",
    "SBQQ__BillingType__c",
    "SBQQ__SubscriptionPricing__c",
    "SBQQ__HasConsumptionSchedule__c",
    "SBQQ__ProrateMultiplier__c",
    "SBQQ__SubscriptionTerm__c",
    "SBQQ__SegmentKey__c",
    "SBQQ__SegmentIndex__c",
    "SBQQ__DimensionType__c",
)
"""Fields of an order product that its quote line or its product has under the same name."""


def complete(order: Row, item: Row, line: Row, product: Row) -> dict[str, Any]:
    """Return the order product with every blank filled that contracting needs; evergreen ones have no end."""
    sold = dict(item) | {name: _first(name, item, line, product) for name in _COMPLETED}
    kind = subscription_type(item, line, product) if sold["SBQQ__SubscriptionPricing__c"] else None
    start = item.get("ServiceDate") or line.get("SBQQ__StartDate__c") or order["EffectiveDate"]
    end = item.get("EndDate") or line.get("SBQQ__EndDate__c") or order.get("EndDate")
    if kind and not end:
        term = sold["SBQQ__SubscriptionTerm__c"] or line.get("SBQQ__DefaultSubscriptionTerm__c") or DEFAULT_TERM
        end = end_of_term(date.fromisoformat(start), int(term)).isoformat()
    return sold | {
        "SBQQ__SubscriptionType__c": kind,
        "SBQQ__ProductSubscriptionType__c": line.get("SBQQ__ProductSubscriptionType__c")
        or product.get("SBQQ__SubscriptionType__c"),
        "ServiceDate": start,
        "EndDate": None if kind in (None, "Evergreen") else end,
    }


def subscription_type(*sources: Row) -> str:
    """Return `Renewable`, `One-time` or `Evergreen`, as the first of the sources that is not silent says.

    What is sold either way (`Renewable/Evergreen`) renews unless its line says otherwise.
    """
    return str(_first("SBQQ__SubscriptionType__c", *sources) or "Renewable").partition("/")[0]


def net_price(item: Row, line: Row) -> Any:
    """Return the net price for the whole term: per unit, or for the whole quantity with block pricing."""
    if line.get("SBQQ__NetPrice__c") is not None:
        return line["SBQQ__NetPrice__c"]
    whole = item.get("SBQQ__PricingMethod__c") == "Block"
    return item["UnitPrice"] * item["Quantity"] if whole else item["UnitPrice"]


def _first(name: str, *sources: Row) -> Any:
    return next((source[name] for source in sources if source.get(name) not in (None, False)), None)
