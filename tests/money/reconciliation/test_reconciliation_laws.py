"""What holds for any line: the parts add up, rounding is small, and nothing makes it fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from cpqbridge.money.billing.cycle import BillingPeriod, Cycle
from cpqbridge.money.billing.rules import DaysInMonth
from cpqbridge.money.months import calendar_months
from cpqbridge.money.reconciliation.causes import ROUNDINGS, Cause
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import BillingTerms, Charge
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted, explain, explain_once
from cpqbridge.money.rounding import Rounding, RoundingMode
from tests.money.billing import strategies as billing

STEPS = (Decimal("0.001"), Decimal("0.01"), Decimal("0.05"), Decimal(1))
roundings = st.builds(Rounding, st.sampled_from(RoundingMode), st.sampled_from(STEPS))
cents = st.decimals(-100_000, 100_000, places=2)
prices = st.decimals(0, 10_000, places=2)
units = st.decimals(0, 1_000, places=2)


@st.composite
def flows(draw: st.DrawFn, start: date, end: date) -> tuple[Flow, ...]:
    """Segments of a charge, one after the other; there may be days between them."""
    last = (end - start).days
    days = sorted({0, last, *draw(st.lists(st.integers(0, last), max_size=3))})
    spans = [(start + timedelta(a), start + timedelta(b)) for a, b in pairwise(days)]
    kept = [one for place, one in enumerate(spans) if place in (0, len(spans) - 1) or draw(st.booleans())]
    made = []
    for first, after in kept:
        quantity = Fraction(draw(units))
        made.append(Flow(first, after, quantity, quantity * Fraction(draw(prices)) / draw(st.sampled_from((1, 7, 12)))))
    return tuple(made)


@st.composite
def charges(draw: st.DrawFn) -> Charge:
    case = draw(billing.charges(weekly=None))
    cycle = case.cycle
    if draw(st.integers(0, 9)) == 0:
        cycle = Cycle(BillingPeriod(whole_term=True), 1, cycle.alignment, cycle.anchor, (case.start, case.end))
    terms = BillingTerms(cycle, case.rules, draw(roundings), case.start, case.end)
    price = draw(st.none() | prices)
    return Charge(draw(flows(case.start, case.end)), terms, price)


@st.composite
def pieces(draw: st.DrawFn, around: Charge) -> Quoted:
    start = around.terms.start + timedelta(draw(st.integers(-60, 60)))
    end = start + timedelta(draw(st.integers(1, 1200)))
    return Quoted(
        draw(cents),
        start,
        end,
        draw(units) * draw(st.sampled_from((1, -1))),
        unprorated=draw(st.none() | prices),
        default_term=draw(st.sampled_from((1, 12, 36))),
        listed=draw(st.none() | prices),
        net=draw(st.none() | prices),
        rounded=draw(st.sampled_from((Decimal(1), Decimal(7), Decimal(0)))),
    )


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Quoted], Charge, Charge | None, Decimal | None]:
    after = draw(charges())
    before = None
    if draw(st.booleans()):
        end = after.terms.start + timedelta(draw(st.integers(1, max((after.terms.end - after.terms.start).days, 1))))
        end = after.terms.end if after.terms.cycle.period.whole_term else end
        before = Charge(draw(flows(after.terms.start, end)), replace(after.terms, end=end), after.price)
        if draw(st.integers(0, 5)) == 0:
            after = replace(after, flows=())
    quoted = draw(st.lists(pieces(after), max_size=3))
    return quoted, after, before, draw(st.none() | cents)


def adds_up(found: Explained) -> None:
    assert sum((part.amount for part in found.parts), Decimal(0)) == found.difference
    causes = [part.cause for part in found.parts]
    assert len(set(causes)) == len(causes)
    assert all(part.amount for part in found.parts)


def part(found: Explained, *causes: Cause) -> Decimal:
    return sum((one.amount for one in found.parts if one.cause in causes), Decimal(0))


@settings(max_examples=300, deadline=None)
@given(lines())
def test_the_parts_add_up_whatever_the_line(line: tuple[list[Quoted], Charge, Charge | None, Decimal | None]) -> None:
    quoted, after, before, billed = line
    found = explain(quoted, after, before, billed)
    adds_up(found)
    assert found.quoted == sum((one.amount for one in quoted), Decimal(0))
    computed = sum((one.amount for one in found.items), Decimal(0))
    assert found.billed == (computed if billed is None else billed)
    assert part(found, Cause.OTHER) == found.billed - computed


@settings(max_examples=200, deadline=None)
@given(charges())
def test_what_was_sold_as_it_is_billed_differs_by_rounding_alone(charge: Charge) -> None:
    """An exact match gives no other parts, and each item's rounding is at most half an increment, or a whole one."""
    exact = charge.exact
    step = charge.terms.rounding.increment
    if (exact * 1000).denominator != 1:
        return
    amount = Decimal(exact.numerator) / exact.denominator
    days = charge.terms.start, charge.terms.end
    found = explain([Quoted(amount, *days, Decimal(1))], charge)
    adds_up(found)
    assert {one.cause for one in found.parts} <= {Cause.ROUNDING}
    each = step / 2 if charge.terms.rounding.mode is RoundingMode.HALF_UP else step
    assert abs(found.difference) <= each * len(found.items)


@settings(max_examples=200, deadline=None)
@given(lines())
def test_the_part_of_rounding_is_small(line: tuple[list[Quoted], Charge, Charge | None, Decimal | None]) -> None:
    """Each item is off by one increment at most, and so is what the steps have come to."""
    quoted, after, before, _ = line
    found = explain(quoted, after, before)
    items = len(after.items) + len(before.items if before else ())
    assert abs(part(found, Cause.ROUNDING)) <= (items + 1) * after.terms.rounding.increment


@settings(max_examples=200, deadline=None)
@given(charges(), st.decimals(-50, 50, places=2))
def test_an_amount_of_its_own_at_the_same_price_is_never_a_matter_of_billing_rules(
    charge: Charge, more: Decimal
) -> None:
    """Billed by CPQ's calendar, all that can differ is on CPQ's side."""
    [first, *_] = charge.flows
    start, end = first.start, first.end
    cycle = Cycle(BillingPeriod(months=1), 1, charge.terms.cycle.alignment, start, (start, end))
    rules = replace(charge.terms.rules, partial_month=True, partial_period=True, partial_week=True)
    rules = replace(rules, days_in_month=DaysInMonth.ACTUAL)
    plain = Charge((first,), BillingTerms(cycle, rules, charge.terms.rounding, start, end))
    amount = first.monthly * calendar_months(start, end)
    quoted = (Decimal(amount.numerator) / amount.denominator).quantize(Decimal("0.01")) + more
    yearly = None if not first.quantity else first.monthly * 12 / first.quantity
    price = None if yearly is None else Decimal(round(yearly * 100)) / 100
    found = explain([Quoted(quoted, start, end, Decimal(round(first.quantity * 100)) / 100, price)], plain)
    adds_up(found)
    settings_of_zuora = {Cause.DAYS_IN_MONTH, Cause.BILL_CYCLE_DAY, Cause.PRORATION_UNIT, Cause.ALIGNMENT}
    assert not {one.cause for one in found.parts} & (settings_of_zuora | {Cause.PARTIAL_PERIODS, Cause.TRIGGER_DATES})


@given(cents, cents, roundings)
def test_what_is_billed_once_adds_up(quoted: Decimal, billed: Decimal, rounding: Rounding) -> None:
    found = explain_once(quoted, billed, rounding)
    adds_up(found)
    if quoted == billed:
        assert found.parts == ()
    rounded = {one.cause for one in found.parts} <= ROUNDINGS
    assert rounded or abs(quoted - billed) >= rounding.increment
