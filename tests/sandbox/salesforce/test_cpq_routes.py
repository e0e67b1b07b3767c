from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import API, Client
from tests.sandbox.salesforce.cpq_sales import Sold, items, order_row, sell


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


@pytest.mark.parametrize("verb", ["amend", "renew", "cancel"])
def test_verbs_that_are_not_built_say_so(client: Client, verb: str) -> None:
    status, body = press(client, verb, orderNumber="00000100")
    assert status == 501
    assert body[0]["errorCode"] == "NOT_SUPPORTED"


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
