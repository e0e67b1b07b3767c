"""What an amendment line is held for: the vendor's errors about rate plans to amend, each with its own code."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning.amendment import amended_ids
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.values import Outcome
from tests.planning import records as r

ORIGINAL = "802000000000000AAA"
FIRST_SCHEDULE = {"Id": "a0K1", "SBQQ__ConsumptionSchedule__c": "0gN1"}
SECOND_SCHEDULE = {"Id": "a0K2", "SBQQ__ConsumptionSchedule__c": "0gN1", "Name": "Traffic"}
PLAN = {"id": "rp", "externallyManagedPlanId": ORIGINAL, "subscriptionId": "s", "subscriptionOwnerId": "z-account"}
USAGE = {"SBQQ__OrderItems__r": {"records": [SECOND_SCHEDULE]}, "Product2": r.product(SBQQ__ChargeType__c="Usage")}


def held(
    subscribed: dict[str, Any] | None = None,
    revised: tuple[dict[str, Any], ...] = (),
    options: dict[str, Any] | None = None,
    **item: Any,
) -> tuple[str, str | None, str]:
    snapshot = Snapshot(revised_schedules={ORIGINAL: revised}, schedules={r.PRODUCT_ID: []})
    state = r.known_state(subscribed=subscribed or {})
    line = r.item(**{"SBQQ__RevisedOrderProduct__c": ORIGINAL, **item})
    plan = plan_order(r.draft(state, snapshot, **(options or {})), r.order(line))
    assert (plan.stop, plan.operations) == (Outcome.HELD, ())
    (problem,) = plan.problems
    return problem.code, problem.field, problem.message


OTHER_OWNER = {**PLAN, "subscriptionOwnerId": "z-other"}
CASES = {
    "no rate plan carries the original's id": ({}, "CPQ-426", "has no rate plan"),
    "the revised order product is not named": (
        {"SBQQ__RevisedOrderProduct__c": None, "subscription": {"SBQQ__RevisedSubscription__c": "a0S1"}},
        "CPQ-426",
        "names no revised order product",
    ),
    "the rate plan belongs to another owner": ({"subscribed": {ORIGINAL: [OTHER_OWNER]}}, "CPQ-431", "another"),
    "one of two belongs to the owner": (
        {"subscribed": {ORIGINAL: [OTHER_OWNER, PLAN]}},
        "CPQ-413",
        "not carried yet",
    ),
    "the original has no such schedule": (USAGE, "CPQ-427", "has no consumption schedule Traffic"),
    "no rate plan carries the original schedule's id": (
        {**USAGE, "revised": (FIRST_SCHEDULE,)},
        "CPQ-427",
        "external id a0K1",
    ),
    "the schedule's rate plan belongs to another owner": (
        {**USAGE, "revised": (FIRST_SCHEDULE,), "subscribed": {"a0K1": [OTHER_OWNER]}},
        "CPQ-431",
        "another",
    ),
    "the schedule's rate plan is there": (
        {**USAGE, "revised": (FIRST_SCHEDULE,), "subscribed": {"a0K1": [PLAN]}},
        "CPQ-413",
        "not carried yet",
    ),
    "amendments are turned off": (
        {"subscribed": {ORIGINAL: [PLAN]}, "options": {"amend_subscriptions": False}},
        "CPQ-413",
        "option amend_subscriptions is off",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_an_amendment_line_is_held_with_the_reason(case: tuple[dict[str, Any], str, str]) -> None:
    arguments, code, text = case
    found, _, message = held(**arguments)
    assert found == code
    assert text in message


def test_the_original_order_product_and_its_schedules_are_looked_up() -> None:
    snapshot = Snapshot(revised_schedules={ORIGINAL: [FIRST_SCHEDULE]})
    assert list(amended_ids(snapshot, r.item(SBQQ__RevisedOrderProduct__c=ORIGINAL))) == [ORIGINAL, "a0K1"]
    assert list(amended_ids(snapshot, r.item())) == []
