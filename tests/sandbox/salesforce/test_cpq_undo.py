"""Orders that are taken back, deleted and brought back."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.sandbox.salesforce.conftest import API, Client
from tests.sandbox.salesforce.cpq_life import items, order, sold, subscriptions
from tests.world import Line, World, segmented


def deleted_rows(client: Client, text: str) -> list[dict[str, Any]]:
    answer = client.get(f"{API}/queryAll", params={"q": text})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["records"])


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


def live(world: World) -> dict[str, int]:
    return {
        name: world.org.store.count(name)
        for name in ("Order", "OrderItem", "SBQQ__Subscription__c", "Asset", "Contract")
    }


def test_an_order_is_taken_back_and_can_be_contracted_again(sales: World) -> None:
    number, contract = sold(sales, Line(sales.product(), 10), Line(sales.product("Router", subscription=False), 2))
    sales.undo(number)
    assert live(sales) == {"Order": 1, "OrderItem": 2, "SBQQ__Subscription__c": 0, "Asset": 0, "Contract": 0}
    row = order(sales, number)
    assert (row["Status"], row["SBQQ__Contracted__c"], row["ActivatedDate"]) == ("Draft", False, None)
    links = (
        "SBQQ__Subscription__c",
        "SBQQ__Contract__c",
        "SBQQ__Asset__c",
        "SBQQ__Contracted__c",
        "SBQQ__Activated__c",
    )
    assert [[item[name] for name in links] for item in items(sales, number)] == [[None, None, None, False, False]] * 2
    assert sales.org.store.find("Contract", "ContractNumber", contract) == []


def test_deleting_the_order_shows_it_and_its_products_to_query_all(sales: World, client: Client) -> None:
    number, _ = sold(sales, Line(sales.product(), 10))
    sales.undo(number, delete=True)
    text = "SELECT Id, OrderNumber, IsDeleted, (SELECT Id, IsDeleted FROM OrderItems) FROM Order"
    assert client.soql(text) == []
    [row] = deleted_rows(client, text)
    assert (row["OrderNumber"], row["IsDeleted"]) == (number, True)
    assert [item["IsDeleted"] for item in row["OrderItems"]["records"]] == [True]
    assert len(deleted_rows(client, "SELECT Id FROM SBQQ__Subscription__c WHERE IsDeleted = true")) == 1
    sales.undelete(number)
    [back] = client.soql(text)
    assert [item["IsDeleted"] for item in back["OrderItems"]["records"]] == [False]
    assert order(sales, number)["Status"] == "Draft"


def test_undoing_an_amendment_leaves_the_contract_as_it_was(sales: World) -> None:
    first, contract = sold(sales, Line(sales.product(), 10), Line(sales.product("Other"), 4))
    before = subscriptions(sales, first), sales.active(contract, "2026-12-01")
    number = sales.amend(
        contract, "2026-07-01", {"product": "SEAT", "quantity": 15}, {"product": "OTHER", "quantity": 0}
    )
    sales.undo(number, delete=True)
    assert sales.active(contract, "2026-12-01") == before[1]
    for row, was in zip(subscriptions(sales, first), before[0], strict=True):
        assert row["SBQQ__TerminatedDate__c"] is was["SBQQ__TerminatedDate__c"] is None
    assert [item["SBQQ__TerminatedBy__c"] for item in items(sales, first)] == [None, None]
    assert items(sales, sales.amend(contract, "2026-07-01", {"product": "OTHER", "quantity": 5}))[0]["Quantity"] == 1


@pytest.mark.parametrize("segments", [False, True])
def test_undoing_a_renewal_lets_the_contract_be_renewed_again(sales: World, segments: bool) -> None:
    seat = sales.product()
    years = [("2026-01-01", "2026-12-31", 3, 120), ("2027-01-01", "2027-12-31", 4, 120)]
    first, contract = sold(sales, *(segmented(seat, *years) if segments else [Line(seat, 3)]))
    number = sales.renew(contract)
    sales.undo(number)
    assert {row["SBQQ__RenewedDate__c"] for row in subscriptions(sales, first)} == {None}
    assert [item["Quantity"] for item in items(sales, sales.renew(contract))] == ([4, 4] if segments else [3])


@pytest.mark.parametrize("later", ["amendment", "renewal", "addition"])
def test_what_was_built_on_an_order_goes_first(sales: World, later: str) -> None:
    first, contract = sold(sales, Line(sales.product(), 10))
    if later == "amendment":
        second = sales.amend(contract, "2026-07-01", {"product": "SEAT", "quantity": 15})
    elif later == "renewal":
        second = sales.renew(contract)
    else:
        second = sales.amend(contract, "2026-07-01", add=[{"product": sales.product("Add")}])
    before = live(sales)
    with pytest.raises(SalesforceError, match=second) as refused:
        sales.undo(first)
    assert (refused.value.code, live(sales)) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", before)
    sales.undo(second, delete=True)
    sales.undo(first, delete=True)
    assert live(sales)["Order"] == 0


def test_an_administrator_can_do_it_by_hand_in_the_right_order_only(sales: World, client: Client) -> None:
    number, contract = sold(sales, Line(sales.product(), 10))
    path = f"{API}/sobjects/Order/{order(sales, number)['Id']}"
    assert refusal(client.delete(path)) == (400, "DELETE_FAILED")
    assert refusal(client.patch(path, json={"Status": "Draft"})) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    [row] = sales.org.store.find("Contract", "ContractNumber", contract)
    assert client.delete(f"{API}/sobjects/Contract/{row['Id']}").status_code == 204
    assert sales.org.store.count("SBQQ__Subscription__c") == 0
    [item] = items(sales, number)
    assert (item["SBQQ__Subscription__c"], item["SBQQ__Contract__c"], item["SBQQ__Contracted__c"]) == (None, None, True)
    unticked = {"SBQQ__Contracted__c": False}
    assert client.patch(f"{API}/sobjects/OrderItem/{item['Id']}", json=unticked).status_code == 204
    assert client.patch(path, json={"Status": "Draft", **unticked}).status_code == 204
    assert client.delete(path).status_code == 204
    assert refusal(client.delete(path)) == (404, "ENTITY_IS_DELETED")


def test_an_activated_contract_is_deleted_only_by_who_may(sales: World, client: Client) -> None:
    _, contract = sold(sales, Line(sales.product(), 10))
    sales.org.settings.delete_activated_contracts = False
    [row] = sales.org.store.find("Contract", "ContractNumber", contract)
    path = f"{API}/sobjects/Contract/{row['Id']}"
    assert refusal(client.delete(path)) == (400, "INSUFFICIENT_ACCESS_OR_READONLY")
    sales.org.store.update("Contract", row["Id"], {"Status": "Draft"}, system=True)
    assert client.delete(path).status_code == 204


def test_a_subscription_stays_as_long_as_its_revisions(sales: World, client: Client) -> None:
    first, contract = sold(sales, Line(sales.product(), 10))
    number = sales.amend(contract, "2026-07-01", {"product": "SEAT", "quantity": 15})
    [original], [revision] = subscriptions(sales, first), subscriptions(sales, number)
    paths = [f"{API}/sobjects/SBQQ__Subscription__c/{row['Id']}" for row in (original, revision)]
    answer = client.delete(paths[0])
    assert refusal(answer) == (400, "DELETE_FAILED")
    assert revision["Name"] in answer.json()[0]["message"]
    assert [client.delete(path).status_code for path in reversed(paths)] == [204, 204]


def test_a_deleted_record_comes_back_with_its_lookups(sales: World, client: Client) -> None:
    number, _ = sold(sales, Line(sales.product(), 10))
    [item] = items(sales, number)
    sold_as = item["SBQQ__Subscription__c"]
    client.delete(f"{API}/sobjects/SBQQ__Subscription__c/{sold_as}")
    assert items(sales, number)[0]["SBQQ__Subscription__c"] is None
    body = {"sobject": "SBQQ__Subscription__c", "ids": [sold_as]}
    assert client.post("/_sandbox/undelete", json=body).json() == [{"id": sold_as, "success": True, "errors": []}]
    assert items(sales, number)[0]["SBQQ__Subscription__c"] == sold_as
    assert refusal(client.post("/_sandbox/undelete", json=body)) == (400, "UNDELETE_FAILED")


def test_undoing_over_http(sales: World, client: Client) -> None:
    number, contract = sold(sales, Line(sales.product(), 10))
    [row] = subscriptions(sales, number)
    answer = client.post("/_sandbox/cpq/undo", json={"orderNumber": number, "delete": True})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["subscriptions"], body["contracts"]) == ("Deleted", [row["Name"]], [contract])
    again = client.post("/_sandbox/cpq/undo", json={"orderNumber": number})
    assert refusal(again) == (404, "NOT_FOUND")
