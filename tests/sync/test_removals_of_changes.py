"""Orders that changed what others sold, taken back: the change alone, or with all that it was built on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.planning.removal import RemovalPlan
from cpqbridge.sync.connect import open_clients, open_history, removal_reader
from cpqbridge.sync.service import DELETED
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.test_removals import charge, ids_of, plan, subscription_of, sweep, sync
from tests.world import Line


def sell_and_change(both: Both, invoiced: str | None = None, *, reverts: bool = True) -> tuple[str, str]:
    """Return the numbers of an order for five seats and of one that adds three in June, both in Zuora.

    Args:
        both: The systems.
        invoiced: First day that is not invoiced when the change comes.
        reverts: Whether the tenant has subscriptions of a single version, whose changes can be reverted.
    """
    both.configure(orderRevert=reverts)
    number = both.world.order(both.world.account(), [Line(both.world.product(), 5)])
    sync(both, number)
    name = subscription_of(both, number)["name"]
    charge(both, name, invoiced)
    later = both.world.amend(both.world.contract(number), "2026-06-01", {"subscriptionNumber": name, "quantity": 8})
    [result] = sync(both, later)
    assert result.outcome is Outcome.SYNCED, result.reasons
    return number, later


def plan_sweep(both: Both, **options: Any) -> list[RemovalPlan]:
    """Return what `sync deleted` would do."""

    async def do() -> list[RemovalPlan]:
        settings = both.settings(**options)
        async with open_clients(settings) as clients, open_history(settings) as history:
            reader = removal_reader(settings, clients)
            return await reader.plans(await reader.known(await history.known_orders(but_done_by=DELETED)))

    return asyncio.run(do())


def quantities(both: Both, number: str) -> list[Any]:
    """Return the quantities of the segments of what an order sold."""
    row = subscription_of(both, number)
    charges = both.sandbox.tenant.store.find("ratePlanCharge", subscriptionId=row["id"])
    return [one["quantity"] for one in sorted(charges, key=lambda one: int(one["segment"]))]


@pytest.mark.parametrize("policy", ["delete", "revert"])
def test_a_change_that_is_taken_back_leaves_what_was_sold(both: Both, policy: str) -> None:
    number, later = sell_and_change(both)
    assert quantities(both, number) == [5, 8]
    both.world.undo(later, delete=True)
    [result] = sync(both, later, deleted_orders=policy)
    assert result.outcome is Outcome.SYNCED, result.reasons
    assert quantities(both, number) == [5]
    assert sync(both, later, deleted_orders=policy)[0].outcome is Outcome.UNCHANGED
    assert sync(both, number)[0].outcome is Outcome.UNCHANGED


def test_a_change_is_never_taken_back_by_cancelling_what_others_sold(both: Both) -> None:
    number, later = sell_and_change(both)
    both.world.undo(later, delete=True)
    [held] = sync(both, later, deleted_orders="cancel")
    assert (held.outcome, held.reasons[0].code) == (Outcome.HELD, "CPQ-439")
    assert "cancelling would end what other orders sold" in held.reasons[0].message
    assert quantities(both, number) == [5, 8]


def test_what_was_invoiced_before_a_change_does_not_hold_its_removal(both: Both) -> None:
    number, later = sell_and_change(both, "2026-05-01")
    both.world.undo(later, delete=True)
    assert sync(both, later, deleted_orders="delete")[0].outcome is Outcome.SYNCED
    assert quantities(both, number) == [5]


def test_a_change_that_is_invoiced_needs_a_policy_of_its_own(both: Both) -> None:
    number, later = sell_and_change(both)
    both.world.undo(later, delete=True)
    charge(both, subscription_of(both, number)["name"], "2026-07-01")
    [held] = sync(both, later, deleted_orders="delete")
    assert (held.outcome, held.reasons[0].code) == (Outcome.HELD, "CPQ-438")
    assert "invoiced before 2026-07-01" in held.reasons[0].message


def test_an_order_whose_change_still_stands_names_what_must_go_first(both: Both) -> None:
    number, later = sell_and_change(both)
    both.world.org.store.delete("Order", ids_of(both, number))
    for policy in ("delete", "cancel"):
        [held] = sync(both, number, deleted_orders=policy)
        assert (held.outcome, held.reasons[0].code) == (Outcome.HELD, "CPQ-439")
        assert held.reasons[0].remedy == f"Take order {later} back first."


@pytest.mark.parametrize("policy", ["delete", "cancel"])
def test_a_sale_with_its_change_is_taken_back_in_the_right_order(both: Both, policy: str) -> None:
    number, later = sell_and_change(both)
    both.world.undo(later, delete=True)
    both.world.undo(number, delete=True)
    results = sweep(both, deleted_orders=policy)
    assert {one.outcome for one in results} <= {Outcome.SYNCED, Outcome.UNCHANGED}, [one.reasons for one in results]
    left = [row for row in both.sandbox.tenant.store.rows("subscription") if row["isLatestVersion"]]
    assert [row["status"] for row in left] == ([] if policy == "delete" else ["Cancelled"])
    assert {one.outcome for one in sync(both, number, later, deleted_orders=policy)} == {Outcome.UNCHANGED}
    assert {one.outcome for one in plan(both, number, later, deleted_orders=policy)} == {Outcome.UNCHANGED}


@pytest.mark.parametrize("policy", ["delete", "cancel", "hold"])
def test_all_that_is_deleted_is_planned_as_it_is_taken_back(both: Both, policy: str) -> None:
    number, later = sell_and_change(both)
    both.world.undo(later, delete=True)
    both.world.undo(number, delete=True)
    planned = plan_sweep(both, deleted_orders=policy)
    assert both.writes()[-1]["body"]["orderNumber"] == later  # nothing was written but the sales
    done = sweep(both, deleted_orders=policy)
    assert [one.number for one in planned] == [one.record for one in done]
    assert [one.stop or Outcome.SYNCED for one in planned] == [one.outcome for one in done]
    assert [len(one.operations) for one in planned] == [len(one.operations) for one in done]


def test_a_change_that_zuora_does_not_revert_is_held_with_the_ways_out(both: Both) -> None:
    number, later = sell_and_change(both, reverts=False)
    both.world.undo(later, delete=True)
    both.configure(orderRevert=True)  # what was sold before has several versions
    [held] = sync(both, later, deleted_orders="revert")
    assert (held.outcome, held.reasons[0].code, held.reasons[0].field) == (Outcome.HELD, "CPQ-439", "Order.IsDeleted")
    assert "cannot be reverted" in held.reasons[0].message
    assert "`deleted_orders` to `delete`" in held.reasons[0].remedy
    assert quantities(both, number) == [5, 8]
    assert sync(both, later, deleted_orders="delete")[0].outcome is Outcome.SYNCED


def test_what_a_person_cancelled_in_zuora_is_settled(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product(), 5)])
    sync(both, number)
    both.world.undo(number, delete=True)
    assert sync(both, number)[0].outcome is Outcome.HELD
    row = subscription_of(both, number)
    by_hand(both, row["name"])
    assert sync(both, number)[0].outcome is Outcome.UNCHANGED


def by_hand(both: Both, name: str) -> None:
    """Cancel a subscription in Zuora in the middle of its term."""
    store = both.sandbox.tenant.store
    [account] = store.rows("account")
    policy = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-05-01"}
    dates = [{"name": "ContractEffective", "triggerDate": "2026-05-01"}]
    action = {"type": "CancelSubscription", "triggerDates": dates, "cancelSubscription": policy}
    body = {
        "orderDate": "2026-05-01",
        "existingAccountNumber": account["accountNumber"],
        "subscriptions": [{"subscriptionNumber": name, "orderActions": [action]}],
    }

    async def do() -> None:
        async with open_clients(both.settings()) as clients:
            await clients.zuora.send("POST", "/v1/orders", body=body)

    asyncio.run(do())
