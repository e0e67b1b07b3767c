"""Days, months and cuts of many lines are those of one day."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.billing.cycle import billing_month
from cpqbridge.money.billing.cycle import cut as cut_of
from cpqbridge.money.columns.calendar import (
    EARLIEST,
    LATEST,
    Ints,
    cut,
    cut_month,
    date_of,
    day_number,
    days_in,
    first_day,
    month_of,
    months_later,
    whole_months,
    within,
)

EPOCH = 1970 * 12
days = st.integers(EARLIEST, LATEST)
cycle_days = st.integers(1, 31)


def column(*numbers: int) -> Ints:
    return np.array(numbers, np.int64)


@given(days)
def test_numbers_are_those_of_numpy(number: int) -> None:
    day = date_of(number)
    assert day_number(day) == number == np.datetime64(day, "D").astype(int)
    [month] = month_of(column(number))
    assert month == np.datetime64(day, "M").astype(int) == day.year * 12 + day.month - 1 - EPOCH
    assert date_of(first_day(column(month))[0]) == day.replace(day=1)
    assert 1 <= day.day <= days_in(column(month))[0]


@given(days, cycle_days)
def test_cuts_are_those_of_one_charge(number: int, cycle_day: int) -> None:
    month = cut_month(column(number), column(cycle_day))
    assert month[0] + EPOCH == billing_month(date_of(number), cycle_day)
    assert date_of(cut(month, column(cycle_day))[0]) == cut_of(int(month[0]) + EPOCH, cycle_day)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2023, 12, 31), 2, date(2024, 2, 29)),
        (date(2026, 5, 15), 12, date(2027, 5, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
    ids=str,
)
def test_months_later(start: date, months: int, end: date) -> None:
    assert date_of(months_later(column(day_number(start)), column(months))[0]) == end


@given(days, st.integers(0, 3000))
def test_whole_months_and_days_lead_to_the_end(start: int, length: int) -> None:
    end = column(start + length)
    months, rest = whole_months(column(start), end)
    assert (months_later(column(start), months) + rest).tolist() == end.tolist()
    assert months_later(column(start), months + 1)[0] > end[0]
    assert rest[0] >= 0


def test_days_outside_the_tables_are_told() -> None:
    asked = column(EARLIEST - 1, EARLIEST, 0, LATEST, LATEST + 1)
    assert within(asked).tolist() == [False, True, True, True, False]
