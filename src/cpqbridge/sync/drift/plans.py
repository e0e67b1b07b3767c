"""Compares a rate plan that was sold with the one that bills it: its days, and its units and price from a day on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.planning.adoption.billed import USAGE, Segment
from cpqbridge.planning.adoption.fit import FLAT_FEE
from cpqbridge.planning.chain import Stretch, earliest
from cpqbridge.planning.draft import Draft
from cpqbridge.sync.drift.as_billed import bills_what_was_sold
from cpqbridge.sync.drift.billed import HeldPlan
from cpqbridge.sync.drift.difference import shown, told
from cpqbridge.sync.drift.fields import UNKNOWN, Field, Kind, differing, named
from cpqbridge.sync.drift.prices import PriceMemory
from cpqbridge.sync.drift.sold import SoldPlan, end_of_all, first_day

Told = tuple[Field, str | None, str | None]
"""A field with both values as they are told."""


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """Compares rate plans.

    Attributes:
        as_of: The day; days after it count too.
        draft: For planning's rules.
        prices: Works out prices, and remembers them.
    """

    as_of: date
    draft: Draft
    prices: PriceMemory

    def differences(self, plan: SoldPlan, held: HeldPlan) -> Iterator[Told]:
        """Yield what differs, each field once: on the first day on which it does."""
        if len(held.charges) > 1:
            yield named(Kind.RATE_PLAN, UNKNOWN), "one charge", f"{len(held.charges)} charges"
            return
        sold, bills = self._days(plan, held)
        for one in differing(Kind.RATE_PLAN, sold, bills):
            yield one, *told(one, sold[one.name], bills.get(one.name))
        found: set[str] = set()
        for day, values in self._values(plan, held, sold):
            for one, wanted, billed in values:
                if one.name not in found:
                    found.add(one.name)
                    yield one, _on(day, wanted), _on(day, billed)

    def _days(self, plan: SoldPlan, held: HeldPlan) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return first day, and first day after the end, on both sides; what is charged once has no end."""
        if not held.segments:
            return {}, {}
        start, over = first_day(self.draft, plan), end_of_all(plan.chain)
        sold: dict[str, Any] = {}
        if held.by_contract and (over is None or over > start):
            sold["start"] = start
        end = plan.chain.sales[-1].end if over is None else over
        if not plan.once and not self._renews_by_itself(plan, end):
            sold["end"] = end
        return sold, {"start": held.segments[0].start, "end": _end(held.segments)}

    def _renews_by_itself(self, plan: SoldPlan, end: date | None) -> bool:
        """Return whether Zuora has begun a term that Salesforce has not: with the option it does so by itself."""
        return (
            self.draft.options.auto_renew and end is not None and end <= self.as_of and end_of_all(plan.chain) is None
        )

    def _values(self, plan: SoldPlan, held: HeldPlan, sold: Mapping[str, Any]) -> Iterator[tuple[date, list[Told]]]:
        start = sold.get("start") or plan.chain.sales[0].start
        if plan.once:
            yield start, list(self._on((plan, held), plan.chain.stretches[0], next(iter(held.segments), None), start))
            return
        end = plan.chain.sales[-1].end
        first = max(self.as_of, start)
        if end is not None and first >= end:
            return
        for day in _turns(plan, held.segments, first, end):
            stretch = next((one for one in plan.chain.stretches if _covers(one, day)), None)
            yield day, list(self._on((plan, held), stretch, _in_force(held.segments, day), day))

    def _on(
        self, pair: tuple[SoldPlan, HeldPlan], stretch: Stretch | None, segment: Segment | None, day: date
    ) -> Iterator[Told]:
        """Yield what differs on a day."""
        plan, held = pair
        quantity, units = named(Kind.RATE_PLAN, "quantity"), stretch.quantity if stretch else Decimal(0)
        if stretch is None or segment is None or units <= 0:
            billed = _billed(segment)
            if (units > 0) != (billed > 0):
                yield quantity, shown(max(units, Decimal(0))), shown(billed)
            return
        counted = segment.model != FLAT_FEE and segment.type != USAGE
        if counted and not quantity.same(units, segment.quantity):
            yield quantity, shown(units), shown(segment.quantity)
        price = self.prices.compare(plan, segment, day, stretch)
        if price.unknown is not None:
            yield named(Kind.RATE_PLAN, UNKNOWN), f"price: {price.unknown}", shown(segment.price)
        elif not price.same and not bills_what_was_sold(self.draft, stretch.sale, held, segment):
            yield named(Kind.RATE_PLAN, "price"), *price.said


def _on(day: date, value: str | None) -> str | None:
    return None if value is None else f"{value} on {day}"


def _billed(segment: Segment | None) -> Decimal:
    """Return the units that are billed; none where they are billed at nothing."""
    if segment is None or segment.price == 0:
        return Decimal(0)
    return Decimal(1) if segment.quantity is None or segment.model == FLAT_FEE else segment.quantity


def _end(segments: Sequence[Segment]) -> date | None:
    ends = [segment.end for segment in segments]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def _covers(stretch: Stretch, day: date) -> bool:
    return stretch.start <= day and (stretch.end is None or day < stretch.end)


def _in_force(segments: Sequence[Segment], day: date) -> Segment | None:
    return next((segment for segment in reversed(segments) if segment.in_force(day)), None)


def _turns(plan: SoldPlan, segments: Sequence[Segment], first: date, end: date | None) -> list[date]:
    """Return a day, and each later one on which either side changes, before either ends: that the ends say."""
    changes = {one.start for one in plan.chain.stretches}
    changes |= {day for one in segments for day in (one.start, one.end) if day}
    last = earliest(end, _end(segments) if segments else None)
    return sorted({first} | {day for day in changes if first < day and (last is None or day < last)})
