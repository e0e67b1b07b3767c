"""CPQ's proration: published examples of each precision, how it is recognized, and what holds for all spans."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.cpq.precision import (
    UNPUBLISHED,
    Precision,
    UnknownPrecisionError,
    charged_months,
    exact_months,
    precision_named,
    precision_of,
    precisions_of,
)

STORED = Decimal("0.0001")
CENT = Decimal("0.01")
TERM = Decimal(12)
SUMMER = (date(2019, 5, 23), date(2019, 9, 30))
"""The published span of 131 days, list price 12000 for 12 months."""


def span(days: int, start: date = date(2024, 1, 1)) -> tuple[date, date]:
    """That many days."""
    return start, start + timedelta(days - 1)


@pytest.mark.parametrize(
    ("precision", "days", "term", "multiplier"),
    [
        (Precision.DAY, span(830), 12, "2.2740"),
        (Precision.DAY, span(365), 12, "1.0000"),
        (Precision.DAY, span(366), 12, "1.0027"),
        (Precision.MONTH, (date(2026, 1, 15), date(2026, 4, 14)), 12, "0.2500"),
        (Precision.MONTH, (date(2026, 1, 15), date(2026, 4, 15)), 12, "0.3333"),
        (Precision.MONTH, (date(2026, 1, 1), date(2026, 12, 31)), 12, "1.0000"),
        (Precision.MONTHLY_DAILY, (date(2026, 1, 15), date(2026, 4, 14)), 12, "0.2500"),
        (Precision.MONTHLY_DAILY, SUMMER, 12, "0.3553"),
        (Precision.CALENDAR, SUMMER, 12, "0.3575"),
        (Precision.CALENDAR, (date(2026, 1, 1), date(2027, 12, 31)), 12, "2.0000"),
        (Precision.DAY, (date(2026, 1, 1), date(2026, 1, 31)), 1, "1.0192"),
    ],
    ids=[
        "SC1: 830 days of 365",
        "Day, a year",
        "Day, a leap year",
        "Month, whole ones",
        "Month, one begun counts",
        "Month, a year",
        "Monthly + Daily, whole ones",
        "Monthly + Daily: 4 months and 8 days",
        "SC4: calendar",
        "Calendar, 24 months: SC5",
        "Day, a monthly product",
    ],
)
def test_published_multipliers(precision: Precision, days: tuple[date, date], term: int, multiplier: str) -> None:
    made = charged_months(precision, *days) / term
    assert made.quantize(STORED) == Decimal(multiplier)


@pytest.mark.parametrize(
    ("precision", "amount"),
    [
        (Precision.CALENDAR, "4290.32"),
        (Precision.DAY, "4306.85"),
        (Precision.MONTH, "5000.00"),
        (Precision.MONTHLY_DAILY, "4263.01"),
    ],
)
def test_money_takes_the_unrounded_multiplier(precision: Precision, amount: str) -> None:
    assert (12000 * charged_months(precision, *SUMMER) / TERM).quantize(CENT) == Decimal(amount)


@pytest.mark.parametrize("precision", Precision)
def test_a_multiplier_tells_the_precision(precision: Precision) -> None:
    stored = (charged_months(precision, *SUMMER) / TERM).quantize(STORED)
    assert precision_of(stored, *SUMMER, TERM) is precision


@pytest.mark.parametrize(
    ("multiplier", "days", "term", "precision"),
    [
        ("2.2740", span(830), 12, Precision.DAY),
        ("0.3575", SUMMER, 12, Precision.CALENDAR),
        ("0.35752688", SUMMER, 12, Precision.CALENDAR),
        ("4.2903", SUMMER, 1, Precision.CALENDAR),
        ("1", (date(2026, 2, 1), date(2027, 1, 31)), 12, Precision.MONTH),
        ("0.3600", SUMMER, 12, None),
        ("0", SUMMER, 12, None),
    ],
    ids=["SC1", "SC4", "more decimals", "a monthly product", "whole months, any", "by no formula", "nothing"],
)
def test_precision_of(multiplier: str, days: tuple[date, date], term: int, precision: Precision | None) -> None:
    assert precision_of(Decimal(multiplier), *days, Decimal(term)) is precision


def test_whole_months_are_the_same_by_several() -> None:
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert precisions_of(Decimal(1), *year, TERM) == tuple(Precision)
    assert precisions_of(Decimal("0.3575"), *SUMMER, TERM) == (Precision.CALENDAR,)


@pytest.mark.parametrize("name", ["Calendar Monthly + Daily", "calendar monthly+daily", "CALENDAR_MONTHLY_+_DAILY"])
def test_a_setting_is_known_by_its_name(name: str) -> None:
    assert precision_named(name) is Precision.CALENDAR


@pytest.mark.parametrize(
    ("name", "exists", "why"),
    [
        (UNPUBLISHED[0], True, "publishes no formula"),
        ("Fortnight", False, "CPQ has no such setting"),
        ("", False, "no"),
    ],
)
def test_what_cannot_be_computed_is_refused_by_name(name: str, exists: bool, why: str) -> None:
    with pytest.raises(UnknownPrecisionError, match=why) as refused:
        precision_named(name)
    assert (refused.value.name, refused.value.exists) == (name, exists)
    assert f'"{name}"' in str(refused.value)
    assert all(f'"{one}"' in str(refused.value) for one in Precision)


starts = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(starts, st.integers(1, 1500), st.sampled_from(list(Precision)))
def test_more_days_are_never_charged_as_less(start: date, days: int, precision: Precision) -> None:
    shorter, longer = (charged_months(precision, *span(number, start)) for number in (days, days + 1))
    assert Decimal(0) < shorter <= longer
    assert abs(shorter - Decimal(days) * 12 / 365) < Decimal("1.1")


@given(starts, st.integers(1, 48))
def test_whole_months_from_the_first_are_whole_by_all_but_the_day(start: date, months: int) -> None:
    first = start.replace(day=1)
    years, month = divmod(first.month - 1 + months, 12)
    end = date(first.year + years, month + 1, 1) - timedelta(1)
    for precision in (Precision.MONTH, Precision.MONTHLY_DAILY, Precision.CALENDAR):
        assert charged_months(precision, first, end) == months


@given(starts, st.integers(2, 700), st.data())
def test_days_and_calendar_months_add_up(start: date, days: int, data: st.DataObject) -> None:
    first, last = span(days, start)
    cut = first + timedelta(data.draw(st.integers(0, days - 2)))
    for precision in (Precision.DAY, Precision.CALENDAR):
        parts = exact_months(precision, first, cut) + exact_months(precision, cut + timedelta(1), last)
        assert parts == exact_months(precision, first, last)
