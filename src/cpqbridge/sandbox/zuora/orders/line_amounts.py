"""Prices and amounts of an order line item."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

from cpqbridge.sandbox.zuora.fields import LARGEST
from cpqbridge.sandbox.zuora.orders.reasons import invalid, missing
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.tiers import catalog_tiers
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

_MODES = {"HalfUp": ROUND_HALF_UP, "Up": ROUND_UP, "Down": ROUND_DOWN}


def priced(run: OrderRun, item: Body, charge: Row | None, currency: str) -> Row:
    """Row fields for quantity, prices and amounts of a new item.

    Raises:
        Refusal: No price, a bad quantity, or a discount that does not compute.
    """
    tiers = catalog_tiers(run.store, charge, currency) if charge else []
    default = tiers[0].get("price") if tiers else None
    quantity = Decimal(1 if item.get("quantity") is None else item["quantity"])
    return amounts(run.tenant.settings, {**item, "quantity": quantity}, default, currency)


def amounts(settings: TenantSettings, item: Body, default: Decimal | None, currency: str) -> Row:
    """Row fields for prices and amounts, from an item's quantity, prices and inline discount.

    Args:
        settings: Rounding of the currency.
        item: ``quantity, listPricePerUnit, amountPerUnit, inlineDiscountType, inlineDiscountPerUnit``.
        default: The catalog's price per unit, used when the item has none.
        currency: Currency of the item.

    Raises:
        Refusal: No price, a quantity that is not positive, a discount that does not compute, an amount too large.
    """
    quantity = Decimal(item["quantity"])
    if quantity <= 0:
        raise invalid("orderLineItems.quantity must be greater than 0.")
    listed, amount = item.get("listPricePerUnit"), item.get("amountPerUnit")
    discount = item.get("inlineDiscountType") or "None"
    if discount != "None":
        listed = default if listed is None else listed
        amount = _discounted(item, listed, discount)
    listed = next((value for value in (listed, amount, default) if value is not None), None)
    if listed is None:
        raise missing("orderLineItems.amountPerUnit or listPricePerUnit is required without productRatePlanChargeId.")
    listed = Decimal(listed)
    amount = listed if amount is None else Decimal(amount)
    if max(abs(listed), abs(amount)) * quantity > LARGEST["number"]:
        raise invalid("orderLineItems: quantity times price is out of range.")
    total = _rounded(settings, amount * quantity, currency)
    return {
        "quantity": quantity,
        "listPricePerUnit": listed,
        "amountPerUnit": amount,
        "inlineDiscountType": item.get("inlineDiscountType"),
        "inlineDiscountPerUnit": item.get("inlineDiscountPerUnit"),
        "listPrice": _rounded(settings, listed * quantity, currency),
        "amount": total,
        "amountWithoutTax": total,
        "discount": _rounded(settings, (listed - amount) * quantity, currency) if discount != "None" else None,
        "quantityFulfilled": Decimal(0),
        "quantityPendingFulfillment": Decimal(0),
    }


def _discounted(item: Body, listed: Decimal | int | None, kind: str) -> Decimal:
    if item.get("amountPerUnit") is not None:
        raise invalid("orderLineItems.amountPerUnit must not be set together with an inline discount.")
    if listed is None or item.get("inlineDiscountPerUnit") is None:
        raise missing("An inline discount needs listPricePerUnit and inlineDiscountPerUnit.")
    by = Decimal(item["inlineDiscountPerUnit"])
    price = Decimal(listed)
    if by < 0 or by > (Decimal(100) if kind == "Percentage" else price):
        raise invalid(f"orderLineItems.inlineDiscountPerUnit {by} is out of range for {kind}.")
    return price - by if kind == "FixedAmount" else price * (1 - by / 100)


def _rounded(settings: TenantSettings, value: Decimal, currency: str) -> Decimal:
    rounding = settings.currencies[currency]
    increment = Decimal(rounding["increment"])
    return (value / increment).quantize(Decimal(1), _MODES[rounding["mode"]]) * increment
