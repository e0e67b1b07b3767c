"""Field values of what contracting makes: contracts, subscriptions and assets. Tables and pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.pricing import months_rounded_up
from cpqbridge.sandbox.salesforce.cpq.records import copied, day
from cpqbridge.sandbox.salesforce.cpq.sold import net_price

Row = Mapping[str, Any]

_FROM_LINE: Final = (
    "SBQQ__ListPrice__c", "SBQQ__CustomerPrice__c", "SBQQ__RegularPrice__c",
    "SBQQ__SpecialPrice__c", "SBQQ__Discount__c", "SBQQ__Number__c", "SBQQ__Bundle__c", "SBQQ__Bundled__c",
    "SBQQ__SegmentLabel__c",
)  # fmt: skip
"""A subscription takes these from its quote line."""

_FROM_ITEM: Final = (
    "SBQQ__ProrateMultiplier__c", "SBQQ__SubscriptionPricing__c", "SBQQ__ProductSubscriptionType__c",
    "SBQQ__SubscriptionType__c",
    "SBQQ__PricingMethod__c", "SBQQ__ChargeType__c", "SBQQ__BillingFrequency__c", "SBQQ__BillingType__c",
    "SBQQ__HasConsumptionSchedule__c", "SBQQ__SegmentKey__c", "SBQQ__SegmentIndex__c", "SBQQ__DimensionType__c",
    "SBQQ__PriceDimension__c", "CurrencyIsoCode",
)  # fmt: skip
"""A subscription takes these from its order product."""

_ASSET_FROM_LINE: Final = ("SBQQ__ListPrice__c", "SBQQ__RegularPrice__c", "SBQQ__Bundled__c")
"""An asset takes these from its quote line."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a product became, and the root of the bundle it is in (itself when it is in none)."""

    id: str
    root: str


def contract_values(order: Row, end: date | None, *, evergreen: bool) -> dict[str, Any]:
    """Return the fields of a contract: it starts with the order and ends with its last subscription.

    Args:
        order: The order.
        end: Last day of the subscriptions; None for evergreen ones.
        evergreen: The contract of evergreen subscriptions: no end, term of one month.
    """
    start = day(order["EffectiveDate"])
    term = months_rounded_up(start, end) if start and end else 1
    return {
        "AccountId": order["AccountId"],
        "StartDate": order["EffectiveDate"],
        "EndDate": end.isoformat() if end else None,
        "ContractTerm": term,
        "Status": "Draft",
        "Pricebook2Id": order.get("Pricebook2Id"),
        "SBQQ__Order__c": order["Id"],
        "SBQQ__Quote__c": order.get("SBQQ__Quote__c"),
        "SBQQ__Opportunity__c": order.get("OpportunityId"),
        "SBQQ__Evergreen__c": evergreen,
        "SBQQ__RenewalTerm__c": order.get("SBQQ__RenewalTerm__c") or term,
        **copied(order, ("CurrencyIsoCode",)),
    }


def subscription_values(
    order: Row, item: Row, line: Row, contract: Row, parent: Bundle | None, until: str | None
) -> dict[str, Any]:
    """Return the fields of a subscription.

    Its own dates stay blank where they are the contract's: the formulas then show the contract's. A first segment's
    subscription spans all segments; its revisions have dates of their own. The net price is the quote line's: for the
    whole term, per unit except with block pricing.

    Args:
        order: The order.
        item: The order product, complete.
        line: Its quote line.
        contract: The contract that the subscription goes to.
        parent: Its bundle.
        until: Last day of the last segment; of anything else its own.
    """
    start, end = item["ServiceDate"], item["EndDate"]
    spans = item.get("SBQQ__SegmentIndex__c") == 1 and not item.get("SBQQ__UpgradedSubscription__c")
    last = until if spans else end
    return {
        **copied(line, _FROM_LINE),
        **copied(item, _FROM_ITEM),
        "SBQQ__Account__c": order["AccountId"],
        "SBQQ__Contract__c": contract["Id"],
        "SBQQ__Product__c": item["Product2Id"],
        "SBQQ__OrderProduct__c": item["Id"],
        "SBQQ__QuoteLine__c": item["SBQQ__QuoteLine__c"],
        "SBQQ__OriginalQuoteLine__c": item["SBQQ__QuoteLine__c"],
        "SBQQ__NetPrice__c": net_price(item, line),
        "SBQQ__Quantity__c": item["Quantity"],
        "SBQQ__RenewalQuantity__c": item["Quantity"],
        "SBQQ__RenewalPrice__c": line.get("SBQQ__ListPrice__c"),
        "SBQQ__SubscriptionStartDate__c": None if start == contract["StartDate"] else start,
        "SBQQ__SubscriptionEndDate__c": None if last == contract["EndDate"] else last,
        "SBQQ__SegmentStartDate__c": start if item.get("SBQQ__SegmentKey__c") else None,
        "SBQQ__SegmentEndDate__c": end if item.get("SBQQ__SegmentKey__c") else None,
        "SBQQ__RequiredById__c": parent.id if parent else None,
        "SBQQ__RootId__c": parent.root if parent else None,
    }


def revision_values(original: Row) -> dict[str, Any]:
    """Return the fields by which a subscription is a revision of another: its place in bundle and chain."""
    return {
        "SBQQ__RevisedSubscription__c": original["Id"],
        "SBQQ__OriginalQuoteLine__c": original.get("SBQQ__OriginalQuoteLine__c"),
        "SBQQ__RequiredById__c": original.get("SBQQ__RequiredById__c"),
        "SBQQ__RootId__c": original.get("SBQQ__RootId__c") or original["Id"],
    }


def asset_values(order: Row, item: Row, line: Row, product: Row, parent: Bundle | None) -> list[dict[str, Any]]:
    """Return the fields of each asset that a product without subscription pricing becomes; none without conversion."""
    conversion = product.get("SBQQ__AssetConversion__c")
    if not conversion:
        return []
    values = {
        **copied(line, _ASSET_FROM_LINE),
        **copied(item, ("SBQQ__PricingMethod__c", "CurrencyIsoCode")),
        "Name": product["Name"],
        "AccountId": order["AccountId"],
        "Product2Id": item["Product2Id"],
        "PurchaseDate": order["EffectiveDate"],
        "InstallDate": item.get("ServiceDate"),
        "Status": "Purchased",
        "Price": net_price(item, line),
        "Quantity": item["Quantity"],
        "SBQQ__OrderProduct__c": item["Id"],
        "SBQQ__QuoteLine__c": item["SBQQ__QuoteLine__c"],
        "SBQQ__RequiredById__c": parent.id if parent else None,
        "SBQQ__RootId__c": parent.root if parent else None,
    }
    if conversion != "One per unit" or item["Quantity"] < 0:
        return [values]
    units = int(item["Quantity"].to_integral_value(ROUND_CEILING))
    return [values | {"Quantity": 1} for _ in range(max(units, 1))]
