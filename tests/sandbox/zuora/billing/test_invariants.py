"""What holds for every charge: its items tile its days, add up, and do not depend on how often one bills."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.zuora.billing.books import Books, Line, rules, usd

PERIODS = [
    {"billingPeriod": "Month"},
    {"billingPeriod": "Quarter"},
    {"billingPeriod": "Semi_Annual"},
    {"billingPeriod": "Annual"},
    {"billingPeriod": "Specific_Months", "specificBillingPeriod": 5},
    {"billingPeriod": "Week"},
    {"billingPeriod": "Specific_Weeks", "specificBillingPeriod": 3},
    {"billingPeriod": "Subscription_Term"},
]
CYCLE_TYPES = ["DefaultFromCustomer", "ChargeTriggerDay", "SubscriptionStartDay", "TermStartDay", "TermEndDay"]
ALIGNMENTS = ["AlignToCharge", "AlignToSubscriptionStart", "AlignToTermStart", "AlignToTermEnd"]

DAYS = st.dates(date(2023, 1, 1), date(2025, 12, 31))


@st.composite
def tenants(draw: st.DrawFn) -> dict[str, Any]:
    rule = rules(
        daysInMonth=draw(st.sampled_from(["UseActualDays", "Assume30Days", "Assume30DaysStrict"])),
        prorationUnit=draw(st.sampled_from(["ProrateByMonthFirst", "ProrateByDay"])),
        creditBasis=draw(st.sampled_from(["TotalBillingPeriodMinusCharged", "EffectiveDateToPeriodEnd"])),
    )
    rounding = usd(draw(st.sampled_from(["HalfUp", "Up", "Down"])), draw(st.sampled_from(["0.01", "0.05", "1"])))
    return {"cycle_day": draw(st.integers(1, 31)), **rule, **rounding}


CHARGES = st.builds(
    lambda period, cycle, alignment, timing: {
        **period, "billCycleType": cycle, "billingPeriodAlignment": alignment, "billingTiming": timing,
    },
    st.sampled_from(PERIODS),
    st.sampled_from(CYCLE_TYPES),
    st.sampled_from(ALIGNMENTS),
    st.sampled_from(["IN_ADVANCE", "IN_ARREARS"]),
)  # fmt: skip

TERMS = st.tuples(DAYS, st.integers(1, 800)).map(lambda term: (term[0], term[0] + timedelta(term[1])))
PRICES = st.decimals(min_value=0, max_value=100_000, places=2)


@settings(max_examples=150, deadline=None)
@given(tenants(), CHARGES, TERMS, PRICES)
def test_items_tile_the_charge(
    tenant: dict[str, Any], charge: dict[str, Any], term: tuple[date, date], price: Decimal
) -> None:
    books = Books(**tenant)
    books.sell(books.charge(str(price), **charge), start=str(term[0]), end=str(term[1]))
    lines = books.bill(str(term[1]))
    assert _covered(lines) == [term]
    assert all(Decimal(amount) >= 0 for _, _, amount in lines)
    assert books.bill(str(term[1] + timedelta(400))) == []


@settings(max_examples=60, deadline=None)
@given(tenants(), CHARGES, TERMS, PRICES)
def test_billing_day_by_day_is_billing_at_once(
    tenant: dict[str, Any], charge: dict[str, Any], term: tuple[date, date], price: Decimal
) -> None:
    at_once, stepwise = Books(**tenant), Books(**tenant)
    for books in (at_once, stepwise):
        books.sell(books.charge(str(price), **charge), start=str(term[0]), end=str(term[1]))
    expected = at_once.bill(str(term[1]))
    found: list[Line] = []
    day = term[0]
    while day < term[1]:
        found += stepwise.bill(str(day))
        day += timedelta(31)
    found += stepwise.bill(str(term[1]))
    assert found == expected


@settings(max_examples=100, deadline=None)
@given(tenants(), CHARGES, TERMS, PRICES, st.data())
def test_billed_before_or_after_a_cancellation(
    tenant: dict[str, Any], charge: dict[str, Any], term: tuple[date, date], price: Decimal, data: st.DataObject
) -> None:
    """On the new basis a credit leaves exactly what would have been billed had the end been known before."""
    tenant["billingRules"]["creditBasis"] = "TotalBillingPeriodMinusCharged"
    on = str(term[0] + timedelta(data.draw(st.integers(0, (term[1] - term[0]).days - 1))))
    before, after = Books(**tenant), Books(**tenant)
    for books in (before, after):
        number = books.sell(books.charge(str(price), **charge), start=str(term[0]), end=str(term[1]))
        if books is after:
            books.bill(on)
        books.cancel(number, on)
        books.bill(str(term[1]))
        assert books.bill(str(term[1])) == []
    assert after.total() == before.total()


@settings(max_examples=80, deadline=None)
@given(tenants(), CHARGES, TERMS, st.data())
def test_changes_of_quantity_leave_every_day_billed_once(
    tenant: dict[str, Any], charge: dict[str, Any], term: tuple[date, date], data: st.DataObject
) -> None:
    """Whatever is billed between which changes: what stays of the items tiles the days, each with its quantity."""
    books = Books(**tenant)
    plan = books.charge(30, chargeModel="PerUnit", uOM="User", defaultQuantity=5, **charge)
    number = books.sell(plan, start=str(term[0]), end=str(term[1]))
    quantities: dict[date, int] = {term[0]: 5}
    length = (term[1] - term[0]).days
    for day in sorted(data.draw(st.lists(st.integers(0, length - 1), max_size=3, unique=True))):
        on = term[0] + timedelta(day)
        if data.draw(st.booleans()):
            books.bill(str(term[0] + timedelta(data.draw(st.integers(0, length)))))
        quantities[on] = data.draw(st.integers(1, 9))
        books.update(number, on=str(on), pricing={"recurringPerUnit": {"quantity": quantities[on]}})
    books.bill(str(term[1]))
    assert books.bill(str(term[1])) == []
    assert _daily(books) == _expected(quantities, term)


def _daily(books: Books) -> dict[date, Decimal]:
    """Quantity that is billed for each day, credits taken off."""
    found: dict[date, Decimal] = defaultdict(Decimal)
    for item in books.everything():
        sign = -1 if item.row["_kind"] == "credit" else 1
        first = date.fromisoformat(item.row["serviceStartDate"])
        for day in range((date.fromisoformat(item.row["serviceEndDate"]) - first).days + 1):
            found[first + timedelta(day)] += sign * item.row["quantity"] if sign > 0 else -_credited(books, item.row)
    return {day: units for day, units in found.items() if units}


def _credited(books: Books, credit: dict[str, Any]) -> Decimal:
    """Quantity of the item that a credit gives back."""
    row = books.store.get("invoiceItem", credit["creditFromItemId"]) or {}
    return Decimal(row["quantity"])


def _expected(quantities: dict[date, int], term: tuple[date, date]) -> dict[date, Decimal]:
    expected: dict[date, Decimal] = {}
    units, day = 0, term[0]
    while day < term[1]:
        units = quantities.get(day, units)
        expected[day] = Decimal(units)
        day += timedelta(1)
    return expected


def _covered(lines: list[Line]) -> list[tuple[date, date]]:
    """The days of items as spans with exclusive ends, joined where one follows the other."""
    spans: list[tuple[date, date]] = []
    for start, end, _ in lines:
        span = date.fromisoformat(start), date.fromisoformat(end) + timedelta(1)
        if spans and spans[-1][1] == span[0]:
            spans[-1] = spans[-1][0], span[1]
        else:
            spans.append(span)
    return spans


def test_a_term_of_one_31st_has_its_price_where_months_have_30_days() -> None:
    books = Books(billingRules={"daysInMonth": "Assume30DaysStrict"})
    books.sell(books.charge("30", billingPeriod="Subscription_Term"), start="2023-01-31", end="2023-02-01")
    books.bill("2023-02-01")
    assert books.total() == 30
