"""What all that a subscription holds comes to, from its first day to its last: price times quantity times time.

Like `contracted`, without tax and billing. The difference between two versions is what the order between them is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cpqbridge.money.contracted import BASE_MONTHS, CENT, calendar_months
from cpqbridge.money.periods import months_of


def worth(subscription: Mapping[str, Any]) -> Decimal | None:
    """Return what the charges of a subscription come to; None where something has no end or no monthly price.

    Usage counts for nothing beforehand.

    Args:
        subscription: One version, as `GET /v1/subscriptions/{key}?charge-detail=all-segments` gives it.
    """
    total = Decimal(0)
    for plan in subscription.get("ratePlans") or ():
        for charge in plan.get("ratePlanCharges") or ():
            for segment in charge.get("chargeSegments") or ():
                amount = _segment(charge, segment)
                if amount is None:
                    return None
                total += amount
    return total.quantize(CENT, ROUND_HALF_UP)


def _segment(charge: Mapping[str, Any], segment: Mapping[str, Any]) -> Decimal | None:
    if charge.get("type") == "Usage":
        return Decimal(0)
    quantity = Decimal(1) if segment.get("quantity") is None else Decimal(segment["quantity"])
    amount = Decimal(segment.get("price") or 0) * (Decimal(1) if charge.get("model") == "FlatFee" else quantity)
    start, end = (segment.get(name) for name in ("effectiveStartDate", "effectiveEndDate"))
    if start is not None and start == end:
        return Decimal(0)
    if charge.get("type") != "Recurring":
        return amount
    months = price_months(charge)
    if segment.get("tiers") or months is None or not start or not end:
        return None
    return amount * calendar_months(date.fromisoformat(start), date.fromisoformat(end)) / months


def price_months(charge: Mapping[str, Any]) -> Decimal | None:
    """Return the months that the price of a recurring charge is for; None where it is for other than months."""
    base = charge.get("listPriceBase")
    if base == "Per_Specific_Months":
        return Decimal(charge["specificListPriceBase"])
    months = None if base == "Per_Week" else BASE_MONTHS.get(base or "") or months_of(charge.get("billingPeriod"))
    return None if months is None else Decimal(months)
