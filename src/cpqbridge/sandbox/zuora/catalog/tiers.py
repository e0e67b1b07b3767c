"""Price tiers of product rate plan charges: one per currency for a single price, a chain of them for tiered models."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from cpqbridge.sandbox.zuora.catalog.entry import Body, invalid, missing, to_row
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.units import MAX_DECIMALS, decimals, fits, step

#: Models whose prices depend on the quantity.
TIERED = frozenset({"Tiered Pricing", "Volume Pricing", "Tiered with Overage Pricing"})

#: The field that holds the price of a discount.
_DISCOUNTS = {"Discount-Fixed Amount": "DiscountAmount", "Discount-Percentage": "DiscountPercentage"}


def check_tiers(tenant: Tenant, charge: Body, plan: Row, tiers: list[Body]) -> None:
    """Check the tiers of a request against the charge's model and the plan's currencies.

    Raises:
        ObjectError: A price is missing, a currency is not the plan's, or tiers leave a gap or overlap.
    """
    if not tiers:
        raise missing("ProductRatePlanChargeTier", "in ProductRatePlanChargeTierData")
    model = charge["ChargeModel"]
    price = _DISCOUNTS.get(model, "Price")
    for currency, group in _by_currency(tenant, tiers).items():
        if currency not in (plan.get("activeCurrencies") or tenant.settings.currencies):
            raise invalid(f"The currency {currency} is not active in the product rate plan '{plan['name']}'.")
        for tier in group:
            if tier.get(price) is None:
                raise missing(price, f"in the tier of currency {currency}")
            if decimals(tier[price]) > MAX_DECIMALS:
                raise invalid(f"{price} {tier[price]} has more than {MAX_DECIMALS} decimal places.")
        if model in TIERED:
            _check_chain(currency, group, step(tenant.settings, charge.get("UOM")), charge)
        else:
            _check_single(currency, group, model)


def _check_single(currency: str, group: list[Body], model: str) -> None:
    if len(group) > 1:
        raise invalid(f"The charge model '{model}' allows one tier per currency; {currency} has {len(group)}.")
    if group[0].get("EndingUnit") is not None:
        raise invalid(f"EndingUnit is not allowed for the charge model '{model}'.")


def _check_chain(currency: str, group: list[Body], smallest: Decimal, charge: Body) -> None:
    for bound in (bound for tier in group for bound in (_start(tier), tier.get("EndingUnit"))):
        if bound is not None and not fits(bound, smallest):
            raise invalid(f"{bound} has more decimal places than the unit of measure '{charge.get('UOM')}'.")
    if not 0 <= _start(group[0]) <= smallest:
        raise invalid(f"The first tier of currency {currency} must start at 0.")
    for before, after in pairwise(group):
        end = before.get("EndingUnit")
        if end is None:
            raise missing("EndingUnit", f"in all tiers of currency {currency} but the last")
        if after.get("StartingUnit") is None:
            raise missing("StartingUnit", f"in the tiers of currency {currency}")
        if not 0 < _start(after) - Decimal(end) <= smallest:
            raise invalid(f"Tiers of currency {currency}: one ends at {end}, the next starts at {_start(after)}.")
    for tier in group:
        if tier.get("EndingUnit") is not None and Decimal(tier["EndingUnit"]) < _start(tier):
            raise invalid(f"A tier of currency {currency} ends before it starts.")
    over = [tier for tier in group if tier.get("IsOveragePrice")]
    if over and (charge["ChargeModel"] != "Tiered with Overage Pricing" or over != [group[-1]]):
        raise invalid("IsOveragePrice is for the last tier of the Tiered with Overage Pricing model only.")


def save_tiers(tenant: Tenant, charge_id: str, charge: Body, tiers: list[Body]) -> None:
    """Replace the tiers of a charge; a tier of the same currency and place keeps its id."""
    store = tenant.store
    old = {
        (row["currency"], row["tier"]): row
        for row in store.find("productRatePlanChargeTier", productRatePlanChargeId=charge_id)
    }
    for currency, group in _by_currency(tenant, tiers).items():
        for position, tier in enumerate(group, 1):
            row = _row(charge, currency, position, tier)
            present = old.pop((currency, position), None)
            if present is None:
                store.insert("productRatePlanChargeTier", {**row, "productRatePlanChargeId": charge_id})
            else:
                store.update("productRatePlanChargeTier", present["id"], row)
    for row in old.values():
        store.delete("productRatePlanChargeTier", row["id"])


def remove_tiers(tenant: Tenant, charge_id: str) -> None:
    """Delete the tiers of a charge."""
    for row in tenant.store.find("productRatePlanChargeTier", productRatePlanChargeId=charge_id):
        tenant.store.delete("productRatePlanChargeTier", row["id"])


def _row(charge: Body, currency: str, position: int, tier: Mapping[str, Any]) -> Row:
    flat = charge["ChargeModel"] == "Flat Fee Pricing"
    row = to_row({"PriceFormat": "Flat Fee" if flat else "Per Unit", "EndingUnit": None, **tier})
    row |= {"currency": currency, "tier": position, "active": True, "startingUnit": _start(tier)}
    if charge["ChargeModel"] == "Overage Pricing":
        row |= {"overagePrice": row["price"], "includedUnits": charge.get("IncludedUnits")}
    return row


def _by_currency(tenant: Tenant, tiers: list[Body]) -> dict[str, list[Body]]:
    groups: dict[str, list[Body]] = {}
    for tier in tiers:
        groups.setdefault(tier.get("Currency") or tenant.settings.home_currency, []).append(tier)
    return groups


def _start(tier: Mapping[str, Any]) -> Decimal:
    return Decimal(tier.get("StartingUnit") or 0)
