"""Segments of a multi-dimensional quote: one subscription, whose charge changes where a segment is another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.plan import SyncPlan
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.chains import (
    body_of,
    codes,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    planned,
    renewal,
    revision,
    segment,
)

YEAR_2, YEAR_3, AFTER = "2027-02-01", "2028-02-01", "2029-02-01"
ENDS = ("2027-01-31", "2028-01-31", "2029-01-31")
STARTS = ("2026-02-01", YEAR_2, YEAR_3)


def years(*sold: tuple[int, str], **changes: Any) -> list[dict[str, Any]]:
    """A segment a year with quantity and price; the first one's subscription spans them all."""
    last = ENDS[len(sold) - 1]
    found = []
    for number, (quantity, price) in enumerate(sold, 1):
        whole = {"SBQQ__EndDate__c": last} if number == 1 else {}
        own = {"subscription": {**whole, **changes.get("subscription", {})}}
        more = {name: value for name, value in changes.items() if name != "subscription"}
        found.append(segment(number, STARTS[number - 1], ENDS[number - 1], quantity, price, **{**more, **own}))
    return found


def made(*sold: tuple[int, str], **changes: Any) -> list[dict[str, Any]]:
    """The actions that make the only subscription of segments."""
    [subscription] = body_of(planned(*years(*sold, **changes), state=known_state()))["subscriptions"]
    found: list[dict[str, Any]] = subscription["orderActions"]
    return found


def updates(actions: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Day and pricing of the updates among actions."""
    found = []
    for action in actions:
        if action["type"] == "UpdateProduct":
            [charge] = action["updateProduct"]["chargeUpdates"]
            [pricing] = charge["pricing"].values()
            found.append((str(action["triggerDates"][0]["triggerDate"]), pricing))
    return found


def test_segments_are_one_subscription_for_the_whole_term() -> None:
    create, *_ = made((10, "120.00"), (20, "132.00"), (20, "144.00"))
    body = create["createSubscription"]
    assert body["subscriptionNumber"] == "SUB-1"
    assert body["terms"]["initialTerm"]["period"] == 36
    [plan] = body["subscribeToRatePlans"]
    [charge] = plan["chargeOverrides"]
    assert (plan["externallyManagedPlanId"], plan["uniqueToken"]) == ("802-1", "segments-802-1")
    pricing = charge["pricing"]["recurringPerUnit"]
    assert (pricing["listPrice"], pricing["specificListPriceBase"], pricing["quantity"]) == (120, 12, 10)


def test_each_later_segment_says_what_changes() -> None:
    actions = made((10, "120.00"), (20, "132.00"), (20, "144.00"))
    assert [action["type"] for action in actions] == ["CreateSubscription", "UpdateProduct", "UpdateProduct"]
    assert updates(actions) == [(YEAR_2, {"quantity": 20, "listPrice": 132}), (YEAR_3, {"listPrice": 144})]
    for action in actions[1:]:
        body = action["updateProduct"]
        [charge] = body["chargeUpdates"]
        assert (body["uniqueToken"], charge["uniqueToken"]) == ("segments-802-1", "segments-802-1-charge")
        assert "subscriptionRatePlanNumber" not in body
        assert "chargeNumber" not in charge


def test_a_segment_like_the_one_before_it_needs_no_update() -> None:
    assert updates(made((10, "120.00"), (10, "120.00"), (12, "120.00"))) == [(YEAR_3, {"quantity": 12})]
    assert updates(made((10, "120.00"), (10, "120.00"))) == []


def test_segments_of_different_lengths_are_priced_for_the_first_one() -> None:
    """Half a year at 60 is a year at 120."""
    half = {"SBQQ__EndDate__c": "2027-07-31"}
    items = [
        segment(1, "2026-02-01", "2027-01-31", 10, "120.00", subscription=half),
        segment(2, YEAR_2, "2027-07-31", 10, "60.00"),
    ]
    [subscription] = body_of(planned(*items, state=known_state()))["subscriptions"]
    assert updates(subscription["orderActions"]) == []
    dearer = [items[0], segment(2, YEAR_2, "2027-07-31", 10, "66.00")]
    [subscription] = body_of(planned(*dearer, state=known_state()))["subscriptions"]
    assert updates(subscription["orderActions"]) == [(YEAR_2, {"listPrice": 132})]


def test_two_products_in_segments_are_two_subscriptions() -> None:
    others = [
        {**item, "Id": f"{item['Id']}b", "SBQQ__SegmentKey__c": "L"} for item in years((1, "12.00"), (2, "12.00"))
    ]
    for number, item in enumerate(others, 8):
        item["SBQQ__Subscription__c"] = f"a0-{number}"
        item["SBQQ__Subscription__r"] = {**item["SBQQ__Subscription__r"], "Name": f"SUB-{number}"}
    plan = planned(*years((10, "120.00"), (20, "120.00")), *others, state=known_state())
    bodies = [one["orderActions"][0]["createSubscription"] for one in body_of(plan)["subscriptions"]]
    assert [one["subscriptionNumber"] for one in bodies] == ["SUB-1", "SUB-8"]


def test_one_segment_alone_needs_no_token() -> None:
    [create] = made((10, "120.00"))
    assert "uniqueToken" not in create["createSubscription"]["subscribeToRatePlans"][0]


def test_a_flat_fee_in_segments_is_the_price_of_the_whole_quantity() -> None:
    state = known_state(plans={r.PRODUCT_ID: r.plan_row(model="Flat Fee Pricing")})
    [subscription] = body_of(planned(*years((10, "120.00"), (20, "120.00")), state=state))["subscriptions"]
    assert updates(subscription["orderActions"]) == [(YEAR_2, {"listPrice": 2400})]


@pytest.mark.parametrize("position", [0, 1])
def test_a_segment_without_a_price_is_held(position: int) -> None:
    items = years((10, "120.00"), (20, "120.00"))
    own = items[position]["SBQQ__Subscription__r"]
    items[position]["SBQQ__Subscription__r"] = {**own, "SBQQ__NetPrice__c": None}
    assert "CPQ-401" in codes(planned(*items, state=known_state()))


# Amended and renewed


def there(*segments: tuple[str, str, Any, Any]) -> Any:
    charge = held_charge(*segments)
    return known_state(held_subscription(held_plan("802-1", charge), termEndDate=segments[-1][1]))


def changed(number: int, of: int, quantity: int, start: str = "", **more: Any) -> dict[str, Any]:
    """A revision of a segment, from its first day or a later one, at its price for the days left."""
    first, end = start or STARTS[of - 1], ENDS[of - 1]
    own = {"SBQQ__SegmentStartDate__c": first, "SBQQ__SegmentEndDate__c": end}
    return revision(number, of, first, quantity, end=end, SBQQ__SegmentKey__c="K", subscription=own, **more)


def amended(*items: dict[str, Any], state: Any, **options: Any) -> SyncPlan:
    return planned(*years((10, "120.00"), (20, "120.00")), *items, state=state, **options)


def actions_of(plan: SyncPlan) -> list[dict[str, Any]]:
    [subscription] = body_of(plan)["subscriptions"]
    found: list[dict[str, Any]] = subscription["orderActions"]
    return found


def test_one_segment_is_amended_within_its_days() -> None:
    state = there(("2026-02-01", YEAR_2, 10, 120), (YEAR_2, YEAR_3, 20, 120))
    actions = actions_of(amended(changed(4, 1, 5, "2026-09-01", of_order=4), state=state))
    assert updates(actions) == [("2026-09-01", {"quantity": 15})]
    assert str(actions[0]["updateProduct"]["specificUpdateDate"]) == "2026-09-01"


def test_two_segments_are_amended_by_one_order() -> None:
    state = there(("2026-02-01", YEAR_2, 10, 120), (YEAR_2, YEAR_3, 20, 120))
    plan = amended(changed(4, 1, 5, of_order=4), changed(5, 2, 1, of_order=4), state=state)
    assert updates(actions_of(plan)) == [("2026-02-01", {"quantity": 15}), (YEAR_2, {"quantity": 21})]


def test_a_segment_like_the_next_one_goes_back_to_what_it_was() -> None:
    """Zuora has one segment for both years."""
    alike, state = years((10, "120.00"), (10, "120.00")), there(("2026-02-01", YEAR_3, 10, 120))
    actions = actions_of(planned(*alike, changed(4, 1, 5, "2026-09-01", of_order=4), state=state))
    assert updates(actions) == [("2026-09-01", {"quantity": 15}), (YEAR_2, {"quantity": 10})]
    assert [one["updateProduct"].get("specificUpdateDate") for one in actions] == [None, None]


def test_a_cancellation_ends_the_open_segment_and_the_later_ones() -> None:
    state = there(("2026-02-01", YEAR_2, 10, 120), (YEAR_2, YEAR_3, 20, 120))
    plan = amended(changed(4, 1, -10, "2026-09-01", of_order=4), changed(5, 2, -20, of_order=4), state=state)
    [action] = actions_of(plan)
    assert (action["type"], str(action["triggerDates"][0]["triggerDate"])) == ("CancelSubscription", "2026-09-01")


def test_only_the_last_segment_is_cancelled() -> None:
    state = there(("2026-02-01", YEAR_2, 10, 120), (YEAR_2, YEAR_3, 20, 120))
    [action] = actions_of(amended(changed(4, 2, -20, of_order=4), state=state))
    assert (action["type"], str(action["triggerDates"][0]["triggerDate"])) == ("CancelSubscription", YEAR_2)


def test_an_empty_segment_before_another_is_billed_with_nothing() -> None:
    state = there(("2026-02-01", YEAR_2, 10, 120), (YEAR_2, YEAR_3, 20, 120))
    actions = actions_of(amended(changed(4, 1, -10, "2026-09-01", of_order=4), state=state))
    assert updates(actions) == [("2026-09-01", {"quantity": 0})]
    assert "specificUpdateDate" in actions[0]["updateProduct"]


def test_the_last_segment_is_renewed() -> None:
    state = there(("2026-02-01", YEAR_2, 10, 120), (YEAR_2, YEAR_3, 20, 120))
    again = renewal(4, 2, YEAR_3, 20, end="2029-01-31", subscription={"SBQQ__NetPrice__c": Decimal(132)})
    actions = actions_of(amended(again, state=state))
    assert [one["type"] for one in actions] == ["TermsAndConditions", "RenewSubscription", "UpdateProduct"]
    assert updates(actions) == [(YEAR_3, {"listPrice": 132})]


def test_a_repeat_of_segments_is_the_same_order() -> None:
    items = years((10, "120.00"), (20, "132.00"))
    state = there(("2026-02-01", YEAR_2, 99, 1))
    sent = body_of(planned(*items, state=known_state()))
    sent["subscriptions"] = [{**one, "subscriptionNumber": "SUB-1"} for one in sent["subscriptions"]]
    state.orders["O-1"] = {"status": "Completed", **sent}
    plan = planned(*items, state=state)
    assert (plan.stop, plan.problems) == (Outcome.UNCHANGED, ())
