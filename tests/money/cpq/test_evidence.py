"""What stored multipliers tell of the package setting."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.cpq.evidence import Evidence, Prorated, weigh
from cpqbridge.money.cpq.multiplier import by_dates
from cpqbridge.money.cpq.precision import Precision

SUMMER = (date(2019, 5, 23), date(2019, 9, 30))
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def prorated(precision: Precision, start: date, end: date, term: int = 12) -> Prorated:
    return Prorated(by_dates(precision, start, end, term).stored, start, end, Decimal(term))


@pytest.mark.parametrize("precision", Precision)
def test_an_incomplete_month_tells(precision: Precision) -> None:
    evidence = weigh([prorated(precision, *SUMMER), prorated(precision, *YEAR)])
    assert (evidence.telling, evidence.likely, evidence.explained) == (1, (precision,), 1)


def test_whole_years_tell_nothing() -> None:
    evidence = weigh([prorated(Precision.DAY, *YEAR)])
    assert (evidence.telling, evidence.likely) == (0, ())


def test_what_the_most_fit_is_likely() -> None:
    found = [prorated(Precision.CALENDAR, *SUMMER)] * 3 + [prorated(Precision.MONTH, *SUMMER)]
    evidence = weigh(found)
    assert (evidence.telling, evidence.likely, evidence.explained) == (4, (Precision.CALENDAR,), 3)


def test_what_fits_no_formula_is_likely_by_none() -> None:
    evidence = weigh([Prorated(Decimal("0.36"), *SUMMER, Decimal(12))])
    assert (evidence.telling, evidence.likely, evidence.explained) == (1, (), 0)


def test_a_term_that_ends_before_it_starts_tells_nothing() -> None:
    assert weigh([Prorated(Decimal(1), SUMMER[1], SUMMER[0], Decimal(12))]).telling == 0


def test_whole_months_in_a_leap_year_leave_three() -> None:
    evidence = weigh([prorated(Precision.MONTH, date(2024, 1, 1), date(2024, 12, 31))])
    assert Precision.DAY not in evidence.likely
    assert len(evidence.likely) == 3


@given(
    st.sampled_from(Precision),
    st.lists(st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 900)), max_size=6),
)
def test_the_setting_in_use_explains_everything(precision: Precision, spans: list[tuple[date, int]]) -> None:
    evidence: Evidence = weigh(prorated(precision, start, start + timedelta(days)) for start, days in spans)
    assert evidence.fits[precision] == evidence.telling == evidence.explained or not evidence.telling
    assert precision in evidence.likely or not evidence.telling
