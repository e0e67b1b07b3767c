"""What users see of a record: outcome, reasons, operations with lineage, and the numbers in Zuora."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cpqbridge.errors import ERRORS, FixData, RetryLater
from cpqbridge.planning.account import plan_account
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Ref, SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.sync.result import failed, operation_dict, planned, printable, synced, unknown
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.zuora_answers import answer

EMPTY: dict[str, Any] = {"accountNumber": None, "orderNumber": None, "subscriptions": [], "orderLineItems": []}


def first_order() -> SyncPlan:
    return plan_order(r.draft(ZuoraState()), r.order())


def new_account() -> SyncPlan:
    return plan_account(r.draft(ZuoraState(), Snapshot(accounts={r.ACCOUNT_ID: r.account()})), r.account())


def answers(plan: SyncPlan, **order: Any) -> dict[str, dict[str, Any]]:
    return {
        one.key: answer(one, number) | (order if one.name == "create_order" else {})
        for number, one in enumerate(plan.operations)
    }


def test_references_are_shown_as_text() -> None:
    body = {"a": Ref("account:1", "id"), "b": [Ref("account:2", "id"), 1], "c": None}
    assert printable(body) == {"a": "@{account:1.id}", "b": ["@{account:2.id}", 1], "c": None}


def test_a_plan_that_would_write() -> None:
    plan = first_order()
    result = planned(plan)
    assert (result.record, result.object, result.id, result.outcome) == ("00000105", "Order", r.ORDER_ID, None)
    shown = result.as_dict()
    assert shown["outcome"] == "planned"
    assert "code" not in shown
    assert shown["zuora"] == EMPTY
    assert [one["operation"] for one in shown["operations"]] == [one.name for one in plan.operations]
    last = shown["operations"][-1]
    assert last["key"] == "order:00000105"
    assert (last["request"]["method"], last["request"]["path"]) == ("POST", "/v1/orders")
    assert last["request"]["body"]["existingAccountNumber"] == f"@{{account:{r.ACCOUNT_ID}.accountNumber}}"
    assert {"target", "source", "rule", "value"} == set(last["lineage"][0])
    assert json.loads(msgspec.json.encode(shown))["record"] == "00000105"


def test_lineage_may_be_left_out() -> None:
    operation = first_order().operations[0]
    assert "lineage" in operation_dict(operation)
    assert "lineage" not in operation_dict(operation, lineage=False)
    shown = planned(first_order()).with_orders([planned(first_order())]).as_dict(lineage=False)
    assert all("lineage" not in one for one in (*shown["operations"], *shown["orders"][0]["operations"]))


@pytest.mark.parametrize(
    ("order", "outcome", "code"),
    [
        (r.order(SBQQ__Contracted__c=False), Outcome.WAITING, "CPQ-502"),
        (r.order(OrderItems=None), Outcome.HELD, "CPQ-418"),
    ],
)
def test_a_plan_that_may_not_go(order: dict[str, Any], outcome: Outcome, code: str) -> None:
    result = planned(plan_order(r.draft(), order))
    shown = result.as_dict()
    assert result.outcome is outcome
    assert (shown["outcome"], shown["code"], shown["remedy"]) == (outcome.value, code, ERRORS[code].remedy)
    assert shown["reasons"][0]["title"] == ERRORS[code].title
    assert shown["zuora"]["accountNumber"] is None or shown["zuora"]["accountNumber"] == "A00000001"


@pytest.mark.parametrize(
    "listed",
    [
        {"subscriptions": [{"subscriptionNumber": "SUB-1", "status": "Active"}, {"subscriptionNumber": "SUB-2"}]},
        {"subscriptionNumbers": ["SUB-1", "SUB-2"]},
    ],
    ids=["new versions", "old versions"],
)
def test_a_synced_order_names_what_zuora_made(listed: dict[str, Any]) -> None:
    plan = first_order()
    lines = [{"id": "z-1", "itemNumber": "1"}, {"id": "z-2"}]
    result = synced(plan, answers(plan, accountNumber="A-0", orderLineItems=lines, **listed))
    assert result.outcome is Outcome.SYNCED
    assert result.zuora == {
        "accountNumber": "A-0",
        "orderNumber": "00000105",
        "subscriptions": ["SUB-1", "SUB-2"],
        "orderLineItems": ["1", "z-2"],
    }


def test_a_split_order_names_the_things_of_all_parts() -> None:
    items = [r.item(Id=f"802{n}", OrderItemNumber=f"{n}", subscription={"Name": f"S-{n}"}) for n in range(301)]
    plan = plan_order(r.draft(), r.order(*items))
    made = {
        one.key: {
            "accountNumber": "A-0",
            "orderNumber": one.body["orderNumber"],
            "subscriptions": [{"subscriptionNumber": f"{one.key}-{n}"} for n in range(2)],
        }
        for one in plan.operations
    }
    zuora = synced(plan, made).zuora
    assert zuora["orderNumber"] == "00000105"
    assert len(zuora["subscriptions"]) == 4


def test_a_synced_account_names_its_own_number_not_its_parents() -> None:
    parent = r.account(Id="001P", Name="Parent")
    child = r.account(ParentId="001P")
    plan = plan_account(r.draft(ZuoraState(), Snapshot(accounts={one["Id"]: one for one in (parent, child)})), child)
    result = synced(plan, answers(plan))
    assert (result.object, result.record) == ("Account", r.ACCOUNT_ID)
    assert result.zuora["accountNumber"] == "A-1"


def test_an_account_that_was_only_updated_keeps_its_number() -> None:
    plan = plan_account(r.draft(snapshot=Snapshot()), r.account(Name="Acme Corp"))
    assert synced(plan, answers(plan)).zuora["accountNumber"] == "A00000001"


def test_a_failure_keeps_its_code_its_detail_and_the_plan() -> None:
    plan = new_account()
    error = RetryLater("CPQ-102", "No answer", field="Account.Name", detail={"status": "504"}, unknown_result=True)
    shown = failed("Account", "001", "001", error, plan).as_dict()
    assert (shown["outcome"], shown["code"], shown["message"]) == ("failed", "CPQ-102", "No answer")
    assert shown["reasons"][0]["detail"] == {"status": "504"}
    assert [one["operation"] for one in shown["operations"]] == ["create_account"]
    assert failed("Account", "001", "001", FixData("CPQ-401", "x")).as_dict()["operations"] == []


@pytest.mark.parametrize(
    ("kind", "message"),
    [("Order", "Salesforce has no Order with number 7"), ("Account", "Salesforce has no Account with id 7")],
)
def test_a_record_that_salesforce_does_not_have(kind: str, message: str) -> None:
    result = unknown(kind, "7")
    assert (result.outcome, result.reasons[0].code, result.reasons[0].message) == (Outcome.FAILED, "CPQ-419", message)
    assert result.id is None


def test_an_accounts_result_holds_those_of_its_orders() -> None:
    account, order = planned(new_account()), planned(first_order())
    together = account.with_orders([order])
    assert list(together.all()) == [together, order]
    assert list(account.all()) == [account]
    assert together.as_dict()["orders"][0]["record"] == "00000105"
    assert "orders" not in account.as_dict()
