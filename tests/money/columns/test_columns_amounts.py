"""What many lines come to is what each comes to by the code for one line."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.columns.amounts import billed_totals, computed
from cpqbridge.money.columns.calendar import EARLIEST, LATEST
from cpqbridge.money.columns.lines import COLUMNS, NO_CHARGE, OF_MONTHS
from cpqbridge.money.columns.scalar import Row, billed_row
from tests.money.columns.random_lines import columns, rows


@given(st.lists(rows(most=10**18), min_size=1, max_size=60))
def test_amounts_are_those_of_one_line(some: list[Row]) -> None:
    lines = columns(some)
    items, once, good = computed(lines)
    for number, row in enumerate(some):
        if good[number]:
            assert (items[number], once[number]) == billed_row(lines, number), row
        else:
            assert row["kind"] != OF_MONTHS or abs(row["price"]) > 10**7 or row["price_scale"] > 10**5, row


@given(st.lists(rows(), min_size=1, max_size=30), st.integers(1, 7))
def test_totals_are_made_chunk_by_chunk(some: list[Row], chunk: int) -> None:
    lines = columns(some)
    made = billed_totals(lines, chunk)
    assert list(zip(made.items, made.once, strict=True)) == [billed_row(lines, row) for row in range(len(some))]
    assert made.scalar == np.count_nonzero(~computed(lines)[2])


def test_lines_at_the_ends_of_the_calendar() -> None:
    row = {
        **dict.fromkeys(COLUMNS, 1),
        "months": 120,
        "cycle_day": 31,
        "price_months": 120,
        "mode": 0,
        "kind": OF_MONTHS,
    }
    ends = [
        {**row, "start": start, "end": end, "origin": start, "anchor": anchor}
        for start, end in ((EARLIEST, EARLIEST), (LATEST, LATEST), (EARLIEST, LATEST), (EARLIEST - 1, LATEST))
        for anchor in (EARLIEST, LATEST)
    ]
    lines = columns(ends)
    made = billed_totals(lines)
    assert list(zip(made.items, made.once, strict=True)) == [billed_row(lines, row) for row in range(len(ends))]
    assert made.scalar == 2


def test_what_zuora_does_not_have_comes_to_nothing() -> None:
    made = billed_totals(columns([{**dict.fromkeys(COLUMNS, 0), "kind": NO_CHARGE, "minor": 100, "increment": 1}]))
    assert made.items.tolist() == made.once.tolist() == [0]
