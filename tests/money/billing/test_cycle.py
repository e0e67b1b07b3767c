"""Bill cycle days, billing periods in every spelling, and combinations that cannot be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday, billing_month, cut, month_number
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.billing.schedule import Kind, months_billed, service_periods
from tests.money.billing.strategies import Case, charges, dates

MONTH, TERM = BillingPeriod(months=1), BillingPeriod(whole_term=True)
START = date(2024, 1, 31)


@pytest.mark.parametrize(
    ("text", "specific", "period"),
    [
        ("Month", None, BillingPeriod(months=1)),
        ("Quarter", None, BillingPeriod(months=3)),
        ("Semi_Annual", None, BillingPeriod(months=6)),
        ("Semi-Annual", None, BillingPeriod(months=6)),
        ("Annual", None, BillingPeriod(months=12)),
        ("Eighteen Months", None, BillingPeriod(months=18)),
        ("Two_Years", None, BillingPeriod(months=24)),
        ("Three Years", None, BillingPeriod(months=36)),
        ("Five_Years", None, BillingPeriod(months=60)),
        ("Specific Months", 5, BillingPeriod(months=5)),
        ("Specific_Weeks", 2, BillingPeriod(weeks=2)),
        ("Week", None, BillingPeriod(weeks=1)),
        ("Subscription Term", None, TERM),
    ],
)
def test_billing_periods(text: str, specific: int | None, period: BillingPeriod) -> None:
    assert BillingPeriod.parse(text, specific) == period


@pytest.mark.parametrize(
    ("text", "specific", "message"),
    [
        ("Fortnight", None, "'Fortnight' is unknown"),
        ("Specific_Days", 10, "'Specific_Days' is unknown or has no published rule"),
        ("Specific_Months", None, "needs its number"),
        ("Specific_Weeks", 0, "needs its number"),
    ],
)
def test_a_billing_period_that_cannot_be_used(text: str, specific: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BillingPeriod.parse(text, specific)


@pytest.mark.parametrize(
    ("period", "day", "alignment", "term", "message"),
    [
        (MONTH, 32, Alignment.CHARGE, None, "1 to 31, not 32"),
        (MONTH, 0, Alignment.CHARGE, None, "1 to 31, not 0"),
        (MONTH, Weekday.FRIDAY, Alignment.CHARGE, None, "1 to 31, not Friday"),
        (BillingPeriod(weeks=1), 5, Alignment.CHARGE, None, "on a weekday, not on day 5"),
        (MONTH, 1, Alignment.TERM_END, None, "AlignToTermEnd needs a term with an end"),
        (TERM, 1, Alignment.CHARGE, (START, None), "whole term needs a term with an end"),
        (TERM, 1, Alignment.CHARGE, (START, START), "whole term needs a term with an end"),
    ],
)
def test_a_cycle_that_cannot_be(
    period: BillingPeriod,
    day: int | Weekday,
    alignment: Alignment,
    term: tuple[date, date | None] | None,
    message: str,
) -> None:
    with pytest.raises(ValueError, match=message):
        Cycle(period, day, alignment, START, term)


def test_a_period_is_of_one_kind() -> None:
    for values in ({}, {"months": 1, "weeks": 1}, {"months": -1}):
        with pytest.raises(ValueError, match="of months, of weeks, or the whole term"):
            BillingPeriod(**values)


@pytest.mark.parametrize(
    ("day", "cuts"),
    [
        (31, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        (30, ["2024-02-29", "2024-03-30", "2024-04-30", "2024-05-30"]),
        (1, ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]),
    ],
)
def test_a_short_month_is_cut_on_its_last_day(day: int, cuts: list[str]) -> None:
    cycle = Cycle(MONTH, day, Alignment.CHARGE, START)
    assert [str(cycle.begin_of(number)) for number in range(4)] == cuts


@given(dates, st.integers(1, 31))
def test_a_billing_month_holds_its_days(day: date, cycle_day: int) -> None:
    month = billing_month(day, cycle_day)
    assert cut(month, cycle_day) <= day < cut(month + 1, cycle_day)
    assert month in (month_number(day), month_number(day) - 1)


@given(charges(weekly=None), st.integers(-20, 20))
def test_a_billing_period_holds_its_days(case: Case, number: int) -> None:
    begin, after = case.cycle.begin_of(number), case.cycle.begin_of(number + 1)
    assert case.cycle.number_of(begin) == case.cycle.number_of(after - timedelta(1)) == number


@given(dates)
def test_weekdays(day: date) -> None:
    assert Weekday.of(day).number == day.weekday()


def test_nothing_is_billed_for_no_days() -> None:
    cycle = Cycle(MONTH, 1, Alignment.CHARGE, START)
    assert list(service_periods(START, START, cycle, BillingRules())) == []
    assert months_billed(START, START, cycle, BillingRules()) == 0


@pytest.mark.parametrize(
    ("start", "end"),
    [(date(2024, 1, 30), date(2024, 3, 1)), (date(2024, 3, 1), date(2025, 2, 1)), (date(2025, 3, 1), date(2025, 4, 1))],
    ids=["before", "too long", "after"],
)
def test_a_charge_outside_the_term_that_it_is_billed_by(start: date, end: date) -> None:
    cycle = Cycle(TERM, 1, Alignment.CHARGE, START, (START, date(2025, 1, 31)))
    with pytest.raises(ValueError, match="must lie in it"):
        list(service_periods(start, end, cycle, BillingRules()))
    with pytest.raises(ValueError, match="must lie in it"):
        months_billed(start, end, cycle, BillingRules())


def test_a_part_of_a_term_cannot_be_billed_in_full() -> None:
    cycle = Cycle(TERM, 1, Alignment.CHARGE, START, (START, date(2025, 1, 31)))
    with pytest.raises(ValueError, match="ChargeFullPeriod"):
        list(service_periods(START, date(2024, 6, 1), cycle, BillingRules(full_period=True)))


def test_charge_full_period() -> None:
    """A part at either end of a charge costs as much as the whole, and lasts until its end; a change does not."""
    cycle, full = Cycle(BillingPeriod(months=3), 1, Alignment.CHARGE, date(2024, 1, 1)), BillingRules(full_period=True)
    head, tail = service_periods(date(2023, 12, 5), date(2024, 2, 1), cycle, full)
    assert (head.units, head.start, head.end, head.kind) == (3, date(2023, 12, 5), date(2024, 1, 1), Kind.PARTIAL)
    assert (tail.units, tail.start, tail.end, tail.kind) == (3, date(2024, 1, 1), date(2024, 4, 1), Kind.FULL)
    [changed] = service_periods(date(2024, 1, 1), date(2024, 2, 1), cycle, full, last=False)
    assert changed.parts == ((31, 91),)


def test_the_rule_on_periods_holds_for_the_whole_term_too() -> None:
    cycle = Cycle(TERM, 1, Alignment.CHARGE, START, (START, date(2025, 1, 31)))
    rules = BillingRules(partial_month=False, partial_period=False)
    assert list(service_periods(date(2024, 5, 1), date(2025, 1, 31), cycle, rules)) == []
    [one] = service_periods(START, date(2024, 5, 1), cycle, rules)
    assert (one.end, one.units) == (date(2025, 1, 31), 12)
    [change] = service_periods(START, date(2024, 4, 30), cycle, rules, last=False)
    assert (change.end, change.units) == (date(2024, 4, 30), 3)


def test_a_change_inside_a_period_is_prorated_whatever_the_rules() -> None:
    cycle = Cycle(BillingPeriod(months=3), 1, Alignment.CHARGE, date(2024, 1, 1))
    rules = BillingRules(partial_month=False, partial_period=False)
    change = date(2024, 2, 16)
    [before] = service_periods(date(2024, 1, 1), change, cycle, rules, last=False)
    [behind] = service_periods(change, date(2024, 4, 1), cycle, rules, first=False)
    assert before.parts == ((46, 91),)
    assert behind.parts == ((45, 91),)
