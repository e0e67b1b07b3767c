"""Builders of both sides of a line: what CPQ sold, and the charge that Zuora bills for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.rules import BillingRules, ProrationUnit
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import BillingTerms, Charge
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted
from cpqbridge.money.rounding import Rounding

MONTH_FIRST = BillingRules(proration_unit=ProrationUnit.MONTH_FIRST)
MONTH = BillingPeriod(months=1)

Segment = tuple[str, str, str | int, str | int]
"""First day, first day after it, units, price of one unit in a month."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def sold(
    amount: str, start: str, end: str, units: str | int = 1, *, year: str | None = None, listed: str | None = None,
    net: str | None = None, rounded: int = 1,
) -> Quoted:  # fmt: skip
    """What CPQ sold until before a day; `year` is the net price of a unit for twelve months."""
    return Quoted(
        Decimal(amount),
        day(start),
        day(end),
        Decimal(units),
        unprorated=None if year is None else Decimal(year),
        listed=None if listed is None else Decimal(listed),
        net=None if net is None else Decimal(net),
        rounded=Decimal(rounded),
    )


def charge(
    *segments: Segment,
    period: BillingPeriod = MONTH,
    cut: int | Weekday = 1,
    rules: BillingRules = MONTH_FIRST,
    rounding: Rounding | None = None,
    aligned: tuple[Alignment, str] | None = None,
    price: str | None = None,
    first: str | None = None,
) -> Charge:
    """A charge with these segments; `first` is its own first day where that is before them."""
    flows = tuple(
        Flow(day(start), day(end), Fraction(units), Fraction(units) * Fraction(per_month))
        for start, end, units, per_month in segments
    )
    start, end = flows[0].start, flows[-1].end
    alignment, anchor = aligned or (Alignment.CHARGE, first or segments[0][0])
    cycle = Cycle(period, cut, alignment, day(anchor), (start, end))
    terms = BillingTerms(cycle, rules, rounding or Rounding(), day(first) if first else start, end)
    return Charge(flows, terms, None if price is None else Decimal(price))


def parts(found: Explained) -> dict[str, Decimal]:
    """The parts of a difference, which add up to it."""
    made = {part.cause.value: part.amount for part in found.parts}
    assert len(made) == len(found.parts)
    assert sum(made.values()) == found.difference == found.billed - found.quoted
    assert sum((one.amount for one in found.items), Decimal(0)) == found.billed or "other" in made
    return made
