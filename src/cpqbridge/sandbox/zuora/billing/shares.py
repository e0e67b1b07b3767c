"""How much of a billing period a span of days is: exact, as a ratio of whole numbers.

Months are counted in ticks (`cuts.TICKS` to the month), so that a part of any month is a whole number of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpqbridge.sandbox.zuora.billing.cuts import TICKS, cut, month_from, month_of, strict_days
from cpqbridge.sandbox.zuora.billing.cycles import Cycle, Days, Months, Term
from cpqbridge.sandbox.zuora.billing.rules import Rules


@dataclass(frozen=True, slots=True)
class Ratio:
    """``over / under`` months, or weeks, or days: the unit of the cycle."""

    over: int
    under: int

    def capped(self, most: int) -> Ratio:
        """The same, but never more than so many units."""
        return Ratio(most, 1) if self.over > most * self.under else self


def whole(cycle: Cycle, rules: Rules, *, weeks: bool = False) -> Ratio:
    """Units of a whole billing period: months, or weeks (days for periods of specific days).

    Args:
        cycle: The billing periods.
        rules: How parts of months are counted; only a term needs them.
        weeks: Whether a term is counted in weeks.
    """
    if isinstance(cycle, Term):
        return part(cycle, rules, cycle.start, cycle.end, weeks=weeks)
    if isinstance(cycle, Months):
        return Ratio(cycle.count, 1)
    return Ratio(cycle.count, 7) if cycle.weekly else Ratio(cycle.count, 1)


def part(cycle: Cycle, rules: Rules, start: int, end: int, *, weeks: bool = False) -> Ratio:
    """Units of a span of days inside one billing period, by its part of it.

    Args:
        cycle: The billing periods.
        rules: How days become parts of months.
        start: First day.
        end: Last day, exclusive.
        weeks: Whether a term is counted in weeks.
    """
    if isinstance(cycle, Days):
        return Ratio(end - start, 7 if cycle.weekly else 1)
    if isinstance(cycle, Term):
        found = Ratio(end - start, 7) if weeks else by_months(cycle.cycle_day, rules, start, end)
        # The last of 31 days is none where every month has 30: a term of that day alone still has its price.
        return found if found.over or (start, end) != (cycle.start, cycle.end) else Ratio(1, 1)
    if cycle.count == 1 or not rules.by_day:
        return by_months(cycle.cycle_day, rules, start, end)
    if rules.days_in_month == "UseActualDays":
        first, last = cycle.around(start)
        return Ratio(cycle.count * (end - start), last - first)
    days = end - start if rules.days_in_month == "Assume30Days" else strict_days(start, end - 1)
    return Ratio(days, 30).capped(cycle.count)


def by_months(cycle_day: int, rules: Rules, start: int, end: int) -> Ratio:
    """Whole billing months and the parts of months before and after them."""
    first, last = month_from(start, cycle_day), month_of(end, cycle_day)
    if first > last:
        return Ratio(_ticks(cycle_day, rules, start, end), TICKS)
    before = _ticks(cycle_day, rules, start, cut(first, cycle_day))
    after = _ticks(cycle_day, rules, cut(last, cycle_day), end)
    return Ratio(before + (last - first) * TICKS + after, TICKS)


def _ticks(cycle_day: int, rules: Rules, start: int, end: int) -> int:
    """Ticks of a part of one billing month; 30 days at most where months have 30."""
    if start == end:
        return 0
    if rules.days_in_month == "Assume30Days":
        return (end - start) * TICKS // 30
    if rules.days_in_month == "Assume30DaysStrict":
        return min(30, strict_days(start, end - 1)) * TICKS // 30
    month = month_of(start, cycle_day)
    return (end - start) * TICKS // (cut(month + 1, cycle_day) - cut(month, cycle_day))
