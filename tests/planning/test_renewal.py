"""Renewals with the option `auto_renew`: what Zuora has begun by itself is only put right; what is left out stops."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning.chains import (
    START,
    actions,
    as_sold,
    body_of,
    codes,
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

AUTUMN, WINTER, NEXT, AFTER, LATER = "2026-09-01", "2026-12-01", "2027-02-01", "2028-02-01", "2029-02-01"
WENT_ON: dict[str, Any] = {"termStartDate": NEXT, "termEndDate": AFTER, "autoRenew": True}


def went_on(*segments: tuple[str, str | None, Any, Any], **changes: Any) -> ZuoraState:
    """Ten seats that Zuora has renewed by itself for a year."""
    charge = held_charge(*(segments or ((START, AFTER, 10, 120),)))
    return known_state(held_subscription(held_plan("802-1", charge), **{**WENT_ON, **changes}))


def renewed(state: ZuoraState | None = None, *between: dict[str, Any], **changes: Any) -> SyncPlan:
    number = 2 + len(between)
    again = renewal(number, 1, **changes)
    return planned(sale(), *between, again, state=went_on() if state is None else state, auto_renew=True)


def terms(plan: SyncPlan) -> list[tuple[str, str]]:
    return [(kind, day) for kind, day, _ in actions(plan)]


def two_years(price: int = 240) -> dict[str, Any]:
    return {"end": "2029-01-31", "subscription": {"SBQQ__NetPrice__c": Decimal(price)}}


# Renewed by Zuora


def test_the_same_term_says_nothing() -> None:
    plan = renewed()
    assert (plan.stop, plan.operations, plan.problems) == (Outcome.UNCHANGED, (), ())


def test_another_price_or_quantity_is_all_that_is_said() -> None:
    plan = renewed(quantity=12, subscription={"SBQQ__NetPrice__c": Decimal(132)})
    [(kind, day, body)] = actions(plan)
    assert (kind, day) == ("UpdateProduct", NEXT)
    assert body["chargeUpdates"][0]["pricing"]["recurringPerUnit"] == {"quantity": 12, "listPrice": 132}


@pytest.mark.parametrize(("last", "end"), [("2029-01-31", date(2029, 2, 1)), ("2027-07-31", date(2027, 8, 1))])
def test_another_length_moves_the_end_of_the_term(last: str, end: date) -> None:
    months = 24 if end.year == 2029 else 6
    [(kind, day, body)] = actions(renewed(end=last, subscription={"SBQQ__NetPrice__c": Decimal(10 * months)}))
    assert (kind, day) == ("TermsAndConditions", NEXT)
    assert body == {"lastTerm": {"termType": "TERMED", "endDate": end}}


def test_another_length_and_quantity() -> None:
    plan = renewed(quantity=12, **two_years())
    assert terms(plan) == [("TermsAndConditions", NEXT), ("UpdateProduct", NEXT)]


def test_an_amended_quantity_is_renewed_as_zuora_has_it() -> None:
    amended = went_on((START, AUTUMN, 10, 120), (AUTUMN, AFTER, 15, 120))
    assert renewed(amended, revision(2, 1, AUTUMN, 5), quantity=15).stop is Outcome.UNCHANGED
    less = renewed(amended, revision(2, 1, AUTUMN, 5), quantity=10)
    [(kind, day, body)] = actions(less)
    assert (kind, day, body["chargeUpdates"][0]["pricing"]) == (
        "UpdateProduct",
        NEXT,
        {"recurringPerUnit": {"quantity": 10}},
    )


def test_a_repeat_of_each_is_the_same() -> None:
    for changes in ({"quantity": 12}, two_years(), {"quantity": 12, **two_years()}):
        state = went_on((START, NEXT, 10, 120), (NEXT, LATER, 99, 1), termEndDate=LATER)
        state.orders["O-2"] = {"status": "Completed", **body_of(renewed(**changes))}
        again = renewed(state, **changes)
        assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())


def test_a_repeat_of_a_renewal_that_was_sent_before_zuora_renewed_again() -> None:
    """Zuora has begun the next term since: the order renewed, so its repeat does."""
    first = planned(sale(), renewal(2, 1), state=known_state(as_sold(autoRenew=True)), auto_renew=True)
    assert terms(first) == [("TermsAndConditions", NEXT), ("RenewSubscription", NEXT)]
    state = went_on((START, LATER, 10, 120), termStartDate=AFTER, termEndDate=LATER)
    state.orders["O-2"] = {"status": "Completed", **body_of(first)}
    again = renewed(state)
    assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())


def test_what_zuora_has_not_renewed_yet_is_renewed_as_ever() -> None:
    plan = renewed(known_state(as_sold(termStartDate=START, autoRenew=True)))
    assert terms(plan) == [("TermsAndConditions", NEXT), ("RenewSubscription", NEXT)]


def test_without_the_option_a_term_that_went_on_is_held() -> None:
    plan = planned(sale(), renewal(2, 1), state=went_on())
    assert codes(plan) == ["CPQ-436"]


def test_a_term_that_zuora_has_begun_otherwise_is_held() -> None:
    """Not where the old term ended: somebody has changed it by hand."""
    plan = renewed(went_on(termStartDate=WINTER))
    assert codes(plan) == ["CPQ-436"]
    assert "was it renewed in Zuora?" in plan.problems[0].message


def test_other_content_of_the_old_term_is_held_all_the_same() -> None:
    plan = renewed(went_on((START, AFTER, 11, 120)), quantity=12)
    assert codes(plan) == ["CPQ-436"]
    assert "has 11 at a price of 120" in plan.problems[0].message


# What a renewal leaves out


def left_out(second: dict[str, Any], *more: dict[str, Any], **changes: Any) -> SyncPlan:
    """The renewal of seats alone, of a contract with something else."""
    seats = held_subscription(held_plan("802-1", held_charge((START, NEXT, 10, 120))), autoRenew=True)
    other = held_plan("802-2", held_charge((START, NEXT, 10, 120), number="C-2"), "SRP-2")
    state = known_state(seats, held_subscription(other, number="SUB-2", **{"autoRenew": True, **changes}))
    return planned(sale(), second, *more, renewal(3 + len(more), 1), state=state, auto_renew=True)


def stops(plan: SyncPlan) -> list[tuple[str, Any]]:
    """Subscription and content of the terms without renewal in a plan."""
    found = []
    for entry in body_of(plan)["subscriptions"]:
        given = [one["termsAndConditions"] for one in entry["orderActions"] if one["type"] == "TermsAndConditions"]
        found += [(entry["subscriptionNumber"], one) for one in given if "autoRenew" in one]
    return found


def test_what_is_left_out_is_not_renewed_by_zuora_either() -> None:
    plan = left_out(sale(2, of_order=1))
    assert stops(plan) == [("SUB-2", {"autoRenew": False})]
    [_, entry] = body_of(plan)["subscriptions"]
    days = {str(one["triggerDate"]) for one in entry["orderActions"][0]["triggerDates"]}
    assert days == {NEXT}


def test_a_repeat_stops_the_same_ones() -> None:
    first = left_out(sale(2, of_order=1))
    state = known_state(as_sold(autoRenew=True))
    other = held_plan("802-2", held_charge((START, NEXT, 10, 120), number="C-2"), "SRP-2")
    stopped = held_subscription(other, number="SUB-2", autoRenew=False)
    state.subscriptions["SUB-2"] = stopped
    state.subscribed["802-2"] = [{"id": "z-SRP-2", "subscription": {"name": "SUB-2"}}]
    state.orders["O-3"] = {"status": "Completed", **body_of(first)}
    again = planned(sale(), sale(2, of_order=1), renewal(3, 1), state=state, auto_renew=True)
    assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())


def test_what_ends_by_itself_is_left_alone() -> None:
    assert stops(left_out(sale(2, of_order=1), autoRenew=False)) == []


def test_what_has_no_end_is_left_alone() -> None:
    assert stops(left_out(evergreen(2, of_order=1))) == []


def test_what_was_cancelled_is_left_alone() -> None:
    gone = revision(3, 2, AUTUMN, -10, SBQQ__ContractAction__c="Cancel")
    assert stops(left_out(sale(2, of_order=1), gone)) == []


def test_what_another_order_has_renewed_is_left_alone() -> None:
    new_contract = {"SBQQ__Contract__c": "800000000000009AAA"}
    assert stops(left_out(sale(2, of_order=1), renewal(3, 2, subscription=new_contract))) == []


def test_another_contract_is_left_alone() -> None:
    own = {"SBQQ__Contract__c": "800000000000009AAA"}
    assert stops(left_out(sale(2, of_order=1, subscription=own))) == []


# What cannot be renewed


@pytest.mark.parametrize("start", [START, "2026-01-15"])
def test_a_renewal_on_or_before_the_first_day_is_held(start: str) -> None:
    plan = planned(sale(), renewal(2, 1, start, end="2027-01-14"))
    assert codes(plan) == ["CPQ-434"]
    assert plan.problems[0].message == "Order product OI-2 is about a subscription renewed before its first day"
    assert plan.problems[0].field == "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c"


def test_a_renewal_without_an_end_is_held() -> None:
    own = {"SBQQ__SubscriptionType__c": "Evergreen"}
    plan = planned(sale(), renewal(2, 1, end=None, subscription=own))
    assert codes(plan) == ["CPQ-434"]
    assert "renews subscription SUB-1, which has a term, without an end" in plan.problems[0].message


def test_the_renewal_of_what_was_cancelled_is_held() -> None:
    gone = revision(2, 1, AUTUMN, -10, SBQQ__ContractAction__c="Cancel")
    state = known_state(
        held_subscription(held_plan("802-1", held_charge((START, AUTUMN, 10, 120))), status="Cancelled")
    )
    plan = planned(sale(), gone, renewal(3, 1), state=state)
    assert codes(plan) == ["CPQ-434"]
    assert plan.problems[0].message.startswith("Subscription SUB-1 was cancelled by an earlier order")
