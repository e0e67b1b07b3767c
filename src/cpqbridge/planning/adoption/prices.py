"""Prices of what was sold, as a charge in Zuora must have them: by the list price base that it was made with.

A charge has one price for all its units, or the tiers of a consumption schedule. Where a price cannot be worked out,
the reason is said and nothing is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import zip_longest
from typing import Any, NamedTuple

from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.money.charge_segments import ChargeSegment
from cpqbridge.money.periods import spelling
from cpqbridge.planning.adoption.billed import Segment, Tier
from cpqbridge.planning.adoption.deal import Part
from cpqbridge.planning.chain import Chain, Stretch, stretches
from cpqbridge.planning.charges import UsageCharge, schedules_of
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line, Value, priced_days, value_on
from cpqbridge.planning.pricing import PriceBase, base_held
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.standing import Standing
from cpqbridge.planning.state import Charge, ZuoraState
from cpqbridge.planning.term import read_term
from cpqbridge.planning.usage import map_usage_plan
from cpqbridge.settings.options import Options

_CENT = Decimal("0.01")
_ONE_UNIT = 1
"""Bounds of tiers that differ by one unit mean the same: people write 1–100, 101–200 as well as 0–100, 100–200."""


class Price(NamedTuple):
    """A price on one day, on both sides.

    Attributes:
        same: Whether the two are the same.
        sold: What Salesforce sold, of one unit for the term; None for usage, and where it is not known.
        held: What Zuora bills, in the same way.
        said: The two in words, as list prices or tiers.
        unknown: Why they could not be compared.
    """

    same: bool = True
    sold: Decimal | None = None
    held: Decimal | None = None
    said: tuple[str, str] = ("", "")
    unknown: str | None = None

    def told(self, currency: str | None) -> tuple[str, str]:
        """Return both sides in words, with the amounts for the term where there are any."""
        amounts = (self.sold, self.held)
        unit = f" {currency}" if currency else ""
        sold, held = (
            words if amount is None else f"{amount}{unit} for the term ({words})"
            for amount, words in zip(amounts, self.said, strict=True)
        )
        return sold, held


@dataclass(frozen=True, slots=True)
class Prices:
    """Works out prices.

    Attributes:
        options: The user's.
        values: The user's value tables.
        tables: The user's mapping.
    """

    options: Options = field(default_factory=Options)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Tables = GUIDE

    def compare(
        self, chain: Chain, part: Part, segment: Segment, day: date, units: Mapping[str, int] | None = None
    ) -> Price:
        """Return the prices of a part of a chain on a day.

        Args:
            chain: What was sold; something of it is active on the day.
            part: The product itself, or one of its consumption schedules.
            segment: That of the charge in Zuora on the day.
            day: The day.
            units: Unit of measure in Zuora to its decimal places.
        """
        draft = Draft(Snapshot(), ZuoraState(units=dict(units or {})), self.options, self.values, self.tables)
        active = [one for one in stretches(chain, day) if one.start <= day and one.quantity > 0]
        found = None
        if active:
            stretch = active[-1]
            found = (
                _tiers(draft, part, segment, stretch) if part.is_usage else _list_price(draft, segment, stretch, day)
            )
        if found is not None:
            return found
        return Price(unknown=draft.problems[0].message if draft.problems else "Salesforce has none")


def _list_price(draft: Draft, segment: Segment, stretch: Stretch, day: date) -> Price | None:
    """Return the prices of a product; None, with the reason in the draft, where they are not known."""
    charge, held, item = _charge(segment), _held(segment), priced_days(stretch.sale.item)
    line = Line("", "", Standing({}, {}), charge, held)
    value = value_on(line.spans(draft, Chain((stretch.sale,)), day) or (), day)
    term = read_term(draft, draft.context({"Order": item["Order"], "OrderItem": item}), item)
    base = base_held(draft, held, charge, term) if term else None
    if segment.price is None and not draft.problems:
        draft.refuse("CPQ-441", None, "its charge in Zuora has not one price")
    if value is None or value.price is None or term is None or base is None or segment.price is None:
        return None
    same = line.bills(ChargeSegment(day, None, None, segment.price), Value(price=value.price))
    months = Decimal(_default_months(item)) if term.evergreen else term.priced_months or term.length
    sold, billed = (_for_term(price, base, months) for price in (Decimal(value.price), segment.price))
    said = f"{readable(Decimal(value.price))}{_per(base)}", f"{readable(segment.price)}{_per(base)}"
    return Price(same, sold, billed, said)


def _charge(segment: Segment, unit: str | None = None) -> Charge:
    return Charge("", segment.type, segment.model, segment.period, unit=unit)


def _held(segment: Segment) -> dict[str, Any]:
    """Return what tells the list price base of a charge, as REST writes it."""
    return {
        "number": segment.charge,
        "listPriceBase": spelling(segment.price_base),
        "specificListPriceBase": segment.base_months,
        "billingPeriod": segment.period,
    }


def _default_months(item: Record) -> int:
    return max(1, int(item.get("SBQQ__DefaultSubscriptionTerm__c") or 1))


def _for_term(price: Decimal, base: PriceBase, months: Decimal | int | None) -> Decimal:
    whole = price if base.months is None or months is None else price * Decimal(months) / base.months
    return whole.quantize(_CENT, ROUND_HALF_UP)


def _per(base: PriceBase) -> str:
    if base.months is None:
        return ""
    return " per month" if base.months == 1 else f" per {readable(base.months)} months"


def _tiers(draft: Draft, part: Part, segment: Segment, stretch: Stretch) -> Price | None:
    """Return the tiers of a consumption schedule; None, with the reason in the draft, where they are not known."""
    item = stretch.sale.item
    same = (one for one in schedules_of(item) if one.get("SBQQ__ConsumptionSchedule__c") == part.schedule)
    schedule = next(same, None)
    if schedule is None or part.link is None:
        draft.refuse("CPQ-441", None, f"the order product has no consumption schedule {part.name} with a product")
        return None
    used = UsageCharge(schedule, part.link, _charge(segment, segment.unit))
    roots = {"Order": item["Order"], "OrderItem": item}
    made = map_usage_plan(draft, roots, used, {"charge_place": 0, "own_start": False}, "", Mapped())
    if made is None or draft.problems:
        return None
    [pricing] = made["chargeOverrides"][0]["pricing"].values()
    tiers = [_tier(one) for one in pricing["tiers"]]
    alike = all(_alike(*both) for both in zip_longest(tiers, segment.tiers))
    return Price(alike, said=(_told(tiers), _told(segment.tiers)))


def _tier(body: Mapping[str, Any]) -> Tier:
    end = body.get("endingUnit")
    return Tier(
        start=Decimal(body.get("startingUnit") or 0),
        end=None if end is None else Decimal(end),
        price=Decimal(body.get("price") or 0),
        format=str(body.get("priceFormat")),
    )


def _alike(one: Tier | None, other: Tier | None) -> bool:
    """Return whether two tiers are the same; the first is Salesforce's."""
    if one is None or other is None:
        return False
    near = abs(one.start - other.start) <= _ONE_UNIT
    if one.end is None or other.end is None:
        near = near and one.end == other.end
    else:
        near = near and abs(one.end - other.end) <= _ONE_UNIT
    return near and (one.price, one.format) == (other.price, other.format)


def _told(tiers: Sequence[Tier]) -> str:
    """Return tiers in words, such as `0.1 from 0, 0.05 from 100`."""
    said = (
        f"{readable(one.price)}{'' if one.format == 'PerUnit' else ' flat'} from {readable(one.start)}" for one in tiers
    )
    return ", ".join(said) or "none"


def readable(number: Decimal) -> str:
    """Return a number without exponent and trailing zeros."""
    return f"{number.normalize():f}"
