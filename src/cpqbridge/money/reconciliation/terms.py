"""How Zuora bills one charge: its billing periods, the tenant's rules, the currency's rounding."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.money.billing.schedule import Kind, ServicePeriod, months_billed, service_periods
from cpqbridge.money.reconciliation.causes import Cause
from cpqbridge.money.reconciliation.flow import Flow, total
from cpqbridge.money.rounding import Rounding

MONTHS_OF_A_WEEK = Fraction(84, 365)
"""What a week counts as where amounts of weeks and of months are compared: 365 days are 12 months."""

_MONTH = BillingPeriod(months=1)
_CALENDAR_RULES = BillingRules(days_in_month=DaysInMonth.ACTUAL, proration_unit=ProrationUnit.MONTH_FIRST)


@dataclass(frozen=True, slots=True)
class Item:
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
        first, last = start <= self.start, end >= self.end
        units = months_billed(start, end, self.cycle, self.rules, first=first, last=last)
        return units * MONTHS_OF_A_WEEK if self.cycle.period.weeks else units

    def items(self, flows: Sequence[Flow]) -> Iterator[Item]:
        """Yield the invoice items of a charge whose segments come to these amounts, the earliest first."""
        for flow in flows:
            unit = flow.monthly * MONTHS_OF_A_WEEK if self.cycle.period.weeks else flow.monthly
            units, amount = Fraction(0), Decimal(0)
            for one in self._periods(flow.start, flow.end):
                if one.units is not units:  # whole periods have the very same, and most periods are whole
                    units, amount = one.units, self.rounding.round(unit * one.units)
                yield Item(one.start, one.end, amount, one.kind)

    def _periods(self, start: date, end: date) -> Iterator[ServicePeriod]:
        first, last = start <= self.start, end >= self.end
        return service_periods(start, end, self.cycle, self.rules, first=first, last=last)

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


def calendar(start: date) -> Cycle:
    """Return the billing months of CPQ: each begins on the first of the month."""
    return Cycle(_MONTH, 1, Alignment.CHARGE, start)


def calendar_months(start: date, end: date) -> Fraction:
    """Return the months of a span, each partial one as its days over the days of that month."""
    return Fraction(end.year * 12 + end.month - start.year * 12 - start.month) + _gone(end) - _gone(start)


def _gone(day: date) -> Fraction:
    """Return the part of a month that is over when a day begins."""
    return Fraction(day.day - 1, monthrange(day.year, day.month)[1])


@dataclass(frozen=True, slots=True)
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

    @property
    def items(self) -> list[Item]:
        """What Zuora bills of it from its first day to its last."""
        return list(self.terms.items(self.flows))

    @property
    def exact(self) -> Fraction:
        """The same, unrounded."""
        return total(self.flows, self.terms.clock)

    @property
    def months(self) -> Fraction:
        """The months that Zuora bills it as, from its first day to its last."""
        return sum((self.terms.clock(one.start, one.end) for one in self.flows), Fraction(0))
