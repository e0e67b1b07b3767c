"""Many lines are explained as each of them is by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.columns.lines import NO_CHARGE
from cpqbridge.money.columns.many import Difference, explain_many
from cpqbridge.money.columns.scalar import Row, charge_of, quoted_of
from cpqbridge.money.reconciliation.waterfall import explain
from tests.money.columns.random_lines import quote_columns, sold_rows

billed = st.sampled_from([None, None, Decimal(0), Decimal("12.34"), Decimal("1e-5")])


@given(st.lists(st.tuples(sold_rows(), billed, st.booleans()), min_size=1, max_size=20), st.integers(1, 9))
def test_lines_are_explained_in_order(some: list[tuple[tuple[Row, Row], Decimal | None, bool]], chunk: int) -> None:
    quotes = quote_columns([quote for (quote, _), _, _ in some])
    lines = []
    for number, ((_, row), actual, split) in enumerate(some):
        if row["start"] < row["end"] and row["kind"] != NO_CHARGE:
            charge = charge_of(row)
            charge = replace(charge, flows=charge.flows * 2) if split else charge
            lines.append((quoted_of(quotes, number, row), charge, actual))
    made = list(explain_many(iter(lines), chunk))
    for one, (quoted, charge, actual) in zip(made, lines, strict=True):
        expected = explain([quoted], charge, billed=actual)
        assert sorted(one.parts, key=str) == sorted(expected.parts, key=str)
        assert one == Difference(expected.quoted, expected.billed, one.parts)
