"""The billing periods of a charge: which one a day lies in.

A `Zone` is a span of days with one way of cutting it: all days, or one term of the subscription for a charge that is
billed once a term.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cpqbridge.sandbox.zuora.billing.cuts import cut, month_from, month_of, ordinal
from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.store import Row

#: Months of a billing period.
MONTHS = {
    "Month": 1, "Quarter": 3, "Semi_Annual": 6, "Annual": 12, "Eighteen_Months": 18, "Two_Years": 24,
    "Three_Years": 36, "Five_Years": 60, "Specific_Months": 1,
}  # fmt: skip

#: Days of a billing period that is not counted in months.
DAYS = {"Week": 7, "Specific_Weeks": 7, "Specific_Days": 1}

_TERM_MONTHS = {"Month": 1, "Year": 12}
_TERM_DAYS = {"Day": 1, "Week": 7}

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

#: A day before and a day after every other.
FIRST, LAST = date.min.toordinal(), date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Months:
    """Periods of so many billing months, counted in both directions from the month of a cut."""

    cycle_day: int
    anchor: int
    count: int

    def around(self, day: int) -> tuple[int, int]:
        """First day and end (exclusive) of the period in which a day lies."""
        month = self.anchor + (month_of(day, self.cycle_day) - self.anchor) // self.count * self.count
        return cut(month, self.cycle_day), cut(month + self.count, self.cycle_day)


@dataclass(frozen=True, slots=True)
class Days:
    """Periods of so many days, counted in both directions from a day; `weekly` when they are whole weeks."""

    anchor: int
    count: int
    weekly: bool

    def around(self, day: int) -> tuple[int, int]:
        """First day and end (exclusive) of the period in which a day lies."""
        start = self.anchor + (day - self.anchor) // self.count * self.count
        return start, start + self.count


@dataclass(frozen=True, slots=True)
class Term:
    """One period: the term; its months are counted from its first day."""

    start: int
    end: int

    @property
    def cycle_day(self) -> int:
        """Day of the month on which its months begin."""
        return date.fromordinal(self.start).day

    def around(self, _day: int) -> tuple[int, int]:
        """First day and end (exclusive) of the term."""
        return self.start, self.end


Cycle = Months | Days | Term


@dataclass(frozen=True, slots=True)
class Zone:
    """Days from `start` to `end` (exclusive) that are cut in one way."""

    start: int
    end: int
    cycle: Cycle


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a subscription decides on the billing periods of its charges.

    Attributes:
        start: Its first day.
        terms: Its terms in order as (first day, end); the last one of an evergreen subscription ends on `LAST`.
        account_day: Bill cycle day of the account that is invoiced.
    """

    start: int
    terms: list[tuple[int, int]]
    account_day: int


def zones(frame: Frame, charge: Row, first: int) -> list[Zone]:
    """The zones of a charge, in order; none when its periods have no length.

    Args:
        frame: The subscription.
        charge: Row of a segment.
        first: First day of the charge.
    """
    period = stored("billingPeriod", charge.get("billingPeriod")) or "Month"
    alignment = charge.get("billingPeriodAlignment") or "AlignToCharge"
    specific = int(charge.get("specificBillingPeriod") or 1) if period.startswith("Specific") else 1
    if period == "Subscription_Term":
        return [Zone(start, end, Term(start, end)) for start, end in frame.terms if end < LAST]
    aligned = _aligned(frame, alignment, first)
    if period in DAYS:
        anchor = _weekday_from(charge, aligned, first) if period != "Specific_Days" else aligned
        return [Zone(FIRST, LAST, Days(anchor, DAYS[period] * specific, weekly=period != "Specific_Days"))]
    day = _cycle_day(frame, charge, first)
    return [Zone(FIRST, LAST, Months(day, month_from(aligned, day), MONTHS[period] * specific))]


def _aligned(frame: Frame, alignment: str, first: int) -> int:
    """The day that periods are counted from: a term's is that of the present one, for earlier days too."""
    start, end = frame.terms[-1]
    if alignment == "AlignToTermEnd" and end < LAST:
        return end
    days = {"AlignToSubscriptionStart": frame.start, "AlignToTermStart": start, "AlignToTermEnd": start}
    return days.get(alignment, first)


def _cycle_day(frame: Frame, charge: Row, first: int) -> int:
    kind = charge.get("billCycleType")
    if kind == "SpecificDayofMonth":
        return int(charge["billCycleDay"])
    start, end = frame.terms[-1]
    days = {
        "ChargeTriggerDay": first,
        "SubscriptionStartDay": frame.start,
        "TermStartDay": start,
        "TermEndDay": end if end < LAST else start,
    }
    named = days.get(str(kind))
    return date.fromordinal(named).day if named else frame.account_day


def _weekday_from(charge: Row, day: int, first: int) -> int:
    """The first day on or after a day on which the charge's billing weeks begin."""
    name = charge.get("weeklyBillCycleDay")
    if charge.get("billCycleType") == "SpecificDayofWeek" and name:
        weekday = _WEEKDAYS.index(name)
    elif charge.get("billCycleType") == "ChargeTriggerDay":
        weekday = date.fromordinal(first).weekday()
    else:
        weekday = date.fromordinal(day).weekday()
    return day + (weekday - date.fromordinal(day).weekday()) % 7


def frame_of(versions: list[Row], account_day: int) -> Frame:
    """What the versions of a subscription say of its terms.

    Args:
        versions: Rows of the version that is billed and of those before it.
        account_day: Bill cycle day of the account that is invoiced.
    """
    latest = max(versions, key=lambda row: int(row["version"]))
    starts: dict[int, int] = {}
    for row in sorted(versions, key=lambda row: int(row["version"])):
        starts[ordinal(row["termStartDate"])] = _term_end(row)
    ordered = sorted(starts)
    current = ordinal(latest["termStartDate"])
    ordered = [start for start in ordered if start <= current]
    # A term ends where the next begins: what an earlier version said of its end may have been changed since.
    ends = [*ordered[1:], starts[current]]
    return Frame(ordinal(latest["subscriptionStartDate"]), list(zip(ordered, ends, strict=True)), account_day)


def _term_end(row: Row) -> int:
    """End of the term of a version; that of a cancelled one is where it would have been."""
    if row["status"] != "Cancelled":
        return ordinal(row["termEndDate"]) if row["termEndDate"] else LAST
    length = int(row.get("currentTerm") or 0)
    if not length:
        return LAST
    start, unit = ordinal(row["termStartDate"]), row["currentTermPeriodType"]
    if unit in _TERM_DAYS:
        return start + length * _TERM_DAYS[unit]
    on = date.fromordinal(start)
    return cut(month_of(start, on.day) + length * _TERM_MONTHS[unit], on.day)
