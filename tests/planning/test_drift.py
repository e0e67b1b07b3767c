"""Does Zuora stand where the earlier orders have left it? Of a contract from before: at which of them?"""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.chains import (
    START,
    actions,
    as_sold,
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
)

SUMMER, AUTUMN, WINTER, NEXT, AFTER = "2026-06-01", "2026-09-01", "2026-12-01", "2027-02-01", "2028-02-01"
FIRST, SECOND, THIRD = revision(2, 1, SUMMER, 5), revision(3, 1, AUTUMN, -3), revision(4, 1, WINTER, 8)
STEPS = ((START, 10), (SUMMER, 15), (AUTUMN, 12), (WINTER, 20))
"""What the original and these amendments come to."""


def bills(*steps: tuple[str, Any], until: str = NEXT, price: Any = 120) -> list[tuple[str, str, Any, Any]]:
    """Segments that begin on these days with these quantities."""
    ends = [*(start for start, _ in steps[1:]), until]
    return [(start, end, units, price) for (start, units), end in zip(steps, ends, strict=True)]


def held(*segments: tuple[str, str | None, Any, Any], **changes: Any) -> ZuoraState:
    return known_state(held_subscription(held_plan("802-1", held_charge(*segments)), **changes))


def kinds(plan: SyncPlan) -> list[tuple[str, str]]:
    return [(kind, day) for kind, day, _ in actions(plan)]


def message(plan: SyncPlan, code: str) -> str:
    assert codes(plan) == [code]
    return plan.problems[0].message


# States in which nothing is changed


@pytest.mark.parametrize("kind", ["Pending Activation", "Pending Acceptance"])
def test_what_waits_for_a_date(kind: str) -> None:
    plan = planned(sale(), FIRST, state=known_state(as_sold(status=kind)))
    assert plan.stop is Outcome.WAITING
    text = message(plan, "CPQ-504")
    assert text == f"Subscription SUB-1 is {kind} in Zuora: it waits for a date of an earlier order"
    assert plan.problems[0].field == "Order.CompanyAuthorizedDate"


@pytest.mark.parametrize("status", ["Cancelled", "Suspended"])
def test_what_somebody_has_ended_or_stopped_in_zuora(status: str) -> None:
    text = message(planned(sale(), FIRST, state=known_state(as_sold(status=status))), "CPQ-436")
    assert text == f"Subscription SUB-1 is {status} in Zuora; by the earlier orders of Salesforce it goes on"


@pytest.mark.parametrize("action", ["Cancel", None])
def test_what_an_earlier_order_has_cancelled(action: str | None) -> None:
    """By name, or because nothing was left."""
    gone = revision(2, 1, SUMMER, -10, SBQQ__ContractAction__c=action)
    state = held((START, SUMMER, 10, 120), status="Cancelled")
    text = message(planned(sale(), gone, revision(3, 1, "2026-04-01", 5), state=state), "CPQ-434")
    assert text == "Subscription SUB-1 was cancelled by an earlier order; Zuora changes it no more"


def test_a_repeat_of_the_cancellation_itself_is_unchanged() -> None:
    gone = revision(2, 1, SUMMER, -10, SBQQ__ContractAction__c="Cancel")
    state = held((START, SUMMER, 10, 120), status="Cancelled")
    state.orders["O-2"] = {"status": "Completed", **body_of(planned(sale(), gone))}
    plan = planned(sale(), gone, state=state)
    assert (plan.stop, plan.problems) == (Outcome.UNCHANGED, ())


def test_more_that_would_have_begun_after_the_cancellation_ends_with_it() -> None:
    gone = revision(3, 1, SUMMER, -10, SBQQ__ContractAction__c="Cancel")
    state = held(*bills((START, 10), (AUTUMN, 15)))
    assert kinds(planned(sale(), revision(2, 1, AUTUMN, 5), gone, state=state)) == [("CancelSubscription", SUMMER)]


# Contracts from before


def from_before(*subscriptions: dict[str, Any]) -> ZuoraState:
    """A tenant that has these subscriptions, and none of the orders."""
    state = known_state(*subscriptions)
    state.present.clear()
    return state


def adopted(*items: dict[str, Any], steps: int | tuple[tuple[str, Any], ...], **changes: Any) -> SyncPlan:
    """The plan of the last of these, where Zuora stands at so many steps and has none of the orders."""
    taken = STEPS[:steps] if isinstance(steps, int) else steps
    charge = held_charge(*bills(*taken))
    return planned(*items, state=from_before(held_subscription(held_plan("802-1", charge), **changes)))


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_the_original_is_there_whatever_zuora_stands_at(steps: int) -> None:
    plan = adopted(sale(), steps=steps)
    assert (plan.stop, plan.operations, plan.problems) == (Outcome.UNCHANGED, (), ())
    assert plan.zuora["subscriptions"] == ["SUB-1"]


@pytest.mark.parametrize(
    ("steps", "last", "there"),
    [
        (1, 1, False),
        (2, 1, True),
        (2, 2, False),
        (3, 1, True),
        (3, 2, True),
        (3, 3, False),
        (4, 1, True),
        (4, 3, True),
    ],
)
def test_amendments_that_zuora_stands_at_are_there_and_the_next_one_is_one_update(
    steps: int, last: int, there: bool
) -> None:
    """Zuora has the original and the first `steps - 1` of the amendments; the one numbered `last` is planned."""
    amendments = (FIRST, SECOND, THIRD)[: max(last, steps - 1)]
    own = amendments[last - 1]
    others = [one for one in amendments if one is not own]
    plan = adopted(sale(), *others, own, steps=steps)
    if there:
        assert (plan.stop, plan.operations, plan.problems) == (Outcome.UNCHANGED, (), ())
    else:
        assert kinds(plan) == [("UpdateProduct", STEPS[last][0])]


def test_the_later_orders_tell_that_an_earlier_one_is_there() -> None:
    """A price that the last amendment has left is none of the first."""
    plan = adopted(sale(), SECOND, THIRD, FIRST, steps=((START, 10), (SUMMER, 15), (AUTUMN, 12), (WINTER, 20)))
    assert plan.stop is Outcome.UNCHANGED


def test_what_zuora_stands_at_none_of_is_held() -> None:
    text = message(adopted(sale(), FIRST, steps=((START, 10), (SUMMER, 11))), "CPQ-436")
    assert "has 11 at a price of 120 on 2026-06-01, by the earlier orders of Salesforce it is 10" in text


def test_nothing_is_taken_for_there_whose_original_zuora_has_as_an_order() -> None:
    """What the connector has sold is compared with its order; a change by hand is a change by hand."""
    state = held(*bills(*STEPS[:2]))
    assert "has 15 at a price of 120 on 2026-06-01" in message(planned(sale(), FIRST, state=state), "CPQ-436")


def renewed_before(last: str = "2028-01-31", quantity: int = 10, until: str = AFTER) -> SyncPlan:
    """A renewal of what Zuora bills until a day, ten seats."""
    charge = held_charge(*bills(STEPS[0], until=until))
    days = {"termStartDate": NEXT if until == AFTER else START, "termEndDate": until}
    state = from_before(held_subscription(held_plan("802-1", charge), **days))
    return planned(sale(), renewal(2, 1, end=last, quantity=quantity), state=state)


def test_a_renewal_that_zuora_has_is_there() -> None:
    plan = renewed_before()
    assert (plan.stop, plan.problems) == (Outcome.UNCHANGED, ())


@pytest.mark.parametrize("changes", [{"last": "2027-07-31"}, {"last": "2029-01-31"}, {"quantity": 11}], ids=str)
def test_a_renewal_that_zuora_has_otherwise_is_held(changes: dict[str, Any]) -> None:
    plan = renewed_before(**changes)
    assert set(codes(plan)) == {"CPQ-436"}
    assert plan.problems[0].message.endswith("was it renewed in Zuora?")


def test_a_renewal_that_zuora_lacks_is_sent() -> None:
    assert kinds(renewed_before(until=NEXT)) == [("TermsAndConditions", NEXT), ("RenewSubscription", NEXT)]
    plan = adopted(sale(), FIRST, renewal(3, 1, quantity=15), steps=2)
    assert kinds(plan) == [("TermsAndConditions", NEXT), ("RenewSubscription", NEXT)]
    assert adopted(sale(), renewal(3, 1, quantity=15), FIRST, steps=2).stop is Outcome.UNCHANGED


def test_a_cancellation_that_zuora_has_is_there() -> None:
    gone = revision(2, 1, SUMMER, -10, SBQQ__ContractAction__c="Cancel")
    charge = held_charge((START, SUMMER, 10, 120))
    state = from_before(held_subscription(held_plan("802-1", charge), status="Cancelled"))
    plan = planned(sale(), gone, state=state)
    assert (plan.stop, plan.problems) == (Outcome.UNCHANGED, ())


def test_an_adopted_contract_is_amended_at_the_price_that_zuora_has() -> None:
    charge = held_charge((START, NEXT, 10, 10), listPriceBase="Per_Month", specificListPriceBase=None)
    state = from_before(held_subscription(held_plan("802-1", charge), number="A-OLD-1"))
    [(kind, _, body)] = actions(planned(sale(), FIRST, state=state))
    assert (kind, body["chargeUpdates"][0]["pricing"]) == ("UpdateProduct", {"recurringPerUnit": {"quantity": 15}})


# Half of it


def linked_half(**changes: Any) -> SyncPlan:
    """An order of two products, of which Zuora has the first."""
    state = from_before(as_sold())
    first, second = sale(), sale(2, of_order=1, **changes)
    return planned(first, second, state=state)


def test_an_order_of_which_a_half_is_there_is_held() -> None:
    plan = linked_half()
    assert message(plan, "CPQ-441") == "Of order O-1 Zuora has SUB-1 from before, and lacks the rest"
    assert "cpqbridge adopt order O-1" in str(plan.problems[0].remedy)
    assert plan.operations == ()


def test_both_halves_are_there() -> None:
    other = held_plan("802-2", held_charge((START, NEXT, 10, 120), number="C-2"), "SRP-2")
    state = from_before(as_sold(), held_subscription(other, number="A-2"))
    plan = planned(sale(), sale(2, of_order=1), state=state)
    assert (plan.stop, plan.operations) == (Outcome.UNCHANGED, ())
    assert plan.zuora["subscriptions"] == ["SUB-1", "A-2"]


def test_line_items_of_an_order_that_is_there_are_from_before_too() -> None:
    """Nothing is made for them, nor for the order: no product, no contact."""
    asset = {**r.asset_item(Id="802-9", Product2Id="01t9"), "OrderId": "801-1"}
    asset["Product2"] = {**asset["Product2"], "Id": "01t9", "ProductCode": "BOX"}
    order = {"BillToContactId": "003A", "BillToContact": r.contact(Id="003A")}
    first = sale(order=order)
    plan = planned(first, {**asset, "Order": first["Order"]}, state=from_before(as_sold()))
    assert (plan.problems, plan.operations, plan.stop) == ((), (), Outcome.UNCHANGED)


def test_an_order_that_zuora_has_is_compared_although_its_rate_plan_carries_the_id() -> None:
    state = known_state()
    sent = body_of(planned(sale(), state=known_state()))
    state = known_state(as_sold())
    [entry] = sent["subscriptions"]
    state.orders["O-1"] = {"status": "Completed", **sent, "subscriptions": [{**entry, "subscriptionNumber": "SUB-1"}]}
    assert planned(sale(), state=state).stop is Outcome.UNCHANGED
    assert codes(planned(sale(quantity=11), state=state)) == ["CPQ-416"]
