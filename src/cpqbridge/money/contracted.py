"""Contracted amounts: what CPQ sold an order for, and what the charges that Zuora holds come to over their term.

Both are plain products of price, quantity and term, without tax and without billing: proration and invoices are another
matter. An evergreen subscription counts once for its price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cpqbridge.money.months import decimal_months
from cpqbridge.money.periods import months_of

CENT = Decimal("0.01")

BASE_MONTHS = {"Per_Month": 1, "Per_Year": 12}
"""List price bases that do not depend on the billing period, in months."""


def sold(items: Iterable[Mapping[str, Any]]) -> Decimal:
    """Return what CPQ sold order products for: net price of the subscription, or unit price, times quantity.

    A block price is for the whole quantity; what is billed by usage counts for nothing beforehand.

    Args:
        items: Order products with `Quantity`, `UnitPrice` and `SBQQ__Subscription__r`.
    """
    return sum((sold_for(item) for item in items), Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def sold_for(item: Mapping[str, Any]) -> Decimal:
    """Return what CPQ sold one order product for, unrounded; see `sold`."""
    subscription = item.get("SBQQ__Subscription__r") or {}
    product = item.get("Product2") or {}
    if product.get("SBQQ__ChargeType__c") == "Usage":
        return Decimal(0)
    price = subscription.get("SBQQ__NetPrice__c")
    if price is None:
        price = item.get("UnitPrice") or 0
    method = subscription.get("SBQQ__PricingMethod__c") or product.get("SBQQ__PricingMethod__c")
    quantity = 1 if subscription and method == "Block" else item.get("Quantity") or 0
    return Decimal(price) * Decimal(quantity)


def held(subscription: Mapping[str, Any]) -> Decimal:
    """Return what the charges of a subscription come to over its term.

    Args:
        subscription: As `GET /v1/subscriptions/{key}` gives it, with flat charges.
    """
    months = _term_months(subscription)
    charges = (charge for plan in subscription.get("ratePlans") or () for charge in plan.get("ratePlanCharges") or ())
    return sum((_charge(charge, months) for charge in charges), Decimal(0)).quantize(CENT, ROUND_HALF_UP)


def _term_months(subscription: Mapping[str, Any]) -> Decimal | None:
    """Return the term in months; days are weighted by the calendar months that they lie in; None for evergreen."""
    length = subscription.get("currentTerm")
    if not length or subscription.get("termType") == "EVERGREEN":
        return None
    if subscription.get("currentTermPeriodType") == "Day":
        start = date.fromisoformat(subscription["termStartDate"])
        return decimal_months(start, start + timedelta(days=int(length)))
    return Decimal(length)


def _charge(charge: Mapping[str, Any], months: Decimal | None) -> Decimal:
    if charge.get("type") == "Usage":
        return Decimal(0)
    price = Decimal(charge.get("price") or 0)
    quantity = Decimal(charge["quantity"]) if charge.get("quantity") is not None else Decimal(1)
    if charge.get("model") == "FlatFee":
        quantity = Decimal(1)
    if charge.get("type") != "Recurring" or months is None:
        return price * quantity
    base = charge.get("listPriceBase")
    if base == "Per_Specific_Months":
        return price * quantity * months / Decimal(charge["specificListPriceBase"])
    period = BASE_MONTHS.get(base or "") or months_of(charge.get("billingPeriod"))
    return price * quantity * (months / period if period else 1)
