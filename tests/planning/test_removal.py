"""What is planned for orders that were taken back: by policy, by what is invoiced, by what was built on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cpqbridge.planning.removal import Later, Removal, RemovalPlan, afterwards, plan_removal, taken_back
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.zuora_schema import check_request

NUMBER = "00000105"
ORDER = {"Id": r.ORDER_ID, "OrderNumber": NUMBER, "AccountId": r.ACCOUNT_ID}
REASON = "is deleted in Salesforce"
START = "2026-02-01"


def action(kind: str = "CreateSubscription", on: str = START) -> dict[str, Any]:
    return {"type": kind, "triggerDates": [{"name": "ContractEffective", "triggerDate": on}]}


def entry(number: str = "SUB-1", *actions: dict[str, Any]) -> dict[str, Any]:
    return {"subscriptionNumber": number, "newVersion": 1, "orderActions": list(actions) or [action()]}


def line(**changes: Any) -> dict[str, Any]:
    base = {"id": "z-line", "itemNumber": "1", "itemName": "Router", "itemState": "SentToBilling", "quantity": 2}
    dates = {"transactionStartDate": START, "billTargetDate": START}
    return {**base, **dates, "itemCategory": "Sales", "quantityAvailableForReturn": 2, "amountPerUnit": 9, **changes}


def held(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    base = {"orderNumber": NUMBER, "orderDate": START, "existingAccountNumber": "A00000001", "status": "Completed"}
    return {**base, "subscriptions": list(entries), "orderLineItems": [], **changes}


def row(through: str | None = None, kind: str = "Recurring", **changes: Any) -> dict[str, Any]:
    charge = {"type": kind, "chargeSegments": [{"chargedThroughDate": through}]}
    base = {"status": "Active", "version": 1, "subscriptionStartDate": START, "subscriptionEndDate": "2027-02-01"}
    return {**base, "ratePlans": [{"ratePlanCharges": [charge]}], **changes}


def plan(removal: Removal, **options: Any) -> RemovalPlan:
    return plan_removal(r.draft(**options), removal)


def removal(order: dict[str, Any] | None = None, **changes: Any) -> Removal:
    parts = {NUMBER: order or held(entry())}
    base: dict[str, Any] = {"parts": parts, "subscriptions": {"SUB-1": row()}}
    return Removal(ORDER, REASON, **{**base, **changes})


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"IsDeleted": True, "Status": "Draft"}, "is deleted in Salesforce"),
        ({"Status": "Draft"}, "is Draft in Salesforce, not activated"),
        ({"Status": "Active!", "StatusCode": "Activated"}, "is not contracted in Salesforce"),
        ({"Status": "Activated", "SBQQ__Contracted__c": True}, None),
    ],
)
def test_what_counts_as_taken_back(record: dict[str, Any], reason: str | None) -> None:
    found = taken_back(record)
    assert (found.reason if found else None) == reason


NOTHING_LEFT = {
    "not in Zuora": removal(parts={}),
    "deleted by part": removal(held(entry(), status="Reverted")),
    "a draft": removal(held(entry(), status="Draft")),
    "undone": removal(parts={NUMBER: held(entry()), f"{NUMBER}-undo": held(status="Completed")}),
    "its subscription is gone": removal(subscriptions={}),
    "cancelled from the start": removal(subscriptions={"SUB-1": row(status="Cancelled", subscriptionEndDate=START)}),
    "cancelled by hand": removal(
        subscriptions={"SUB-1": row(status="Cancelled", subscriptionEndDate="2026-09-01")},
        later={"SUB-1": [Later("O-00000001", None)]},
    ),
    "its line item is returned": removal(held(orderLineItems=[line(quantityAvailableForReturn=0)])),
    "its line item is cancelled": removal(held(orderLineItems=[line(itemState="Canceled")])),
}


@pytest.mark.parametrize("policy", ["hold", "cancel", "revert", "delete"])
@pytest.mark.parametrize("case", NOTHING_LEFT.values(), ids=list(NOTHING_LEFT))
def test_what_bills_nothing_is_unchanged(case: Removal, policy: str) -> None:
    assert plan(case, deleted_orders=policy).stop is Outcome.UNCHANGED


def test_an_undo_that_failed_counts_for_nothing() -> None:
    parts = {NUMBER: held(entry()), f"{NUMBER}-undo": held(status="Failed")}
    assert plan(removal(parts=parts)).stop is Outcome.HELD


def test_a_cancellation_that_salesforce_sold_is_no_removal() -> None:
    ended = row(status="Cancelled", subscriptionEndDate="2026-09-01")
    found = plan(removal(subscriptions={"SUB-1": ended}, later={"SUB-1": [Later("00000106", False)]}))
    assert (found.stop, found.problems[0].code) == (Outcome.HELD, "CPQ-438")


def test_the_order_that_cancels_is_what_the_api_takes_with_its_lineage() -> None:
    order = held(entry(), orderLineItems=[line()])
    found = plan(removal(order), deleted_orders="cancel", deleted_invoiced_orders="cancel")
    [operation] = found.operations
    check_request("POST", operation.path, dict(operation.body))
    assert (operation.name, operation.key, operation.path) == ("undo_order", f"order:{NUMBER}-undo", "/v1/orders")
    [cancelled] = operation.body["subscriptions"]
    assert cancelled["orderActions"][0]["cancelSubscription"] == {
        "cancellationPolicy": "SpecificDate",
        "cancellationEffectiveDate": START,
    }
    [returned] = operation.body["orderLineItems"]
    assert (returned["itemCategory"], returned["quantity"], returned["originalOrderNumber"]) == ("Return", 2, NUMBER)
    assert {line.target for line in operation.lineage} >= {"/orderNumber", "/description", "/orderLineItems/0/quantity"}


def test_the_requests_that_revert_and_delete() -> None:
    [reverted] = plan(removal(), deleted_orders="revert").operations
    check_request("POST", reverted.path, dict(reverted.body))
    assert (reverted.method, reverted.path) == ("POST", f"/v1/orders/{NUMBER}/revert")
    [deleted] = plan(removal(), deleted_orders="delete").operations
    assert (deleted.method, deleted.path, deleted.body) == ("DELETE", f"/v1/orders/{NUMBER}", {})


def test_a_large_order_goes_by_the_asynchronous_call() -> None:
    names = [f"SUB-{at}" for at in range(51)]
    order = held(*(entry(name) for name in names))
    big = removal(order, subscriptions={name: row() for name in names})
    for policy in ("cancel", "delete"):
        assert plan(big, deleted_orders=policy).operations[0].path.startswith("/v1/async/orders")


def test_every_part_is_taken_back() -> None:
    parts = {NUMBER: held(entry()), f"{NUMBER}-2": held(entry("SUB-2"))}
    found = plan(removal(parts=parts, subscriptions={"SUB-1": row(), "SUB-2": row()}), deleted_orders="cancel")
    assert [one.key for one in found.operations] == [f"order:{NUMBER}-undo", f"order:{NUMBER}-2-undo"]
    assert found.zuora["subscriptions"] == ["SUB-1", "SUB-2"]


CHANGE = held(entry("SUB-1", action("UpdateProduct", "2026-06-01")))


@pytest.mark.parametrize(
    ("case", "policy", "words"),
    [
        (removal(CHANGE), "cancel", "cancelling would end what other orders sold"),
        (removal(held(entry(), entry("SUB-2")), subscriptions={"SUB-1": row(), "SUB-2": row()}), "revert", "several"),
        (removal(held(entry(), status="Pending")), "cancel", "it waits for a date in Zuora"),
        (removal(subscriptions={"SUB-1": row(kind="OneTime")}), "cancel", "would be billed all the same"),
        (removal(held(orderLineItems=[line()])), "cancel", "may be invoiced"),
        (removal(later={"SUB-1": [Later("00000106", True)]}), "cancel", "was changed by order 00000106"),
        (removal(later={"SUB-1": [Later("00000106", False)]}), "delete", "was changed by order 00000106"),
        (removal(later={"SUB-1": [Later("00000106", False)]}), "revert", "was changed by order 00000106"),
    ],
)
def test_what_zuora_would_not_undo_alone_is_held(case: Removal, policy: str, words: str) -> None:
    found = plan(case, deleted_orders=policy)
    assert (found.stop, found.problems[0].code, found.operations) == (Outcome.HELD, "CPQ-439", ())
    assert words in found.problems[0].message


def test_what_was_built_on_it_and_taken_back_too_goes_with_a_cancellation() -> None:
    case = removal(later={"SUB-1": [Later("00000106", False)]})
    assert len(plan(case, deleted_orders="cancel").operations) == 1


def test_one_time_charges_may_be_kept() -> None:
    case = removal(subscriptions={"SUB-1": row(kind="OneTime")})
    assert len(plan(case, deleted_orders="cancel", one_time_refunds="keep").operations) == 1


@pytest.mark.parametrize(("through", "invoiced"), [("2026-06-01", False), ("2026-06-02", True), (None, False)])
def test_of_a_change_only_what_is_invoiced_after_it_counts(through: str | None, invoiced: bool) -> None:
    found = plan(removal(CHANGE, subscriptions={"SUB-1": row(through)}), deleted_orders="delete")
    assert (found.stop is Outcome.HELD) is invoiced


@pytest.mark.parametrize("policy", ["cancel", "revert", "delete"])
def test_what_salesforce_only_shows_no_more_is_never_undone_by_itself(policy: str) -> None:
    found = plan(removal(certain=False), deleted_orders=policy, deleted_invoiced_orders="cancel")
    assert (found.stop, found.problems[0].code) == (Outcome.HELD, "CPQ-438")


NOTES = [
    (removal(parts={}), {}, "and nothing of it is billed: Zuora does not have it"),
    (NOTHING_LEFT["deleted by part"], {}, "it is Reverted in Zuora"),
    (NOTHING_LEFT["undone"], {}, f"order {NUMBER}-undo in Zuora took it back"),
    (NOTHING_LEFT["cancelled from the start"], {}, "what it sold is cancelled in Zuora"),
    (removal(), {"deleted_orders": "delete"}, f"Order {NUMBER} was deleted in Zuora: it is deleted in Salesforce"),
    (removal(), {"deleted_orders": "revert"}, f"Order {NUMBER} was reverted in Zuora"),
    (removal(), {"deleted_orders": "cancel"}, f"sold was cancelled in Zuora by order {NUMBER}-undo"),
]


@pytest.mark.parametrize(("case", "options", "words"), NOTES)
def test_what_was_done_or_why_nothing_is_left_is_said(case: Removal, options: dict[str, Any], words: str) -> None:
    assert words in str(plan(case, **options).note)


def test_a_plan_that_is_held_says_nothing_beside_its_reasons() -> None:
    assert plan(removal()).note is None


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("Order.IsDeleted", "or restore it in Salesforce."),
        ("Order.Status", "or activate and contract it again in Salesforce."),
        ("Order.SBQQ__Contracted__c", "or contract it again in Salesforce."),
    ],
)
def test_the_way_back_is_that_of_what_became_of_the_order(source: str, way: str) -> None:
    assert str(plan(removal(source=source)).problems[0].remedy).endswith(way)


def before(case: Removal, number: str, **options: Any) -> RemovalPlan:
    """Return the plan of another order that is taken back first."""
    parts = {number: next(iter(case.parts.values()))}
    return plan(replace(case, order={**ORDER, "OrderNumber": number}, parts=parts), **options)


def test_what_is_planned_to_go_before_is_not_in_the_way() -> None:
    case = removal(later={"SUB-1": [Later("00000106", False)]})
    change = before(removal(CHANGE), "00000106", deleted_orders="delete")
    assert len(plan(afterwards(case, [change]), deleted_orders="delete").operations) == 1
    held_back = before(removal(CHANGE), "00000106")
    assert plan(afterwards(case, [held_back]), deleted_orders="delete").stop is Outcome.HELD


def test_what_is_planned_to_be_cancelled_before_is_settled() -> None:
    sale = before(removal(), "00000104", deleted_orders="cancel")
    assert plan(removal(CHANGE), deleted_orders="cancel").stop is Outcome.HELD
    assert plan(afterwards(removal(CHANGE), [sale]), deleted_orders="cancel").stop is Outcome.UNCHANGED
