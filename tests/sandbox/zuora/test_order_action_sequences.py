"""Random sequences of order actions: what holds after each of them, and that deleting the orders takes all back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change
from tests.sandbox.zuora.conftest import ACCOUNT
from tests.sandbox.zuora.ordering import Body, InProcess, make_catalog, order, plan_override, subscription, termed

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "jobs")
START = date(2026, 2, 1)
NEXT_YEAR = {"renewalTerms": [{"period": 12, "periodType": "Month"}]}

days = st.integers(0, 800).map(lambda offset: (START + timedelta(days=offset)).isoformat())
quantities = st.integers(0, 20)


def update(on: str, quantity: int, early: bool) -> Body:
    charge = {"chargeNumber": "C-1", "pricing": {"recurringPerUnit": {"quantity": quantity}}}
    body = {"subscriptionRatePlanNumber": "SRP-1", "chargeUpdates": [charge]}
    return act("UpdateProduct", body | ({"specificUpdateDate": on} if early else {}), on)


def dated(kind: str, policy: str, field: str, **more: Any) -> st.SearchStrategy[Body]:
    return days.map(lambda on: act(kind, {policy: "SpecificDate", field: on, **more}, "2026-02-01"))


ACTIONS = st.one_of(
    st.builds(update, days, quantities, st.booleans()),
    st.builds(update, days, quantities, st.just(False)),
    days.map(lambda on: act("AddProduct", {"externalCatalogPlanId": "01t-Base"}, on)),
    days.map(lambda on: act("RemoveProduct", {"externalCatalogPlanId": "01t-Base"}, on)),
    st.just(act("RenewSubscription", {})),
    st.integers(1, 30).map(
        lambda months: act(
            "TermsAndConditions", {"lastTerm": {"termType": "TERMED", "period": months, "periodType": "Month"}}
        )
    ),
    dated("Suspend", "suspendPolicy", "suspendSpecificDate"),
    dated("Resume", "resumePolicy", "resumeSpecificDate", extendsTerm=True),
    dated("Resume", "resumePolicy", "resumeSpecificDate"),
    dated("CancelSubscription", "cancellationPolicy", "cancellationEffectiveDate"),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ACTIONS, min_size=2, max_size=12))
def test_segments_stay_in_order_and_orders_can_be_taken_back(actions: list[Body]) -> None:
    tenant = Tenant.open(clock=lambda: datetime(2026, 2, 1, 12, tzinfo=UTC))
    client = InProcess(tenant, RESOURCES)
    _, account = client.call("POST", "/v1/accounts", ACCOUNT)
    catalog = make_catalog(tenant)
    plan = plan_override(catalog, "Seats", {"recurringPerUnit": {"quantity": 5}}, chargeNumber="C-1")
    plan["subscriptionRatePlanNumber"] = "SRP-1"
    entry = subscription(catalog, "S-1", terms=termed() | NEXT_YEAR, subscribeToRatePlans=[plan])
    states = [made(client, order(account, entry))]
    numbers: list[str] = []
    for action in actions:
        answer = client.call("POST", "/v1/orders", change(account, "S-1", action))[1]
        state = read(client)
        if answer["success"]:
            numbers.append(answer["orderNumber"])
            states.append(state)
            check(state, len(states), gaps=state["status"] == "Suspended" or resumed(actions))
        else:
            assert state == states[-1]

    for number in reversed(numbers):
        assert without_audit(read(client)) == without_audit(states.pop())
        assert client.call("DELETE", f"/v1/orders/{number}")[1]["success"]
    assert without_audit(read(client)) == without_audit(states.pop())


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(days, quantities, st.booleans()), min_size=1, max_size=10))
def test_quantities_by_day_are_those_of_a_simple_model(updates: list[tuple[str, int, bool]]) -> None:
    tenant = Tenant.open(clock=lambda: datetime(2026, 2, 1, 12, tzinfo=UTC))
    client = InProcess(tenant, RESOURCES)
    _, account = client.call("POST", "/v1/accounts", ACCOUNT)
    catalog = make_catalog(tenant)
    plan = plan_override(catalog, "Seats", {"recurringPerUnit": {"quantity": 5}}, chargeNumber="C-1")
    plan["subscriptionRatePlanNumber"] = "SRP-1"
    made(client, order(account, subscription(catalog, "S-1", subscribeToRatePlans=[plan])))
    model = {START.isoformat(): 5}
    for on, quantity, early in updates:
        last = max(model)
        permitted = on < "2027-02-01" and (on < last if early else on >= last)
        answer = client.call("POST", "/v1/orders", change(account, "S-1", update(on, quantity, early)))[1]

        assert answer["success"] == permitted, answer
        if permitted:
            model[on] = quantity
        chain = read(client)["ratePlans"][0]["ratePlanCharges"][0]["chargeSegments"]
        assert {item["effectiveStartDate"]: item["quantity"] for item in chain} == model


def made(client: InProcess, body: Body) -> Body:
    assert client.call("POST", "/v1/orders", body)[1]["success"]
    return read(client)


def read(client: InProcess) -> Body:
    found: Body = client.call("GET", "/v1/subscriptions/S-1?charge-detail=all-segments")[1]
    return {name: value for name, value in found.items() if name not in {"requestId", "processId"}}


def without_audit(state: Body) -> Body:
    return {name: value for name, value in state.items() if name != "updateTime"}


def resumed(actions: list[Body]) -> bool:
    return any(action["type"] == "Resume" for action in actions)


def check(state: Body, version: int, *, gaps: bool) -> None:
    """Versions count up, segments are numbered, in order, joined, and inside the subscription."""
    assert state["version"] == version
    assert state["isLatestVersion"]
    for plan in state["ratePlans"]:
        for charge in plan["ratePlanCharges"]:
            chain = charge["chargeSegments"]
            assert [item["segment"] for item in chain] == list(range(1, len(chain) + 1))
            assert [item["isLastSegment"] for item in chain] == [False] * (len(chain) - 1) + [True]
            for item in chain:
                start, end = item["effectiveStartDate"], item["effectiveEndDate"]
                # A charge that never begins keeps its start and no day, even beyond the subscription.
                assert start < end <= state["subscriptionEndDate"] or (start == end and len(chain) == 1)
            for one, two in pairwise(chain):
                assert one["effectiveEndDate"] <= two["effectiveStartDate"]
                assert gaps or one["effectiveEndDate"] == two["effectiveStartDate"]
