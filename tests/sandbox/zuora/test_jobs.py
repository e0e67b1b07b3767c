"""Asynchronous orders: the job's id, its polls, its result; larger limits than the synchronous call."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, subscription

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "jobs")


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def start(zuora: ZuoraClient, method: str, path: str, body: Any = None) -> str:
    response = zuora.json(method, path, body)
    assert (response.status_code, response.json()["success"]) == (202, True)
    return str(response.json()["jobId"])


def test_a_job_processes_then_completes(
    tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    tenant.configure({"asyncJobPolls": 2})
    job = start(zuora, "POST", "/v1/async/orders", order(account, subscription(catalog, "S-1"), orderNumber="O-1"))

    answers = [zuora.call("GET", f"/v1/async-jobs/{job}") for _ in range(3)]

    assert [answer["status"] for answer in answers] == ["Processing", "Processing", "Completed"]
    assert answers[-1]["errors"] is None
    assert answers[-1]["result"] == {
        "orderNumber": "O-1",
        "accountNumber": account["accountNumber"],
        "status": "Completed",
        "jobType": "AsyncCreateOrder",
        "subscriptions": [
            {"subscriptionNumber": "S-1", "subscriptionOwnerNumber": account["accountNumber"], "status": "Active"}
        ],
    }
    assert zuora.call("GET", "/v1/orders/O-1")["order"]["status"] == "Completed"


def test_a_job_that_fails_says_why(tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any]) -> None:
    tenant.configure({"asyncJobPolls": 0})
    job = start(zuora, "POST", "/v1/async/orders", order(account))

    answer = zuora.call("GET", f"/v1/async-jobs/{job}")

    assert (answer["success"], answer["status"], answer["result"]) == (True, "Failed", None)
    assert answer["errors"].startswith("53100022: ")


def test_a_malformed_body_starts_no_job(tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any]) -> None:
    response = zuora.json("POST", "/v1/async/orders", order(account, orderNumbr="x"))

    assert (response.status_code, response.json()["reasons"][0]["code"]) == (400, 53100021)
    assert not list(tenant.store.rows("asyncJob"))


@pytest.mark.parametrize(("count", "status"), [(300, "Completed"), (301, "Failed")])
def test_three_hundred_subscriptions(
    tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, count: int, status: str
) -> None:
    tenant.configure({"asyncJobPolls": 0})
    body = order(account, *(subscription(catalog) for _ in range(count)))
    job = start(zuora, "POST", "/v1/async/orders", body)

    assert zuora.call("GET", f"/v1/async-jobs/{job}")["status"] == status


def test_deleting_asynchronously(tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    tenant.configure({"asyncJobPolls": 0})
    zuora.call("POST", "/v1/orders", order(account, subscription(catalog, "S-1"), orderNumber="O-1"))
    job = start(zuora, "DELETE", "/v1/async/orders/O-1")

    assert zuora.json("GET", f"/v1/async-jobs/{job}").json()["status"] == "Completed"
    assert zuora.json("GET", "/v1/orders/O-1").status_code == 404


def test_an_unknown_job(zuora: ZuoraClient) -> None:
    response = zuora.json("GET", "/v1/async-jobs/0")

    assert response.json()["reasons"][0]["code"] == 50000040
