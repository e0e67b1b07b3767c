"""Orders that are taken back: reverted or deleted, and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, segments, send
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, plan_override, seats, subscription
from tests.zuora_schema import check_request

Body = dict[str, Any]

START, END = "2026-02-01", "2027-02-01"
SINGLE = {"orderRevert": True}


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


@pytest.fixture
def sold(tenant: Tenant, zuora: ZuoraClient, account: Body, catalog: Catalog) -> Body:
    """S-1, a single version subscription with five seats (charge C-1, plan SRP-1) and a setup fee, by order O-1."""
    tenant.configure(SINGLE)
    plan = seats(catalog) | {"subscriptionRatePlanNumber": "SRP-1"}
    plan["chargeOverrides"][0]["chargeNumber"] = "C-1"
    plans = [plan, plan_override(catalog, "Setup", chargeNumber="C-2")]
    send(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=plans), orderNumber="O-1"))
    return read(zuora, "S-1")


def update(on: str, quantity: int) -> Body:
    charge = {"chargeNumber": "C-1", "pricing": {"recurringPerUnit": {"quantity": quantity}}}
    return act("UpdateProduct", {"subscriptionRatePlanNumber": "SRP-1", "chargeUpdates": [charge]}, on)


def amend(zuora: ZuoraClient, account: Body, number: str, *actions: Body, **fields: Any) -> str:
    return send(zuora, change(account, "S-1", *actions, orderNumber=number, **fields))


def revert(zuora: ZuoraClient, number: str, order_date: str = "2026-03-01") -> Body:
    path, body = f"/v1/orders/{number}/revert", {"orderDate": order_date}
    check_request("POST", path, body)
    answer: Body = zuora.call("POST", path, body)
    return answer


def refusal(answer: Body) -> tuple[int, str]:
    assert answer["success"] is False, answer
    return answer["reasons"][0]["code"], answer["reasons"][0]["message"]


def charge_through(zuora: ZuoraClient, day: str | None) -> Body:
    response = zuora.json("POST", "/_sandbox/charged-through", {"subscriptionNumber": "S-1", "date": day})
    assert response.status_code == 200, response.text
    body: Body = response.json()
    return body


def quantities(zuora: ZuoraClient) -> list[tuple[Any, ...]]:
    return segments({"ratePlans": read(zuora, "S-1")["ratePlans"][:1]}, "quantity")


@pytest.mark.usefixtures("sold")
def test_a_reverted_order_never_happened(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, "O-2", update("2026-05-01", 8), act("TermsAndConditions", {"autoRenew": True}))
    answer = revert(zuora, "O-2")

    assert fields(answer, "accountNumber", "status", "subscriptionNumbers") == (
        account["accountNumber"],
        "Completed",
        ["S-1"],
    )
    now = read(zuora, "S-1")
    assert fields(now, "version", "autoRenew", "orderNumber") == (3, False, answer["orderNumber"])
    assert quantities(zuora) == [(START, END, 5)]
    shown = zuora.call("GET", "/v1/orders/O-2")["order"]
    assert (shown["status"], shown["subscriptions"][0]["newVersion"]) == ("Reverted", 2)
    made = zuora.call("GET", f"/object-query/orders/{answer['orderNumber']}")
    assert fields(made, "reversionOrder", "revertedOrderNumber", "orderDate") == (True, "O-2", "2026-03-01")
    gone = zuora.call("GET", "/object-query/orders/O-2")
    assert fields(gone, "revertedByOrderId", "revertedDate") == (made["id"], "2026-03-01")
    listed = zuora.call("GET", "/v1/orders/subscription/S-1")["orders"]
    assert {entry["orderNumber"] for entry in listed} == {"O-1", "O-2", answer["orderNumber"]}
    kinds = [action["type"] for action in listed[0]["subscriptions"][0]["orderActions"]]
    assert kinds == ["UpdateProduct", "TermsAndConditions"]


@pytest.mark.usefixtures("sold")
def test_orders_are_reverted_one_after_the_other(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, "O-2", update("2026-05-01", 8))
    amend(zuora, account, "O-3", act("CancelSubscription", {"cancellationPolicy": "EndOfCurrentTerm"}))
    assert refusal(revert(zuora, "O-2")) == (
        70770030,
        "The order 'O-2' cannot be reverted: the subscription 'S-1' was changed by a later order.",
    )

    revert(zuora, "O-3")
    assert read(zuora, "S-1")["status"] == "Active"
    assert quantities(zuora) == [(START, "2026-05-01", 5), ("2026-05-01", END, 8)]
    revert(zuora, "O-2")
    assert quantities(zuora) == [(START, END, 5)]
    amend(zuora, account, "O-4", update("2026-06-01", 9))
    assert quantities(zuora) == [(START, "2026-06-01", 5), ("2026-06-01", END, 9)]


@pytest.mark.usefixtures("sold")
def test_what_cannot_be_reverted(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    amend(zuora, account, "O-2", update("2026-05-01", 8), orderLineItems=[line()])
    both = change(account, "S-1", update("2026-06-01", 9), orderNumber="O-3")
    both["subscriptions"].append(subscription(catalog, "S-2"))
    send(zuora, both)
    send(zuora, change(account, "S-1", update("2026-07-01", 9), orderNumber="D-1", status="Draft"))

    for number, why in (
        ("O-1", "creates its subscription"),
        ("O-2", "line items"),
        ("O-3", "more than one"),
        ("D-1", "its status is Draft"),
    ):
        code, message = refusal(revert(zuora, number))
        assert code == 70770030
        assert why in message
    amend(zuora, account, "O-4", update("2026-06-01", 7))
    made = revert(zuora, "O-4")["orderNumber"]
    assert "reverts another" in refusal(revert(zuora, made))[1]
    assert "Reverted" in refusal(revert(zuora, "O-4"))[1]
    for number in ("O-4", made):
        assert refusal(zuora.call("DELETE", f"/v1/orders/{number}"))[0] == 53100030
    assert refusal(zuora.call("PUT", "/v1/orders/O-4/cancel", {}))[0] == 53100030


def test_only_single_version_subscriptions(zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    send(zuora, order(account, subscription(catalog, "S-1"), orderNumber="O-1"))
    amend(zuora, account, "O-2", act("TermsAndConditions", {"autoRenew": True}))
    assert refusal(revert(zuora, "O-2"))[0] == 70770030
    tenant.configure(SINGLE)

    assert refusal(revert(zuora, "O-2"))[0] == 70770010


@pytest.mark.usefixtures("sold")
def test_an_invoiced_change_is_not_deleted(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, "O-2", update("2026-05-01", 8))
    marks = charge_through(zuora, "2026-06-01")
    assert [(item["chargeNumber"], item["chargedThroughDate"]) for item in marks["charges"]] == [
        ("C-1", "2026-05-01"),
        ("C-2", "2026-02-02"),
        ("C-1", "2026-06-01"),
    ]
    code, message = refusal(zuora.call("DELETE", "/v1/orders/O-2"))
    assert (code, "'C-1' is invoiced" in message) == (53100030, True)
    charge_through(zuora, None)

    assert zuora.call("DELETE", "/v1/orders/O-2")["success"]
    assert quantities(zuora) == [(START, END, 5)]
    charge_through(zuora, "2026-02-02")
    assert refusal(zuora.call("DELETE", "/v1/orders/O-1"))[0] == 53100030


@pytest.mark.usefixtures("sold")
def test_a_change_is_deleted_when_only_the_time_before_it_is_invoiced(zuora: ZuoraClient, account: Body) -> None:
    charge_through(zuora, "2026-04-01")
    amend(zuora, account, "O-2", update("2026-05-01", 8))
    last = {"cancellationPolicy": "EndOfLastInvoicePeriod"}
    amend(zuora, account, "O-3", act("CancelSubscription", last))
    assert read(zuora, "S-1")["subscriptionEndDate"] == "2026-04-01"

    assert zuora.call("DELETE", "/v1/orders/O-3")["success"]
    assert zuora.call("DELETE", "/v1/orders/O-2")["success"]
    assert segments(read(zuora, "S-1"), "chargedThroughDate")[0] == (START, END, "2026-04-01")


@pytest.mark.usefixtures("sold")
def test_marks_of_charges_that_an_order_left_alone_outlive_it(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, "O-2", act("TermsAndConditions", {"autoRenew": True}))
    charge_through(zuora, "2026-06-01")

    assert zuora.call("DELETE", "/v1/orders/O-2")["success"]
    assert segments(read(zuora, "S-1"), "chargedThroughDate") == [
        (START, END, "2026-06-01"),
        (START, "2026-02-02", "2026-02-02"),
    ]


@pytest.mark.usefixtures("sold")
def test_orders_are_deleted_from_the_last_one_on(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, "O-2", update("2026-05-01", 8))
    amend(zuora, account, "O-3", update("2026-06-01", 9))
    assert refusal(zuora.call("DELETE", "/v1/orders/O-2"))[0] == 53100030

    job = zuora.call("DELETE", "/v1/async/orders/O-2")["jobId"]
    zuora.call("GET", f"/v1/async-jobs/{job}")
    failed = zuora.call("GET", f"/v1/async-jobs/{job}")
    assert (failed["status"], failed["errors"][:8]) == ("Failed", "53100030")
    for number in ("O-3", "O-2"):
        job = zuora.call("DELETE", f"/v1/async/orders/{number}")["jobId"]
        zuora.call("GET", f"/v1/async-jobs/{job}")
        done = zuora.call("GET", f"/v1/async-jobs/{job}")
        assert (done["status"], done["result"]["orderNumber"]) == ("Completed", number)
    assert quantities(zuora) == [(START, END, 5)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"subscriptionNumber": "S-9", "date": "2026-01-01"},
        {"subscriptionNumber": "S-1", "date": "soon"},
        {"subscriptionNumber": "S-1", "date": "2026-01-01", "more": 1},
    ],
)
@pytest.mark.usefixtures("sold")
def test_a_mark_that_is_no_mark(zuora: ZuoraClient, body: Any) -> None:
    response = zuora.json("POST", "/_sandbox/charged-through", body)

    assert response.status_code == 400
    assert response.json()["message"]
