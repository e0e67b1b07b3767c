"""Prices on both sides, each worked out once for all lines that were sold and are billed alike.

Most lines of a price book share price, days and billing; working a price out anew takes longer than all else together.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.adoption.billed import Segment
from cpqbridge.planning.adoption.prices import Price, Prices
from cpqbridge.planning.chain import SEGMENT_KEY, Stretch
from cpqbridge.sync.drift.sold import SoldPlan

_MOST = 20_000
"""Prices that are remembered."""

_PER_UNIT = "Per Unit Pricing"
_WHOLE = ("Block", "Percent Of Total")
_OF_SUBSCRIPTION = (
    "SBQQ__NetPrice__c", "SBQQ__PricingMethod__c", "SBQQ__SubscriptionType__c", "SBQQ__StartDate__c",
    "SBQQ__EndDate__c", "SBQQ__SegmentStartDate__c", "SBQQ__SegmentEndDate__c",
)  # fmt: skip
_OF_ITEM = ("SBQQ__UnproratedNetPrice__c", "SBQQ__DefaultSubscriptionTerm__c", SEGMENT_KEY)


class PriceMemory:
    """Compares prices, and remembers them.

    Args:
        prices: Works them out.
        units: Unit of measure in Zuora to its decimal places.
    """

    def __init__(self, prices: Prices, units: Mapping[str, int]) -> None:
        self._prices, self._units = prices, units
        self._known: dict[Hashable, Price] = {}
        self._own = prices.tables.price.owned or prices.tables.billing_period.owned

    def compare(self, plan: SoldPlan, segment: Segment, day: date, stretch: Stretch) -> Price:
        """Return the price of a rate plan on a day, on both sides.

        Args:
            plan: What was sold.
            segment: What bills it on the day.
            day: The day.
            stretch: What of it is active on the day.
        """
        key = self._key(plan, segment, stretch)
        found = None if key is None else self._known.get(key)
        if found is None:
            found = self._prices.compare(plan.chain, plan.part, segment, day, self._units)
            if key is not None and found.unknown is None:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = found
        return found

    def _key(self, plan: SoldPlan, segment: Segment, stretch: Stretch) -> Hashable | None:
        """Return all that a price is made of; None where that may be more: usage, and the user's own mapping."""
        item = stretch.sale.item
        subscription = item["SBQQ__Subscription__r"]
        methods = _values(subscription, ("SBQQ__PricingMethod__c",)), (item.get("Product2") or {}).get(_OF_PRODUCT)
        whole = methods[0][0] in _WHOLE or methods[1] in _WHOLE
        if self._own or plan.part.is_usage or (whole and len(stretch.sale.pieces) > 1):
            return None
        counted = segment.model == _PER_UNIT and not whole
        return (
            (segment.type, segment.model, segment.period, segment.price_base, segment.base_months, segment.price),
            _values(subscription, _OF_SUBSCRIPTION),
            _values(item, _OF_ITEM),
            methods[1],
            None if counted else stretch.quantity,
            _contract_starts(item),
        )


_OF_PRODUCT = "SBQQ__PricingMethod__c"


def _values(record: Record, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple([record.get(name) for name in names])


def _contract_starts(item: Record) -> tuple[Any, ...]:
    """Return the first days of its contract, by each of the three ways to it."""
    links = (item["SBQQ__Subscription__r"].get("SBQQ__Contract__r"), item.get("SBQQ__Contract__r"))
    return tuple([(link or {}).get("StartDate") for link in (*links, item["Order"].get("Contract"))])
