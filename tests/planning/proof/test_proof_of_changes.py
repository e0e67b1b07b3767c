"""Orders that change what Zuora has: what is billed more or less is what they sold, or they are held."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.planning.plan import SyncPlan
from tests.planning import records as r
from tests.planning.chains import (
    START,
    evergreen,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    planned,
    renewal,
    revision,
    sale,
)
from tests.planning.proof.orders import MONTH_FIRST, amounts, causes, codes, proof_of

SUMMER, MIDDLE, AUTUMN, NEXT = "2026-08-01", "2026-08-15", "2026-11-01", "2027-02-01"
OWNER = "A00000001"
BY_DAY = BillingRules(proration_unit=ProrationUnit.DAY)

Row = dict[str, Any]


def changed(
    *items: Row, rules: BillingRules = MONTH_FIRST, day: int = 1, charge: Row | None = None,
    subscription: Row | None = None, segments: tuple[Any, ...] | None = None, **options: Any,
) -> SyncPlan:  # fmt: skip
    """The plan of the last product's order, where the first was sold for a year at 10.00 a month for each of ten."""
    held = held_charge(*(segments or ((START, NEXT, 10, 120),)), billingDay="DefaultFromCustomer", **(charge or {}))
    head = {
        "invoiceOwnerAccountNumber": OWNER, "subscriptionStartDate": START, "termStartDate": START,
        **(subscription or {}),
    }  # fmt: skip
    state = known_state(held_subscription(held_plan("802-1", held), **head))
    state = replace(state, rules=rules, accounts={r.ACCOUNT_ID: r.account_row(BillCycleDay=day)})
    return planned(sale(), *items, state=state, **options)


def by(day: str, units: Any, net: str, **more: Any) -> Row:
    """What is added on a day, at a net price for the rest of the year."""
    return revision(2, 1, day, units, subscription={"SBQQ__NetPrice__c": Decimal(net)}, **more)


MATCHES: dict[str, tuple[Row, Decimal]] = {
    "more": (revision(2, 1, SUMMER, 5), Decimal(300)),
    "less": (revision(2, 1, SUMMER, -3), Decimal(-180)),
    "none any more": (revision(2, 1, SUMMER, -10), Decimal(-600)),
    "none from the first day": (revision(2, 1, START, -10), Decimal(-1200)),
    "some months more": (revision(2, 1, SUMMER, 5, end="2026-10-31"), Decimal(150)),
    "renewed": (renewal(2, 1), Decimal(1200)),
    "renewed with more": (renewal(2, 1, quantity=15), Decimal(1800)),
}


@pytest.mark.parametrize("day", [1, 31])
@pytest.mark.parametrize("rules", [MONTH_FIRST, BY_DAY], ids=["month first", "by day"])
@pytest.mark.parametrize("name", MATCHES)
def test_what_matches_goes(name: str, rules: BillingRules, day: int) -> None:
    item, amount = MATCHES[name]
    plan = changed(item, rules=rules, day=day)
    assert proof_of(plan).explained is not None
    assert amounts(plan)[0] == amount
    if day == 1:
        assert amounts(plan)[1] == amount
    assert set(causes(plan)) <= {"rounding", "bill_cycle_day"}
    assert plan.stop is None or day != 1


def test_an_early_renewal_is_sold_once_for_each_day() -> None:
    """A year from November on at 12.00 a month; three of its months were sold before."""
    item = renewal(2, 1, AUTUMN, end="2027-10-31", subscription={"SBQQ__NetPrice__c": Decimal("144.00")})
    plan = changed(item)
    assert amounts(plan) == (10 * (144 - 30), 10 * (144 - 30))


def test_a_part_of_a_month() -> None:
    """17/31 of August and five months; 55.48 for a unit."""
    plan = changed(by(MIDDLE, 5, "55.48"))
    assert amounts(plan)[0] == Decimal("277.40")
    assert set(causes(plan)) <= {"rounding", "unit_price_rounding"}
    assert plan.stop is None


def test_another_bill_cycle_day_is_held_with_its_name() -> None:
    """From the 15th, six billing months but one whole February: 5 from August 15 to February 1 are 5 17/31 months."""
    plan = changed(by("2026-09-15", 5, "45.33"), day=20)
    # CPQ: 16/30 of September and four months; Zuora: 5/31 until the 20th, four months, 12/31
    found = causes(plan)
    assert "bill_cycle_day" in found
    assert codes(plan) == ["CPQ-451"]
    assert "Zuora's billing months" in plan.problems[0].message


def test_days_of_thirty_are_held_with_their_name() -> None:
    plan = changed(by(MIDDLE, 5, "55.48"), rules=replace(MONTH_FIRST, days_in_month=DaysInMonth.THIRTY))
    # with it 17/30 of August for five units; ten units have their 14/30 and 17/30 on both sides
    assert max(causes(plan), key=lambda cause: abs(causes(plan)[cause])) == "days_in_month"
    assert codes(plan) == ["CPQ-451"]


def test_a_cancellation_of_what_is_billed_for_the_whole_term() -> None:
    charge = {"billingPeriod": "Subscription_Term", "listPriceBase": "Per_Billing_Period"}
    plan = changed(revision(2, 1, SUMMER, -10), charge=charge)
    assert amounts(plan) == (-600, -600)
    assert plan.stop is None


@pytest.mark.parametrize(
    "charge",
    [
        {"billingPeriodAlignment": "AlignToTermStart"},
        {"billingPeriodAlignment": "AlignToTermEnd"},
        {"billingPeriod": "Subscription_Term"},
        {"billingDay": "TermStartDay"},
    ],
    ids=str,
)
def test_periods_of_another_term_are_not_known(charge: Row) -> None:
    merged = {"billingPeriod": "Quarter", **charge}
    subscription: Row = {}
    held = held_charge((START, NEXT, 10, 120), **{"billingDay": "DefaultFromCustomer", **merged})
    state = known_state(held_subscription(held_plan("802-1", held), invoiceOwnerAccountNumber=OWNER, **subscription))
    state = replace(state, rules=MONTH_FIRST, accounts={r.ACCOUNT_ID: r.account_row(BillCycleDay=1)})
    plan = planned(sale(), renewal(2, 1), state=state)
    assert "each term" in (proof_of(plan).unknown or "")
    assert codes(plan) == []


def test_an_invoice_owner_that_was_not_read_is_said() -> None:
    plan = changed(revision(2, 1, SUMMER, 5), subscription={"invoiceOwnerAccountNumber": "A-OTHER"})
    assert "bill cycle day of the account that is invoiced" in (proof_of(plan).unknown or "")


def test_the_invoice_owners_day_counts_and_not_the_accounts() -> None:
    held = held_charge((START, NEXT, 10, 120), billingDay="DefaultFromCustomer")
    row = held_subscription(held_plan("802-1", held), invoiceOwnerAccountNumber="A-PAYER")
    payer = r.account_row(Id="z-payer", AccountNumber="A-PAYER", CrmId="001-payer", BillCycleDay=1)
    accounts = {r.ACCOUNT_ID: r.account_row(BillCycleDay=20), "001-payer": payer}
    state = replace(known_state(row), rules=MONTH_FIRST, accounts=accounts)
    plan = planned(sale(), revision(2, 1, SUMMER, 5), state=state)
    assert amounts(plan) == (300, 300)


@pytest.mark.parametrize("text", ["SpecificDayofMonth(20)", "SpecificDayofMonth/20"])
def test_a_day_of_its_own_counts(text: str) -> None:
    held = held_charge((START, NEXT, 10, 120), billingDay=text)
    row = held_subscription(held_plan("802-1", held), invoiceOwnerAccountNumber="A-OTHER")
    state = replace(known_state(row), rules=MONTH_FIRST)
    plan = planned(sale(), by("2026-09-15", 5, "45.33"), state=state)
    assert "bill_cycle_day" in causes(plan)


def test_evergreen_is_said() -> None:
    held = held_charge((START, None, 10, 10), billingDay="DefaultFromCustomer", specificListPriceBase=1)
    row = held_subscription(held_plan("802-1", held), invoiceOwnerAccountNumber=OWNER, termEndDate=None)
    state = replace(known_state(row), rules=MONTH_FIRST, accounts={r.ACCOUNT_ID: r.account_row(BillCycleDay=1)})
    own = {"SBQQ__NetPrice__c": Decimal("120.00"), "SBQQ__SubscriptionType__c": "Evergreen"}
    plan = planned(evergreen(), revision(2, 1, SUMMER, 5, end=None, subscription=own), state=state)
    assert "evergreen" in (proof_of(plan).unknown or "")


def test_report_is_off_with_proofs() -> None:
    item, _ = MATCHES["more"]
    off = changed(item, day=20, amount_proof="off")
    report = changed(item, day=20, amount_proof="report")
    assert (off.proofs, len(report.proofs)) == ((), 1)
    assert replace(report, proofs=()) == off
