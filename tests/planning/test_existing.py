"""What becomes of an order that Zuora has already: held, updated as far as may be, or completed."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from cpqbridge.mapping.rule import Lineage, Mapped
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.existing import send_or_compare
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.zuora_schema import check_request

NUMBER = "O 1"
FIELDS = "/subscriptions/0/customFields/SFDC_Contract__c"
ACTIVATED = "/subscriptions/0/orderActions/0/triggerDates/1/triggerDate"

BODY: dict[str, Any] = {
    "orderNumber": NUMBER,
    "description": "First",
    "customFields": {"Region__c": "West"},
    "subscriptions": [
        {
            "customFields": {"SFDC_Contract__c": "800A"},
            "orderActions": [
                {
                    "type": "CreateSubscription",
                    "triggerDates": [
                        {"name": "ContractEffective", "triggerDate": date(2026, 2, 1)},
                        {"name": "ServiceActivation", "triggerDate": date(2026, 2, 3)},
                    ],
                    "createSubscription": {"subscriptionNumber": "S 1"},
                }
            ],
        }
    ],
    "orderLineItems": [{"itemName": "Router", "productCode": "01t", "purchaseOrderNumber": "801", "quantity": 2}],
}


def shown(**changes: Any) -> dict[str, Any]:
    """The order as Zuora shows it, the same but for changes at JSON pointers with `_` for the slash."""
    held = deepcopy(BODY)
    entry = held["subscriptions"][0]
    entry["subscriptionNumber"] = "S 1"
    action = entry["orderActions"][0]
    action["sequence"] = 0
    for one in action["triggerDates"]:
        one["triggerDate"] = one["triggerDate"].isoformat()
    held["orderLineItems"][0] |= {"id": "line 1", "itemNumber": "1", "itemState": "SentToBilling"}
    return {"status": "Completed", **held, **changes}


def plan(held: dict[str, Any], *, state: dict[str, Any] | None = None, **options: Any) -> SyncPlan:
    draft: Draft = r.draft(r.known_state(orders={NUMBER: held}, **(state or {})), **options)
    lines = [
        Lineage("", "/customFields/Region__c", "Order.Region__c", "Region", "West"),
        Lineage("", FIELDS, "OrderItem.SBQQ__Subscription__r.SBQQ__Contract__c", "Contract ID", "800A"),
        Lineage("", ACTIVATED, "Order.CompanyAuthorizedDate", "Service Activation Date", date(2026, 2, 3)),
        Lineage("", "/orderLineItems/0/purchaseOrderNumber", "Order.Id", "Purchase Order Number", "801"),
    ]
    send_or_compare(draft, Mapped(deepcopy(BODY), lines), NUMBER, 1)
    return draft.finish("Order:801", NUMBER, {})


def test_the_same_is_unchanged() -> None:
    assert plan(shown()).stop is Outcome.UNCHANGED


def other(pointer: str, value: Any) -> dict[str, Any]:
    held: Any = shown()
    inner = held
    *way, last = pointer.strip("/").split("/")
    for name in way:
        inner = inner[int(name)] if isinstance(inner, list) else inner[name]
    inner[last] = value
    return dict(held)


UPDATED = [
    ("/customFields/Region__c", "update_order_fields", "/v1/orders/O%201/customFields", "Order.Region__c"),
    (
        FIELDS,
        "update_subscription_fields",
        "/v1/subscriptions/S%201/customFields",
        "OrderItem.SBQQ__Subscription__r.SBQQ__Contract__c",
    ),
    (
        "/orderLineItems/0/purchaseOrderNumber",
        "update_order_line_item",
        "/v1/order-line-items/line%201",
        "Order.Id",
    ),
]


@pytest.mark.parametrize(("pointer", "name", "path", "source"), UPDATED)
def test_what_may_be_updated_is_only_with_the_option(pointer: str, name: str, path: str, source: str) -> None:
    held = other(pointer, "else")
    stopped = plan(held)
    assert (stopped.stop, stopped.problems[0].code) == (Outcome.HELD, "CPQ-416")
    [operation] = plan(held, changed_orders="update").operations
    assert (operation.name, operation.method, operation.path) == (name, "PUT", path)
    assert [line.source for line in operation.lineage] == [source]
    check_request("PUT", operation.path, dict(operation.body))


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("/description", "else"), ("/orderLineItems/0/quantity", 3), ("/orderLineItems/0/itemState", "Canceled")],
)
def test_what_may_not_be_updated_holds_all_and_is_named(pointer: str, value: Any) -> None:
    held = other(pointer, value)
    held["customFields"] = {"Region__c": "East"}
    if pointer.endswith("itemState"):
        held["orderLineItems"][0]["purchaseOrderNumber"] = "802"
    found = plan(held, changed_orders="update")
    assert (found.stop, found.operations) == (Outcome.HELD, ())
    assert "Region__c" not in found.problems[0].message
    assert found.problems[0].remedy is not None


def test_a_subscription_that_has_the_field_already_does_not_differ() -> None:
    held = other(FIELDS, "800B")
    state = {"subscriptions": {"S 1": {"SFDC_Contract__c": "800A"}}}
    assert plan(held, state=state, changed_orders="update").stop is Outcome.UNCHANGED
    assert plan(held, state=state).stop is Outcome.UNCHANGED


def test_a_line_item_that_billing_has_completed_does_not_differ() -> None:
    draft = r.draft(r.known_state(orders={NUMBER: other("/orderLineItems/0/itemState", "Complete")}))
    body = deepcopy(BODY)
    body["orderLineItems"][0]["itemState"] = "SentToBilling"
    send_or_compare(draft, Mapped(body), NUMBER, 1)
    assert draft.finish("Order:801", NUMBER, {}).stop is Outcome.UNCHANGED


def test_an_order_that_was_taken_back_is_not_taken_for_the_same() -> None:
    orders = {NUMBER: shown(), f"{NUMBER}-undo": {"status": "Completed"}}
    draft = r.draft(r.known_state(orders=orders))
    send_or_compare(draft, Mapped(deepcopy(BODY)), NUMBER, 1)
    assert [(one.code, "was taken back" in one.message) for one in draft.problems] == [("CPQ-416", True)]


def pending(*names: str) -> dict[str, Any]:
    """The order while it waits, with only these trigger dates."""
    held = shown(status="Pending")
    dates = held["subscriptions"][0]["orderActions"][0]["triggerDates"]
    dates[:] = [one for one in dates if one["name"] in names]
    return held


def test_a_pending_order_gets_the_date_that_is_there_now() -> None:
    [operation] = plan(pending("ContractEffective")).operations
    assert (operation.name, operation.path) == ("complete_order", "/v1/orders/O%201/triggerDates")
    assert operation.body == {
        "subscriptions": [
            {
                "subscriptionNumber": "S 1",
                "orderActions": [
                    {
                        "sequence": 0,
                        "triggerDates": [{"name": "ServiceActivation", "triggerDate": date(2026, 2, 3)}],
                    }
                ],
            }
        ]
    }
    assert [line.source for line in operation.lineage] == ["Order.CompanyAuthorizedDate"]


def test_a_pending_order_that_has_all_that_salesforce_has_goes_on_waiting() -> None:
    found = plan(pending("ContractEffective", "ServiceActivation"), trigger_dates_on_orders=True)
    assert (found.stop, found.problems[0].code) == (Outcome.WAITING, "CPQ-504")
    assert found.problems[0].field == "Order.CustomerAuthorizedDate"


def test_what_differs_holds_a_pending_order_without_naming_the_dates_to_come() -> None:
    held = pending("ContractEffective") | {"description": "else"}
    found = plan(held)
    assert (found.stop, found.problems[0].code) == (Outcome.HELD, "CPQ-416")
    assert "triggerDates" not in found.problems[0].message
