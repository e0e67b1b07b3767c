"""Differences of many lines have the causes that each of them has by the code for one line."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.columns.lines import COLUMNS, NO_CHARGE
from cpqbridge.money.columns.quotes import UNKNOWN
from cpqbridge.money.columns.reconcile import reconcile_columns, reconciled
from cpqbridge.money.columns.scalar import Row, explained_row
from cpqbridge.money.columns.steps import CAUSES
from cpqbridge.money.reconciliation.causes import Cause
from tests.money.columns.random_lines import columns, quote_columns, sold_rows

pairs = st.lists(sold_rows(), min_size=1, max_size=40)


@given(pairs)
def test_causes_are_those_of_one_line(some: list[tuple[Row, Row]]) -> None:
    quotes, lines = quote_columns([one for one, _ in some]), columns([one for _, one in some])
    made = reconciled(quotes, lines, None)
    assert (made.parts.sum(axis=0) == made.difference).all()
    for number, (_, row) in enumerate(some):
        parts = {cause: int(part) for cause, part in zip(CAUSES, made.parts[:, number], strict=True) if part}
        if row["kind"] == NO_CHARGE or row["start"] >= row["end"]:
            cause = Cause.NOT_SYNCED if row["kind"] == NO_CHARGE else Cause.NOT_BILLED
            assert parts == ({cause: -made.quoted[number]} if made.quoted[number] else {})
            continue
        expected = explained_row(quotes, lines, number)
        assert made.billed[number] == expected.billed * row["minor"]
        assert parts == {one.cause: one.amount * row["minor"] for one in expected.parts}, some[number]


@given(pairs, st.integers(1, 9), st.randoms(use_true_random=False))
def test_parts_add_up_to_the_difference(some: list[tuple[Row, Row]], chunk: int, random: Random) -> None:
    quotes, lines = quote_columns([one for one, _ in some]), columns([one for _, one in some])
    billed = quotes.amount + np.array([random.choice([0, 0, 5, -700]) for _ in some])
    chunks = list(reconcile_columns(quotes, lines, billed, chunk))
    assert sum(len(one.quoted) for one in chunks) == len(some)
    for one in chunks:
        assert (one.parts.sum(axis=0) == one.billed - one.quoted).all()
    assert np.concatenate([one.billed for one in chunks]).tolist() == billed.tolist()


def test_prices_that_are_too_large_to_compare_are_compared_one_by_one() -> None:
    usual = {"start": 16436, "months": 1, "cycle_day": 1, "anchor": 16436, "origin": 16436, "full_period": 1, "mode": 1}
    price = {"price": 1369657979, "price_scale": 10**7, "price_months": 60, "quantity": 10**6, "quantity_scale": 100}
    line = {**dict.fromkeys(COLUMNS, 0), **usual, **price, "end": 16437, "minor": 1, "increment": 100}
    quote = {"amount": 228276, "start": 16436, "end": 16593, "quantity": 10**6, "default_term": 36}
    unknown = dict.fromkeys(("unprorated", "listed", "net"), UNKNOWN)
    made = reconciled(quote_columns([{**quote, **unknown}]), columns([line]), None)
    assert made.scalar == 1
    assert made.part(Cause.PRICE).tolist() == [-700]
    assert made.difference.tolist() == [800 - 228276]
