"""What all that a subscription holds comes to, from its first day to its last: price times quantity times time.

Like `contracted`, without tax and billing. The difference between two versions is what the order between them is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cpqbridge.money.charge_segments import ChargeSegment, segments_of, subscribed_charges
from cpqbridge.money.contracted import BASE_MONTHS, CENT
from cpqbridge.money.months import decimal_months
from cpqbridge.money.periods import months_of


def worth(subscription: Mapping[str, Any]) -> Decimal | None:
    """Return what the charges of a subscription come to; None where something has no end or no monthly price.

    Usage counts for nothing beforehand.

    Args:
        subscription: One version, as `GET /v1/subscriptions/{key}?charge-detail=all-segments` gives it.
    """
    total = Decimal(0)
    for _, charge in subscribed_charges(subscription):
        for segment in segments_of(charge):
            amount = _amount(charge, segment)
            if amount is None:
                return None
            total += amount
    return total.quantize(CENT, ROUND_HALF_UP)


def _amount(charge: Mapping[str, Any], segment: ChargeSegment) -> Decimal | None:
    if charge.get("type") == "Usage" or segment.is_empty:
        return Decimal(0)
    units = 1 if segment.quantity is None or charge.get("model") == "FlatFee" else segment.quantity
    amount = (segment.price or Decimal(0)) * units
    if charge.get("type") != "Recurring":
        return amount
    months = price_months(charge)
    if segment.tiers or months is None or segment.start is None or segment.end is None:
        return None
    return amount * decimal_months(segment.start, segment.end) / months


def price_months(charge: Mapping[str, Any]) -> Decimal | None:
    """Return the months that the price of a recurring charge is for; None where it is for other than months."""
    base = charge.get("listPriceBase")
    if base == "Per_Specific_Months":
        return Decimal(charge["specificListPriceBase"])
    months = None if base == "Per_Week" else BASE_MONTHS.get(base or "") or months_of(charge.get("billingPeriod"))
    return None if months is None else Decimal(months)
