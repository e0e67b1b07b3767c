"""References between operations, and what the state learns from what they have made."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cpqbridge.planning.account import plan_account
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Operation, Ref, references, resolve
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.state import Charge, RatePlan, ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.zuora_answers import requests

BODY = {"a": Ref("account:1", "id"), "b": [{"c": Ref("account:2", "id")}, 1], "d": date(2026, 2, 1), "e": None}


def test_references_are_found_wherever_they_stand() -> None:
    assert list(references(BODY)) == [Ref("account:1", "id"), Ref("account:2", "id")]
    assert str(Ref("account:1", "id")) == "@{account:1.id}"


def test_references_are_replaced_and_nothing_else() -> None:
    resolved = resolve(BODY, {"account:1": {"id": "z-1"}, "account:2": {"id": "z-2"}})
    assert resolved == {"a": "z-1", "b": [{"c": "z-2"}, 1], "d": date(2026, 2, 1), "e": None}


@pytest.mark.parametrize("answers", [{}, {"account:1": {}}])
def test_a_value_that_no_answer_holds_is_a_fault(answers: Any) -> None:
    with pytest.raises(KeyError):
        resolve(Ref("account:1", "id"), answers)


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        ({}, []),
        ({"Rows": None}, []),
        ({"Rows": {"records": [1]}}, [1]),
        ({"Rows": [1]}, [1]),
    ],
)
def test_children(record: Any, rows: list[Any]) -> None:
    assert list(children(record, "Rows")) == rows


@pytest.mark.parametrize(
    ("operation", "answer", "known"),
    [
        (
            Operation("create_product", "product:S", "POST", "/", {}, known={"sku": "S"}),
            {"Id": "z-1"},
            ZuoraState(products={"S": "z-1"}),
        ),
        (
            Operation(
                "create_product_rate_plan",
                "rate_plan:01t",
                "POST",
                "/",
                {"ProductId": "z-1", "Name": "Seat"},
                known={"external_id": "01t"},
            ),
            {"Id": "z-2"},
            ZuoraState(plans={"01t": RatePlan("z-2")}, plan_names={"z-1": {"Seat": "z-2"}}),
        ),
        (
            Operation("create_contact", "contact:003", "POST", "/", {}, known={"account": "z-a", "row": {"City": "X"}}),
            {"id": "z-3"},
            ZuoraState(contacts={"z-a": [{"City": "X", "Id": "z-3"}]}),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Operation) else "",
)
def test_the_state_learns(operation: Operation, answer: dict[str, Any], known: ZuoraState) -> None:
    state = ZuoraState()
    state.learn(operation, answer)
    assert state == known


def test_the_state_learns_what_updates_have_changed() -> None:
    state = ZuoraState(
        accounts={"001": {"Id": "z-1", "Name": "Old"}},
        contacts={"z-1": [{"Id": "z-3", "City": "Old"}, {"Id": "z-4", "City": "Old"}]},
    )
    account = {"crm_id": "001", "row": {"Name": "New"}}
    state.learn(Operation("update_account", "account:001", "PUT", "/", {}, known=account), {"success": True})
    contact = {"account": "z-1", "id": "z-3", "row": {"City": "New"}}
    state.learn(Operation("update_contact", "contact:z-3", "PUT", "/", {}, known=contact), {"success": True})
    assert state.accounts == {"001": {"Id": "z-1", "Name": "New"}}
    assert state.contacts == {"z-1": [{"Id": "z-3", "City": "New"}, {"Id": "z-4", "City": "Old"}]}


def test_the_state_learns_a_charge_with_its_kind() -> None:
    charge = Charge(Ref("charge:01t", "Id"), "Recurring", "Flat Fee Pricing", "Annual")
    known = {"external_id": "01t", "rate_plan": "z-2", "charge": charge}
    state = ZuoraState()
    state.learn(Operation("create_product_rate_plan_charge", "k", "POST", "/", {}, known=known), {"Id": "z-4"})
    assert state.plans == {"01t": RatePlan("z-2", (Charge("z-4", "Recurring", "Flat Fee Pricing", "Annual"),))}


def test_the_next_plan_of_a_batch_finds_what_the_last_has_made() -> None:
    """A first order makes account, product and contact; the second names the same and makes nothing but itself."""
    state = ZuoraState()
    first = r.order(BillToContactId="003", BillToContact=r.contact())
    plan = plan_order(r.draft(state), first)
    assert [one.name for one in plan.operations] == [
        "create_account",
        "create_contact",
        "create_product",
        "create_product_rate_plan",
        "create_product_rate_plan_charge",
        "create_order",
    ]
    requests(plan, state)
    again = plan_order(r.draft(state), first)
    assert again.stop is Outcome.UNCHANGED
    second = plan_order(r.draft(state), {**first, "Id": "801B", "OrderNumber": "00000106"})
    assert [one.name for one in second.operations] == ["create_order"]


def test_an_account_that_was_made_is_unchanged_in_the_next_plan() -> None:
    state = ZuoraState()
    shipped = r.account(ShippingCity="Oakland", ShippingCountry="US")
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: shipped}, contacts={r.ACCOUNT_ID: [r.contact()]})
    requests(plan_account(r.draft(state, snapshot), shipped), state)
    assert plan_account(r.draft(state, snapshot), shipped).stop is Outcome.UNCHANGED


def test_a_circle_of_accounts_makes_nothing() -> None:
    accounts = {"001A": r.account(Id="001A", ParentId="001B"), "001B": r.account(Id="001B", ParentId="001A")}
    plan = plan_account(r.draft(ZuoraState(), Snapshot(accounts=accounts)), accounts["001A"])
    assert plan.stop is Outcome.HELD
    assert plan.operations == ()
