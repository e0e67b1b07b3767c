"""What users get wrong: each has its code, field, message and remedy, and nothing at all is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.errors import ERRORS
from cpqbridge.planning.account import plan_account
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.sync.result import planned as result_of
from cpqbridge.values import Outcome
from tests.planning import records as r

NO_ADDRESS = {f"Billing{part}": None for part in ("Street", "City", "State", "PostalCode", "Country")}


def first_order(account: dict[str, Any] | None = None, product: dict[str, Any] | None = None, **order: Any) -> SyncPlan:
    """An order whose account and product Zuora does not have."""
    record = r.account(**(account or {}))
    sold = r.product(**(product or {}))
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: record}, products={r.PRODUCT_ID: sold})
    item = r.item(Product2=sold, **order.pop("item", {}))
    return plan_order(r.draft(ZuoraState(), snapshot), r.order(item, **order))


def new_account(**changes: Any) -> SyncPlan:
    record = r.account(**changes)
    return plan_account(r.draft(ZuoraState(), Snapshot(accounts={r.ACCOUNT_ID: record})), record)


def one_charge_too_many() -> SyncPlan:
    plan = r.plan_row()
    state = r.known_state(plans={r.PRODUCT_ID: type(plan)(plan.id, plan.charges * 2)})
    return plan_order(r.draft(state), r.order())


def other_content() -> SyncPlan:
    state = r.known_state(orders={"00000105": {"orderNumber": "00000105", "orderDate": "2020-01-01"}})
    return plan_order(r.draft(state), r.order())


CASES: dict[str, tuple[Callable[[], SyncPlan], Outcome, str, str]] = {
    "no billing address": (
        lambda: first_order(account=NO_ADDRESS),
        Outcome.HELD,
        "CPQ-403",
        "Account.BillingAddress",
    ),
    "no billing address, account sync": (
        lambda: new_account(**NO_ADDRESS),
        Outcome.HELD,
        "CPQ-403",
        "Account.BillingAddress",
    ),
    "missing state": (
        lambda: first_order(account={"BillingState": None}),
        Outcome.HELD,
        "CPQ-404",
        "Account.BillingState",
    ),
    "missing country": (
        lambda: first_order(account={"BillingCountry": None}),
        Outcome.HELD,
        "CPQ-404",
        "Account.BillingCountry",
    ),
    "unknown country": (
        lambda: first_order(account={"BillingCountry": "Germnay", "BillingState": "Bavaria"}),
        Outcome.HELD,
        "CPQ-402",
        "Account.BillingCountry",
    ),
    "no product code": (
        lambda: first_order(product={"ProductCode": None}),
        Outcome.HELD,
        "CPQ-406",
        "Product2.ProductCode",
    ),
    "not activated": (
        lambda: first_order(Status="Draft", StatusCode="Draft"),
        Outcome.WAITING,
        "CPQ-501",
        "Order.Status",
    ),
    "not contracted": (
        lambda: first_order(SBQQ__Contracted__c=False),
        Outcome.WAITING,
        "CPQ-502",
        "Order.SBQQ__Contracted__c",
    ),
    "contracting unfinished": (
        lambda: first_order(item={"subscription": None, "SBQQ__Asset__c": None, "SBQQ__Contracted__c": False}),
        Outcome.WAITING,
        "CPQ-503",
        "OrderItem.SBQQ__Subscription__c",
    ),
    "no subscription": (
        lambda: first_order(item={"subscription": None}),
        Outcome.HELD,
        "CPQ-411",
        "OrderItem.SBQQ__Subscription__c",
    ),
    "no products": (
        lambda: plan_order(r.draft(), r.order(OrderItems=None)),
        Outcome.HELD,
        "CPQ-418",
        "Order.OrderItems",
    ),
    "amendment": (
        lambda: first_order(item={"SBQQ__RevisedOrderProduct__c": "802A"}),
        Outcome.HELD,
        "CPQ-426",
        "OrderItem.SBQQ__RevisedOrderProduct__c",
    ),
    "account unreadable": (
        lambda: plan_order(r.draft(ZuoraState(), Snapshot()), r.order()),
        Outcome.HELD,
        "CPQ-408",
        "Account.Id",
    ),
    "parent unreadable": (lambda: new_account(ParentId="001X"), Outcome.HELD, "CPQ-408", "Account.Id"),
    "own parent": (lambda: new_account(ParentId=r.ACCOUNT_ID), Outcome.HELD, "CPQ-409", "Account.ParentId"),
    "too many charges": (one_charge_too_many, Outcome.HELD, "CPQ-412", "OrderItem.Product2Id"),
    "no end date": (
        lambda: first_order(item={"subscription": {"SBQQ__EndDate__c": None}}),
        Outcome.HELD,
        "CPQ-405",
        "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c",
    ),
    "unknown payment term": (
        lambda: first_order(SBQQ__PaymentTerm__c="Net 31"),
        Outcome.HELD,
        "CPQ-402",
        "Order.SBQQ__PaymentTerm__c",
    ),
    "no order date": (lambda: first_order(EffectiveDate=None), Outcome.HELD, "CPQ-401", "Order.EffectiveDate"),
    "block price of several": (
        lambda: first_order(item={"subscription": {"SBQQ__PricingMethod__c": "Block"}}),
        Outcome.HELD,
        "CPQ-414",
        "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c",
    ),
    "negative quantity": (
        lambda: first_order(item={"Quantity": Decimal(-1)}),
        Outcome.HELD,
        "CPQ-413",
        "OrderItem.Quantity",
    ),
    "order exists with other content": (other_content, Outcome.HELD, "CPQ-416", "Order.OrderNumber"),
}


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_written_and_the_reason_can_be_acted_on(case: str) -> None:
    make, outcome, code, field = CASES[case]
    plan = make()
    assert plan.stop is outcome
    assert plan.operations == ()
    problem = plan.problems[0]
    assert (problem.code, problem.field) == (code, field)
    assert problem.code in ERRORS
    assert problem.message
    shown = result_of(plan).as_dict()
    assert (shown["outcome"], shown["code"], shown["field"]) == (outcome.value, code, field)
    assert shown["message"] == problem.message
    assert shown["remedy"]
    assert shown["operations"] == []


def test_all_reasons_are_told_at_once() -> None:
    items = [r.item(Id="802A", subscription=None), r.item(Id="802B", Quantity=Decimal(-1)), r.item(Id="802C")]
    plan = plan_order(r.draft(), r.order(*items))
    assert [problem.code for problem in plan.problems] == ["CPQ-411", "CPQ-413"]


def test_wrong_products_and_wrong_contacts_are_told_together() -> None:
    plan = first_order(product={"ProductCode": None}, BillingCity="Reno")
    assert {problem.code for problem in plan.problems} == {"CPQ-404", "CPQ-406"}
