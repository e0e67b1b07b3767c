"""What holds for any new order: its price matches where one can, and it goes only within its tolerances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.money.cpq.precision import Precision, exact_months
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import ZuoraState
from tests.planning.proof.orders import FLAT, PER_UNIT, planned, proof_of, seat, sent, tenant

CENT = Decimal("0.01")
PERIODS = ("Month", "Quarter", "Semi-Annual", "Annual")
ALIGNMENTS = ("AlignToCharge", "AlignToSubscriptionStart", "AlignToTermStart", "AlignToTermEnd")
PARTIAL = ((True, True), (False, True), (False, False))


@dataclass(frozen=True)
class Sold:
    """An order product, the tenant, and options."""

    item: dict[str, Any]
    state: ZuoraState
    options: dict[str, Any]

    def plan(self, **options: Any) -> SyncPlan:
        return planned(self.item, state=self.state, **{**self.options, **options})


@st.composite
def rules(draw: st.DrawFn, *, partial: bool = False) -> BillingRules:
    month, period = (True, True) if partial else draw(st.sampled_from(PARTIAL))
    return BillingRules(
        partial_month=month,
        partial_period=period,
        days_in_month=draw(st.sampled_from(DaysInMonth)),
        proration_unit=draw(st.sampled_from(ProrationUnit)),
    )


@st.composite
def orders(draw: st.DrawFn, *, partial: bool = False) -> Sold:
    start = draw(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
    end = start + timedelta(draw(st.integers(0, 800)))
    year = draw(st.decimals(1, 5000, places=2))
    precision = draw(st.sampled_from(Precision))
    net = (year * exact_months(precision, start, end).numerator / exact_months(precision, start, end).denominator) / 12
    known = draw(st.booleans())
    item = seat(
        draw(st.integers(1, 200)),
        str(net.quantize(CENT, ROUND_HALF_UP)),
        start=start.isoformat(),
        end=end.isoformat(),
        year=str(year) if known else None,
    )
    state = tenant(
        day=draw(st.integers(1, 31)),
        rules=draw(rules(partial=partial)),
        model=draw(st.sampled_from((PER_UNIT, FLAT))),
        period=draw(st.sampled_from(PERIODS)),
        billingPeriodAlignment=draw(st.sampled_from(ALIGNMENTS)),
    )
    tolerance = {"USD": draw(st.sampled_from((Decimal(0), Decimal(1), Decimal(50))))}
    small = {"USD": draw(st.sampled_from((Decimal("0.05"), Decimal(1))))}
    return Sold(item, state, {"amount_tolerance": tolerance, "rounding_tolerance": small})


@settings(max_examples=150, deadline=None)
@given(orders(), st.sampled_from(("automatic", "vendor")))
def test_what_goes_is_within_its_tolerances(order: Sold, mode: str) -> None:
    plan = order.plan(pricing_mode=mode)
    proof = proof_of(plan)
    assert proof.explained is not None
    found = proof.explained
    assert sum((part.amount for part in found.parts), Decimal(0)) == found.difference == found.billed - found.quoted
    assert sum(one.amount for one in found.items) == found.billed
    within = (
        abs(proof.by_others) <= order.options["amount_tolerance"]["USD"]
        and abs(proof.by_rounding) <= order.options["rounding_tolerance"]["USD"]
    )
    event("goes" if within else "is held")
    assert [one.code for one in plan.problems] == ([] if within else ["CPQ-451"])
    assert bool(plan.operations) is within


@settings(max_examples=150, deadline=None)
@given(orders(partial=True))
def test_with_partial_periods_there_is_always_a_price_that_matches(order: Sold) -> None:
    """The months that Zuora bills make the price, if no other way does: nothing but rounding is left."""
    found = proof_of(order.plan(amount_proof="report")).explained
    assert found is not None
    assert {part.cause.value for part in found.parts} <= {"rounding"}
    assert abs(found.exact - Fraction(found.quoted)) < Decimal("0.005")
    assert abs(found.difference) <= CENT / 2 * (len(found.items) + 1)


@settings(max_examples=60, deadline=None)
@given(orders())
def test_the_vendors_price_is_kept_where_it_matches(order: Sold) -> None:
    vendors = order.plan(amount_proof="report", pricing_mode="vendor")
    found = proof_of(vendors).explained
    assert found is not None
    if abs(found.exact - Fraction(found.quoted)) < Decimal("0.005"):
        assert order.plan(amount_proof="report").operations == vendors.operations


@settings(max_examples=60, deadline=None)
@given(orders())
def test_a_report_sends_what_would_be_sent_without_proofs(order: Sold) -> None:
    off = order.plan(amount_proof="off", pricing_mode="vendor")
    report = order.plan(amount_proof="report", pricing_mode="vendor")
    assert off.proofs == ()
    assert replace(report, proofs=()) == off


@settings(max_examples=60, deadline=None)
@given(orders(), rules(), st.integers(1, 31))
def test_a_repeat_is_unchanged_whatever_the_rules_have_become(order: Sold, now: BillingRules, day: int) -> None:
    first = order.plan(amount_proof="report")
    state = sent(first, order.state)
    accounts = {key: {**row, "BillCycleDay": day} for key, row in state.accounts.items()}
    again = replace(order, state=replace(state, rules=now, accounts=accounts)).plan()
    assert again.problems == ()
    assert again.operations == ()
