"""New orders before they go: what matches goes, what does not is held with its cause, what is not known is said."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.proof.orders import (
    FLAT,
    MONTH_FIRST,
    amounts,
    causes,
    codes,
    planned,
    pricing,
    proof_of,
    seat,
    tenant,
)

BY_DAY = BillingRules(proration_unit=ProrationUnit.DAY)
ODD = {"start": "2026-01-15", "end": "2026-02-28"}
"""17 days of January and February."""
VENDOR = {"pricing_mode": "vendor"}


def odd(net: str = "48.00", **more: Any) -> dict[str, Any]:
    """One unit at 31.00 a month, for 17/31 and a month."""
    return seat(1, net, year="372", **ODD, **more)


# What matches


def test_whole_months_match() -> None:
    plan = planned()
    assert amounts(plan) == (600, 600)
    assert plan.stop is None
    found = proof_of(plan)
    assert (found.number, found.product, found.currency) == ("0000000001", "Cloud seat", "USD")


def test_incomplete_months_match_by_the_unprorated_price() -> None:
    plan = planned(odd())
    assert amounts(plan) == (48, 48)
    assert (pricing(plan)["listPrice"], pricing(plan)["listPriceBase"]) == (31, "Per_Billing_Period")


@pytest.mark.parametrize("day", [2, 15, 28, 31])
def test_incomplete_months_match_on_any_bill_cycle_day(day: int) -> None:
    """The price is made of the months that Zuora bills, where that of the default term does not match."""
    plan = planned(odd(), state=tenant(day=day))
    assert plan.stop is None
    assert set(causes(plan)) <= {"rounding"}
    assert abs(amounts(plan)[1] - 48) <= Decimal("0.02")


def test_a_flat_fee_for_several_units() -> None:
    plan = planned(seat(5), state=tenant(model=FLAT))
    assert amounts(plan) == (600, 600)
    assert pricing(plan)["listPrice"] == 600


def test_a_flat_fee_of_several_rounded_prices_goes() -> None:
    """58.33 each for seven months at 100.00 a year; the price is that for the whole term."""
    plan = planned(seat(7, "58.33", year="100", end="2026-08-31"), state=tenant(model=FLAT))
    assert plan.stop is None
    assert set(causes(plan)) <= {"rounding"}


def test_a_flat_fee_by_the_unprorated_price_has_the_rounding_of_each_unit() -> None:
    """17/31 and a month at 100.00 a year: 12.90 each instead of 12.9032, seven times."""
    plan = planned(seat(7, "12.90", year="100", **ODD), state=tenant(model=FLAT, day=None), allow_per_period_price=True)
    assert proof_of(plan).unknown is not None
    plan = planned(seat(7, "12.90", year="100", **ODD), state=tenant(model=FLAT), **VENDOR)
    assert amounts(plan)[0] == Decimal("90.30")
    assert set(causes(plan)) <= {"rounding", "unit_price_rounding"}
    assert plan.stop is None


@pytest.mark.parametrize("model", [FLAT, "Per Unit Pricing"])
@pytest.mark.parametrize("method", ["Block", "Percent Of Total"])
def test_a_price_for_all_units(method: str, model: str) -> None:
    item = seat(1, "600.00", subscription={"SBQQ__PricingMethod__c": method})
    plan = planned(item, state=tenant(model=model))
    assert amounts(plan) == (600, 600)


def test_parts_of_a_percentage_do_not_cancel_each_other() -> None:
    """Five units at a percentage: the quantity is the same on both sides, whatever else differs."""
    item = seat(5, "120.00", subscription={"SBQQ__PricingMethod__c": "Percent Of Total"})
    state = tenant(endDateCondition="Fixed_Period", upToPeriods=11, upToPeriodsType="Months")
    assert causes(planned(item, state=state)) == {"trigger_dates": -50}


def test_one_time_charges() -> None:
    state = tenant(kind="OneTime", period=None)
    plan = planned(seat(5, "99.99"), state=state)
    assert amounts(plan) == (Decimal("499.95"), Decimal("499.95"))
    plan = planned(seat(3, "99.99"), state=state, mapping={"price": {"expression": "SBQQ__NetPrice__c / 3"}})
    assert causes(plan) == {"price": Decimal("99.99") - Decimal("299.97")}
    assert plan.stop is None


def test_order_line_items() -> None:
    item = r.asset_item(Quantity=Decimal(3), UnitPrice=Decimal("33.33"))
    plan = planned(item, state=tenant(kind="OneTime", period=None))
    assert amounts(plan) == (Decimal("99.99"), Decimal("99.99"))


def test_a_part_of_a_unit_is_quoted_in_cents() -> None:
    """1.5 units at 33.33 are 50.00 on the quote, and on the invoice."""
    plan = planned(seat(Decimal("1.5"), "33.33", end="2026-02-28"), rounding_residual="hold")
    assert amounts(plan) == (50, 50)
    assert plan.stop is None


# What is held: each with its own cause, and nothing else


HELD: dict[str, tuple[dict[str, Any], ZuoraState, dict[str, Any], dict[str, Decimal]]] = {
    "days in month": (
        odd(), tenant(rules=replace(MONTH_FIRST, days_in_month=DaysInMonth.THIRTY)), VENDOR,
        {"days_in_month": Decimal("17.57") - 17},  # 31 × 17/30
    ),
    "bill cycle day": (odd(), tenant(day=15), VENDOR, {"bill_cycle_day": Decimal("46.50") - 48}),
    "proration unit": (
        # 17 of 90 days of 90.00, where by months it is 17/31 of 30.00
        seat(1, "16.45", year="360", start="2026-01-01", end="2026-01-17"), tenant(period="Quarter", rules=BY_DAY),
        VENDOR, {"proration_unit": Decimal("17.00") - Decimal("16.45")},
    ),
    "partial months": (
        odd(), tenant(rules=replace(MONTH_FIRST, partial_month=False)), VENDOR, {"partial_periods": Decimal(-17)},
    ),
    "a charge of eleven months": (
        seat(), tenant(endDateCondition="Fixed_Period", upToPeriods=11, upToPeriodsType="Months"), {},
        {"trigger_dates": Decimal(-50)},
    ),
    "an end of its own": (
        seat(), tenant(endDateCondition="Specific_End_Date", specificEndDate="2026-12-01"), {},
        {"trigger_dates": Decimal(-100)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HELD)
def test_what_is_held_has_one_cause(name: str) -> None:
    item, state, options, expected = HELD[name]
    plan = planned(item, state=state, **options)
    assert causes(plan) == expected
    assert codes(plan) == ["CPQ-451"]
    assert plan.stop is Outcome.HELD
    assert plan.operations == ()


def test_another_precision_is_named_where_the_price_is_the_vendors() -> None:
    """CPQ's Month takes two months for 45 days: 62.00."""
    plan = planned(odd("62.00"), **VENDOR)
    assert causes(plan) == {"prorate_precision": Decimal(-14)}
    [problem] = plan.problems
    assert problem.field == "OrderItem.SBQQ__ProrateMultiplier__c"
    assert "Prorate Precision" in (problem.remedy or "")
    assert planned(odd("62.00")).stop is None


def test_the_message_is_enough_to_act_on() -> None:
    plan = planned(odd(), state=tenant(day=15), **VENDOR)
    [problem] = plan.problems
    for part in ("0000000001", "Cloud seat", "48.00 USD", "46.50", "−1.50", "billing months", "first of the month"):
        assert part in problem.message
    assert "bill cycle day" in (problem.remedy or "")


def test_the_message_of_two_causes_has_both_amounts_and_mends_the_greater() -> None:
    state = tenant(endDateCondition="Specific_End_Date", specificEndDate="2026-02-15", day=10)
    plan = planned(odd(), state=state, **VENDOR)
    found = causes(plan)
    assert set(found) == {"trigger_dates", "bill_cycle_day"}
    [problem] = plan.problems
    for amount in found.values():
        assert f"{abs(amount):.2f}" in problem.message
    assert abs(found["trigger_dates"]) > abs(found["bill_cycle_day"])
    assert problem.field == "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c"


# The user's own mapping


def test_an_own_price_that_is_the_list_price_lacks_the_discount() -> None:
    """A price of the user's own may be another one on purpose, but not the one before the discount."""
    item = seat(5, "120.00", subscription={"SBQQ__ListPrice__c": Decimal("150.00")}, year="120")
    plan = planned(item, mapping={"price": "SBQQ__ListPrice__c"})
    assert causes(plan) == {"missing_discount": 5 * 30}
    assert codes(plan) == ["CPQ-451"]


def test_an_own_price_by_the_month_goes() -> None:
    item = seat(5, "120.00", subscription={"Monthly__c": Decimal("10.00")})
    plan = planned(item, mapping={"price": "Monthly__c"})
    assert amounts(plan) == (600, 600)
    assert pricing(plan)["listPrice"] == 10
    assert pricing(plan).get("listPriceBase") in (None, "Per_Billing_Period")


def test_an_own_price_excuses_nothing_else() -> None:
    """Another price is wanted, an end one month early is not."""
    item = seat(5, "120.00", subscription={"Other__c": Decimal("72.00")}, year="120")
    early = {"endDateCondition": "Specific_End_Date", "specificEndDate": "2027-01-01"}
    plan = planned(item, mapping={"price": "Other__c"})
    assert causes(plan) == {"price": 5 * (72 - 120)}
    assert plan.stop is None
    plan = planned(item, mapping={"price": "Other__c"}, state=tenant(**early))
    assert causes(plan) == {"trigger_dates": -50, "price": 5 * 11 * (6 - 10)}
    assert codes(plan) == ["CPQ-451"]
    assert "trigger dates" in (plan.problems[0].remedy or "")


@pytest.mark.parametrize(
    "mapping",
    [
        {"billingPeriod": {"value": "Quarter"}},
        {"billing/billingPeriodAlignment": {"value": "AlignToSubscriptionStart"}},
    ],
    ids=str,
)
def test_an_own_billing_period_counts(mapping: dict[str, Any]) -> None:
    plan = planned(odd(), state=tenant(rules=BY_DAY), mapping=mapping, **VENDOR)
    [proof] = plan.proofs
    assert proof.explained is not None
    billed = [one.amount for one in proof.explained.items]
    # a quarter of 93.00: 17 of the 92 days until February, and 28 of the 89 after them
    assert billed == ([Decimal("17.18"), Decimal("29.26")] if "billingPeriod" in mapping else [17, 31])


@pytest.mark.parametrize(("day", "goes"), [(1, True), (15, False)])
def test_the_day_of_an_account_that_the_same_plan_makes(day: int, goes: bool) -> None:
    state = replace(tenant(), accounts={})
    plan = planned(odd(), state=state, account={"billCycleDay": {"value": day}}, **VENDOR)
    assert proof_of(plan).explained is not None
    assert (plan.stop is None) is goes


def test_each_line_of_an_order_has_a_proof() -> None:
    lines = [seat(units, Id=f"802-{units}", OrderItemNumber=f"{units}") for units in range(1, 6)]
    plan = planned(*lines)
    assert [(proof.item, proof.explained and proof.explained.billed) for proof in plan.proofs] == [
        (f"802-{units}", 120 * units) for units in range(1, 6)
    ]


# What is not known is said, and does not stop an order by itself


NOT_KNOWN: dict[str, tuple[dict[str, Any], ZuoraState, str]] = {
    "evergreen": (
        seat(subscription={"SBQQ__SubscriptionType__c": "Evergreen"}, end=None), tenant(), "evergreen",
    ),
    "the account's day": (odd(), tenant(day=None), "bill cycle day"),
    "a price base": (seat(), tenant(prorationOption="CustomizeProrationOptionOverrides"), "ratingPropertiesOverride"),
    "an end": (seat(), tenant(endDateCondition="One_Time"), "ends by"),
    "a full period of the whole term": (
        seat(), tenant(period="Subscription Term", prorationOption="ChargeFullPeriod"), "whole term",
    ),
    "usage": (
        seat(Product2=r.product(SBQQ__ChargeType__c="Usage")), tenant(kind="Usage"), "usage",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_KNOWN)
def test_what_is_not_known_is_said(name: str) -> None:
    item, state, words = NOT_KNOWN[name]
    plan = planned(item, state=state)
    proof = proof_of(plan)
    assert proof.explained is None
    assert words in (proof.unknown or "")
    assert codes(plan) == []


def test_unknown_rules_do_not_matter_for_whole_periods() -> None:
    plan = planned(state=tenant(rules=None))
    assert amounts(plan) == (600, 600)
    assert plan.stop is None


def test_unknown_rules_matter_for_parts_of_periods() -> None:
    plan = planned(odd(), state=tenant(rules=None))
    assert proof_of(plan).explained is None
    assert "option billing_rules" in (proof_of(plan).unknown or "")
    assert codes(plan) == ["CPQ-452"]
    assert codes(planned(odd(), state=tenant(rules=None), amount_proof="report")) == []
    given = planned(odd(), state=tenant(rules=None), billing_rules={"proration_unit": "ProrateByMonthFirst"})
    assert amounts(given) == (48, 48)


# Options


def test_report_is_off_with_proofs() -> None:
    for item, state in ((odd(), tenant(day=15)), (seat(), tenant()), (odd("62.00"), tenant())):
        off = planned(item, state=state, amount_proof="off", **VENDOR)
        report = planned(item, state=state, amount_proof="report", **VENDOR)
        assert (off.proofs, len(report.proofs)) == ((), 1)
        assert replace(report, proofs=()) == off


@pytest.mark.parametrize(("tolerance", "goes"), [("1.49", False), ("1.50", True)])
def test_the_tolerance_is_of_the_currency(tolerance: str, goes: bool) -> None:
    state = tenant(day=15)
    plan = planned(odd(), state=state, amount_tolerance={"USD": tolerance}, **VENDOR)
    assert (plan.stop is None) is goes
    assert planned(odd(), state=state, amount_tolerance={"EUR": "99"}, **VENDOR).stop is Outcome.HELD


@pytest.mark.parametrize(("currency", "item", "billed"), [("JPY", 83, 996), ("KWD", "83.333", "999.996")])
def test_currencies_with_other_coins(currency: str, item: Any, billed: Any) -> None:
    order = {"CurrencyIsoCode": currency}
    sold = seat(1, "1000.00")
    plan = planned(sold, order=order)
    assert plan.stop is None
    assert amounts(plan) == (1000, Decimal(billed))
    found = proof_of(plan).explained
    assert found is not None
    assert {one.amount for one in found.items} == {Decimal(item)}


def test_a_mode_of_rounding() -> None:
    plan = planned(seat(1, "1000.00"), currency_rounding={"USD": {"mode": "Up"}})
    assert causes(plan) == {"rounding": Decimal("0.08")}


def test_rounding_beyond_its_tolerance_is_held() -> None:
    plan = planned(seat(1, "1000.00"), rounding_tolerance={"USD": "0.03"})
    assert codes(plan) == ["CPQ-451"]
    assert "rounds each invoice item" in plan.problems[0].message
    assert planned(seat(1, "1000.00"), rounding_tolerance={"USD": "0.04"}).stop is None
