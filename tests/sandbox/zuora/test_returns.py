"""Order line items that come back: what can be returned, by whom, how often, and what holds a sold item."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import fields, send
from tests.sandbox.zuora.conftest import ACCOUNT, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, subscription
from tests.zuora_schema import check_request

Body = dict[str, Any]


@pytest.fixture
def sold(zuora: ZuoraClient, account: Body) -> str:
    """Id of item 1 of order O-1: five routers for 50 each, sent to billing."""
    send(zuora, order(account, orderNumber="O-1", orderLineItems=[line(quantity=5, itemState="SentToBilling")]))
    return item_of(zuora, "O-1")


def item_of(zuora: ZuoraClient, number: str) -> str:
    return str(zuora.call("GET", f"/v1/orders/{number}")["order"]["orderLineItems"][0]["id"])


def back(account: Body, quantity: int, number: str, **item: Any) -> Body:
    """An order that returns some of the item."""
    original = {"originalOrderNumber": "O-1", "originalOrderLineItemNumber": "1"}
    returned = line(quantity=quantity, itemCategory="Return", **original, **item)
    return order(account, orderNumber=number, category="Return", orderLineItems=[returned])


def read(zuora: ZuoraClient, item: str) -> Body:
    found: Body = zuora.call("GET", f"/v1/order-line-items/{item}")["orderLineItem"]
    return found


def left(zuora: ZuoraClient, item: str) -> Any:
    return read(zuora, item)["quantityAvailableForReturn"]


def change(zuora: ZuoraClient, item: str, **given: Any) -> Body:
    check_request("PUT", f"/v1/order-line-items/{item}", given)
    answer: Body = zuora.call("PUT", f"/v1/order-line-items/{item}", given)
    return answer


def refusal(answer: Body) -> str:
    assert answer["success"] is False, answer
    assert answer["reasons"][0]["code"] % 100 == 30
    return str(answer["reasons"][0]["message"])


def test_a_delivered_item_is_returned_in_parts(zuora: ZuoraClient, account: Body, sold: str) -> None:
    send(zuora, back(account, 2, "R-1"))
    item = read(zuora, item_of(zuora, "R-1"))
    assert fields(item, "itemCategory", "quantity", "originalOrderNumber", "originalOrderLineItemNumber") == (
        "Return",
        2,
        "O-1",
        "1",
    )
    assert fields(item, "originalOrderLineItemId", "quantityAvailableForReturn") == (sold, None)
    assert left(zuora, sold) == 3
    assert "Only 3" in refusal(zuora.call("POST", "/v1/orders", back(account, 4, "R-2")))
    send(zuora, back(account, 3, "R-2", itemState="SentToBilling"))

    assert left(zuora, sold) == 0
    assert zuora.call("GET", "/v1/orders/R-2")["order"]["category"] == "Return"
    row = zuora.call("GET", f"/object-query/order-line-items?filter[]=originalOrderLineItemId.EQ:{sold}")["data"]
    assert sorted(item["quantity"] for item in row) == [2, 3]


def test_an_item_is_there_to_be_returned_once_it_is_delivered(zuora: ZuoraClient, account: Body) -> None:
    send(zuora, order(account, orderNumber="O-1", orderLineItems=[line(quantity=5)]))
    item = item_of(zuora, "O-1")
    assert left(zuora, item) == 0
    assert "is Executing" in refusal(zuora.call("POST", "/v1/orders", back(account, 1, "R-1")))
    change(zuora, item, itemState="SentToBilling")

    assert left(zuora, item) == 5
    change(zuora, item, itemState="Complete")
    assert left(zuora, item) == 5


def test_a_return_that_is_cancelled_or_deleted_gives_back(zuora: ZuoraClient, account: Body, sold: str) -> None:
    for number in ("R-1", "R-2"):
        send(zuora, back(account, 2, number))
    first = item_of(zuora, "R-1")
    assert left(zuora, sold) == 1
    assert "Only 1" in refusal(change(zuora, first, quantity=4))
    change(zuora, first, quantity=3)
    assert left(zuora, sold) == 0
    change(zuora, first, itemState="Canceled")
    assert left(zuora, sold) == 3
    assert zuora.call("DELETE", "/v1/orders/R-2")["success"]
    assert left(zuora, sold) == 5


def test_a_returned_item_holds_its_order_and_its_state(zuora: ZuoraClient, account: Body, sold: str) -> None:
    send(zuora, back(account, 1, "R-1"))
    assert "was returned" in refusal(change(zuora, sold, itemState="Executing"))
    assert "was returned" in refusal(zuora.call("DELETE", "/v1/orders/O-1"))
    assert change(zuora, sold, itemState="Complete")["success"]

    assert zuora.call("DELETE", "/v1/orders/R-1")["success"]
    assert zuora.call("DELETE", "/v1/orders/O-1")["success"]


@pytest.mark.usefixtures("sold")
def test_nothing_of_another_account_is_returned(zuora: ZuoraClient) -> None:
    other = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "name": "Other"})

    assert "another account" in refusal(zuora.call("POST", "/v1/orders", back(other, 1, "R-1")))


def test_an_item_that_is_billed_is_not_cancelled(zuora: ZuoraClient, sold: str) -> None:
    assert "cannot change from SentToBilling to Canceled" in refusal(change(zuora, sold, itemState="Canceled"))


def test_an_item_is_related_to_a_subscription(zuora: ZuoraClient, account: Body, tenant: Tenant) -> None:
    catalog: Catalog = make_catalog(tenant)
    new = order(account, subscription(catalog, "S-1"), orderLineItems=[line(relatedSubscriptionNumber="S-1")])
    send(zuora, new | {"orderNumber": "O-1"})
    send(zuora, order(account, orderNumber="O-2", orderLineItems=[line(relatedSubscriptionNumber="S-1")]))

    path = "/object-query/order-line-items?filter[]=relatedSubscriptionNumber.EQ:S-1&fields[]=orderNumber"
    assert {row["orderNumber"] for row in zuora.call("GET", path)["data"]} == {"O-1", "O-2"}
    wrong = order(account, orderLineItems=[line(relatedSubscriptionNumber="S-9")])
    assert zuora.call("POST", "/v1/orders", wrong)["reasons"][0]["code"] == 53100040
