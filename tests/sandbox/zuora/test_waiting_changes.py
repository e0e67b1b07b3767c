"""Changes of subscriptions that do not happen at once: pending, draft, scheduled, previewed, asynchronous, reverted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, segments, send
from tests.sandbox.zuora.conftest import Clock, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, seats, subscription
from tests.zuora_schema import check_request

Body = dict[str, Any]

START, END = "2026-02-01", "2027-02-01"
BEFORE = [(START, END, 5)]
AFTER = [(START, "2026-05-01", 5), ("2026-05-01", END, 8)]
KINDS = ("order", "orderAction", "subscription", "ratePlan", "ratePlanCharge", "ratePlanChargeTier")


@pytest.fixture
def catalog(tenant: Tenant, zuora: ZuoraClient, account: Body) -> Catalog:
    """The catalog, of which subscription S-1 has five seats from order O-1."""
    catalog = make_catalog(tenant)
    send(zuora, order(account, subscription(catalog, "S-1"), orderNumber="O-1"))
    return catalog


def update(quantity: int = 8) -> Body:
    charge = {"productRatePlanChargeNumber": "PRPC-Seats", "pricing": {"recurringPerUnit": {"quantity": quantity}}}
    return act("UpdateProduct", {"externalCatalogPlanId": "01t-Seats", "chargeUpdates": [charge]})


def dates(sequence: int, **given: str) -> Body:
    """A body that sets trigger dates of one action on S-1."""
    triggers = [{"name": name, "triggerDate": day} for name, day in given.items()]
    action = {"sequence": sequence, "triggerDates": triggers}
    return {"subscriptions": [{"subscriptionNumber": "S-1", "orderActions": [action]}]}


def code(zuora: ZuoraClient, method: str, path: str, body: Body | None = None) -> int:
    return int(zuora.call(method, path, body)["reasons"][0]["code"])


@pytest.fixture
def pending(tenant: Tenant, zuora: ZuoraClient, account: Body, catalog: Catalog) -> str:
    """Order P-1 with an update and a renewal term, which waits for activation and acceptance."""
    tenant.configure({"requireServiceActivation": True, "requireCustomerAcceptance": True})
    assert catalog.plans
    terms = act("TermsAndConditions", {"renewalTerms": [{"period": 6, "periodType": "Month"}]})
    return send(zuora, change(account, "S-1", update(), terms, orderNumber="P-1"))


def test_a_change_without_its_dates_waits(zuora: ZuoraClient, account: Body, pending: str) -> None:
    shown = zuora.call("GET", f"/v1/orders/{pending}")["order"]
    assert (shown["status"], shown["state"]) == ("Pending", "Executing")
    entry = shown["subscriptions"][0]
    assert fields(entry, "subscriptionNumber", "baseVersion", "newVersion") == ("S-1", 1, None)
    assert [action["type"] for action in entry["orderActions"]] == ["UpdateProduct", "TermsAndConditions"]
    now = read(zuora, "S-1")
    assert (now["status"], now["version"], segments(now, "quantity")) == ("Active", 1, BEFORE)
    listed = zuora.call("GET", "/v1/orders/subscription/S-1/pending")["orders"]
    assert [found["orderNumber"] for found in listed] == [pending]
    assert code(zuora, "POST", "/v1/orders", change(account, "S-1", update())) == 53100030
    assert code(zuora, "DELETE", "/v1/orders/O-1") == 53100030


def test_trigger_dates_carry_the_change_out(zuora: ZuoraClient, pending: str) -> None:
    path = f"/v1/orders/{pending}/triggerDates"
    both = {"ServiceActivation": "2026-05-05", "CustomerAcceptance": "2026-05-10"}
    steps = [
        dates(0, ServiceActivation="2026-05-05"),
        dates(0, CustomerAcceptance="2026-05-10"),
        dates(1, **both),
    ]
    assert code(zuora, "PUT", path, dates(7, **both)) == 53100040
    assert code(zuora, "PUT", path, dates(0, ServiceActivation="2026-04-05")) == 53100030
    for step in steps:
        check_request("PUT", path, step)
    answers = [zuora.call("PUT", path, step) for step in steps]

    assert [answer["status"] for answer in answers] == ["Pending", "Pending", "Completed"]
    assert answers[-1]["subscriptions"] == [{"subscriptionNumber": "S-1", "status": "Active"}]
    now = read(zuora, "S-1")
    assert fields(now, "version", "renewalTerm", "orderNumber") == (2, 6, pending)
    assert segments(now, "quantity") == AFTER
    shown = zuora.call("GET", f"/v1/orders/{pending}")["order"]["subscriptions"][0]
    assert fields(shown, "baseVersion", "newVersion") == (1, 2)
    triggers = {entry["name"]: entry["triggerDate"] for entry in shown["orderActions"][0]["triggerDates"]}
    assert triggers == {"ContractEffective": "2026-05-01", **both}
    assert code(zuora, "PUT", path, steps[0]) == 53100030


def test_a_waiting_change_can_be_deleted(zuora: ZuoraClient, account: Body, pending: str, tenant: Tenant) -> None:
    assert zuora.call("DELETE", f"/v1/orders/{pending}")["success"]

    tenant.configure({"requireServiceActivation": False, "requireCustomerAcceptance": False})
    assert send(zuora, change(account, "S-1", update()))
    assert segments(read(zuora, "S-1"), "quantity") == AFTER


def test_what_cannot_wait_beside_a_change(zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"requireServiceActivation": True})
    with_line = change(account, "S-1", update(), orderLineItems=[line()])
    with_new = change(account, "S-1", update())
    with_new["subscriptions"].append(subscription(catalog, "S-2"))

    assert [code(zuora, "POST", "/v1/orders", body) for body in (with_line, with_new)] == [53100010] * 2
    send(zuora, change(account, "S-1", with_dates(update())))
    assert segments(read(zuora, "S-1"), "quantity") == AFTER


def test_a_pending_subscription_cannot_be_changed(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    tenant.configure({"requireServiceActivation": True})
    send(zuora, order(account, subscription(catalog, "S-2")))

    assert code(zuora, "POST", "/v1/orders", change(account, "S-2", with_dates(update()))) == 53100030


def with_dates(action: Body) -> Body:
    """The action with the activation that the tenant requires."""
    return action | {
        "triggerDates": [*action["triggerDates"], {"name": "ServiceActivation", "triggerDate": "2026-05-01"}]
    }


def test_a_draft_change_is_tried_out_and_activated_later(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    before = {kind: list(tenant.store.rows(kind)) for kind in KINDS if kind != "order"}
    send(zuora, change(account, "S-1", update(), status="Draft", orderNumber="D-1"))
    assert {kind: list(tenant.store.rows(kind)) for kind in before} == before
    shown = zuora.call("GET", "/v1/orders/D-1")["order"]["subscriptions"][0]["orderActions"][0]
    assert "updateProduct" in shown
    assert catalog.charges["Seats"] not in str(shown)

    assert zuora.call("PUT", "/v1/orders/D-1/activate")["status"] == "Completed"
    assert segments(read(zuora, "S-1"), "quantity") == AFTER


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize(("cancelled", "status"), [(False, "Completed"), (True, "Failed")])
def test_a_scheduled_change(
    zuora: ZuoraClient,
    account: Body,
    tenant: Tenant,
    clock: Clock,
    cancelled: bool,
    status: str,
) -> None:
    scheduling = {"scheduledDate": "2026-02-11", "scheduledDatePolicy": "SpecificDate"}
    number = send(zuora, change(account, "S-1", update(), status="Scheduled", schedulingOptions=scheduling))
    if cancelled:
        send(zuora, change(account, "S-1", act("CancelSubscription", {"cancellationPolicy": "EndOfCurrentTerm"})))
    clock.move(timedelta(days=10))
    tenant.issue_token(zuora.headers["authorization"].split()[1], timedelta(hours=1))

    assert zuora.call("GET", f"/v1/orders/{number}")["order"]["status"] == status
    assert segments(read(zuora, "S-1"), "quantity") == (BEFORE if cancelled else AFTER)
    row = zuora.call("GET", f"/object-query/orders/{number}")
    assert row.get("errorCode") == ("53100030" if cancelled else None)


def test_an_asynchronous_change(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    body = change(account, "S-1", act("AddProduct", seats(catalog)), orderNumber="O-2")
    job = zuora.call("POST", "/v1/async/orders", body)["jobId"]
    zuora.call("GET", f"/v1/async-jobs/{job}")
    done = zuora.call("GET", f"/v1/async-jobs/{job}")

    assert (done["status"], done["result"]["subscriptions"][0]["subscriptionNumber"]) == ("Completed", "S-1")
    assert len(read(zuora, "S-1")["ratePlans"]) == 2


@pytest.mark.usefixtures("catalog")
def test_a_preview_of_a_change_is_checked(zuora: ZuoraClient, account: Body, tenant: Tenant) -> None:
    options = {"previewThruType": "NumberOfPeriods", "previewNumberOfPeriods": 1, "previewTypes": ["BillingDocs"]}
    before = {kind: list(tenant.store.rows(kind)) for kind in KINDS}
    plan = {"subscriptionRatePlanNumber": read(zuora, "S-1")["ratePlans"][0]["subscriptionRatePlanNumber"]}
    body = change(account, "S-1", act("UpdateProduct", plan), previewOptions=options)
    wrong = change(account, "S-9", act("UpdateProduct", plan), previewOptions=options)
    check_request("POST", "/v1/orders/preview", body)

    [invoice] = zuora.call("POST", "/v1/orders/preview", body)["previewResult"]["invoices"]
    assert invoice["amount"] == 600  # the subscription as it is, without the change that waits
    assert code(zuora, "POST", "/v1/orders/preview", wrong) == 58740040
    assert {kind: list(tenant.store.rows(kind)) for kind in KINDS} == before


def test_the_answer_names_the_version_and_its_actions(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    body = change(account, "S-1", update(), act("AddProduct", seats(catalog)))
    answer = zuora.call("POST", "/v1/orders?returnIds=true", body)

    made = answer["subscriptions"][0]
    assert fields(made, "subscriptionNumber", "status") == ("S-1", "Active")
    assert made["subscriptionId"] == read(zuora, "S-1")["id"]
    assert [action["type"] for action in made["OrderActions"]] == ["UpdateProduct", "AddProduct"]
