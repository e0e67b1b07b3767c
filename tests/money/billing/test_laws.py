"""What holds for every charge: its items tile its days, add up, and do not depend on how it is cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from cpqbridge.money.billing.amounts import ListPriceBase, RecurringPrice, bill
from cpqbridge.money.billing.credits import credit
from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle
from cpqbridge.money.billing.formula import plain_number
from cpqbridge.money.billing.rules import BillingRules, CreditBasis, DaysInMonth, ProrationUnit
from cpqbridge.money.billing.schedule import Kind, months_billed, months_of, service_periods
from cpqbridge.money.billing.tiers import ChargeModel, UnitPrice
from cpqbridge.money.rounding import Rounding, RoundingMode
from tests.money.billing.strategies import Case, charges, dates, rules

CENT = Decimal("0.01")
prices = st.decimals(Decimal("0.01"), Decimal(100_000), places=2)
roundings = st.builds(Rounding, st.sampled_from(RoundingMode), st.sampled_from([CENT, Decimal("0.05"), Decimal(1)]))


def flat(price: Decimal) -> RecurringPrice:
    return RecurringPrice(UnitPrice(ChargeModel.FLAT_FEE, price))


@given(charges(always=True, weekly=None))
def test_items_tile_the_days_of_a_charge(case: Case) -> None:
    periods = list(service_periods(case.start, case.end, case.cycle, case.rules))
    assert periods[0].start == case.start
    assert periods[-1].end == case.end
    assert all(one.end == other.start for one, other in pairwise(periods))
    assert all(one.start < one.end for one in periods)


@given(charges(weekly=None), st.booleans(), st.booleans())
def test_no_rule_bills_a_day_twice_or_out_of_order(case: Case, first: bool, last: bool) -> None:
    periods = list(service_periods(case.start, case.end, case.cycle, case.rules, first=first, last=last))
    assert all(one.end <= other.start for one, other in pairwise(periods))
    for one in periods:
        number = case.cycle.number_of(one.start)
        whole = case.cycle.begin_of(number), case.cycle.begin_of(number + 1)
        assert whole[0] <= one.start < one.end <= whole[1]
        assert (one.kind is Kind.FULL) is ((one.start, one.end) == whole)
        assert 0 <= one.units <= case.cycle.period.units
        assert one.kind is not Kind.FULL or one.units == case.cycle.period.units


@given(charges(weekly=None), st.booleans(), st.booleans())
def test_months_billed_is_the_sum_of_the_periods(case: Case, first: bool, last: bool) -> None:
    own = {"first": first, "last": last}
    periods = service_periods(case.start, case.end, case.cycle, case.rules, **own)
    billed = months_billed(case.start, case.end, case.cycle, case.rules, **own)
    assert billed == sum(one.units for one in periods)


@given(charges(), prices, roundings)
def test_rounding_moves_an_item_by_less_than_an_increment(case: Case, price: Decimal, rounding: Rounding) -> None:
    items = bill(case.start, case.end, Decimal(1), flat(price), case.cycle, case.rules, rounding)
    most = Fraction(rounding.increment) / (2 if rounding.mode is RoundingMode.HALF_UP else 1)
    exact = Fraction(price) * months_billed(case.start, case.end, case.cycle, case.rules) / case.cycle.period.months
    assert sum((one.exact for one in items), Fraction(0)) == exact
    assert abs(sum((Fraction(one.amount) for one in items), Fraction(0)) - exact) <= most * len(items)


@given(charges(always=True, weekly=None), st.data())
def test_a_change_in_between_keeps_the_total(case: Case, data: st.DataObject) -> None:
    """By actual days it is no matter where a segment is cut, if time is counted in days or in one month at a time."""
    case = replace(case, rules=replace(case.rules, days_in_month=DaysInMonth.ACTUAL))
    cut = case.start + timedelta(data.draw(st.integers(0, (case.end - case.start).days)))
    before = months_billed(case.start, cut, case.cycle, case.rules, last=False)
    behind = months_billed(cut, case.end, case.cycle, case.rules, first=False)
    assert before + behind == months_billed(case.start, case.end, case.cycle, case.rules)


@given(charges(weekly=None), st.data())
def test_billing_up_to_a_day_and_then_all_is_billing_at_once(case: Case, data: st.DataObject) -> None:
    through = case.start + timedelta(data.draw(st.integers(-5, 1600)))
    periods = list(service_periods(case.start, case.end, case.cycle, case.rules))
    due = list(service_periods(case.start, case.end, case.cycle, case.rules, through=through))
    assert due == periods[: len(due)]
    assert all(one.start <= through for one in due)
    assert all(one.start > through for one in periods[len(due) :])


@given(dates, st.integers(1, 31), st.integers(1, 60), rules())
def test_a_whole_number_of_periods_has_whole_amounts(
    start: date, day: int, months: int, given_rules: BillingRules
) -> None:
    cycle = Cycle(BillingPeriod(months=1), day, Alignment.CHARGE, start)
    begin, end = cycle.begin_of(0), cycle.begin_of(months)
    assert months_billed(begin, end, cycle, given_rules) == months
    assert months_of(begin, end, day, given_rules.days_in_month) == (months, ())


@given(charges(always=True), st.data(), prices, st.sampled_from(CreditBasis))
def test_a_credit_leaves_what_was_used(case: Case, data: st.DataObject, price: Decimal, basis: CreditBasis) -> None:
    case = replace(case, rules=replace(case.rules, credit_basis=basis))
    terms = Decimal(1), flat(price), case.cycle, case.rules, Rounding()
    items = bill(case.start, case.end, *terms)
    item = items[data.draw(st.integers(0, len(items) - 1))]
    until = item.start + timedelta(data.draw(st.integers(0, (item.end - item.start).days)))
    given_back = credit(item, until, *terms)
    net = item.amount - (given_back.amount if given_back else 0)
    used = bill(item.start, until, *terms, first=False)
    value = sum((one.amount for one in used), Decimal(0))
    assert 0 <= net <= item.amount
    if basis is CreditBasis.TOTAL_MINUS_CHARGED:
        assert net == value
    elif case.rules.days_in_month is DaysInMonth.ACTUAL:
        assert abs(net - value) <= CENT * 3 / 2


@example(
    date(2019, 1, 31), 1, 0, 0, Decimal(1), BillingRules(days_in_month=DaysInMonth.THIRTY_STRICT)
)  # the 31st alone counts as no day
@given(dates, st.integers(1, 1200), st.integers(0, 100), st.integers(0, 100), prices, rules())
def test_the_whole_term(
    start: date, days: int, late: int, early: int, price: Decimal, given_rules: BillingRules
) -> None:
    end = start + timedelta(days)
    cycle = Cycle(BillingPeriod(whole_term=True), 1, Alignment.CHARGE, start, (start, end))
    [item] = bill(start, end, Decimal(1), flat(price), cycle, given_rules, Rounding())
    assert (item.exact, item.formula) == (price, plain_number(price))
    inside = start + timedelta(min(late, days - 1)), end - timedelta(early)
    if inside[0] < inside[1]:
        part = bill(*inside, Decimal(1), flat(price), cycle, given_rules, Rounding())
        assert all(one.exact >= 0 and start <= one.start < one.end <= end for one in part)


@given(dates, st.integers(1, 400))
def test_a_price_per_week_for_the_whole_term(start: date, days: int) -> None:
    end = start + timedelta(days)
    cycle = Cycle(BillingPeriod(whole_term=True), 1, Alignment.CHARGE, start, (start, end))
    price = RecurringPrice(UnitPrice(price=Decimal(7)), ListPriceBase.PER_WEEK)
    rule = BillingRules(proration_unit=ProrationUnit.MONTH_FIRST)
    [item] = bill(start, end, Decimal(2), price, cycle, rule, Rounding())
    assert item.exact == 2 * days
