"""Whatever is done to a contract, its records say what is active, and the orders add up to what was used."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpqbridge.sandbox.salesforce.cpq.chains import active_of_account
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.visibility import reshape
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.sandbox.salesforce.cpq_life import items, sold
from tests.world import Line, World

MONTHLY = 10
Action = tuple[str, int, int]

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["amend", "amend", "cancel"]), st.integers(1, 12), st.integers(1, 20)), max_size=6
)


def first_of(month: int) -> str:
    return date(2026, month, 1).isoformat()


def expected(start: int, actions: list[Action]) -> tuple[list[int], list[Action]]:
    """Return the units of each month, and the actions that make sense."""
    months, done = [start] * 12, []
    for kind, month, quantity in actions:
        rest = range(month - 1, 12)
        target = 0 if kind == "cancel" else quantity
        delta = target - months[11]
        if not months[11] or not delta or (target and any(months[m] + delta < 0 for m in rest)):
            continue
        for m in rest:
            months[m] = months[m] + delta if target else 0
        done.append((kind, month, target))
    return months, done


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(1, 20), actions=ACTIONS)
def test_what_is_active_is_what_was_done_and_what_was_paid(org: Org, start: int, actions: list[Action]) -> None:
    org.store.clear()
    lay_foundation(org)
    world = World(org)
    first, contract = sold(world, Line(world.product(), start, Decimal(MONTHLY * 12)))
    months, done = expected(start, actions)
    orders = [first]
    for kind, month, target in done:
        if kind == "cancel":
            orders.append(world.cancel(contract, first_of(month)))
        else:
            orders.append(world.amend(contract, first_of(month), {"product": "SEAT", "quantity": target}))
    found = [sum(held.quantity for held in world.active(contract, first_of(m)).values()) for m in range(1, 13)]
    assert found == months
    paid = sum(item["UnitPrice"] * item["Quantity"] for number in orders for item in items(world, number))
    assert abs(paid - sum(months) * MONTHLY) <= len(orders)


def test_nothing_is_left_to_amend_after_the_end(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 3))
    sales.cancel(contract, "2026-01-01")
    assert sales.active(contract, "2026-01-01") == {}
    with pytest.raises(SalesforceError, match="changes nothing"):
        sales.cancel(contract, "2026-02-01")


def test_parts_of_a_contract_end_on_their_own(sales: World) -> None:
    _, contract = sold(sales, Line(sales.product(), 3), Line(sales.product("Other"), 4))
    [seat, other] = sales.active(contract, "2026-01-01")
    sales.cancel(contract, "2026-03-01", other)
    assert set(sales.active(contract, "2026-03-01")) == {seat}
    assert set(sales.active(contract, "2026-02-28")) == {seat, other}


def test_an_evergreen_product_added_to_a_term_has_a_contract_of_its_own(sales: World) -> None:
    account = sales.account()
    order = sales.order(account, [Line(sales.product(), 3)], start="2026-01-01", end="2026-12-31")
    contract = sales.contract(order)
    tap = sales.product("Tap", SBQQ__SubscriptionType__c="Evergreen")
    number = sales.amend(contract, "2026-03-01", add=[{"product": tap, "quantity": 2}])
    other = sales.contract(number)
    assert other != contract
    assert [held.quantity for held in sales.active(other, "2030-01-01").values()] == [2]
    everything = active_of_account(sales.org, account, date(2026, 6, 1))
    assert everything == sales.active(contract, "2026-06-01") | sales.active(other, "2026-06-01")
    assert len(everything) == 2


def test_an_org_with_one_currency_has_the_same_life(sales: World) -> None:
    sales.org.settings.multi_currency = False
    reshape(sales.org.store, sales.org.settings)
    _, contract = sold(sales, Line(sales.product(), 3))
    sales.amend(contract, "2026-07-01", {"product": "SEAT", "quantity": 5}, add=[{"product": sales.product("Other")}])
    new = sales.contract(sales.renew(contract))
    assert [held.quantity for held in sales.active(new, "2027-01-01").values()] == [5, 1]
