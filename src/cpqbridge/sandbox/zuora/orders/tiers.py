"""Price tiers: those of the catalog in one currency, and those of an override, checked for gaps."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import invalid, missing
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.units import MAX_DECIMALS, decimals, fits

Body = dict[str, Any]
Tier = dict[str, Any]

_FIELDS = (
    "tier", "startingUnit", "endingUnit", "price", "priceFormat",
    "includedUnits", "overagePrice", "discountAmount", "discountPercentage",
)  # fmt: skip

#: How an open last tier may be written instead of leaving ``endingUnit`` out.
_OPEN = Decimal(-1)


def catalog_tiers(store: Store, charge: Row, currency: str) -> list[Tier]:
    """The tiers of a product rate plan charge in a currency, in order, without ids."""
    rows = store.find("productRatePlanChargeTier", productRatePlanChargeId=charge["id"])
    rows = sorted((row for row in rows if row.get("currency") == currency), key=lambda row: row.get("tier") or 1)
    return [
        {"currency": currency, "tier": position}
        | {name: row[name] for name in _FIELDS if name != "tier" and row.get(name) is not None}
        for position, row in enumerate(rows, 1)
    ]


def checked_tiers(tiers: list[Body], currency: str, smallest: Decimal) -> list[Tier]:
    """The tiers of an override as row fields.

    Args:
        tiers: Tiers of the request, both bounds inclusive.
        currency: Currency of the subscription.
        smallest: Smallest amount of the unit of measure; the step between one tier and the next.

    Raises:
        Refusal: Tiers do not follow each other without gap or overlap, a middle one is open, or a number has too
            many decimal places.
    """
    previous: Decimal | None = None
    for position, tier in enumerate(tiers, 1):
        start, end = Decimal(tier["startingUnit"]), _end(tier)
        _check_decimals(tier, position, smallest)
        if tier["tier"] != position:
            raise invalid(f"Tiers must be numbered from 1 without gaps: tier {tier['tier']} stands at {position}.")
        if position == 1 and not 0 <= start <= smallest:
            raise invalid(f"The first tier must start at 0, it starts at {start}.")
        if previous is not None and not 0 < start - previous <= smallest:
            raise invalid(f"Tier {position} starts at {start} but the tier before it ends at {previous}.")
        if end is None and position < len(tiers):
            raise missing(f"Tier {position}: only the last tier may leave endingUnit out.")
        if end is not None and end < start:
            raise invalid(f"Tier {position}: endingUnit {end} lies before startingUnit {start}.")
        previous = end
    return [
        {"currency": currency, "endingUnit": _end(tier)}
        | {name: tier[name] for name in ("tier", "startingUnit", "price", "priceFormat", "cap") if name in tier}
        for tier in tiers
    ]


def _check_decimals(tier: Body, position: int, smallest: Decimal) -> None:
    for bound in (Decimal(tier["startingUnit"]), _end(tier)):
        if bound is not None and not fits(bound, smallest):
            raise invalid(f"Tier {position}: {bound} has more decimal places than the unit of measure.")
    for name in ("price", "cap"):
        if decimals(tier.get(name) or 0) > MAX_DECIMALS:
            raise invalid(f"Tier {position}: {name} {tier[name]} has more than {MAX_DECIMALS} decimal places.")


def _end(tier: Body) -> Decimal | None:
    end = tier.get("endingUnit")
    return None if end is None or Decimal(end) == _OPEN else Decimal(end)
