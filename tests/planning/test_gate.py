"""Is an order ready: what waits, what is held because this version does not carry it, what may go."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.gate import is_contractable, is_linked, uncovered, unfinished
from tests.planning import records as r

UNLINKED: dict[str, Any] = {"subscription": None, "SBQQ__Asset__c": None, "SBQQ__Contracted__c": False}


@pytest.mark.parametrize(
    ("order", "code", "field"),
    [
        (r.order(Status="Draft", StatusCode="Draft"), "CPQ-501", "Order.Status"),
        (r.order(Status="In Approval", StatusCode="Draft"), "CPQ-501", "Order.Status"),
        (r.order(Status="Draft", StatusCode=None), "CPQ-501", "Order.Status"),
        (r.order(Status=None, StatusCode=None), "CPQ-501", "Order.Status"),
        (r.order(SBQQ__Contracted__c=False), "CPQ-502", "Order.SBQQ__Contracted__c"),
        (r.order(SBQQ__Contracted__c=None), "CPQ-502", "Order.SBQQ__Contracted__c"),
        (r.order(r.item(**UNLINKED)), "CPQ-503", "OrderItem.SBQQ__Subscription__c"),
        (r.order(r.item(), r.item(Id="802B", **UNLINKED)), "CPQ-503", "OrderItem.SBQQ__Subscription__c"),
    ],
    ids=["draft", "own status name", "no status code", "no status", "not contracted", "null", "linking", "linking one"],
)
def test_what_waits(order: dict[str, Any], code: str, field: str) -> None:
    problem = unfinished(order)
    assert problem is not None
    assert (problem.code, problem.field) == (code, field)


@pytest.mark.parametrize(
    "order",
    [
        r.order(),
        r.order(Status="Activated by finance", StatusCode="Activated"),
        r.order(Status="Activated", StatusCode=None),
        r.order(r.asset_item()),
        r.order(r.asset_item(SBQQ__Asset__c=None, SBQQ__Contracted__c=False)),
        r.order(r.item(**(UNLINKED | {"SBQQ__Contracted__c": True}))),
        r.order(r.item(SBQQ__ContractingMethod__c="Do Not Contract", **UNLINKED)),
        r.order(OrderItems=None),
    ],
    ids=[
        "sold",
        "own status name",
        "no status code",
        "asset",
        "one-off",
        "item contracted",
        "do not contract",
        "empty",
    ],
)
def test_what_does_not_wait(order: dict[str, Any]) -> None:
    assert unfinished(order) is None


@pytest.mark.parametrize("name", ["SBQQ__Subscription__c", "SBQQ__Asset__c", "SBQQ__Contracted__c"])
def test_each_link_of_contracting_counts(name: str) -> None:
    assert is_linked({name: "x"})
    assert not is_linked({})


def test_only_subscription_products_are_contracted() -> None:
    assert is_contractable(r.item())
    assert not is_contractable(r.asset_item())
    assert not is_contractable(r.item(SBQQ__ContractingMethod__c="Do Not Contract"))
    assert not is_contractable(r.item(Product2=None))


UNCOVERED: dict[str, tuple[dict[str, Any], str, str]] = {
    "usage without a subscription": (
        r.item(subscription=None, SBQQ__OrderItems__r={"records": [{"Id": "a0U"}]}),
        "CPQ-423",
        "OrderItem.SBQQ__Subscription__c",
    ),
    "no subscription": (r.item(subscription=None), "CPQ-411", "OrderItem.SBQQ__Subscription__c"),
    "do not contract": (
        r.item(SBQQ__ContractingMethod__c="Do Not Contract", **UNLINKED),
        "CPQ-411",
        "OrderItem.SBQQ__Subscription__c",
    ),
    "nothing": (r.asset_item(Quantity=Decimal(0)), "CPQ-402", "OrderItem.Quantity"),
    "return of nothing known": (r.asset_item(Quantity=Decimal(-1)), "CPQ-413", "OrderItem.Quantity"),
    "negative subscription": (r.item(Quantity=Decimal(-1)), "CPQ-413", "OrderItem.Quantity"),
}


@pytest.mark.parametrize("case", UNCOVERED)
def test_what_is_held(case: str) -> None:
    item, code, field = UNCOVERED[case]
    problem = uncovered(item)
    assert problem is not None
    assert (problem.code, problem.field) == (code, field)
    assert item["OrderItemNumber"] in problem.message


@pytest.mark.parametrize(
    "item",
    [
        r.item(),
        r.asset_item(),
        r.item(SBQQ__SegmentKey__c="123"),
        r.item(SBQQ__OrderItems__r=None),
        r.item(SBQQ__OrderItems__r={"records": []}),
        r.item(SBQQ__RevisedOrderProduct__c=""),
        r.item(Quantity=Decimal(0)),
        r.asset_item(Quantity=Decimal(-1), SBQQ__RevisedOrderProduct__c="802000000000009AAA"),
        r.item(Quantity=None),
    ],
    ids=[
        "sold",
        "asset",
        "segment",
        "no schedules",
        "empty schedules",
        "empty link",
        "line of an amendment that changes nothing",
        "return",
        "no quantity",
    ],
)
def test_what_may_go(item: dict[str, Any]) -> None:
    assert uncovered(item) is None
