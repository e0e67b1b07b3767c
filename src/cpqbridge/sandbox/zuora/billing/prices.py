"""What a charge costs: its price for a quantity, and the amount for a part of a billing period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal, localcontext
from typing import Any

from cpqbridge.sandbox.zuora.billing.cycles import Cycle
from cpqbridge.sandbox.zuora.billing.rules import Rules
from cpqbridge.sandbox.zuora.billing.shares import Ratio, whole
from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.store import Row

_MODES = {"HalfUp": ROUND_HALF_UP, "Up": ROUND_UP, "Down": ROUND_DOWN}

#: Digits that no product of prices, quantities and shares reaches, so that only the last division is inexact.
_EXACT = Context(prec=120)

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rounding:
    """How amounts of a currency are rounded."""

    mode: str
    increment: Decimal

    def amount(self, over: Decimal, under: int = 1) -> Decimal:
        """``over / under`` rounded once."""
        with localcontext(_EXACT):
            steps = (over / (under * self.increment)).quantize(Decimal(1), self.mode)
            return steps * self.increment


def rounding(settings: TenantSettings, currency: str) -> Rounding:
    """The rounding of a currency; that of the home currency for one that was taken away since."""
    found = settings.currencies.get(currency) or settings.currencies[settings.home_currency]
    return Rounding(_MODES[found["mode"]], Decimal(found["increment"]))


@dataclass(frozen=True, slots=True)
class Price:
    """A price for so many units (months, weeks) of service.

    Attributes:
        total: Price of the whole quantity.
        base: Units that the total is for.
        weeks: Whether a term is counted in weeks.
    """

    total: Decimal
    base: Ratio
    weeks: bool

    def times(self, units: Ratio, rounded: Rounding) -> Decimal:
        """Amount of so many units."""
        with localcontext(_EXACT):
            over = self.total * units.over * self.base.under
        return rounded.amount(over, units.under * self.base.over)


def price_of(charge: Row, tiers: list[Row], cycle: Cycle, rules: Rules) -> Price:
    """The price of a recurring charge in its billing periods.

    Args:
        charge: Row of the segment.
        tiers: Its tiers.
        cycle: Its billing periods.
        rules: The billing rules, for a term that is not whole months.
    """
    base = stored("listPriceBase", charge.get("listPriceBase")) or "Per_Billing_Period"
    weeks = base == "Per_Week"
    months = {"Per_Month": 1, "Per_Week": 1, "Per_Year": 12, "Per_Specific_Months": charge.get("specificListPriceBase")}
    count = months.get(base)
    units = Ratio(int(count), 1) if count else whole(cycle, rules)
    return Price(total(charge, tiers, quantity(charge)), units, weeks)


def quantity(charge: Row) -> Decimal:
    """The quantity of a segment; 0 when its model has none."""
    return Decimal(charge.get("quantity") or 0)


def total(charge: Row, tiers: list[Row], units: Decimal) -> Decimal:
    """Price of a quantity by the charge's model, not rounded."""
    model = stored("chargeModel", charge["chargeModel"]) or "FlatFee"
    with localcontext(_EXACT):
        return _MODELS[model](tiers, units)


def unit_price(charge: Row, tiers: list[Row], units: Decimal) -> Decimal | None:
    """The price that stands on an invoice item: that of the unit, or of the tier reached."""
    model = stored("chargeModel", charge["chargeModel"])
    if model == "Tiered":
        return None
    tier = _reached(tiers, units) if model == "Volume" else tiers[0]
    price = tier.get("price")
    return None if price is None else Decimal(price)


def _flat(tiers: list[Row], _quantity: Decimal) -> Decimal:
    return Decimal(tiers[0].get("price") or 0)


def _per_unit(tiers: list[Row], quantity: Decimal) -> Decimal:
    return Decimal(tiers[0].get("price") or 0) * quantity


def _tiered(tiers: list[Row], quantity: Decimal) -> Decimal:
    amount, below = _ZERO, _ZERO
    for position, tier in enumerate(tiers, 1):
        end = _end(tier) if position < len(tiers) else None
        units = (quantity if end is None else min(quantity, end)) - below
        if units <= 0:
            break
        amount += _of_tier(tier, units)
        below += units
    return amount


def _volume(tiers: list[Row], quantity: Decimal) -> Decimal:
    return _of_tier(_reached(tiers, quantity), quantity) if quantity else _ZERO


def _overage(tiers: list[Row], quantity: Decimal) -> Decimal:
    tier = tiers[0]
    price = tier.get("overagePrice", tier.get("price")) or 0
    return Decimal(price) * max(_ZERO, quantity - Decimal(tier.get("includedUnits") or 0))


def _tiered_with_overage(tiers: list[Row], quantity: Decimal) -> Decimal:
    end, price = _end(tiers[-1]), tiers[0].get("overagePrice")
    if end is None or price is None or quantity <= end:
        return _tiered(tiers, quantity)
    return _tiered(tiers, end) + Decimal(price) * (quantity - end)


def _of_tier(tier: Row, units: Decimal) -> Decimal:
    price = Decimal(tier.get("price") or 0)
    amount = price if stored("priceFormat", tier.get("priceFormat")) == "FlatFee" else price * units
    return min(amount, Decimal(tier["cap"])) if tier.get("cap") is not None else amount


def _reached(tiers: list[Row], quantity: Decimal) -> Row:
    return next((tier for tier in tiers if (end := _end(tier)) is None or quantity <= end), tiers[-1])


def _end(tier: Row) -> Decimal | None:
    end = tier.get("endingUnit")
    return None if end is None else Decimal(end)


_MODELS: dict[str, Callable[[list[Row], Decimal], Decimal]] = {
    "FlatFee": _flat,
    "PerUnit": _per_unit,
    "Tiered": _tiered,
    "Volume": _volume,
    "Overage": _overage,
    "TieredWithOverage": _tiered_with_overage,
    "DiscountFixedAmount": lambda tiers, _: Decimal(tiers[0].get("discountAmount") or tiers[0].get("price") or 0),
    "DiscountPercentage": lambda tiers, _: Decimal(tiers[0].get("discountPercentage") or 0),
}

_TIER_FIELDS = (
    "startingUnit", "endingUnit", "price", "priceFormat", "cap", "includedUnits", "overagePrice", "discountAmount",
    "discountPercentage",
)  # fmt: skip


def content(charge: Row, tiers: list[Row]) -> str:
    """What the price of a segment rests on, as a text: equal texts cost the same for the same days."""
    names = ("chargeModel", "quantity", "billingPeriod", "specificBillingPeriod", "listPriceBase")
    fields = [*(charge.get(name) for name in names), charge.get("specificListPriceBase")]
    return "|".join(_plain(value) for value in [*fields, *(tier.get(name) for tier in tiers for name in _TIER_FIELDS)])


def _plain(value: Any) -> str:
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return format(Decimal(value).normalize(), "f")
    return "" if value is None else str(value)
