"""Reading and updating order line items."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import line, order

RESOURCES = ("auth", "accounts", "contacts", "orders", "line_items")


@pytest.fixture
def items(zuora: ZuoraClient, account: dict[str, Any]) -> list[str]:
    """Ids of two items."""
    body = order(account, orderLineItems=[line(), line(listPricePerUnit=60)])
    return [item["id"] for item in zuora.call("POST", "/v1/orders", body)["orderLineItems"]]


def read(zuora: ZuoraClient, item: str) -> dict[str, Any]:
    answer: dict[str, Any] = zuora.call("GET", f"/v1/order-line-items/{item}")["orderLineItem"]
    return answer


def test_an_item_says_who_owns_and_pays_it(zuora: ZuoraClient, account: dict[str, Any], items: list[str]) -> None:
    item = read(zuora, items[0])

    assert item["ownerAccountNumber"] == item["invoiceOwnerAccountNumber"] == account["accountNumber"]
    assert (item["itemState"], item["itemCategory"], item["billingRule"]) == (
        "Executing",
        "Sales",
        "TriggerWithoutFulfillment",
    )
    assert (item["amount"], item["amountWithoutTax"], item["listPrice"]) == (100, 100, 100)


def test_prices_and_amounts_follow_an_update(zuora: ZuoraClient, items: list[str]) -> None:
    change = {"quantity": 3, "amountPerUnit": Decimal("10.005"), "description": "d", "purchaseOrderNumber": "802X"}
    assert zuora.call("PUT", f"/v1/order-line-items/{items[0]}", change)["success"]

    item = read(zuora, items[0])
    assert (item["amount"], item["quantity"]) == (Decimal("30.02"), 3)
    assert (item["description"], item["purchaseOrderNumber"]) == ("d", "802X")


def test_items_in_bulk_are_all_or_nothing(zuora: ZuoraClient, items: list[str]) -> None:
    good = {"orderLineItems": [{"id": item, "itemState": "SentToBilling"} for item in items]}
    bad = {"orderLineItems": [{"id": items[0], "description": "x"}, {"id": "0", "description": "x"}]}

    refused = zuora.call("POST", "/v1/order-line-items/bulk", bad)
    assert refused["reasons"][0]["code"] == 58400040
    assert read(zuora, items[0])["description"] is None
    answer = zuora.call("POST", "/v1/order-line-items/bulk", good)
    assert [item["itemState"] for item in answer["orderLineItems"]] == ["SentToBilling"] * 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"itemNumber": "9"}, 58400021),
        ({"currency": "EUR"}, 58400021),
        ({"quantity": 0}, 58400020),
        ({"itemState": "Gone"}, 58400020),
        ({"taxCode": "x"}, 58400020),
        ({"UOM": "Mile"}, 58400020),
        ({"transactionEndDate": "2026-01-01"}, 58400030),
        ({"ownerAccountNumber": "A-9"}, 58400040),
        ({"soldTo": "0"}, 58400040),
        ({"relatedSubscriptionNumber": "S-9"}, 58400040),
        ({"customFields": {"Nope__c": 1}}, 58400021),
    ],
)
def test_updates_that_are_refused(zuora: ZuoraClient, items: list[str], change: dict[str, Any], code: int) -> None:
    before = read(zuora, items[0])

    answer = zuora.call("PUT", f"/v1/order-line-items/{items[0]}", change)

    assert answer["reasons"][0]["code"] == code
    assert read(zuora, items[0]) == before


def test_a_complete_item_is_locked(zuora: ZuoraClient, items: list[str]) -> None:
    path = f"/v1/order-line-items/{items[0]}"
    zuora.call("PUT", path, {"itemState": "Complete"})

    assert zuora.call("PUT", path, {"quantity": 1})["reasons"][0]["code"] == 58400030
    assert zuora.call("PUT", path, {"itemState": "Executing"})["reasons"][0]["code"] == 58400030
    assert zuora.call("PUT", path, {"description": "still"})["success"]


def test_an_unknown_item(zuora: ZuoraClient) -> None:
    assert zuora.json("GET", "/v1/order-line-items/0").json()["reasons"][0]["code"] == 50000040
    assert zuora.json("PUT", "/v1/order-line-items/0", {}).json()["reasons"][0]["code"] == 58400040
