"""What Zuora holds already against what would be sent: nothing for an echo, every changed value, whatever the order."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping.account import ACCOUNT
from cpqbridge.planning.compare import Difference, changed, order_differences, row_of, same
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Ref
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.zuora_answers import shown, wire

TWO_LINES = (
    r.asset_item(Id="802C", OrderItemNumber="3", Product2Id="01tB"),
    r.asset_item(Id="802D", OrderItemNumber="4", Product2Id="01tB", UnitPrice=Decimal("9.50"), Quantity=Decimal(2)),
)
DATES = {"CompanyAuthorizedDate": "2026-02-03", "CustomerAuthorizedDate": "2026-02-04"}


def rich_order() -> dict[str, Any]:
    """Two subscriptions, two line items of one product, all trigger dates."""
    second = r.item(
        Id="802B", OrderItemNumber="2", subscription={"Name": "SUB-2", "SBQQ__NetPrice__c": Decimal("7.25")}
    )
    return r.order(r.item(), second, *TWO_LINES, **DATES)


def planned(orders: dict[str, Any] | None = None) -> Any:
    plans = {r.PRODUCT_ID: r.plan_row(), "01tB": r.plan_row("OneTime", "Per Unit Pricing", None)}
    for line in TWO_LINES:
        line["Product2"] = {**line["Product2"], "Id": "01tB"}
    draft = r.draft(r.known_state(plans=plans, orders=orders or {}), trigger_dates_on_orders=True)
    return plan_order(draft, rich_order())


BODY: dict[str, Any] = dict(planned().operations[-1].body)
HELD = shown(wire(BODY))


def leaves(value: Any, pointer: str = "") -> list[str]:
    if isinstance(value, dict):
        return [leaf for name, part in value.items() for leaf in leaves(part, f"{pointer}/{name}")]
    if isinstance(value, list):
        return [leaf for at, part in enumerate(value) for leaf in leaves(part, f"{pointer}/{at}")]
    return [pointer]


def put(document: Any, pointer: str, value: Any) -> None:
    """Set a value that is there already."""
    *way, last = pointer.strip("/").split("/")
    for name in way:
        document = document[int(name)] if isinstance(document, list) else document[name]
    assert last in document
    document[last] = value


def _element(pointer: str) -> str:
    """Where a difference shows: at the value, or, when it is the key of a line item, at any item of that key."""
    return "/orderLineItems/" if pointer.endswith("/productCode") else pointer


def test_an_echo_does_not_differ() -> None:
    assert list(order_differences(BODY, HELD)) == []
    plan = planned({"00000105": HELD})
    assert plan.stop is Outcome.UNCHANGED
    assert plan.zuora == {
        "accountNumber": "A00000001",
        "orderNumber": "00000105",
        "subscriptions": ["SUB-0000001", "SUB-2"],
        "orderLineItems": ["1", "2"],
    }


def test_the_order_of_elements_does_not_matter() -> None:
    held = deepcopy(HELD)
    held["subscriptions"].reverse()
    held["orderLineItems"].reverse()
    for subscription in held["subscriptions"]:
        subscription["orderActions"][0]["triggerDates"].reverse()
    assert list(order_differences(BODY, held)) == []


NOT_SHOWN = ("/externalCatalogPlanId", "/chargeOverrides/0/productRatePlanChargeId")
MAY_CHANGE = ("/itemName",)


@pytest.mark.parametrize(
    "pointer", [pointer for pointer in leaves(BODY) if not pointer.endswith(NOT_SHOWN + MAY_CHANGE)]
)
def test_each_value_that_zuora_holds_otherwise_is_found(pointer: str) -> None:
    held = deepcopy(HELD)
    put(held, pointer, "something else")
    found = list(order_differences(BODY, held))
    assert len(found) >= 1
    assert all(one.target.startswith(_element(pointer)) or pointer.startswith(one.target) for one in found)


def test_a_difference_says_both_values() -> None:
    held = deepcopy(HELD)
    pointer = "/subscriptions/1/orderActions/0/createSubscription/terms/initialTerm/period"
    put(held, pointer, 24)
    assert list(order_differences(BODY, held)) == [Difference(pointer, 12, 24)]


@pytest.mark.parametrize("name", ["subscriptions", "orderLineItems"])
def test_what_only_zuora_has_is_a_difference(name: str) -> None:
    held = deepcopy(HELD)
    held[name].append(deepcopy(held[name][0]))
    (found,) = order_differences(BODY, held)
    assert (found.target, found.wanted, found.within) == (f"/{name}/2", None, held[name][0])
    assert found.held is not None


@pytest.mark.parametrize("name", ["subscriptions", "orderLineItems"])
def test_what_zuora_has_instead_is_the_same_difference(name: str) -> None:
    held = deepcopy(HELD)
    field = {"subscriptions": "subscriptionNumber", "orderLineItems": "productCode"}[name]
    element = held[name][1]
    if name == "subscriptions":
        element["orderActions"][0]["createSubscription"][field] = "Other"
    element[field] = "Other"
    (found,) = order_differences(BODY, held)
    assert (found.target, found.within) == (f"/{name}/1", element)
    assert None not in (found.wanted, found.held)


@pytest.mark.parametrize("name", ["subscriptions", "orderLineItems"])
def test_all_that_only_zuora_has_are_differences(name: str) -> None:
    body = {key: value for key, value in BODY.items() if key != name}
    assert [one.target for one in order_differences(body, HELD)] == [f"/{name}/0", f"/{name}/1"]


@pytest.mark.parametrize("name", ["subscriptions", "orderLineItems"])
def test_what_zuora_does_not_have_is_a_difference(name: str) -> None:
    held = deepcopy(HELD)
    del held[name][1]
    (found,) = order_differences(BODY, held)
    assert found.target == f"/{name}/1"
    assert found.held is None


@pytest.mark.parametrize("name", ["subscriptions", "orderLineItems"])
def test_an_order_without_them_at_all_differs(name: str) -> None:
    held = {key: value for key, value in HELD.items() if key != name}
    assert list(order_differences(BODY, held)) == [Difference(f"/{name}", 2, 0)]


def test_an_order_with_other_content_is_held_and_shows_where() -> None:
    held = deepcopy(HELD)
    put(held, "/description", "Other")
    for at in range(2):
        put(held, f"/orderLineItems/{at}/purchaseOrderNumber", "Other")
        for name in ("paymentTerm", "currency"):
            put(held, f"/subscriptions/{at}/orderActions/0/createSubscription/{name}", "Other")
    plan = planned({"00000105": held})
    assert plan.stop is Outcome.HELD
    (problem,) = plan.problems
    assert problem.code == "CPQ-416"
    assert "description: Salesforce First order, Zuora Other" in problem.message
    assert problem.message.endswith(" and 2 more")


@pytest.mark.parametrize(
    ("wanted", "held", "alike"),
    [
        (5, Decimal("5.00"), True),
        (Decimal("0.1"), Decimal("0.10"), True),
        (5, 6, False),
        (date(2026, 2, 1), "2026-02-01", True),
        (date(2026, 2, 1), "2026-02-02", False),
        ("", None, True),
        (None, "", True),
        ("a", "a", True),
        ("a", "A", False),
        (True, True, True),
        (True, 1, False),
        (False, None, False),
        (Ref("account:1", "id"), "@{account:1.id}", False),
    ],
)
def test_same(wanted: Any, held: Any, alike: bool) -> None:
    assert same(wanted, held) is alike


def test_a_row_and_its_body_do_not_differ() -> None:
    body = {"name": "Acme", "notes": "A good one", "salesRep": "005", "crmId": "001", "billCycleDay": 1}
    row = row_of(ACCOUNT, body)
    assert row == {"Name": "Acme", "Notes": "A good one", "SalesRepName": "005"}
    assert changed(ACCOUNT, body, row) == {}
    assert changed(ACCOUNT, body, {**row, "Notes": None}) == {"notes": "A good one"}
    assert changed(ACCOUNT, {"name": "Acme"}, row) == {}
