"""The charges of a Zuora subscription and their segments, as REST gives them with `charge-detail=all-segments`.

A segment is a part of a charge that has one quantity and one price. Days on which something ends are the first days
without it, as in Zuora.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]

Value = tuple[Decimal | None, Decimal | None, tuple[tuple[Any, ...], ...]]
"""What is billed on a day: quantity, price, and the tiers of what has several prices."""

TIER_FIELDS = ("startingUnit", "endingUnit", "price", "priceFormat")
"""What is read of a price tier, in this order."""


@dataclass(frozen=True, slots=True)
class ChargeSegment:
    """One segment of a charge.

    Attributes:
        start: First day; None while it waits for its activation or acceptance.
        end: First day after it; None without end.
        quantity: Units; None for a flat fee and for usage.
        price: As Zuora has it: of one unit, or of all of a flat fee; None where tiers have the prices.
        tiers: `TIER_FIELDS` of each price tier; empty where there is one price.
        charged_through: First day that is not invoiced yet; None where nothing is invoiced.
    """

    start: date | None
    end: date | None
    quantity: Decimal | None
    price: Decimal | None
    tiers: tuple[tuple[Any, ...], ...] = ()
    charged_through: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it has begun and has not a single day: a later change from its first day has replaced it."""
        return self.start is not None and self.end is not None and self.end <= self.start

    @property
    def value(self) -> Value:
        """What it bills."""
        return self.quantity, self.price, self.tiers

    def covers(self, day: date) -> bool:
        """Return whether a day is one of its days."""
        return self.start is not None and self.start <= day and (self.end is None or day < self.end)


def subscribed_charges(subscription: Row) -> Iterator[tuple[Row, Row]]:
    """Yield each charge of a subscription behind its rate plan."""
    for plan in subscription.get("ratePlans") or ():
        for charge in plan.get("ratePlanCharges") or ():
            yield plan, charge


def segments_of(charge: Row) -> list[ChargeSegment]:
    """Return all segments of a charge by start, empty ones too; a charge without a list of them is its only one."""
    rows: Sequence[Row] = charge.get("chargeSegments") or (charge,)
    return sorted((_segment(row) for row in rows), key=lambda one: one.start or date.max)


def _segment(row: Row) -> ChargeSegment:
    return ChargeSegment(
        start=day_of(row.get("effectiveStartDate")),
        end=day_of(row.get("effectiveEndDate")),
        quantity=_number(row.get("quantity")),
        price=_number(row.get("price")),
        tiers=tuple(tuple(tier.get(name) for name in TIER_FIELDS) for tier in row.get("tiers") or ()),
        charged_through=day_of(row.get("chargedThroughDate")),
    )


def day_of(text: str | None) -> date | None:
    """Return the day of a date, or of a date with a time; None for nothing."""
    return date.fromisoformat(text[:10]) if text else None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
