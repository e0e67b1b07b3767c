"""How Zuora bills one charge: its billing periods, the tenant's rules, the currency's rounding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import NamedTuple

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.money.billing.schedule import Kind, months_billed, service_periods
from cpqbridge.money.reconciliation.causes import Cause
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.rounding import Rounding

MONTHS_OF_A_WEEK = Fraction(84, 365)
"""What a week counts as where amounts of weeks and of months are compared: 365 days are 12 months."""

_MONTH = BillingPeriod(months=1)
_CALENDAR_RULES = BillingRules(days_in_month=DaysInMonth.ACTUAL, proration_unit=ProrationUnit.MONTH_FIRST)


class Item(NamedTuple):
    """What Zuora bills of a charge for one service period.

    Attributes:
        start: First day.
        end: First day after it.
        amount: Rounded by the currency; negative is credited.
        kind: Whether it is a whole billing period.
    """

    start: date
    end: date
    amount: Decimal
    kind: Kind = Kind.FULL


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a span of a charge is billed for, whatever its price.

    Attributes:
        spans: First day, first day after it and kind of each service period, and the place of its length in `lengths`.
        lengths: Months, or weeks, that service periods are billed as, and how many are; most are whole and have the
            same.
        units: All of them together.
    """

    spans: Sequence[tuple[date, date, Kind, int]]
    lengths: Sequence[tuple[Fraction, int]]
    units: Fraction

    @property
    def has_part(self) -> bool:
        """Whether part of a billing period is billed, which the rules decide; it can only be at the ends."""
        return any(kind is Kind.PARTIAL for _, _, kind, _ in (*self.spans[:1], *self.spans[-1:]))

    def items(self, unit: Fraction, rounding: Rounding) -> list[Item]:
        """Return the invoice items at a price for a month, or for a week."""
        amounts = [rounding.round(unit * length) for length, _ in self.lengths]
        return [Item(start, end, amounts[place], kind) for start, end, kind, place in self.spans]


@dataclass(frozen=True, slots=True)
class BillingTerms:
    """How a charge is billed.

    Attributes:
        cycle: Its billing periods.
        rules: The tenant's, with the charge's own proration option.
        rounding: The currency's.
        start: The charge's own first day.
        end: Its own first day after it.
    """

    cycle: Cycle
    rules: BillingRules
    rounding: Rounding
    start: date
    end: date

    def clock(self, start: date, end: date) -> Fraction:
        """Return the months that Zuora bills a span of the charge as, unrounded."""
        units = _units(start, end, self.cycle, self.rules, start <= self.start, end >= self.end)
        return units * MONTHS_OF_A_WEEK if self.cycle.period.weeks else units

    def schedule(self, start: date, end: date) -> Schedule:
        """Return what a span of the charge is billed for."""
        return _schedule(start, end, self.cycle, self.rules, start <= self.start, end >= self.end)

    def of_unit(self, monthly: Fraction) -> Fraction:
        """Return an amount in a month as that in a unit of the schedule, which is a week for periods of weeks."""
        return monthly * MONTHS_OF_A_WEEK if self.cycle.period.weeks else monthly

    def steps(self) -> Iterator[tuple[Cause, BillingTerms]]:
        """Yield the way from CPQ's calendar to these terms, one setting after the other, each with its cause."""
        day = self.cycle.day
        now = replace(self, cycle=calendar(self.start), rules=_CALENDAR_RULES)
        monthly = bool(self.cycle.period.months)
        now = replace(now, rules=replace(now.rules, days_in_month=self.rules.days_in_month))
        yield Cause.DAYS_IN_MONTH, now
        if monthly:
            now = replace(now, cycle=replace(now.cycle, day=day))
            yield Cause.BILL_CYCLE_DAY, now
            now = replace(now, cycle=replace(now.cycle, period=self.cycle.period), rules=self._prorating(now.rules))
            yield Cause.PRORATION_UNIT, now
        now = replace(now, cycle=self.cycle, rules=self._prorating(now.rules))
        other = Cause.LIST_PRICE_BASE if self.cycle.period.weeks else Cause.BILL_CYCLE_DAY
        yield (Cause.ALIGNMENT if monthly else other), now
        yield Cause.PARTIAL_PERIODS, self

    def note(self, cause: Cause) -> str:
        """Return the values of these terms that a cause is about; empty where it says it all."""
        last, period = self.end - timedelta(days=1), self.cycle.period
        length = f"{period.months} months" if period.months else f"{period.weeks} weeks" if period.weeks else "the term"
        notes = {
            Cause.TRIGGER_DATES: f"billed from {self.start} to {last}",
            Cause.DAYS_IN_MONTH: str(self.rules.days_in_month),
            Cause.BILL_CYCLE_DAY: f"bill cycle day {self.cycle.day}",
            Cause.PRORATION_UNIT: f"{self.rules.proration_unit}, billing periods of {length}",
            Cause.ALIGNMENT: str(self.cycle.alignment),
        }
        return notes.get(cause, "")

    def _prorating(self, rules: BillingRules) -> BillingRules:
        return replace(rules, proration_unit=self.rules.proration_unit)


@lru_cache(maxsize=2048)
def _units(start: date, end: date, cycle: Cycle, rules: BillingRules, first: bool, last: bool) -> Fraction:
    """Return the months of a span; the lines of an order, and most orders of a month, have the same few spans."""
    return months_billed(start, end, cycle, rules, first=first, last=last)


@lru_cache(maxsize=512)
def _schedule(start: date, end: date, cycle: Cycle, rules: BillingRules, first: bool, last: bool) -> Schedule:
    units = months_billed(start, end, cycle, rules, first=first, last=last)
    lengths: dict[Fraction, int] = {}
    spans = [
        (one.start, one.end, one.kind, lengths.setdefault(one.units, len(lengths)))
        for one in service_periods(start, end, cycle, rules, first=first, last=last)
    ]
    counts = Counter(place for *_, place in spans)
    return Schedule(spans, [(length, counts[place]) for length, place in lengths.items()], units)


def calendar(start: date) -> Cycle:
    """Return the billing months of CPQ: each begins on the first of the month."""
    return Cycle(_MONTH, 1, Alignment.CHARGE, start)


@dataclass(frozen=True)
class Charge:
    """A charge in Zuora: what it bills on which days, and how.

    Attributes:
        flows: Its segments, the earliest first.
        terms: How it is billed.
        price: The list price of its last segment as Zuora has it, where there is one.
    """

    flows: tuple[Flow, ...]
    terms: BillingTerms
    price: Decimal | None = None

    @cached_property
    def schedules(self) -> Sequence[Schedule]:
        """What each of its segments is billed for."""
        return [self.terms.schedule(one.start, one.end) for one in self.flows]

    @cached_property
    def items(self) -> Sequence[Item]:
        """What Zuora bills of it from its first day to its last."""
        every = zip(self.flows, self.schedules, strict=True)
        terms = self.terms
        return [one for flow, some in every for one in some.items(terms.of_unit(flow.monthly), terms.rounding)]

    @cached_property
    def billed(self) -> Decimal:
        """What the items come to together."""
        total, rounding = Decimal(0), self.terms.rounding
        for flow, some in zip(self.flows, self.schedules, strict=True):
            unit = self.terms.of_unit(flow.monthly)
            for length, count in some.lengths:
                total += rounding.round(unit * length) * count
        return total

    @cached_property
    def exact(self) -> Fraction:
        """The same, unrounded."""
        every = zip(self.flows, self.schedules, strict=True)
        amounts = [self.terms.of_unit(flow.monthly) * schedule.units for flow, schedule in every]
        return amounts[0] if len(amounts) == 1 else sum(amounts, Fraction(0))

    @property
    def months(self) -> Fraction:
        """The months that Zuora bills it as, from its first day to its last."""
        return self.terms.of_unit(sum((one.units for one in self.schedules), Fraction(0)))
