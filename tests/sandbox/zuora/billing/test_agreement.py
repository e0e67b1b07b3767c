"""The tenant's billing and the connector's arithmetic, written apart, make the same items of any charge."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cpqbridge.money.billing.amounts import ListPriceBase, RecurringPrice, bill
from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.billing.tiers import UnitPrice
from cpqbridge.money.rounding import Rounding, RoundingMode
from tests.sandbox.zuora.billing.books import Books, override

MONTHS = ["Month", "Quarter", "Semi_Annual", "Annual", "Eighteen_Months", "Two_Years", "Specific_Months"]
WEEKS = ["Week", "Specific_Weeks"]
BASES = {
    "months": ["Per_Month", "Per_Year", "Per_Billing_Period", "Per_Specific_Months"],
    "weeks": ["Per_Week", "Per_Billing_Period"],
    "term": ["Per_Month", "Per_Year", "Per_Billing_Period", "Per_Week"],
}

#: Partial month, partial period; a partial month without a partial period is no rule of Zuora's.
PARTIAL = [(True, True), (False, True), (False, False)]


@dataclass(frozen=True)
class Case:
    """A charge, its subscription, its tenant."""

    start: date
    end: date
    first: date
    cycle_day: int
    price: Decimal
    mode: str
    increment: str
    rules: dict[str, Any]
    fields: dict[str, Any] = field(default_factory=dict)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    start = draw(st.dates(date(2023, 1, 1), date(2025, 12, 31)))
    days = draw(st.integers(1, 1000))
    kind = draw(st.sampled_from(sorted(BASES)))
    period = {"months": MONTHS, "weeks": WEEKS, "term": ["Subscription_Term"]}[kind]
    base = draw(st.sampled_from(BASES[kind]))
    fields: dict[str, Any] = {
        "billingPeriod": draw(st.sampled_from(period)),
        "listPriceBase": base,
        "billingPeriodAlignment": draw(st.sampled_from([alignment.value for alignment in Alignment])),
        "prorationOption": draw(st.sampled_from([None, None, "NoProration", "TimeBasedProration", "ChargeFullPeriod"])),
    }
    if kind == "term" and fields["prorationOption"] == "ChargeFullPeriod":
        fields["prorationOption"] = None
    if str(fields["billingPeriod"]).startswith("Specific"):
        fields["specificBillingPeriod"] = draw(st.integers(1, 9))
    if base == "Per_Specific_Months":
        fields["specificListPriceBase"] = draw(st.integers(1, 120))
    if kind == "weeks":
        day = draw(st.sampled_from([weekday.value for weekday in Weekday]))
        fields |= {"billCycleType": "SpecificDayofWeek", "weeklyBillCycleDay": day}
    month, whole = draw(st.sampled_from(PARTIAL))
    rules = {
        "prorateRecurringMonthlyCharges": month,
        "proratePeriodOfRecurringCharge": whole,
        "prorateRecurringWeeklyCharges": draw(st.booleans()),
        "daysInMonth": draw(st.sampled_from(["UseActualDays", "Assume30Days", "Assume30DaysStrict"])),
        "prorationUnit": draw(st.sampled_from(["ProrateByMonthFirst", "ProrateByDay"])),
    }
    return Case(
        start,
        start + timedelta(days),
        start + timedelta(draw(st.integers(0, days - 1))),
        draw(st.integers(1, 31)),
        draw(st.decimals(min_value=0, max_value=1_000_000, places=2)),
        draw(st.sampled_from([mode.value for mode in RoundingMode])),
        draw(st.sampled_from(["0.01", "0.05", "1"])),
        rules,
        fields,
    )


Items = list[tuple[str, str, Decimal]]


def billed_by_the_tenant(case: Case) -> Items:
    """Items of a bill run after everything is due."""
    currencies = {"USD": {"mode": case.mode, "increment": case.increment}}
    books = Books(cycle_day=case.cycle_day, billingRules=case.rules, currencies=currencies)
    plan = books.charge(str(case.price), **case.fields)
    begun = {"triggerEvent": "SpecificDate", "specificTriggerDate": str(case.first)}
    books.sell(override(books, plan, startDate=begun), start=str(case.start), end=str(case.end))
    items = books.items(str(case.end + timedelta(4000)))
    return [(item.row["serviceStartDate"], item.row["serviceEndDate"], item.amount) for item in items]


def billed_by_the_connector(case: Case) -> Items:
    """The same by `cpqbridge.money`."""
    fields = case.fields
    rules = BillingRules.from_settings(Books(billingRules=case.rules).tenant.settings.billing_rules)
    alignment = Alignment(fields["billingPeriodAlignment"])
    anchors = {
        Alignment.CHARGE: case.first,
        Alignment.SUBSCRIPTION_START: case.start,
        Alignment.TERM_START: case.start,
        Alignment.TERM_END: case.end,
    }
    weekday = fields.get("weeklyBillCycleDay")
    cycle = Cycle(
        BillingPeriod.parse(fields["billingPeriod"], fields.get("specificBillingPeriod")),
        Weekday(weekday) if weekday else case.cycle_day,
        alignment,
        anchors[alignment],
        (case.start, case.end),
    )
    price = RecurringPrice(
        UnitPrice(price=case.price), ListPriceBase(fields["listPriceBase"]), fields.get("specificListPriceBase")
    )
    rounding = Rounding(RoundingMode(case.mode), Decimal(case.increment))
    made = bill(case.first, case.end, Decimal(1), price, cycle, rules.with_option(fields["prorationOption"]), rounding)
    return [(str(item.start), str(item.end - timedelta(1)), item.amount) for item in made]


@settings(max_examples=150, deadline=None)
@given(cases())
def test_both_make_the_same_items(case: Case) -> None:
    assert billed_by_the_tenant(case) == billed_by_the_connector(case)
