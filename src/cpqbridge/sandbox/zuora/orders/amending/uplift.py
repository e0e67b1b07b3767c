"""Prices that change at a renewal, as ``priceChangeOption`` of a charge says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment
from cpqbridge.sandbox.zuora.orders.amending.extent import chains
from cpqbridge.sandbox.zuora.orders.amending.segments import at, begin
from cpqbridge.sandbox.zuora.orders.amending.versions import tiers_of
from cpqbridge.sandbox.zuora.orders.tiers import Tier, catalog_tiers
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.units import MAX_DECIMALS

_PRICES = ("price", "overagePrice", "discountAmount")


def raise_prices(amendment: Amendment, on: date) -> None:
    """Let a new segment begin on the renewal day for every charge whose price changes then."""
    for chain in chains(amendment):
        charge = at(chain, on)
        if charge is None or charge["chargeType"] == "OneTime":
            continue
        tiers = _renewed(amendment, charge)
        if tiers is not None:
            booked = {"amendedByOrderOn": amendment.run.order["orderDate"]}
            begin(amendment.run.store, chain, on, booked, tiers)


def _renewed(amendment: Amendment, charge: Row) -> list[Tier] | None:
    store, option = amendment.run.store, charge.get("priceChangeOption")
    if option == "SpecificPercentageValue":
        factor = 1 + Decimal(charge.get("priceIncreasePercentage") or 0) / 100
        return [_scaled(tier, factor) for tier in tiers_of(store, charge)]
    if option == "UseLatestProductCatalogPricing":
        catalog = store.get("productRatePlanCharge", charge["productRatePlanChargeId"]) or {"id": ""}
        return catalog_tiers(store, catalog, amendment.subscription["currency"]) or None
    return None


def _scaled(tier: Tier, factor: Decimal) -> Tier:
    smallest = Decimal(1).scaleb(-MAX_DECIMALS)
    prices = {name: tier[name] for name in _PRICES if tier.get(name) is not None}
    return tier | {name: _plain((Decimal(price) * factor).quantize(smallest)) for name, price in prices.items()}


def _plain(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    return Decimal(f"{number:f}".rstrip("0").rstrip("."))
