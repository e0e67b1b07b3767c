from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.sandbox.salesforce.cpq.pricing import (
    PRECISIONS,
    add_months,
    end_of_term,
    months_rounded_up,
    multiplier_of,
    price_line,
    whole_months,
)

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("precision", "amount"),
    [
        ("Calendar Monthly + Daily", "4290.32"),
        ("Day", "4306.85"),
        ("Month", "5000.00"),
        ("Monthly + Daily", "4263.01"),
    ],
)
def test_the_published_term_of_131_days_costs_what_the_setting_says(precision: str, amount: str) -> None:
    multiplier = multiplier_of(precision, date(2019, 5, 23), date(2019, 9, 30))
    assert price_line(Decimal(12000), Decimal(1), multiplier).net == Decimal(amount)


@pytest.mark.parametrize(
    ("precision", "start", "end", "term", "stored"),
    [
        ("Day", date(2021, 1, 1), date(2021, 1, 1) + timedelta(days=829), 12, "2.2740"),
        ("Month", date(2021, 1, 15), date(2023, 12, 1), 12, "2.9167"),
        ("Calendar Monthly + Daily", date(2019, 5, 23), date(2019, 9, 30), 12, "0.3575"),
        ("Calendar Monthly + Daily", date(2026, 2, 10), date(2026, 2, 14), 1, "0.1786"),
        ("Month", date(2026, 1, 1), date(2027, 12, 31), None, "2.0000"),
    ],
)
def test_four_decimals_of_the_multiplier_are_stored(
    precision: str, start: date, end: date, term: int | None, stored: str
) -> None:
    multiplier = multiplier_of(precision, start, end, term)
    assert price_line(Decimal(1), Decimal(1), multiplier).multiplier == Decimal(stored)


def test_an_unknown_precision_is_refused() -> None:
    with pytest.raises(KeyError):
        multiplier_of("Day with Calendar Month Weighted", date(2026, 1, 1), date(2026, 1, 31))


@given(start=DAYS.map(lambda day: day.replace(day=1)), months=st.integers(1, 60))
def test_whole_calendar_months_cost_the_same_under_every_monthly_precision(start: date, months: int) -> None:
    end = end_of_term(start, months)
    for precision in PRECISIONS.keys() - {"Day"}:
        assert multiplier_of(precision, start, end) * 12 == months
    assert whole_months(start, end) == (months, 0)


@given(start=DAYS, days=st.integers(0, 2000))
def test_months_and_days_lead_from_the_first_day_to_the_last(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    months, rest = whole_months(start, end)
    assert add_months(start, months) + timedelta(days=rest - 1) == end
    assert 0 <= rest <= 31
    assert months_rounded_up(start, end) == months + (rest > 0)


def test_a_term_that_starts_at_the_end_of_january_ends_in_february() -> None:
    assert end_of_term(date(2026, 1, 31), 1) == date(2026, 2, 27)
    assert add_months(date(2026, 11, 30), 3) == date(2027, 2, 28)


def test_a_block_price_is_for_the_whole_quantity_and_a_list_price_for_each() -> None:
    each = price_line(Decimal("10.00"), Decimal(3), Decimal(1), discount=Decimal(10))
    whole = price_line(Decimal("10.00"), Decimal(3), Decimal(1), discount=Decimal(10), block=True)
    assert (each.regular, each.net, each.total) == (Decimal("10.00"), Decimal("9.00"), Decimal("27.00"))
    assert whole.total == whole.net == Decimal("9.00")


def test_yen_have_no_decimals() -> None:
    assert price_line(Decimal(1000), Decimal(2), Decimal(1) / 3, currency="JPY").net == Decimal(333)
