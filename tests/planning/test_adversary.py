"""What could reach billing wrong, twice or not at all: found by playing against both systems."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning import order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning.chains import (
    START,
    actions,
    body_of,
    codes,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    planned,
    renewal,
    revision,
    sale,
    segment,
)

SUMMER, AUTUMN, NEXT, AFTER, LATER = "2026-06-01", "2026-09-01", "2027-02-01", "2028-02-01", "2029-02-01"
Segment = tuple[str, str, int, int]
Update = tuple[str, int, bool]


def held(*segments: Segment) -> ZuoraState:
    return known_state(held_subscription(held_plan("802-1", held_charge(*segments)), termEndDate=segments[-1][1]))


def updates(plan: SyncPlan) -> list[Update]:
    """Day, quantity, and whether the update reaches to the next segment only."""
    return [
        (day, body["chargeUpdates"][0]["pricing"]["recurringPerUnit"]["quantity"], "specificUpdateDate" in body)
        for kind, day, body in actions(plan)
        if kind == "UpdateProduct"
    ]


RENEWED_ALIKE = (sale(), renewal(2, 1))
THREE_YEARS = (
    segment(1, START, "2027-01-31"),
    segment(2, NEXT, "2028-01-31"),
    segment(3, AFTER, "2029-01-31", quantity=20),
)


@pytest.mark.parametrize(
    ("items", "before", "made"),
    [
        (
            (*RENEWED_ALIKE, revision(3, 1, AUTUMN, 5)),
            ((START, AFTER, 10, 120),),
            [(AUTUMN, 15, False), (NEXT, 10, False)],
        ),
        (
            (*RENEWED_ALIKE, revision(3, 2, "2027-06-01", 2, end="2028-01-31"), revision(4, 1, AUTUMN, 5)),
            ((START, "2027-06-01", 10, 120), ("2027-06-01", AFTER, 12, 120)),
            [(AUTUMN, 15, True), (NEXT, 10, True)],
        ),
        (
            (*RENEWED_ALIKE, revision(3, 1, AUTUMN, 5), revision(4, 1, SUMMER, 2)),
            ((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120), (NEXT, AFTER, 10, 120)),
            [(SUMMER, 12, True), (AUTUMN, 17, True)],
        ),
        (
            (*THREE_YEARS, revision(4, 1, AUTUMN, 2)),
            ((START, AFTER, 10, 120), (AFTER, LATER, 20, 120)),
            [(AUTUMN, 12, True), (NEXT, 10, True)],
        ),
        (
            (sale(), revision(2, 1, AUTUMN, 5), revision(3, 1, SUMMER, 5), revision(4, 1, SUMMER, 1)),
            ((START, SUMMER, 10, 120), (SUMMER, AUTUMN, 15, 120), (AUTUMN, NEXT, 20, 120)),
            [(SUMMER, 16, True), (AUTUMN, 21, False)],
        ),
        (
            (sale(), revision(2, 1, SUMMER, 1)),
            ((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 10, 120)),
            [(SUMMER, 11, True), (AUTUMN, 11, False)],
        ),
    ],
    ids=[
        "a renewal at the same price makes no segment",
        "nor does it where a later one follows",
        "one that an amendment has made stays",
        "like segments of a quote are one",
        "stacked back in time",
        "a segment that Zuora has without need",
    ],
)
def test_an_update_reaches_to_the_next_segment_that_zuora_has(
    items: tuple[dict[str, Any], ...], before: tuple[Segment, ...], made: list[Update]
) -> None:
    plan = planned(*items, state=held(*before))
    assert updates(plan) == made
    state = held((START, AFTER, 99, 1))
    state.orders[body_of(plan)["orderNumber"]] = {"status": "Completed", **body_of(plan)}
    again = planned(*items, state=state)
    assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())


def test_several_that_renew_the_same_are_not_lost() -> None:
    first, second = renewal(3, 1, quantity=10), renewal(4, 2, quantity=5, of_order=3)
    items = (sale(), revision(2, 1, AUTUMN, 5), second, first)
    plan = planned(*items, state=held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120)))
    assert [one["orderActions"][-1]["type"] for one in body_of(plan)["subscriptions"]] == [
        "UpdateProduct",
        "CreateSubscription",
    ]
    changed, new = body_of(plan)["subscriptions"]
    assert changed["subscriptionNumber"] == "SUB-1"
    assert new["orderActions"][0]["createSubscription"]["subscriptionNumber"] == "SUB-4"


def test_a_renewal_without_an_end_is_not_lost() -> None:
    endless = renewal(2, 1, end=None, subscription={"SBQQ__SubscriptionType__c": "Evergreen"})
    assert codes(planned(sale(), endless)) == ["CPQ-434"]


def test_a_renewal_is_as_long_as_what_is_left_of_the_contract() -> None:
    until_march = sale(end="2027-03-31", subscription={"SBQQ__NetPrice__c": 140})
    to_january = renewal(2, 1, "2027-04-01", order={"EffectiveDate": NEXT}, subscription={"SBQQ__NetPrice__c": 100})
    state = held((START, "2027-04-01", 10, 120))
    plan = planned(until_march, to_january, state=state, use_subscription_start_date=False)
    assert actions(plan)[0][2]["renewalTerms"] == [{"period": 10, "periodType": "Month"}]


@pytest.mark.parametrize("hidden", [None, {"Name": "SUB-2", "SBQQ__StartDate__c": None}])
def test_an_amendment_that_nobody_can_date_is_not_left_out_of_the_later_ones(hidden: dict[str, Any] | None) -> None:
    unreadable = {**revision(2, 1, SUMMER, 5), "SBQQ__Subscription__r": hidden}
    state = held((START, NEXT, 10, 120))
    state.sent.remove("O-2")
    plan = planned(sale(), unreadable, revision(3, 1, AUTUMN, 2), state=state)
    assert codes(plan) == ["CPQ-435"]
    assert "O-2" in plan.problems[0].message


def test_parts_that_would_change_the_same_subscription_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order, "MOST_SUBSCRIPTIONS", 1)
    charge = held_charge((START, NEXT, 10, 120))
    shared = held_subscription(held_plan("802-1", charge), held_plan("802-2", charge, "SRP-2"))
    items = (sale(), sale(2), renewal(3, 1), renewal(4, 2, of_order=3))
    plan = planned(*items, state=known_state(shared))
    assert codes(plan) == ["CPQ-434"]
    assert "SUB-1" in plan.problems[0].message
