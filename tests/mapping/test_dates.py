"""Calendar arithmetic: ends of months, leap years, and what holds for every term."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.mapping import dates

DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
ONE_DAY = dates.ONE_DAY


@pytest.mark.parametrize("value", ["2026-02-01", "2026-02-01T23:59:59.000+0000", date(2026, 2, 1)])
def test_parse_takes_the_day(value: str | date) -> None:
    assert dates.parse(value) == date(2026, 2, 1)


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), 0, date(2026, 1, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_add_months(start: date, months: int, expected: date) -> None:
    assert dates.add_months(start, months) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 2, 1), date(2027, 1, 31), 12),
        (date(2026, 2, 1), date(2026, 2, 28), 1),
        (date(2024, 2, 1), date(2024, 2, 29), 1),
        (date(2024, 2, 1), date(2024, 2, 28), None),
        (date(2026, 1, 31), date(2026, 2, 27), 1),
        (date(2026, 1, 31), date(2026, 2, 28), None),
        (date(2024, 2, 29), date(2025, 2, 27), 12),
        (date(2024, 2, 29), date(2025, 2, 28), None),
        (date(2026, 2, 15), date(2027, 2, 14), 12),
        (date(2026, 2, 15), date(2027, 2, 15), None),
        (date(2026, 2, 1), date(2026, 2, 1), None),
        (date(2026, 2, 1), date(2026, 1, 31), None),
    ],
)
def test_whole_months(start: date, end: date, expected: int | None) -> None:
    assert dates.whole_months(start, end) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 2, 1), date(2027, 1, 31), Decimal(12)),
        (date(2026, 2, 1), date(2026, 3, 14), 1 + Decimal(14) / 31),
        (date(2026, 2, 1), date(2026, 2, 14), Decimal("0.5")),
        (date(2024, 2, 1), date(2024, 2, 14), Decimal(14) / 29),
        (date(2026, 1, 31), date(2026, 2, 28), 1 + Decimal(1) / 31),
    ],
)
def test_months_between(start: date, end: date, expected: Decimal) -> None:
    assert dates.months_between(start, end) == expected


@given(start=DAYS, months=st.integers(1, 360))
def test_a_term_of_whole_months_is_found_again(start: date, months: int) -> None:
    end = dates.add_months(start, months) - ONE_DAY
    assert dates.whole_months(start, end) == months
    assert dates.months_between(start, end) == months


@given(start=DAYS, length=st.integers(1, 4000))
def test_whole_months_are_found_only_where_they_lead_back(start: date, length: int) -> None:
    end = date.fromordinal(start.toordinal() + length - 1)
    months = dates.whole_months(start, end)
    fraction = dates.months_between(start, end)
    if months is None:
        assert fraction != fraction.to_integral_value()
    else:
        assert dates.add_months(start, months) == end + ONE_DAY
        assert fraction == months


@given(start=DAYS, length=st.integers(1, 4000))
def test_a_longer_term_has_more_months(start: date, length: int) -> None:
    end = date.fromordinal(start.toordinal() + length - 1)
    assert 0 < dates.months_between(start, end) < dates.months_between(start, end + ONE_DAY)


@given(start=DAYS, length=st.integers(1, 4000))
def test_days_count_both_ends(start: date, length: int) -> None:
    assert dates.days_between(start, date.fromordinal(start.toordinal() + length - 1)) == length
