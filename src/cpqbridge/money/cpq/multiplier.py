"""The prorate multiplier: how many default terms of its product a line is sold for.

A line with a Subscription Term has `effective term / default term`; one with a start and an end date is counted by the
package setting Subscription Prorate Precision. A multiplier is stored with four decimals and used without rounding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from cpqbridge.money.cpq.precision import DAYS_IN_YEAR, STORED, Precision, exact_months, months_formula

DEFAULT_TERM = 12
"""Months that a blank subscription term of a product counts as."""


class TermUnit(StrEnum):
    """The package setting Subscription Term Unit."""

    MONTH = "Month"
    DAY = "Day"


@dataclass(frozen=True, slots=True)
class Multiplier:
    """A prorate multiplier.

    Attributes:
        exact: For money.
        terms: How it comes about, with the numbers filled in: `(3 + (9/31 + 30/30)) / 12`.
    """

    exact: Fraction
    terms: str

    @property
    def stored(self) -> Decimal:
        """With four decimals, as CPQ stores and shows it."""
        return (Decimal(self.exact.numerator) / self.exact.denominator).quantize(STORED, ROUND_HALF_UP)

    @property
    def formula(self) -> str:
        """How it comes about and what it comes to."""
        return f"{self.terms} = {self.stored}"


def by_dates(
    precision: Precision,
    start: date,
    end: date,
    default_term: Decimal | int | None = None,
    unit: TermUnit = TermUnit.MONTH,
) -> Multiplier:
    """Return the multiplier of a line with a start and an end date.

    Args:
        precision: The package setting.
        start: First day.
        end: Last day.
        default_term: The product's subscription term, in the unit; blank counts as 12 months.
        unit: What terms are counted in. Terms in days have a published formula for the precision Day only.

    Raises:
        ValueError: The end is before the start, the term is not positive, or no formula is published for it.
    """
    if end < start:
        raise ValueError(f"the end {end} is before the start {start}")
    if end == date.max:
        raise ValueError(f"the end {end} is the last day that there is")
    if unit is TermUnit.DAY:
        return _by_days_of_days(precision, start, end, default_term)
    term = _term(default_term)
    return Multiplier(exact_months(precision, start, end) / Fraction(term), _terms(precision, start, end, term))


def by_term(effective_term: Decimal | int, default_term: Decimal | int | None = None) -> Multiplier:
    """Return the multiplier of a line with a subscription term.

    Args:
        effective_term: What it is sold for.
        default_term: The product's subscription term, in the same unit; blank counts as 12.

    Raises:
        ValueError: A term is not positive.
    """
    sold, usual = _positive(effective_term), _term(default_term)
    return Multiplier(Fraction(sold) / Fraction(usual), f"{plain(sold)}/{plain(usual)}")


def plain(number: Decimal) -> str:
    """Return a number without exponent and needless zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _by_days_of_days(precision: Precision, start: date, end: date, default_term: Decimal | int | None) -> Multiplier:
    if precision is not Precision.DAY or default_term is None:
        missing = "a blank term" if default_term is None else f'the precision "{precision}"'
        raise ValueError(f"no formula is published for terms in days with {missing}")
    days, term = (end - start).days + 1, _positive(default_term)
    return Multiplier(Fraction(days) / Fraction(term), f"{days}/{plain(term)}")


def _terms(precision: Precision, start: date, end: date, term: Decimal) -> str:
    if precision is Precision.DAY:
        days = (end - start).days + 1
        return f"{days}/{DAYS_IN_YEAR}" if term == DEFAULT_TERM else f"{days} / ({DAYS_IN_YEAR} * {plain(term)}/12)"
    months = months_formula(precision, start, end)
    return f"{months}/{plain(term)}" if months.isdecimal() else f"({months}) / {plain(term)}"


def _term(default_term: Decimal | int | None) -> Decimal:
    return _positive(DEFAULT_TERM if default_term is None else default_term)


def _positive(term: Decimal | int) -> Decimal:
    if term <= 0:
        raise ValueError(f"a term of {term} is none")
    return Decimal(term)
