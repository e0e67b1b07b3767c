from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import API, Client
from tests.sandbox.salesforce.cpq_sales import Sold, items, order_row, sell
from tests.world import Line, World


def press(client: Client, verb: str, **body: Any) -> tuple[int, Any]:
    answer = client.post(f"/_sandbox/cpq/{verb}", json=body)
    return answer.status_code, answer.json()


def test_an_order_is_activated_and_contracted_by_number(client: Client, org: Org) -> None:
    number = order_row(org, sell(org, Sold("Seat"), Sold("Other")))["OrderNumber"]
    assert press(client, "activate", orderNumber=number)[1]["status"] == "Activated"
    status, answer = press(client, "contract", orderNumber=number, wait=True)
    assert status == 200
    assert (answer["orderNumber"], answer["status"], answer["remaining"]) == (number, "Completed", 0)
    assert answer["subscriptions"] == ["SUB-0000001", "SUB-0000002"]
    assert len(answer["contracts"]) == 1


def test_contracting_goes_on_while_others_call(client: Client, org: Org) -> None:
    order = sell(org, Sold("Seat"))
    activate(org, order)
    status, answer = press(client, "contract", orderId=order, polls=2)
    assert (status, answer["status"]) == (202, "Queued")
    seen = [
        client.get(f"{API}/sobjects/OrderItem/{items(org, order)[0]['Id']}").json()["SBQQ__Subscription__c"]
        for _ in range(3)
    ]
    assert [bool(link) for link in seen] == [False, False, True]


def test_writing_the_fields_does_the_same_as_the_buttons(client: Client, org: Org) -> None:
    order = sell(org, Sold("Seat"))
    path = f"{API}/sobjects/Order/{order}"
    assert client.patch(path, json={"Status": "Activated"}).status_code == 204
    assert items(org, order)[0]["SBQQ__Activated__c"] is True
    assert client.patch(path, json={"SBQQ__Contracted__c": True}).status_code == 204
    assert items(org, order)[0]["SBQQ__Subscription__c"] is None
    org.run_background_jobs()
    assert items(org, order)[0]["SBQQ__Subscription__c"]
    assert client.patch(path, json={"SBQQ__Contracted__c": True}).status_code == 204
    org.run_background_jobs()
    assert org.store.count("SBQQ__Subscription__c") == 1


def test_ticking_contracted_on_a_draft_is_refused_and_undone(client: Client, org: Org) -> None:
    order = sell(org, Sold("Seat"))
    answer = client.patch(f"{API}/sobjects/Order/{order}", json={"SBQQ__Contracted__c": True})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert order_row(org, order)["SBQQ__Contracted__c"] is False


def test_back_to_draft_deactivates_the_items(client: Client, org: Org) -> None:
    order = sell(org, Sold("Seat"))
    activate(org, order)
    assert client.patch(f"{API}/sobjects/Order/{order}", json={"Status": "Draft"}).status_code == 204
    row = order_row(org, order)
    assert (row["StatusCode"], row["ActivatedDate"]) == ("Draft", None)
    assert items(org, order)[0]["SBQQ__Activated__c"] is False


@pytest.mark.parametrize(
    ("verb", "body", "status", "code"),
    [
        ("explode", {}, 404, "NOT_FOUND"),
        ("activate", {}, 400, "INVALID_INPUT"),
        ("activate", {"orderId": "a", "orderNumber": "b"}, 400, "INVALID_INPUT"),
        ("activate", {"orderNumber": "99999999"}, 404, "NOT_FOUND"),
        ("activate", {"orderId": "801000000000000"}, 404, "NOT_FOUND"),
        ("activate", {"orderId": "nonsense"}, 404, "NOT_FOUND"),
        ("activate", {"orderNumber": 100}, 400, "INVALID_INPUT"),
        ("contract", {"orderNumber": "1", "wait": "yes"}, 400, "INVALID_INPUT"),
        ("contract", {"orderNumber": "1", "fail_after": -1}, 400, "INVALID_INPUT"),
        ("contract", {"orderNumber": "1", "later": True}, 400, "INVALID_INPUT"),
        ("activate", {"orderNumber": "1", "contractNumber": "1"}, 400, "INVALID_INPUT"),
        ("activate", {"contractNumber": "99999999"}, 404, "NOT_FOUND"),
        ("amend", {"effectiveDate": "2026-07-01"}, 400, "INVALID_INPUT"),
        ("amend", {"contractNumber": "1"}, 400, "INVALID_INPUT"),
        ("amend", {"contractNumber": "1", "effectiveDate": "1 July"}, 400, "INVALID_INPUT"),
        (
            "amend",
            {"contractNumber": "1", "effectiveDate": "2026-07-01", "changes": [{"price": 1}]},
            400,
            "INVALID_INPUT",
        ),
        ("amend", {"contractNumber": "1", "effectiveDate": "2026-07-01"}, 404, "NOT_FOUND"),
        ("renew", {"contractId": "800000000000000"}, 404, "NOT_FOUND"),
        ("renew", {"contractId": "nonsense"}, 404, "NOT_FOUND"),
        ("renew", {"contractNumber": "1", "term": 0}, 400, "INVALID_INPUT"),
        ("cancel", {"contractNumber": "1", "effectiveDate": "2026-07-01"}, 404, "NOT_FOUND"),
    ],
)
def test_wrong_requests_are_refused(client: Client, verb: str, body: dict[str, Any], status: int, code: str) -> None:
    answer = client.post(f"/_sandbox/cpq/{verb}", json=body)
    assert answer.status_code == status
    assert answer.json()[0]["errorCode"] == code


@pytest.mark.parametrize("content", [b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused(client: Client, content: bytes) -> None:
    answer = client.post("/_sandbox/cpq/activate", content=content)
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_a_contracts_life_over_http(client: Client, sales: World) -> None:
    number = sales.order(sales.account(), [Line(sales.product(), 10)], start="2026-01-01", end="2026-12-31")
    contract = "00000100"
    change = {
        "contractNumber": contract,
        "effectiveDate": "2026-07-01",
        "changes": [{"product": "SEAT", "quantity": 12}],
    }
    assert press(client, "amend", **change)[0] == 400
    assert press(client, "activate", contractNumber=contract) == press(client, "activate", contractNumber=contract)
    status, answer = press(client, "amend", **change)
    assert (status, answer["status"], answer["remaining"]) == (202, "Queued", 1)
    assert (answer["contractNumber"], answer["orderNumber"]) == (contract, str(int(number) + 1).zfill(8))
    sales.org.run_background_jobs()
    [item] = client.soql(
        "SELECT Quantity, SBQQ__RevisedOrderProduct__r.Quantity,"
        " SBQQ__Subscription__r.SBQQ__RevisedSubscription__r.Name FROM OrderItem WHERE Quantity = 2"
    )
    assert (item["Quantity"], item["SBQQ__RevisedOrderProduct__r"]["Quantity"]) == (2, 10)
    assert item["SBQQ__Subscription__r"]["SBQQ__RevisedSubscription__r"]["Name"] == "SUB-0000001"
    status, ended = press(client, "cancel", contractNumber=contract, effectiveDate="2026-11-01", wait=True)
    assert (status, ended["status"], len(ended["subscriptions"])) == (200, "Completed", 1)
    status, refused = press(client, "renew", contractNumber=contract)
    assert (status, refused[0]["errorCode"]) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")


@pytest.mark.parametrize(
    ("steps", "status", "order"),
    [
        ({"order": False}, "Quoted", None),
        ({"activate": False}, "Ordered", "Draft"),
        ({"contract": False}, "Activated", "Activated"),
    ],
)
def test_the_package_goes_as_far_as_it_is_told(
    client: Client, sales: World, steps: dict[str, bool], status: str, order: str | None
) -> None:
    sales.order(sales.account(), [Line(sales.product(), 10)])
    press(client, "activate", contractNumber="00000100")
    code, answer = press(client, "renew", contractNumber="00000100", **steps)
    assert (code, answer["status"]) == (200, status)
    row = sales.org.store.get("Order", answer.get("orderId", "")) or {}
    assert row.get("StatusCode") == order
    quote = sales.org.store.get("SBQQ__Quote__c", answer["quoteId"])
    assert quote is not None
    assert (quote["Name"], quote["SBQQ__Ordered__c"]) == (answer["quoteNumber"], order is not None)


def test_activating_a_contract_by_its_field_notes_when(client: Client, sales: World) -> None:
    sales.order(sales.account(), [Line(sales.product(), 10)])
    [row] = client.soql("SELECT Id, ActivatedDate FROM Contract")
    assert client.patch(f"{API}/sobjects/Contract/{row['Id']}", json={"Status": "Activated"}).status_code == 204
    [row] = client.soql("SELECT StatusCode, ActivatedDate FROM Contract")
    assert (row["StatusCode"], row["ActivatedDate"][:10]) == ("Activated", "2026-03-01")


def test_reduction_orders_need_the_orgs_switch(client: Client, sales: World) -> None:
    sales.order(sales.account(), [Line(sales.product(), 10)])
    [original] = client.soql("SELECT Id, AccountId, Pricebook2Id FROM Order")
    base = {"AccountId": original["AccountId"], "Pricebook2Id": original["Pricebook2Id"], "Status": "Draft"}
    body = {**base, "EffectiveDate": "2026-05-01", "IsReductionOrder": True}
    answer = client.post(f"{API}/sobjects/Order", json=body)
    assert (answer.status_code, answer.json()[0]["fields"]) == (400, ["IsReductionOrder"])
    sales.org.settings.enable_reduction_orders = True
    assert client.post(f"{API}/sobjects/Order", json=body).json()[0]["fields"] == ["OriginalOrderId"]
    client.create("Order", **body, OriginalOrderId=original["Id"])


def test_ticking_the_renewal_boxes_opens_quotes_and_orders_step_by_step(client: Client, sales: World) -> None:
    sales.contract(sales.order(sales.account(), [Line(sales.product(), 10)]))
    [contract] = client.soql("SELECT Id FROM Contract")
    path = f"{API}/sobjects/Contract/{contract['Id']}"
    assert client.patch(path, json={"SBQQ__RenewalForecast__c": True}).status_code == 204
    [deal] = client.soql("SELECT Id, SBQQ__Renewal__c, SBQQ__RenewedContract__c, IsWon FROM Opportunity")
    assert (deal["SBQQ__RenewedContract__c"], deal["IsWon"]) == (contract["Id"], False)
    assert client.soql("SELECT Id FROM SBQQ__Quote__c WHERE SBQQ__Type__c = 'Renewal'") == []
    assert client.patch(path, json={"SBQQ__RenewalQuoted__c": True}).status_code == 204
    [quote] = client.soql("SELECT Id, SBQQ__Opportunity2__c FROM SBQQ__Quote__c WHERE SBQQ__Type__c = 'Renewal'")
    assert quote["SBQQ__Opportunity2__c"] == deal["Id"]
    assert (
        client.patch(f"{API}/sobjects/SBQQ__Quote__c/{quote['Id']}", json={"SBQQ__Ordered__c": True}).status_code == 204
    )
    [order] = client.soql("SELECT Id, Status, SBQQ__Quote__c FROM Order WHERE Status = 'Draft'")
    assert order["SBQQ__Quote__c"] == quote["Id"]
    assert client.soql("SELECT IsWon FROM Opportunity")[0]["IsWon"] is True
    assert press(client, "renew", contractNumber="00000100")[1][0]["fields"] == ["SBQQ__RenewalQuoted__c"]
