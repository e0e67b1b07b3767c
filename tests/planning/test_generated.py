"""What holds for the plan of any order: the same each time, in a right order, taken by Zuora, and done once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings

from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan, references
from cpqbridge.values import Outcome
from tests.planning.generated import World, worlds
from tests.planning.zuora_answers import requests
from tests.zuora_schema import check_request

MANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MAY_STOP = {
    "CPQ-405",
    "CPQ-412",
    "CPQ-414",
    "CPQ-417",
    "CPQ-424",
    "CPQ-425",
    "CPQ-428",
    "CPQ-433",
    "CPQ-451",
    "CPQ-452",
}
"""What the generated data may rightly be held for: ends before the start, block prices, odd billing periods, no price
in the currency, and consumption schedules that are in another currency, gone, or have a gap."""


def planned(world: World) -> SyncPlan:
    plan = plan_order(world.draft(), world.order)
    event("stopped" if plan.stop else "goes")
    return plan


@pytest.fixture(scope="module", autouse=True)
def _schema_is_ready() -> None:
    """Building the schemas takes a while the first time; no example should pay for it."""
    check_request("POST", "/v1/orders", {"orderDate": "2026-02-01", "existingAccountNumber": "A-1"})


@given(worlds())
@MANY
def test_a_plan_is_the_same_each_time_and_only_stops_for_a_known_reason(world: World) -> None:
    plan = planned(world)
    assert plan == plan_order(world.draft(), world.order)
    if plan.stop is not None:
        assert plan.stop is Outcome.HELD
        assert {problem.code for problem in plan.problems} <= MAY_STOP
        assert plan.operations == ()


@given(worlds())
@MANY
def test_references_point_back_and_keys_are_unique(world: World) -> None:
    done: set[str] = set()
    for operation in planned(world).operations:
        assert {ref.key for ref in references([operation.body, operation.known])} <= done
        assert operation.key not in done
        done.add(operation.key)


@given(worlds())
@MANY
def test_every_value_has_its_lineage(world: World) -> None:
    for operation in planned(world).operations:
        targets = {line.target for line in operation.lineage}
        for pointer in leaves(operation.body):
            known = pointer in targets or any(pointer.startswith(f"{target}/") for target in targets)
            assert known or "/triggerDates/" in pointer, f"{operation.name} sends {pointer} without lineage"


@given(worlds())
@MANY
def test_zuora_takes_every_request_and_the_next_plan_has_nothing_to_do(world: World) -> None:
    state = world.state()
    plan = plan_order(world.draft(state), world.order)
    for method, path, body in requests(plan, state):
        check_request(method, path, body)
    if plan.stop is None:
        again = plan_order(world.draft(state), world.order)
        assert (again.stop, again.problems, again.operations) == (Outcome.UNCHANGED, (), ())


@given(worlds())
@MANY
def test_every_order_product_is_sent_exactly_once(world: World) -> None:
    plan = planned(world)
    if plan.stop is None:
        order = plan.operations[-1].body
        rows = world.order["OrderItems"]["records"]
        sent = [
            plan["externallyManagedPlanId"]
            for one in order.get("subscriptions", ())
            for plan in one["orderActions"][0]["createSubscription"]["subscribeToRatePlans"]
        ]
        assert sorted(sent) == sorted(external for row in rows for external in expected(row))
        assert len(order.get("orderLineItems", ())) == sum(not row["SBQQ__Subscription__c"] for row in rows)


def expected(row: dict[str, Any]) -> Iterator[str]:
    """Yield the external ids of the rate plans that an order product becomes: its own, unless it is usage alone."""
    schedules = (row.get("SBQQ__OrderItems__r") or {}).get("records", ())
    if row["SBQQ__Subscription__c"]:
        if not schedules or row["Product2"]["SBQQ__ChargeType__c"] != "Usage":
            yield row["Id"]
        yield from (schedule["Id"] for schedule in schedules)


def leaves(body: Any, pointer: str = "") -> list[str]:
    if isinstance(body, dict) and body:
        return [leaf for name, part in body.items() for leaf in leaves(part, f"{pointer}/{name}")]
    if isinstance(body, list) and body:
        return [leaf for index, part in enumerate(body) for leaf in leaves(part, f"{pointer}/{index}")]
    return [pointer]
