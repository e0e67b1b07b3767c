"""CPQ's months of many lines at once are those of one line."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.columns.calendar import date_of, day_number
from cpqbridge.money.columns.precision import PRECISIONS, charged_months
from cpqbridge.money.cpq.precision import exact_months

starts = st.dates(date(1912, 1, 1), date(2150, 1, 1)).map(day_number)
rows = st.tuples(st.integers(0, len(PRECISIONS) - 1), starts, st.integers(1, 3000))


@given(st.lists(rows, min_size=1, max_size=50))
def test_months_are_those_of_one_line(lines: list[tuple[int, int, int]]) -> None:
    precision, start, days = (np.array(column, np.int64) for column in zip(*lines, strict=True))
    made = charged_months(precision, start, start + days)
    for row, (number, first, length) in enumerate(lines):
        expected = exact_months(PRECISIONS[number], date_of(first), date_of(first + length - 1))
        assert Fraction(int(made.months[row]), int(made.over[row])) == expected
