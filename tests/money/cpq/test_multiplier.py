"""Multipliers: the vectors with a formula, terms in months and in days; a shown formula is the one computed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.cpq.multiplier import TermUnit, by_dates, by_term
from cpqbridge.money.cpq.precision import Precision
from tests.money.cpq.arithmetic import computed

SUMMER = (date(2019, 5, 23), date(2019, 9, 30))


@pytest.mark.parametrize(
    ("precision", "span", "term", "formula"),
    [
        (Precision.CALENDAR, SUMMER, 12, "(3 + (9/31 + 30/30)) / 12 = 0.3575"),
        (Precision.CALENDAR, SUMMER, None, "(3 + (9/31 + 30/30)) / 12 = 0.3575"),
        (Precision.CALENDAR, SUMMER, 1, "(3 + (9/31 + 30/30)) / 1 = 4.2903"),
        (Precision.CALENDAR, (date(2026, 2, 10), date(2026, 2, 19)), 12, "(10/28) / 12 = 0.0298"),
        (Precision.CALENDAR, (date(2026, 1, 20), date(2026, 2, 28)), 12, "(0 + (12/31 + 28/28)) / 12 = 0.1156"),
        (Precision.DAY, SUMMER, 12, "131/365 = 0.3589"),
        (Precision.DAY, SUMMER, 6, "131 / (365 * 6/12) = 0.7178"),
        (Precision.DAY, (date(2024, 1, 1), date(2026, 4, 9)), 12, "830/365 = 2.2740"),
        (Precision.MONTH, SUMMER, 12, "5/12 = 0.4167"),
        (Precision.MONTH, (date(2026, 1, 1), date(2028, 11, 10)), 12, "35/12 = 2.9167"),
        (Precision.MONTH, (date(2017, 1, 1), date(2018, 1, 10)), 12, "13/12 = 1.0833"),
        (Precision.MONTHLY_DAILY, SUMMER, 12, "(4 + 8 * 12/365) / 12 = 0.3553"),
        (Precision.MONTHLY_DAILY, (date(2026, 1, 1), date(2026, 6, 30)), 12, "6/12 = 0.5000"),
    ],
)
def test_a_multiplier_and_its_formula(
    precision: Precision, span: tuple[date, date], term: int | None, formula: str
) -> None:
    assert by_dates(precision, *span, term).formula == formula


def test_terms_in_days_are_days_over_days() -> None:
    made = by_dates(Precision.DAY, date(2024, 1, 1), date(2026, 4, 9), 365, TermUnit.DAY)
    assert (made.formula, made.stored) == ("830/365 = 2.2740", Decimal("2.2740"))
    assert by_dates(Precision.DAY, *SUMMER, 30, TermUnit.DAY).formula == "131/30 = 4.3667"


@pytest.mark.parametrize(
    ("effective", "default", "formula"),
    [(24, 12, "24/12 = 2.0000"), (24, None, "24/12 = 2.0000"), (1, 12, "1/12 = 0.0833"), (90, 30, "90/30 = 3.0000")],
    ids=["SC5", "blank counts as 12", "a month", "days"],
)
def test_a_term_is_divided_by_the_usual_one(effective: int, default: int | None, formula: str) -> None:
    assert by_term(effective, default).formula == formula


@pytest.mark.parametrize(
    ("precision", "span", "term", "unit", "why"),
    [
        (Precision.DAY, (SUMMER[1], SUMMER[0]), 12, TermUnit.MONTH, "before the start"),
        (Precision.DAY, (SUMMER[0], date.max), 12, TermUnit.MONTH, "the last day"),
        (Precision.DAY, SUMMER, 0, TermUnit.MONTH, "a term of 0"),
        (Precision.MONTH, SUMMER, -1, TermUnit.MONTH, "a term of -1"),
        (Precision.CALENDAR, SUMMER, 365, TermUnit.DAY, "Calendar Monthly"),
        (Precision.DAY, SUMMER, None, TermUnit.DAY, "a blank term"),
    ],
)
def test_what_has_no_formula_is_refused(
    precision: Precision, span: tuple[date, date], term: int | None, unit: TermUnit, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        by_dates(precision, *span, term, unit)


def test_a_term_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a term of 0"):
        by_term(0)


@given(
    st.sampled_from(Precision),
    st.dates(date(2015, 1, 1), date(2035, 12, 31)),
    st.integers(1, 2500),
    st.one_of(st.none(), st.integers(1, 60), st.decimals("0.5", "60", places=1)),
)
def test_the_formula_shown_is_the_one_computed(
    precision: Precision, start: date, days: int, term: Decimal | int | None
) -> None:
    made = by_dates(precision, start, start + timedelta(days - 1), term)
    assert computed(made.terms) == made.exact
    assert made.stored == Decimal(made.formula.rpartition(" = ")[2])
    assert abs(Decimal(made.exact.numerator) / made.exact.denominator - made.stored) <= Decimal("0.00005")
