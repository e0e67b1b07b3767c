"""Orders after their creation: drafts, schedules, trigger dates, custom fields, deletion, lists, previews."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import Clock, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, plan_override, subscription

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "line_items", "jobs")
KINDS = ("order", "orderAction", "orderLineItem", "subscription", "ratePlan", "ratePlanCharge", "ratePlanChargeTier")


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def create(zuora: ZuoraClient, body: dict[str, Any]) -> str:
    answer = zuora.call("POST", "/v1/orders", body)
    assert answer["success"], answer
    return str(answer["orderNumber"])


def refusal(zuora: ZuoraClient, method: str, path: str, body: Any = None) -> tuple[int, str]:
    response = zuora.json(method, path, body)
    answer = response.json()
    assert answer["success"] is False, answer
    reason = answer["reasons"][0]
    return reason["code"], reason["message"]


def test_a_draft_makes_nothing_until_it_is_activated(
    tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    body = order(account, subscription(catalog, "S-1"), status="Draft", orderNumber="D-1", orderLineItems=[line()])
    drafted = zuora.call("POST", "/v1/orders", body)
    assert drafted["status"] == "Draft"
    assert not list(tenant.store.rows("subscription"))
    shown = zuora.call("GET", "/v1/orders/D-1")["order"]
    assert (shown["status"], shown["state"]) == ("Draft", "Draft")
    assert shown["subscriptions"][0]["orderActions"][0]["type"] == "CreateSubscription"

    activated = zuora.call("PUT", "/v1/orders/D-1/activate")

    assert (activated["orderNumber"], activated["status"]) == ("D-1", "Completed")
    assert activated["accountNumber"] == account["accountNumber"]
    assert zuora.call("GET", "/v1/subscriptions/S-1")["status"] == "Active"
    assert len(zuora.call("GET", "/v1/orders/D-1")["order"]["orderLineItems"]) == 1
    assert refusal(zuora, "PUT", "/v1/orders/D-1/activate")[0] == 53100030


def test_a_draft_can_be_replaced_or_cancelled(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    create(zuora, order(account, subscription(catalog, "S-1"), status="Draft", orderNumber="D-1"))
    changed = order(account, subscription(catalog, "S-2"), description="second thoughts")
    assert zuora.call("PUT", "/v1/orders/D-1", changed)["status"] == "Draft"

    shown = zuora.call("GET", "/v1/orders/D-1")["order"]
    assert shown["description"] == "second thoughts"
    cancelled = zuora.call("PUT", "/v1/orders/D-1/cancel", {"cancelReason": "lost"})
    assert (cancelled["status"], cancelled["cancelReason"]) == ("Cancelled", "lost")
    assert refusal(zuora, "PUT", "/v1/orders/D-1", changed)[0] == 53100030
    assert refusal(zuora, "PUT", "/v1/orders/D-1/cancel", {})[0] == 53100030


def test_a_draft_that_could_not_be_activated_is_refused(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    body = order(account, subscription(catalog, "S-1", paymentTerm="Net 7"), status="Draft")

    assert refusal(zuora, "POST", "/v1/orders", body)[0] == 53100020


def test_a_scheduled_order_is_carried_out_on_its_day(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant, clock: Clock
) -> None:
    scheduling = {"scheduledDate": "2026-02-11", "scheduledDatePolicy": "SpecificDate"}
    body = order(account, subscription(catalog, "S-1"), status="Scheduled", schedulingOptions=scheduling)
    number = create(zuora, body)
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]
    assert (shown["status"], shown["schedulingOptions"]["scheduledDate"]) == ("Scheduled", "2026-02-11")

    clock.move(timedelta(days=10))
    tenant.issue_token(zuora.headers["authorization"].split()[1], timedelta(hours=1))

    assert zuora.call("GET", f"/v1/orders/{number}")["order"]["status"] == "Completed"
    assert zuora.call("GET", "/v1/subscriptions/S-1")["status"] == "Active"


def test_trigger_dates_complete_a_pending_order(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant
) -> None:
    tenant.configure({"requireServiceActivation": True, "requireCustomerAcceptance": True})
    plan = plan_override(catalog, "Base", startDate={"triggerEvent": "CustomerAcceptance"})
    number = create(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=[plan])))
    assert zuora.call("GET", "/v1/orders/subscription/S-1/pending")["orders"][0]["orderNumber"] == number
    charge = zuora.call("GET", "/v1/subscriptions/S-1")["ratePlans"][0]["ratePlanCharges"][0]
    assert charge["effectiveStartDate"] is None

    answers = [
        zuora.call("PUT", f"/v1/orders/{number}/triggerDates", dates("S-1", name, day))
        for name, day in (("ServiceActivation", "2026-02-05"), ("CustomerAcceptance", "2026-02-10"))
    ]

    assert [answer["status"] for answer in answers] == ["Pending", "Completed"]
    assert [answer["subscriptions"][0]["status"] for answer in answers] == ["Pending Acceptance", "Active"]
    read = zuora.call("GET", "/v1/subscriptions/S-1")
    charge = read["ratePlans"][0]["ratePlanCharges"][0]
    assert (charge["effectiveStartDate"], charge["effectiveEndDate"]) == ("2026-02-10", "2027-02-01")
    assert (read["serviceActivationDate"], read["customerAcceptanceDate"]) == ("2026-02-05", "2026-02-10")
    path = f"/v1/orders/{number}/triggerDates"
    assert refusal(zuora, "PUT", path, dates("S-1", "CustomerAcceptance", "2026-02-10"))[0] == 53100030


def test_trigger_dates_of_what_is_not_there(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant
) -> None:
    tenant.configure({"requireServiceActivation": True})
    number = create(zuora, order(account, subscription(catalog, "S-1")))
    path = f"/v1/orders/{number}/triggerDates"

    assert refusal(zuora, "PUT", path, dates("S-9", "ServiceActivation", "2026-02-05"))[0] == 53100040
    assert refusal(zuora, "PUT", path, dates("S-1", "ContractEffective", "2026-02-05"))[0] == 53100020
    assert refusal(zuora, "PUT", path, dates("S-1", "ServiceActivation", "2026-01-05"))[0] == 53100030


def test_custom_fields_of_orders_and_actions(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant
) -> None:
    tenant.configure({"customFields": {"order": ["Deal__c"], "orderAction": ["Step__c"]}})
    number = create(zuora, order(account, subscription(catalog, "S-1")))
    action = {"sequence": 0, "customFields": {"Step__c": "one"}}
    entry = {"subscriptionNumber": "S-1", "orderActions": [action]}
    body = {"customFields": {"Deal__c": "D"}, "subscriptions": [entry]}

    zuora.call("PUT", f"/v1/orders/{number}/customFields", body)

    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]
    made = shown["subscriptions"][0]["orderActions"][0]
    assert (shown["customFields"], made["customFields"]) == ({"Deal__c": "D"}, {"Step__c": "one"})
    zuora.call("PUT", f"/v1/orderActions/{made['id']}", {"changeReason": "why", "customFields": {"Step__c": "two"}})
    made = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"][0]
    assert (made["changeReason"], made["customFields"]) == ("why", {"Step__c": "two"})
    code, _ = refusal(zuora, "PUT", f"/v1/orders/{number}/customFields", {"customFields": {"Nope__c": 1}})
    assert code == 53100021


def test_deleting_an_order_leaves_nothing_of_it(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant
) -> None:
    body = order(account, subscription(catalog, "S-1"), orderNumber="O-1", orderLineItems=[line()])
    create(zuora, body)

    assert zuora.call("DELETE", "/v1/orders/O-1")["success"]

    assert {kind: list(tenant.store.rows(kind)) for kind in KINDS} == {kind: [] for kind in KINDS}
    assert refusal(zuora, "GET", "/v1/orders/O-1")[0] == 50000040
    assert refusal(zuora, "DELETE", "/v1/orders/O-1")[0] == 50000040
    assert create(zuora, body) == "O-1"


def test_an_order_is_not_deleted_under_a_later_one(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant
) -> None:
    create(zuora, order(account, subscription(catalog, "S-1"), orderNumber="O-1", orderLineItems=[line()]))
    create(zuora, order(account, orderNumber="O-2", orderLineItems=[line(relatedSubscriptionNumber="S-1")]))
    before = {kind: list(tenant.store.rows(kind)) for kind in KINDS}

    assert refusal(zuora, "DELETE", "/v1/orders/O-1")[0] == 53100030

    assert {kind: list(tenant.store.rows(kind)) for kind in KINDS} == before
    assert zuora.call("DELETE", "/v1/orders/O-2")["success"]
    assert zuora.call("DELETE", "/v1/orders/O-1")["success"]


def test_lists_are_paged_and_filtered(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    for day in range(1, 13):
        body = order(account, subscription(catalog, f"S-{day}"), orderNumber=f"O-{day}")
        create(zuora, body | {"orderDate": f"2026-02-{day:02}"})
    create(zuora, order(account, subscription(catalog), status="Draft", orderNumber="D-1"))

    first = zuora.call("GET", "/v1/orders", params={"pageSize": "7"})
    second = zuora.call("GET", first["nextPage"].removeprefix(str(zuora.base_url).rstrip("/")))
    assert [len(page["orders"]) for page in (first, second)] == [7, 6]
    assert "nextPage" not in second
    assert first["orders"][0]["orderNumber"] == "O-12"
    some = zuora.call("GET", "/v1/orders", params={"startDate": "2026-02-03", "endDate": "2026-02-04"})
    assert {entry["orderNumber"] for entry in some["orders"]} == {"O-3", "O-4"}
    drafts = zuora.call("GET", "/v1/orders", params={"status": "draft"})
    assert [entry["orderNumber"] for entry in drafts["orders"]] == ["D-1"]
    mine = zuora.call("GET", f"/v1/orders/subscriptionOwner/{account['accountNumber']}", params={"pageSize": "40"})
    assert len(mine["orders"]) == 12
    one = zuora.call("GET", "/v1/orders/subscription/S-5")
    assert [entry["orderNumber"] for entry in one["orders"]] == ["O-5"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/orders/O-9", 50000040),
        ("/v1/orders/subscription/S-9", 50000040),
        ("/v1/orders/invoiceOwner/A-9", 50000040),
        ("/v1/orders?status=open", 50000027),
        ("/v1/orders?dateFilterOption=createdDate", 50000027),
        ("/v1/orders?pageSize=x", 50000027),
        ("/v1/orders?startDate=yesterday", 50000020),
    ],
)
def test_reads_that_are_refused(zuora: ZuoraClient, path: str, code: int) -> None:
    assert refusal(zuora, "GET", path)[0] == code


def test_reverting_is_not_available(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    number = create(zuora, order(account, subscription(catalog, "S-1")))
    path = f"/v1/orders/{number}/revert"

    assert refusal(zuora, "POST", path, {})[0] == 70770022
    assert refusal(zuora, "POST", path, {"orderDate": "2026-02-01"})[0] == 70770030


@pytest.mark.parametrize("path", ["/v1/orders/preview", "/v1/async/orders/preview"])
def test_a_preview_is_checked_and_keeps_nothing(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant, path: str
) -> None:
    options = {"previewThruType": "NumberOfPeriods", "previewNumberOfPeriods": 1, "previewTypes": ["BillingDocs"]}
    good = order(account, subscription(catalog, "S-1"), previewOptions=options)
    before = {kind: list(tenant.store.rows(kind)) for kind in KINDS}
    wrong = {**options}
    wrong["previewThroughType"] = wrong.pop("previewThruType")

    assert refusal(zuora, "POST", path, good | {"previewOptions": wrong})[0] == 58740021
    metrics = {**options, "previewTypes": ["OrderMetrics"]}
    assert result(zuora, path, good | {"previewOptions": metrics})[:8] == "58740010"
    assert zuora.json("POST", path, good).json()["success"] is True
    assert result(zuora, path, good | {"existingAccountNumber": "A-9"})[:8] == "58740040"
    assert result(zuora, path, good | {"previewOptions": {**options, "previewNumberOfPeriods": None}})[:8] == "58740022"
    assert {kind: list(tenant.store.rows(kind)) for kind in KINDS} == before


def result(zuora: ZuoraClient, path: str, body: dict[str, Any]) -> str:
    """The first reason of a refused preview, as ``code: message``, of either call."""
    if "async" not in path:
        code, message = refusal(zuora, "POST", path, body)
        return f"{code}: {message}"
    job = zuora.json("POST", path, body).json()["jobId"]
    zuora.call("GET", f"/v1/async-jobs/{job}")
    answer = zuora.call("GET", f"/v1/async-jobs/{job}")
    assert answer["status"] == "Failed"
    return str(answer["errors"])


def dates(number: str, name: str, day: str) -> dict[str, Any]:
    trigger = {"name": name, "triggerDate": day}
    return {
        "subscriptions": [{"subscriptionNumber": number, "orderActions": [{"sequence": 0, "triggerDates": [trigger]}]}]
    }
