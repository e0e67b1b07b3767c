"""Where the billing periods of a charge begin: bill cycle day, billing period and alignment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cpqbridge.money.billing.spelling import plain
from cpqbridge.money.periods import months_of

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_SHORTEST = 28
_LONGEST = 31
WEEK = 7
"""Days."""


class Alignment(StrEnum):
    """Which day the billing periods of a charge are counted from."""

    CHARGE = "AlignToCharge"
    SUBSCRIPTION_START = "AlignToSubscriptionStart"
    TERM_START = "AlignToTermStart"
    TERM_END = "AlignToTermEnd"


class Weekday(StrEnum):
    """The bill cycle day of weekly charges."""

    MONDAY = "Monday"
    TUESDAY = "Tuesday"
    WEDNESDAY = "Wednesday"
    THURSDAY = "Thursday"
    FRIDAY = "Friday"
    SATURDAY = "Saturday"
    SUNDAY = "Sunday"

    @property
    def number(self) -> int:
        """Its number, Monday being 0, as `date.weekday` counts."""
        return _WEEKDAYS[self]

    @classmethod
    def of(cls, day: date) -> Weekday:
        """Return the weekday of a day."""
        return _NUMBERED[day.weekday()]


_NUMBERED = tuple(Weekday)
_WEEKDAYS = {weekday: number for number, weekday in enumerate(_NUMBERED)}


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """How much time one bill of a recurring charge is for: months, weeks, or the whole term.

    Attributes:
        months: How many months; 0 where it is not of months.
        weeks: How many weeks; 0 where it is not of weeks.
        whole_term: Whether one bill is for the whole term of the subscription.
    """

    months: int = 0
    weeks: int = 0
    whole_term: bool = False

    def __post_init__(self) -> None:
        if min(self.months, self.weeks) < 0 or bool(self.months) + bool(self.weeks) + self.whole_term != 1:
            raise ValueError("A billing period is of months, of weeks, or the whole term.")

    @classmethod
    def parse(cls, text: str, specific: int | None = None) -> BillingPeriod:
        """Return a billing period of Zuora, in any of its spellings.

        Args:
            text: `Month`, `Semi_Annual`, `Subscription Term` …
            specific: How many, for `Specific_Months` and `Specific_Weeks`.

        Raises:
            ValueError: There is no such period, its number is missing, or it has no published proration (days).
        """
        name = plain(text)
        months = months_of(text)
        if months is not None:
            return cls(months=months)
        if name == "week":
            return cls(weeks=1)
        if name == "subscriptionterm":
            return cls(whole_term=True)
        if name not in ("specificmonths", "specificweeks"):
            raise ValueError(f"Billing period '{text}' is unknown or has no published rule of proration.")
        if specific is None or specific < 1:
            raise ValueError(f"Billing period '{text}' needs its number, at least 1.")
        return cls(months=specific) if name == "specificmonths" else cls(weeks=specific)

    @property
    def units(self) -> int:
        """Its months or weeks; 0 for the whole term."""
        return self.months or self.weeks


def month_number(day: date) -> int:
    """Return the number of a day's calendar month: months since the year 0."""
    return day.year * 12 + day.month - 1


def cut(month: int, day: int) -> date:
    """Return the bill cycle day of a month; the last day of a month that is shorter.

    Args:
        month: Number of the month, see `month_number`.
        day: 1 to 31.
    """
    year, index = divmod(month, 12)
    if day > _SHORTEST:
        length = _LENGTHS[index]
        if index == 1 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0):
            length += 1
        day = min(day, length)
    return date(year, index + 1, day)


def billing_month(day: date, cycle_day: int) -> int:
    """Return the number of the billing month in which a day lies: that of the last cut on or before it."""
    month = day.year * 12 + day.month - 1
    return month if day.day >= cycle_day or cut(month, cycle_day) <= day else month - 1


@dataclass(frozen=True, slots=True)
class Cycle:
    """The billing periods of a charge: [cut(anchor + k periods), cut(anchor + (k + 1) periods)) for all whole k.

    Attributes:
        period: How long each is.
        day: The bill cycle day: 1 to 31, 31 being the last day of any month; a weekday for periods of weeks. The whole
            term needs none: any day will do.
        alignment: Which day the periods are counted from.
        anchor: That day: first day of the charge, of the subscription or of the term; the first day after the term.
        term: First day of the term in which the periods lie and first day after it, for `AlignToTermEnd` and periods
            of a whole term; None as its end is an endless term.
    """

    period: BillingPeriod
    day: int | Weekday
    alignment: Alignment
    anchor: date
    term: tuple[date, date | None] | None = None
    _zero: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ended = self.term is not None and self.term[1] is not None and self.term[0] < self.term[1]
        if self.period.whole_term:
            if not ended:
                raise ValueError("Billing by the whole term needs a term with an end.")
        elif self.period.weeks:
            if not isinstance(self.day, Weekday):
                raise ValueError(f"Weekly charges are billed on a weekday, not on day {self.day}.")
        elif isinstance(self.day, Weekday) or not 1 <= self.day <= _LONGEST:
            raise ValueError(f"The bill cycle day of monthly periods is 1 to 31, not {self.day}.")
        if self.alignment is Alignment.TERM_END and not ended:
            raise ValueError("AlignToTermEnd needs a term with an end.")
        object.__setattr__(self, "_zero", self._first_cut())

    def _first_cut(self) -> int:
        """Return the first cut on or after the day aligned to: number of its month, or its ordinal for weeks."""
        origin = self.whole_term[1] if self.alignment is Alignment.TERM_END else self.anchor
        if isinstance(self.day, Weekday):
            return origin.toordinal() + (self.day.number - origin.weekday()) % WEEK
        month = billing_month(origin, self.day)
        return month if cut(month, self.day) == origin else month + 1

    @property
    def month_day(self) -> int:
        """The day of the month on which billing months are cut; the whole term is counted from its own first day."""
        if self.period.whole_term:
            return self.whole_term[0].day
        if isinstance(self.day, Weekday):
            raise TypeError("Weekly charges have no day of the month.")
        return self.day

    @property
    def whole_term(self) -> tuple[date, date]:
        """The term's first day and the first day after it."""
        if self.term is None or self.term[1] is None:
            raise ValueError("The term has no end.")
        return self.term[0], self.term[1]

    def number_of(self, day: date) -> int:
        """Return which billing period a day lies in; the one that begins at the anchor's cut has number 0."""
        if self.period.months:
            return (billing_month(day, self.month_day) - self._zero) // self.period.months
        if self.period.weeks:
            return (day.toordinal() - self._zero) // (WEEK * self.period.weeks)
        start, end = self.whole_term
        return (day >= end) - (day < start)

    def begin_of(self, number: int) -> date:
        """Return the first day of a billing period, which is the first day after the one before."""
        if self.period.months:
            return cut(self._zero + self.period.months * number, self.month_day)
        if self.period.weeks:
            return date.fromordinal(self._zero + WEEK * self.period.weeks * number)
        return self.whole_term[number > 0]
