"""Changes in unusual sequences, as they are planned, carried and repeated; and what a plan says before."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.cpq.contract import contract as contract_order
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.contracts import NEXT, billed, carry, held, latest, owners, seats, sell, sent, sync, term
from tests.world import Line

FIRST, SUMMER, AUTUMN, WINTER, AFTER = "2026-02-01", "2026-06-01", "2026-09-01", "2026-12-01", "2028-02-01"


def plan(both: Both, *numbers: str, **options: Any) -> list[SyncResult]:
    """Plan orders; nothing may be written."""
    before = len(both.writes())

    async def do() -> list[SyncResult]:
        async with both.planner(**options) as planner:
            return await planner.orders(numbers)

    results = asyncio.run(do())
    assert len(both.writes()) == before
    return results


def outcomes(results: Sequence[SyncResult]) -> list[tuple[str, Any]]:
    """Return records with their outcomes; a plan that would write has none."""
    return [(one.record, one.outcome) for one in results]


# Plans of orders whose originals Zuora lacks


def test_a_plan_of_an_amendment_shows_the_earlier_orders_that_go_first(both: Both) -> None:
    order, contract = sell(both)
    first, second = (both.world.amend(contract, day, seats(units)) for day, units in ((SUMMER, 15), (AUTUMN, 12)))
    [result] = plan(both, second)
    assert result.as_dict()["outcome"] == "planned"
    assert [one.code for one in result.reasons] == ["CPQ-435"]
    assert result.orders is not None
    assert outcomes(result.orders) == [(order, None), (first, None)]
    assert [one.name for one in result.orders[0].operations][-1] == "create_order"
    carry(both, second)
    [result] = plan(both, second)
    assert (result.outcome, result.orders) == (Outcome.UNCHANGED, None)


def test_a_plan_of_an_amendment_whose_original_is_held_is_held(both: Both) -> None:
    order, contract = sell(both)
    [row] = both.world.org.store.find("Order", "OrderNumber", order)
    [item] = both.world.org.store.find("OrderItem", "OrderId", row["Id"])
    price = {"SBQQ__NetPrice__c": None}
    both.world.org.store.update("SBQQ__Subscription__c", item["SBQQ__Subscription__c"], price, system=True)
    [result] = plan(both, both.world.amend(contract, SUMMER, seats(15)))
    assert held(result)[0] == "CPQ-435"
    assert result.orders is not None
    assert outcomes(result.orders) == [(order, Outcome.HELD)]


def test_orders_that_were_named_are_results_of_their_own_only(both: Both) -> None:
    order, contract = sell(both)
    first, second = (both.world.amend(contract, day, seats(units)) for day, units in ((SUMMER, 15), (AUTUMN, 12)))
    results = sync(both, second, order)
    assert outcomes(results) == [(second, Outcome.SYNCED), (order, Outcome.SYNCED)]
    assert outcomes(results[0].orders or ()) == [(first, Outcome.SYNCED)]
    assert results[1].orders is None


# What an earlier order has cancelled


def test_a_cancellation_in_the_old_contract_after_the_renewal_was_contracted(both: Both) -> None:
    """CPQ leaves the new contract as it is: between the two nothing is billed."""
    order, contract = sell(both)
    renewal = both.world.renew(contract)
    cancellation = both.world.cancel(contract, AUTUMN)
    carry(both, order, renewal, cancellation)
    assert sent(both, cancellation) == [
        ("SUB-0000001", "UpdateProduct", AUTUMN),
        ("SUB-0000001", "UpdateProduct", NEXT),
    ]
    assert billed(both) == [(FIRST, AUTUMN, 10, 120), (AUTUMN, NEXT, 0, 120), (NEXT, AFTER, 10, 120)]
    assert term(both) == ("Active", NEXT, AFTER)
    later = both.world.amend(both.world.contract(renewal), "2027-06-01", seats(15))
    again = both.world.renew(both.world.contract(renewal))
    carry(both, later, again)
    assert billed(both)[2:] == [(NEXT, "2027-06-01", 10, 120), ("2027-06-01", "2029-02-01", 15, 120)]
    carry(both, order, renewal, cancellation, later, again)


def test_more_of_what_was_cancelled_is_contracted_late(both: Both) -> None:
    """It is for days before those without anything, which Zuora bills with quantity zero; CPQ sold them anyway."""
    order, contract = sell(both)
    late = both.world.amend(contract, SUMMER, seats(15), contract=False)
    renewal, cancellation = both.world.renew(contract), both.world.cancel(contract, AUTUMN)
    carry(both, order, renewal, cancellation)
    store = both.world.org.store
    [row] = store.find("Order", "OrderNumber", late)
    now = store.clock
    store.clock = lambda: now() + timedelta(minutes=1)  # within one second the order numbers would decide
    contract_order(both.world.org, row["Id"], wait=True)
    [held] = sync(both, late)
    assert [reason.code for reason in held.reasons] == ["CPQ-451"]
    carry(both, late, amount_proof="report")
    assert billed(both) == [
        (FIRST, SUMMER, 10, 120),
        (SUMMER, AUTUMN, 15, 120),
        (AUTUMN, NEXT, 0, 120),
        (NEXT, AFTER, 10, 120),
    ]


def test_a_flat_fee_before_a_renewal_costs_nothing(both: Both) -> None:
    product = both.world.product_of_model("recurring flat", "Box")
    both.world.block_prices(product, [(1, None, 100)])
    line = Line(product, 1, more={"SBQQ__EffectiveQuantity__c": 1})
    order = both.world.order(both.world.account(), [line])
    contract = both.world.contract(order)
    renewal, cancellation = both.world.renew(contract), both.world.cancel(contract, AUTUMN)
    carry(both, order, renewal, cancellation)
    price = billed(both)[0][3]
    assert [one[3] for one in billed(both)] == [price, 0, price]


def test_an_amendment_of_what_an_earlier_order_cancelled(both: Both) -> None:
    order, contract = sell(both)
    renewal = both.world.renew(contract)
    cancellation = both.world.cancel(both.world.contract(renewal), "2027-06-01")
    carry(both, order, renewal, cancellation)
    assert term(both)[0] == "Cancelled"
    assert billed(both) == [(FIRST, "2027-06-01", 10, 120)]
    written = len(both.writes())
    code, message = held(sync(both, both.world.amend(contract, SUMMER, seats(15)))[0])
    assert code == "CPQ-434"
    assert message == "Subscription SUB-0000001 was cancelled by an earlier order; Zuora changes it no more"
    assert len(both.writes()) == written


def test_a_cancellation_from_a_day_before_later_amendments_ends_all_of_them(both: Both) -> None:
    order, contract = sell(both)
    more = [both.world.amend(contract, day, seats(units)) for day, units in ((AUTUMN, 15), (WINTER, 20))]
    cancellation = both.world.cancel(contract, SUMMER)
    carry(both, order, *more, cancellation)
    assert sent(both, cancellation) == [("SUB-0000001", "CancelSubscription", SUMMER)]
    assert billed(both) == [(FIRST, SUMMER, 10, 120)]
    carry(both, order, *more, cancellation)


# Renewals that cannot be


def test_a_renewal_before_a_product_begins_is_held(both: Both) -> None:
    order, contract = sell(both)
    both.world.product("Disk")
    added = both.world.amend(contract, WINTER, add=[{"product": "Disk", "quantity": 3}])
    renewal = both.world.renew(contract, effectiveDate=AUTUMN)
    carry(both, order, added)
    written = len(both.writes())
    code, message = held(sync(both, renewal)[0])
    assert code == "CPQ-434"
    assert "is about a subscription renewed before its first day" in message
    assert len(both.writes()) == written


# Sizes


def test_a_renewal_of_more_than_one_order_takes_goes_in_two(both: Both) -> None:
    """110 renewals for another term at another price are 330 actions, where one order takes 300."""
    order, contract = sell(both, *([both.world.product()] * 110))
    renewal = both.world.renew(contract, uplift=10, term=24)
    carry(both, order, renewal)
    bodies = [one["body"] for one in both.writes() if "orderNumber" in (one["body"] or {})]
    parts = [body for body in bodies if body["orderNumber"].startswith(renewal)]
    assert [body["orderNumber"] for body in parts] == [renewal, f"{renewal}-2"]
    actions = [sum(len(one["orderActions"]) for one in body["subscriptions"]) for body in parts]
    assert actions == [300, 30]
    assert {term(both, number)[2] for number in latest(both)} == {"2029-02-01"}
    assert {billed(both, number)[-1] for number in latest(both)} == {(NEXT, "2029-02-01", 10, 132)}


# Owners


def test_a_transfer_is_never_before_the_first_day(both: Both) -> None:
    """An order may be in effect before the subscription that it changes begins."""
    payer = both.world.account("Payer")
    order, contract = sell(both)
    early = both.world.amend(contract, SUMMER, seats(15), orderFields={"InvoiceOwner__c": payer})
    [row] = both.world.org.store.find("Order", "OrderNumber", early)
    both.world.org.store.update("Order", row["Id"], {"EffectiveDate": "2026-01-15"}, system=True)
    carry(both, order, early)
    assert sent(both, early) == [("SUB-0000001", "OwnerTransfer", FIRST), ("SUB-0000001", "UpdateProduct", SUMMER)]
    assert owners(both) == ("Acme", "Payer")


# Predecessors that Zuora has not carried out


def test_an_amendment_waits_for_an_original_that_waits_in_zuora(both: Both) -> None:
    both.configure(requireServiceActivation=True)
    order, contract = sell(both)
    options: dict[str, Any] = {"trigger_dates_on_orders": True}
    amendment = both.world.amend(contract, SUMMER, seats(15))
    [result] = sync(both, amendment, **options)
    code, message = held(result)
    assert code == "CPQ-435"
    assert f"Order {amendment} changes what order {order} sold, which is not in Zuora" in message
    assert [(one.outcome, one.reasons[0].code) for one in result.orders or ()] == [(Outcome.WAITING, "CPQ-504")]
    [result] = plan(both, amendment, **options)
    assert held(result)[0] == "CPQ-435"
    [row] = both.world.org.store.find("Order", "OrderNumber", order)
    both.world.org.store.update("Order", row["Id"], {"CompanyAuthorizedDate": FIRST}, system=True)
    [row] = both.world.org.store.find("Order", "OrderNumber", amendment)
    both.world.org.store.update("Order", row["Id"], {"CompanyAuthorizedDate": SUMMER}, system=True)
    carry(both, amendment, **options)
    assert billed(both) == [(FIRST, SUMMER, 10, 120), (SUMMER, NEXT, 15, 120)]


def test_an_original_that_is_a_draft_in_zuora_holds_its_amendment(both: Both) -> None:
    order, contract = sell(both)
    carry(both, order)
    store = both.sandbox.tenant.store
    [row] = store.rows("order")
    store.update("order", row["id"], {"status": "Draft"})
    amendment = both.world.amend(contract, SUMMER, seats(15))
    [result] = sync(both, amendment)
    code, message = held(result)
    assert code == "CPQ-435"
    assert "exists in Zuora as Draft: nothing of it is billed" in message
    assert [held(one)[0] for one in result.orders or ()] == ["CPQ-416"]
    store.update("order", row["id"], {"status": "Completed"})
    carry(both, amendment)


# Taken back


@pytest.mark.parametrize("renewed", [False, True])
def test_a_cancellation_that_is_taken_back_restores_the_subscription(both: Both, renewed: bool) -> None:
    order, contract = sell(both)
    more = both.world.amend(contract, SUMMER, seats(15))
    earlier = [order, more, *([both.world.renew(contract)] if renewed else [])]
    policy: dict[str, Any] = {"deleted_orders": "delete"}
    carry(both, *earlier, **policy)
    was, stood = billed(both), term(both)
    cancellation = both.world.cancel(contract, AUTUMN)
    carry(both, cancellation, **policy)
    assert billed(both) != was
    both.world.undo(cancellation, delete=True)
    [result] = sync(both, cancellation, **policy)
    assert result.outcome is Outcome.SYNCED, result.reasons
    assert (billed(both), term(both)) == (was, stood)
    assert sync(both, cancellation, **policy)[0].outcome is Outcome.UNCHANGED
    carry(both, *earlier, both.world.amend(contract, WINTER, seats(20)), **policy)
    assert (WINTER, NEXT, 20, 120) in billed(both)
