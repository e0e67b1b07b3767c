"""Lines keep their meaning in columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.columns.lines import NO_CHARGE
from cpqbridge.money.columns.pack import pack
from cpqbridge.money.columns.reconcile import reconciled
from cpqbridge.money.columns.scalar import Row, charge_of, quoted_of
from cpqbridge.money.columns.steps import CAUSES
from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import BillingTerms, Charge
from cpqbridge.money.reconciliation.waterfall import Quoted, explain
from cpqbridge.money.rounding import Rounding
from tests.money.columns.random_lines import quote_columns, sold_rows

MAY, OCTOBER = date(2019, 5, 23), date(2019, 10, 1)
MONTHLY = Cycle(BillingPeriod(months=1), 1, Alignment.CHARGE, MAY)
SOLD = Quoted(Decimal("4290.32"), MAY, OCTOBER, Decimal(1), unprorated=Decimal(12000))


def sold_charge(
    cycle: Cycle = MONTHLY, monthly: Fraction = Fraction(1000), price: Decimal | None = Decimal(1000)
) -> Charge:
    terms = BillingTerms(cycle, BillingRules(), Rounding(), MAY, OCTOBER)
    return Charge((Flow(MAY, OCTOBER, Fraction(1), monthly),), terms, price)


def parts_of(quoted: Quoted, charge: Charge) -> dict[Cause, Decimal]:
    packed = pack([(quoted, charge)])
    assert packed.rows == [0]
    made = reconciled(packed.quotes, packed.lines, None)
    found = zip(CAUSES, made.parts[:, 0], strict=True)
    return {cause: Decimal(int(part)) / int(packed.lines.minor[0]) for cause, part in found if part}


@given(st.lists(sold_rows(), min_size=1, max_size=20))
def test_columns_explain_as_the_lines_they_were_made_of(some: list[tuple[Row, Row]]) -> None:
    quotes = quote_columns([one for one, _ in some])
    pairs = [
        (quoted_of(quotes, number, row), charge_of(row))
        for number, (_, row) in enumerate(some)
        if row["start"] < row["end"] and row["quantity"] and row["price"] and row["kind"] != NO_CHARGE
    ]
    packed = pack(pairs)
    assert not packed.left
    made = reconciled(packed.quotes, packed.lines, None)
    for number, (quoted, charge) in enumerate(pairs):
        minor = int(packed.lines.minor[number])
        parts = {cause: int(part) for cause, part in zip(CAUSES, made.parts[:, number], strict=True) if part}
        assert parts == {one.cause: one.amount * minor for one in explain([quoted], charge).parts}


def test_the_published_example_has_no_difference() -> None:
    assert parts_of(SOLD, sold_charge()) == {}


def test_a_bill_cycle_day_is_named() -> None:
    charge = sold_charge(replace(MONTHLY, day=15))
    [part] = explain([SOLD], charge).parts
    assert part == Part(Cause.BILL_CYCLE_DAY, part.amount)
    assert parts_of(SOLD, charge) == {Cause.BILL_CYCLE_DAY: part.amount}


@pytest.mark.parametrize("monthly", [Fraction(1000, 3), Fraction(1, 7), Fraction(123457, 1200)], ids=str)
def test_a_charge_without_a_single_price_is_for_the_months_that_make_it_short(monthly: Fraction) -> None:
    charge = sold_charge(monthly=monthly, price=None)
    assert parts_of(SOLD, charge) == {one.cause: one.amount for one in explain([SOLD], charge).parts}


def test_what_columns_cannot_hold_is_left() -> None:
    usual = sold_charge()
    twice = replace(usual, flows=usual.flows * 2)
    odd = sold_charge(monthly=Fraction(1000, 127), price=None)
    other = sold_charge(monthly=Fraction(1000, 127))
    large = replace(SOLD, amount=Decimal(10) ** 18)
    fine = replace(SOLD, amount=Decimal("1e-16"))
    free = replace(usual, flows=(replace(usual.flows[0], quantity=Fraction(0)),))
    pairs = [(SOLD, twice), (SOLD, usual), (SOLD, odd), (SOLD, other), (large, usual), (fine, usual), (SOLD, free)]
    packed = pack(pairs)
    assert packed.rows == [1]
    assert packed.left == [0, 2, 3, 4, 5, 6]
    assert len(packed.quotes) == len(packed.lines) == 1
