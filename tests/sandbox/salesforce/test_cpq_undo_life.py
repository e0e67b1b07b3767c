"""Taking back the last order of any sequence leaves a contract exactly as it was before."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpqbridge.sandbox.salesforce.cpq.chains import Holding, active_of_account
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.sandbox.salesforce.cpq_life import order, sold
from tests.world import Line, World, segmented

DAYS = [date(2026 + n // 12, n % 12 + 1, 1) for n in range(0, 36, 3)]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["seat", "ramp", "price", "swap", "cancel", "renew", "undo", "undo"]),
        st.sampled_from(DAYS),
        st.integers(1, 20),
    ),
    max_size=7,
)


def held(world: World, account: str) -> list[dict[str, Holding]]:
    return [active_of_account(world.org, account, day) for day in DAYS]


def change(kind: str, quantity: int) -> dict[str, Any]:
    return {
        "seat": {"product": "SEAT", "quantity": quantity},
        "ramp": {"product": "RAMP", "quantity": quantity},
        "price": {"product": "SEAT", "netPrice": quantity},
        "swap": {"product": "SEAT", "swap": {"product": "PRO", "quantity": quantity}},
    }[kind]


def act(world: World, contract: str, kind: str, day: date, quantity: int) -> str:
    """Do one step; returns the number of the order."""
    if kind == "renew":
        return world.renew(contract, effectiveDate=day.isoformat() if quantity < 5 else None)
    if kind == "cancel":
        return world.cancel(contract, day.isoformat())
    return world.amend(contract, day.isoformat(), change(kind, quantity))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_undoing_the_last_order_is_as_if_it_had_not_been(org: Org, steps: list[tuple[str, date, int]]) -> None:
    org.store.clear()
    lay_foundation(org)
    world = World(org)
    world.product("Pro")
    years = [("2026-01-01", "2026-12-31", 3, 120), ("2027-01-01", "2027-12-31", 4, 130)]
    ramp = segmented(world.product("Ramp"), *years)
    first, contract = sold(world, Line(world.product(), 5), *ramp, end="2027-12-31")
    account = order(world, first)["AccountId"]
    contracts = [contract]
    done: list[tuple[str, bool, list[dict[str, Holding]]]] = []
    for kind, day, quantity in steps:
        before = held(world, account)
        if kind == "undo":
            if done:
                number, renewed, was = done.pop()
                world.undo(number, delete=bool(quantity % 2))
                contracts = contracts[:-1] if renewed else contracts
                assert held(world, account) == was
            continue
        try:
            number = act(world, contracts[-1], kind, day, quantity)
        except SalesforceError:
            assert held(world, account) == before
            continue
        if kind == "renew":
            contracts.append(world.contract(number))
        done.append((number, kind == "renew", before))
