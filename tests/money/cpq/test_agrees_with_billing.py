"""By which billing rules Zuora bills what CPQ quotes, and by which it cannot: what the check says of the settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.money.billing.schedule import months_billed
from cpqbridge.money.cpq.precision import Precision, exact_months

MATCHING = BillingRules(proration_unit=ProrationUnit.MONTH_FIRST)
SUMMER = (date(2019, 5, 23), date(2019, 9, 30))
PERIODS = (1, 3, 6, 12, 18, 24, 36, 60)


def billed(rules: BillingRules, period: int, start: date, end: date, day: int = 1) -> object:
    cycle = Cycle(BillingPeriod(months=period), day, Alignment.CHARGE, start)
    return months_billed(start, end + timedelta(1), cycle, rules)


@given(st.dates(date(2018, 1, 1), date(2032, 1, 1)), st.integers(0, 1600), st.sampled_from(PERIODS))
def test_calendar_months_are_billed_in_any_period(start: date, days: int, period: int) -> None:
    end = start + timedelta(days)
    assert billed(MATCHING, period, start, end) == exact_months(Precision.CALENDAR, start, end)


@given(st.dates(date(2018, 1, 1), date(2032, 1, 1)), st.integers(0, 1600))
def test_by_day_concerns_no_monthly_bills(start: date, days: int) -> None:
    end = start + timedelta(days)
    assert billed(BillingRules(), 1, start, end) == exact_months(Precision.CALENDAR, start, end)


@pytest.mark.parametrize(
    ("rules", "period", "day"),
    [
        (BillingRules(), 3, 1),
        (BillingRules(), 12, 1),
        (replace(MATCHING, days_in_month=DaysInMonth.THIRTY), 1, 1),
        (replace(MATCHING, days_in_month=DaysInMonth.THIRTY_STRICT), 1, 1),
        (replace(MATCHING, partial_month=False), 1, 1),
        (replace(MATCHING, partial_month=False, partial_period=False), 3, 1),
        (MATCHING, 1, 15),
    ],
    ids=["by day, quarters", "by day, years", "30 days", "strict", "no part of a month", "no part of a period", "15th"],
)
def test_each_setting_that_the_check_names_bills_otherwise(rules: BillingRules, period: int, day: int) -> None:
    assert billed(rules, period, *SUMMER, day) != exact_months(Precision.CALENDAR, *SUMMER)


@pytest.mark.parametrize("precision", [one for one in Precision if one is not Precision.CALENDAR])
def test_no_other_precision_is_billed(precision: Precision) -> None:
    assert billed(MATCHING, 1, *SUMMER) != exact_months(precision, *SUMMER)
