"""Orders that were taken back in Salesforce: held, cancelled, reverted or deleted in Zuora, once, never by surprise."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line


def sync(both: Both, *numbers: str, wiring: Wiring | None = None, **options: Any) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service(wiring, **options) as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def sweep(both: Both, since: date | None = None, **options: Any) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service(**options) as service:
            return await service.deleted(since)

    return asyncio.run(do())


def plan(both: Both, *numbers: str, **options: Any) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.planner(**options) as planner:
            return await planner.orders(numbers)

    return asyncio.run(do())


def sell(both: Both, *lines: Line) -> str:
    """Return the number of an order that is in Zuora."""
    found = both.world.org.store.find("Product2", "Name", "Seat")
    seat = found[0]["Id"] if found else both.world.product("Seat")
    number = both.world.order(both.world.account(), lines or [Line(seat, 5)])
    assert sync(both, number)[0].outcome is Outcome.SYNCED
    return number


def ids_of(both: Both, number: str) -> str:
    [row] = both.world.org.store.find("Order", "OrderNumber", number)
    return str(row["Id"])


def charge(both: Both, subscription: str, day: str | None) -> None:
    """Mark a subscription as invoiced up to a day."""
    body = {"subscriptionNumber": subscription, "date": day}
    httpx.post(f"{both.sandbox.zuora_url}/_sandbox/charged-through", json=body, timeout=30).raise_for_status()


def subscription_of(both: Both, number: str) -> dict[str, Any]:
    """Return the latest version of the one subscription that an order sold."""
    store = both.sandbox.tenant.store
    [order] = store.find("order", orderNumber=number)
    names = {action["subscriptionNumber"] for action in store.find("orderAction", orderId=order["id"])}
    [row] = store.find("subscription", name=names.pop(), isLatestVersion=True)
    return dict(row)


def test_a_deleted_order_is_held_for_a_person_and_nothing_is_written(both: Both) -> None:
    number = sell(both)
    order = ids_of(both, number)
    both.world.undo(number, delete=True)
    before = len(both.writes())
    [result] = sync(both, number)
    assert (result.outcome, result.reasons[0].code, result.id) == (Outcome.HELD, "CPQ-438", order)
    assert result.reasons[0].field == "Order.IsDeleted"
    assert f"Order {number} is deleted in Salesforce and stands in Zuora as Completed" in result.reasons[0].message
    assert "deleted_orders" in result.reasons[0].remedy
    assert len(both.writes()) == before
    assert plan(both, number)[0].reasons == result.reasons


@pytest.mark.parametrize("policy", ["cancel", "delete"])
def test_an_order_that_never_reached_zuora_is_left_alone(both: Both, policy: str) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    both.world.undo(number, delete=True)
    [result] = sync(both, number, deleted_orders=policy)
    assert (result.outcome, result.record) == (Outcome.UNCHANGED, number)
    assert both.writes() == []


def test_a_number_that_salesforce_never_had_is_unknown(both: Both) -> None:
    [result] = sync(both, "00009999", deleted_orders="delete")
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-419")


def test_delete_takes_everything_of_the_order_away_and_a_repeat_finds_nothing(both: Both) -> None:
    number = sell(both)
    both.world.undo(number, delete=True)
    [planned] = plan(both, number, deleted_orders="delete")
    assert [(one.name, one.method, one.path) for one in planned.operations] == [
        ("delete_order", "DELETE", f"/v1/orders/{number}")
    ]
    [result] = sync(both, number, deleted_orders="delete")
    assert (result.outcome, result.reasons) == (Outcome.SYNCED, ())
    assert result.as_dict()["note"] == f"Order {number} was deleted in Zuora: it is deleted in Salesforce"
    assert not {"code", "message", "reasons"} & result.as_dict().keys()
    assert (both.counts()["order"], both.counts()["subscription"]) == (0, 0)
    [again] = sync(both, number, deleted_orders="delete")
    assert again.outcome is Outcome.UNCHANGED
    assert again.note == f"Order {number} is deleted in Salesforce, and nothing of it is billed: Zuora does not have it"
    assert both.writes()[-1]["method"] == "DELETE"


def test_cancel_ends_the_subscriptions_on_their_first_day_by_an_order_of_its_own(both: Both) -> None:
    number = sell(both)
    both.world.undo(number, delete=True)
    [result] = sync(both, number, deleted_orders="cancel")
    assert result.outcome is Outcome.SYNCED, result.reasons
    row = subscription_of(both, number)
    assert (row["status"], row["subscriptionEndDate"]) == ("Cancelled", row["subscriptionStartDate"])
    written = both.writes()[-1]["body"]
    assert written["orderNumber"] == f"{number}-undo"
    assert f"What order {number} sold was cancelled in Zuora by order {number}-undo" in str(result.note)
    assert sync(both, number, deleted_orders="cancel")[0].outcome is Outcome.UNCHANGED
    [again] = sync(both, number)
    assert (again.outcome, again.reasons) == (Outcome.UNCHANGED, ())
    assert f"order {number}-undo in Zuora took it back" in str(again.note)
    assert both.counts()["order"] == 2


def test_a_whole_bundle_of_lines_is_taken_back_together(both: Both) -> None:
    number = sell(both, *(Line(both.world.product(f"P{at}"), 2) for at in range(3)))
    both.world.undo(number, delete=True)
    assert sync(both, number, deleted_orders="cancel")[0].outcome is Outcome.SYNCED
    rows = [row for row in both.sandbox.tenant.store.rows("subscription") if row["isLatestVersion"]]
    assert [row["status"] for row in rows] == ["Cancelled"] * 3


def test_an_order_that_is_a_draft_again_is_taken_back_and_held_when_it_comes_again(both: Both) -> None:
    number = sell(both)
    both.world.undo(number)
    [held] = sync(both, number)
    assert (held.outcome, held.reasons[0].code, held.reasons[0].field) == (Outcome.HELD, "CPQ-438", "Order.Status")
    assert "is Draft in Salesforce, not activated" in held.reasons[0].message
    assert held.reasons[0].remedy.endswith("or activate and contract it again in Salesforce.")
    assert sync(both, number, deleted_orders="cancel")[0].outcome is Outcome.SYNCED
    activate(both.world.org, ids_of(both, number))
    contract(both.world.org, ids_of(both, number), wait=True)
    [again] = sync(both, number)
    assert (again.outcome, again.reasons[0].code) == (Outcome.HELD, "CPQ-416")
    assert f"was taken back in Zuora by order {number}-undo" in again.reasons[0].message


def test_a_draft_that_was_never_carried_over_goes_on_waiting(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    both.world.undo(number)
    [result] = sync(both, number, deleted_orders="delete")
    assert (result.outcome, result.reasons[0].code) == (Outcome.WAITING, "CPQ-501")


@pytest.mark.parametrize("policy", ["cancel", "delete"])
def test_what_is_invoiced_needs_a_policy_of_its_own(both: Both, policy: str) -> None:
    number = sell(both)
    charge(both, subscription_of(both, number)["name"], "2026-04-01")
    both.world.undo(number, delete=True)
    before = len(both.writes())
    [held] = sync(both, number, deleted_orders=policy)
    assert (held.outcome, held.reasons[0].code) == (Outcome.HELD, "CPQ-438")
    assert "invoiced before 2026-04-01" in held.reasons[0].message
    assert "deleted_invoiced_orders" in held.reasons[0].remedy
    assert len(both.writes()) == before
    [done] = sync(both, number, deleted_orders=policy, deleted_invoiced_orders="cancel")
    assert done.outcome is Outcome.SYNCED, done.reasons
    assert subscription_of(both, number)["status"] == "Cancelled"


def test_line_items_are_returned_only_where_invoiced_orders_may_be_cancelled(both: Both) -> None:
    lines = [Line(both.world.product("Router", subscription=False), 2), Line(both.world.product("Seat"), 5)]
    number = sell(both, *lines)
    both.world.undo(number, delete=True)
    [held] = sync(both, number, deleted_orders="cancel")
    assert (held.outcome, held.reasons[0].code) == (Outcome.HELD, "CPQ-439")
    assert "its order line items may be invoiced" in held.reasons[0].message
    [done] = sync(both, number, deleted_orders="cancel", deleted_invoiced_orders="cancel")
    assert done.outcome is Outcome.SYNCED, done.reasons
    sold, returned = sorted(both.sandbox.tenant.store.rows("orderLineItem"), key=lambda row: row["itemCategory"])[::-1]
    assert (sold["quantityAvailableForReturn"], returned["itemCategory"], returned["quantity"]) == (0, "Return", 2)
    again = sync(both, number, deleted_orders="cancel", deleted_invoiced_orders="cancel")
    assert again[0].outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("policy", ["cancel", "delete"])
@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
def test_a_lost_removal_is_neither_lost_nor_doubled(both: Both, policy: str, fault: str) -> None:
    number = sell(both)
    both.world.undo(number, delete=True)
    both.fault(fault, method="DELETE" if policy == "delete" else "POST", path="/v1/orders*")
    [first] = sync(both, number, wiring=Wiring(policy=NEVER), deleted_orders=policy)
    assert first.outcome is Outcome.FAILED
    assert sync(both, number, deleted_orders=policy)[0].outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    assert sync(both, number, deleted_orders=policy)[0].outcome is Outcome.UNCHANGED
    assert both.counts()["order"] == (0 if policy == "delete" else 2)


def test_zuoras_refusal_says_that_the_order_cannot_be_undone(both: Both) -> None:
    number = sell(both)
    both.world.undo(number, delete=True)
    [refused] = sync(both, number, deleted_orders="revert")
    assert (refused.outcome, refused.reasons[0].code) == (Outcome.HELD, "CPQ-439")
    assert "Zuora: " in refused.reasons[0].message
    assert refused.reasons[0].field == "Order.IsDeleted"
    assert "`deleted_orders` to `delete`" in refused.reasons[0].remedy


def test_the_sweep_finds_what_the_ledger_knows_once(both: Both) -> None:
    gone, kept, draft = sell(both), sell(both), sell(both)
    never = both.world.order(both.world.account(), [Line(both.world.product())])
    both.world.undo(gone, delete=True)
    both.world.undo(draft)
    both.world.undo(never, delete=True)
    results = sweep(both, deleted_orders="delete")
    assert {one.record: one.outcome for one in results} == {gone: Outcome.SYNCED, draft: Outcome.SYNCED}
    assert sweep(both, deleted_orders="delete") == []
    [left] = both.sandbox.tenant.store.rows("order")
    assert left["orderNumber"] == kept


def test_the_sweep_since_a_day_needs_no_ledger(both: Both) -> None:
    gone = sell(both)
    sell(both)
    both.world.undo(gone, delete=True)
    assert sweep(both, date(2999, 1, 1), deleted_orders="delete") == []
    [result] = sweep(both, date(2000, 1, 1), deleted_orders="delete")
    assert (result.record, result.outcome) == (gone, Outcome.SYNCED)


def test_an_order_that_cannot_be_seen_any_more_is_never_undone_by_itself(both: Both) -> None:
    number = sell(both)
    order = ids_of(both, number)
    both.world.undo(number, delete=True)
    both.world.org.store.fetch('DELETE FROM "Order" WHERE Id = ?', (order,))  # what the recycle bin does in the end
    before = len(both.writes())
    [result] = sweep(both, deleted_orders="delete")
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-438")
    assert "may see the order" in result.reasons[0].remedy
    assert len(both.writes()) == before
