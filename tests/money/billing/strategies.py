"""Random charges: dates, cycles and rules, as Hypothesis strategies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit

dates = st.dates(date(2019, 1, 1), date(2028, 12, 31))
MONTHS = (1, 3, 6, 12, 18, 24, 36, 60, 5)


@dataclass(frozen=True)
class Case:
    """A charge: first day, first day after it, its billing periods and its rules."""

    start: date
    end: date
    cycle: Cycle
    rules: BillingRules


@st.composite
def cycles(draw: st.DrawFn, start: date, end: date, *, weekly: bool = False) -> Cycle:
    period = BillingPeriod(weeks=draw(st.integers(1, 6))) if weekly else BillingPeriod(draw(st.sampled_from(MONTHS)))
    day = draw(st.sampled_from(Weekday) if weekly else st.integers(1, 31))
    alignment = draw(st.sampled_from(Alignment))
    term_start = start - timedelta(draw(st.integers(0, 400)))
    anchor = start if alignment is Alignment.CHARGE else term_start
    return Cycle(period, day, alignment, anchor, (term_start, end + timedelta(draw(st.integers(0, 400)))))


@st.composite
def rules(draw: st.DrawFn, *, always: bool = False) -> BillingRules:
    period = always or draw(st.booleans())
    return BillingRules(
        partial_month=always or (period and draw(st.booleans())),
        partial_week=always or draw(st.booleans()),
        partial_period=period,
        days_in_month=draw(st.sampled_from(DaysInMonth)),
        proration_unit=draw(st.sampled_from(ProrationUnit)),
    )


@st.composite
def charges(draw: st.DrawFn, *, always: bool = False, weekly: bool | None = False) -> Case:
    start = draw(dates)
    end = start + timedelta(draw(st.integers(1, 1500)))
    weeks = draw(st.booleans()) if weekly is None else weekly
    return Case(start, end, draw(cycles(start, end, weekly=weeks)), draw(rules(always=always)))
