"""The service periods that a recurring charge is billed for, and how many months or weeks each is billed as.

Source: Zuora's pages on proration. The rules "partial month", "partial week" and "partial period" are only about the
first and the last day of a charge: a change of quantity or price in between is always prorated. They say which days are
billed; the rules "by month first or by day" and "days in a month" only, what these days cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from cpqbridge.money.billing.cycle import WEEK, Cycle, billing_month, cut
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit

_MONTH = 30

Part = tuple[int, int]
"""A part of a month, week or billing period: its days, and the days of the whole as the rules count them."""


class Kind(StrEnum):
    """Whether a service period is a whole billing period."""

    FULL = "full"
    PARTIAL = "partial"


class ServicePeriod(NamedTuple):
    """One bill of a charge.

    Attributes:
        start: First day.
        end: First day after it.
        kind: Whether it is a whole billing period.
        units: Months that are billed for it; weeks, for periods of weeks.
        whole: Whole months or weeks among them.
        parts: What is billed besides the whole ones, each as days over days.
        scale: Months that one whole of the parts has: 1, or those of the billing period where it is prorated by day.
    """

    start: date
    end: date
    kind: Kind
    units: Fraction
    whole: int
    parts: tuple[Part, ...] = ()
    scale: int = 1


class _Span(NamedTuple):
    """The days of a charge in one billing period, which are not all of it.

    Attributes:
        begin: First day of the billing period.
        after: First day after the billing period.
        start: First day of the charge in it.
        end: First day after the charge in it.
        own_start: Whether `start` is the charge's first day and not that of the period.
        own_end: Likewise for the end.
    """

    begin: date
    after: date
    start: date
    end: date
    own_start: bool
    own_end: bool


def service_periods(
    start: date,
    end: date | None,
    cycle: Cycle,
    rules: BillingRules,
    *,
    first: bool = True,
    last: bool = True,
    through: date | None = None,
) -> Iterator[ServicePeriod]:
    """Yield what a charge, or a segment of it, is billed for, in order.

    Args:
        start: First day.
        end: First day after it; None for an endless charge, whose periods never stop without `through`.
        cycle: Where billing periods begin.
        rules: What is billed for parts of them.
        first: Whether `start` is the charge's own first day, and not a change of it.
        last: Whether `end` is the charge's own end. Whether that comes from a cancellation makes no difference, see
            Zuora's page "Proration credit".
        through: Only service periods that begin on this day or before.

    Raises:
        ValueError: It is billed by the whole term and has days outside of it.
    """
    if end is not None and end <= start:
        return
    number = cycle.number_of(start)
    after = cycle.begin_of(number)
    for following in count(number + 1):
        begin, after = after, cycle.begin_of(following)
        if (end is not None and begin >= end) or (through is not None and max(begin, start) > through):
            return
        period = _in_period(begin, after, start, end, cycle, rules, first, last)
        if period is None:
            continue
        if through is not None and period.start > through:
            return
        yield period


def months_billed(
    start: date,
    end: date,
    cycle: Cycle,
    rules: BillingRules,
    *,
    first: bool = True,
    last: bool = True,
) -> Fraction:
    """Return the months that a charge is billed in all, weeks for periods of weeks; arguments as `service_periods`."""
    if end <= start:
        return Fraction(0)
    head, tail = cycle.number_of(start), cycle.number_of(date.fromordinal(end.toordinal() - 1))
    total = _sum(max(tail - head - 1, 0) * cycle.period.units)
    for number in (head, tail) if head < tail else (head,):
        begin, after = cycle.begin_of(number), cycle.begin_of(number + 1)
        period = _in_period(begin, after, start, end, cycle, rules, first, last)
        if period is not None:
            total += period.units
    return total


def _in_period(
    begin: date,
    after: date,
    start: date,
    end: date | None,
    cycle: Cycle,
    rules: BillingRules,
    first: bool,
    last: bool,
) -> ServicePeriod | None:
    """Return what is billed of a charge in one billing period; None where that is nothing."""
    if cycle.period.whole_term and (start < begin or end is None or end > after):
        raise ValueError(f"A charge billed by the whole term must lie in it: {begin} to before {after}.")
    own_start, own_end = start > begin, end is not None and end < after
    if not own_start and not own_end:
        return _whole(begin, after, cycle, rules)
    span = _Span(
        begin, after, max(begin, start), end if end is not None and own_end else after,
        first and own_start, last and own_end,
    )  # fmt: skip
    if rules.full_period and (span.own_start or span.own_end):
        return _as_full(span, cycle)
    if cycle.period.weeks:
        return _weeks(span, cycle, rules)
    return _months(span, cycle, rules)


def _whole(begin: date, after: date, cycle: Cycle, rules: BillingRules) -> ServicePeriod:
    if not cycle.period.whole_term:
        units = cycle.period.units
        return ServicePeriod(begin, after, Kind.FULL, _sum(units), units)
    whole, parts = months_of_term(cycle, rules.days_in_month)
    return ServicePeriod(begin, after, Kind.FULL, _sum(whole, parts), whole, parts)


def months_of_term(cycle: Cycle, days_in_month: DaysInMonth) -> tuple[int, tuple[Part, ...]]:
    """Return the months of the term that a charge is billed by, as `months_of`; one that counts as nothing is a month.

    Only the last of 31 days is such a term, where every month has 30.
    """
    whole, parts = months_of(*cycle.whole_term, cycle.month_day, days_in_month)
    return (whole, parts) if _sum(whole, parts) else (1, ())


def _as_full(span: _Span, cycle: Cycle) -> ServicePeriod:
    """Return a part that costs as much as the whole period, by the charge's option, and lasts until its end."""
    if cycle.period.whole_term:
        raise ValueError("ChargeFullPeriod is not possible with billing by the whole term.")
    units, end = cycle.period.units, span.after if span.own_end else span.end
    kind = Kind.FULL if (span.start, end) == (span.begin, span.after) else Kind.PARTIAL
    return ServicePeriod(span.start, end, kind, _sum(units), units)


def _months(span: _Span, cycle: Cycle, rules: BillingRules) -> ServicePeriod | None:
    """Return a part of a billing period of months, or of the term, as far as the rules bill it."""
    months, start, end = cycle.period.months, span.start, span.end
    if months != 1 and not rules.partial_period:
        start = span.after if span.own_start else start
        end = span.after if span.own_end else end
    elif not rules.partial_month:
        start = _next_cut(start, cycle.month_day) if span.own_start else start
        end = min(_next_cut(end, cycle.month_day), span.after) if span.own_end else end
    if start >= end:
        return None
    if (start, end) == (span.begin, span.after):
        return _whole(start, end, cycle, rules)
    if months <= 1 or rules.proration_unit is ProrationUnit.MONTH_FIRST:
        whole, parts = months_of(start, end, cycle.month_day, rules.days_in_month)
        return ServicePeriod(start, end, Kind.PARTIAL, _sum(whole, parts), whole, parts)
    part = part_of(start, end, (span.after - span.begin).days, _MONTH * months, rules.days_in_month)
    return ServicePeriod(start, end, Kind.PARTIAL, Fraction(*part) * months, 0, (part,), months)


def _weeks(span: _Span, cycle: Cycle, rules: BillingRules) -> ServicePeriod | None:
    """Return a part of a billing period of weeks, by whole weeks and days over seven.

    Where parts of weeks are not billed, the last one is not either: that is published, and unlike months.
    """
    start, end = span.start.toordinal(), span.end.toordinal()
    if not rules.partial_week:
        begin = span.begin.toordinal()
        start += (begin - start) % WEEK if span.own_start else 0
        end -= (end - begin) % WEEK if span.own_end else 0
    if start >= end:
        return None
    whole, days = divmod(end - start, WEEK)
    parts = ((days, WEEK),) if days else ()
    kind = Kind.FULL if whole == cycle.period.weeks else Kind.PARTIAL
    return ServicePeriod(date.fromordinal(start), date.fromordinal(end), kind, _sum(whole, parts), whole, parts)


def months_of(start: date, end: date, day: int, days_in_month: DaysInMonth) -> tuple[int, tuple[Part, ...]]:
    """Return the whole billing months between two days, and the parts of billing months before and after them.

    Args:
        start: First day.
        end: First day after it.
        day: The day of the month on which billing months are cut.
        days_in_month: How long a month is.
    """
    head, tail = billing_month(start, day), billing_month(end, day)
    head_cut, tail_cut = cut(head, day), cut(tail, day)
    if head == tail:
        return 0, (_part_of_month(start, end, head_cut, head, day, days_in_month),)
    parts: list[Part] = []
    whole = tail - head
    if start > head_cut:
        whole -= 1
        parts.append(_part_of_month(start, cut(head + 1, day), head_cut, head, day, days_in_month))
    if end > tail_cut:
        parts.append(_part_of_month(tail_cut, end, tail_cut, tail, day, days_in_month))
    return whole, tuple(parts)


def _part_of_month(start: date, end: date, begin: date, month: int, day: int, days_in_month: DaysInMonth) -> Part:
    length = (cut(month + 1, day) - begin).days if days_in_month is DaysInMonth.ACTUAL else _MONTH
    return part_of(start, end, length, _MONTH, days_in_month)


def part_of(start: date, end: date, days: int, assumed: int, days_in_month: DaysInMonth) -> Part:
    """Return a part of a month or billing period as its days over those of the whole; never more than the whole.

    Args:
        start: First day of the part.
        end: First day after it.
        days: Days of the whole.
        assumed: Days of the whole if every month has 30.
        days_in_month: Which of them count.
    """
    if days_in_month is DaysInMonth.ACTUAL:
        return (end - start).days, days
    if days_in_month is DaysInMonth.THIRTY:
        return min((end - start).days, assumed), assumed
    return min(_thirty(end) - _thirty(start), assumed), assumed


def _thirty(day: date) -> int:
    """Return the number of a day if every month had 30; a 31st is none, as the last day of a month is its 30th.

    The difference of two is `(Y2-Y1)*360 + (M2-M1)*30 + D2-D1 + 1` for the last day Y2-M2-D2, which is the published
    way of counting.
    """
    return day.year * 360 + day.month * 30 + day.day


def _next_cut(day: date, cycle_day: int) -> date:
    month = billing_month(day, cycle_day)
    begin = cut(month, cycle_day)
    return begin if begin == day else cut(month + 1, cycle_day)


@lru_cache(maxsize=4096)
def _sum(whole: int, parts: tuple[Part, ...] = ()) -> Fraction:
    """Return months as a fraction; the same few are needed again and again, and fractions are slow to make."""
    total = Fraction(whole)
    for days, of in parts:
        total += Fraction(days, of)
    return total
