"""Both sides period by period: whatever is given, each side comes to its total."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.waterfall import Explained
from cpqbridge.money.rounding import Rounding
from cpqbridge.sync.reconcile.line import unexplained, with_billed
from cpqbridge.sync.reconcile.periods import NOT_BILLED, Billed, Spread, periods

DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
LENGTHS = st.integers(1, 500).map(lambda days: timedelta(days=days))
AMOUNTS = st.decimals(-(10**6), 10**6, places=2)
SPREADS = st.lists(st.builds(lambda day, length, amount: Spread(day, day + length, amount), DAYS, LENGTHS, AMOUNTS))
BILLED = st.lists(
    st.builds(lambda day, length, amount: Billed(day, day + length, amount, "invoiced", "INV1"), DAYS, LENGTHS, AMOUNTS)
)
CENTS = Rounding()


@given(SPREADS, BILLED)
def test_periods_add_up_and_do_not_overlap(quoted: Sequence[Spread], billed: Sequence[Billed]) -> None:
    found = periods(quoted, billed, CENTS)
    if found or not quoted:
        assert sum((one.billed for one in found), Decimal(0)) == sum((one.amount for one in billed), Decimal(0))
    if billed or any(one.amount for one in quoted):
        assert sum((one.quoted or 0 for one in found), Decimal(0)) == sum((one.amount for one in quoted), Decimal(0))
    for one, other in pairwise(found):
        assert one.end <= other.start


@given(BILLED)
def test_without_a_quote_there_is_only_what_was_billed(billed: Sequence[Billed]) -> None:
    found = periods(None, billed, CENTS)
    assert sum((one.billed for one in found), Decimal(0)) == sum((one.amount for one in billed), Decimal(0))
    assert {one.quoted for one in found} <= {None}


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.lists(st.sampled_from(list(Cause)), unique=True))
def test_causes_add_up_whatever_zuora_says(
    quoted: Decimal, computed: Decimal, billed: Decimal, names: list[Cause]
) -> None:
    parts = [Part(cause, Decimal(1)) for cause in names]
    rest = computed - quoted - len(parts)
    found = Explained(quoted, computed, Fraction(computed), (*parts, Part(Cause.ROUNDING, rest)))
    made = with_billed(found, billed)
    assert (made.billed, sum((part.amount for part in made.parts), Decimal(0))) == (billed, billed - quoted)
    assert with_billed(made, billed).difference == made.difference
    alone = unexplained(quoted, billed, Cause.OTHER)
    assert sum((part.amount for part in alone.parts), Decimal(0)) == alone.difference


def test_an_invoice_and_the_credit_for_its_last_days_are_one_period() -> None:
    start, middle, end = date(2026, 1, 1), date(2026, 1, 16), date(2026, 2, 1)
    billed = [
        Billed(start, end, Decimal(31), "invoiced", "INV1"),
        Billed(middle, end, Decimal(-16), "invoiced", "CM1"),
        Billed(end, date(2026, 3, 1), Decimal(5), "to be billed"),
    ]
    first, second = periods([Spread(start, middle, Decimal(15))], billed, CENTS)
    assert (first.start, first.end, first.quoted, first.billed) == (start, end, 15, 15)
    assert first.documents == ("INV1", "CM1")
    assert (second.quoted, second.billed, second.kind) == (0, 5, "to be billed")


def test_days_that_zuora_does_not_bill_are_a_period() -> None:
    quoted = [Spread(date(2026, 1, 1), date(2026, 4, 1), Decimal(300))]
    billed = [Billed(date(2026, 2, 1), date(2026, 3, 1), Decimal(100), "invoiced", "INV1")]
    found = periods(quoted, billed, CENTS)
    assert [(one.quoted, one.billed, one.kind) for one in found] == [
        (100, 0, NOT_BILLED), (100, 100, "invoiced"), (100, 0, NOT_BILLED),
    ]  # fmt: skip
