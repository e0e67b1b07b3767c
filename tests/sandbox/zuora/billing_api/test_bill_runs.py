"""Bill runs over the API: started, read, posted, cancelled, deleted; whom they bill; and what is refused."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.billing import billed, place, rows, run, sold
from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.billing_api.schema import check_request
from tests.sandbox.zuora.conftest import ACCOUNT
from tests.sandbox.zuora.ordering import Body, Catalog, line


@pytest.fixture
def other(zuora: BillingClient) -> Body:
    made: Body = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "batch": "Batch2", "billCycleDay": 15})
    return made


def status(zuora: BillingClient, made: Body) -> str:
    read = zuora.call("GET", f"/v1/bill-runs/{made['id']}")
    assert zuora.call("GET", f"/v1/bill-runs/{made['billRunNumber']}")["id"] == read["id"]
    return str(read["status"])


def test_started_and_posted(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    sold(zuora, account, catalog)
    made = run(zuora, "2026-03-01", name="March", invoiceDate="2026-03-02")
    assert (made["status"], made["name"], made["batches"], made["billCycleDay"]) == (
        "Pending", "March", ["AllBatches"], "AllBillCycleDays",
    )  # fmt: skip
    assert (made["targetDate"], made["invoiceDate"]) == ("2026-03-01", "2026-03-02")
    assert status(zuora, made) == "Completed"
    [draft] = rows(zuora, "invoices", f"sourceId.EQ:{made['billRunNumber']}")
    assert (draft["status"], draft["amount"], draft["invoiceDate"]) == ("Draft", 1200, "2026-03-02")
    posted = zuora.call("PUT", f"/v1/bill-runs/{made['id']}/post", {})
    assert posted["status"] == "PostInProgress"
    assert status(zuora, made) == "Posted"
    [invoice] = rows(zuora, "invoices", "status.EQ:Posted")
    assert zuora.call("GET", f"/v1/invoices/{invoice['id']}")["billRunId"] == made["id"]
    assert zuora.call("GET", f"/v1/accounts/{account['accountNumber']}")["metrics"]["totalInvoiceBalance"] == 1200
    [row] = rows(zuora, "billing-runs")
    assert (row["billingRunNumber"], row["numberOfInvoices"], row["status"]) == (made["billRunNumber"], 1, "Posted")
    again = run(zuora, "2026-03-01")
    assert zuora.call("GET", f"/v1/bill-runs/{again['id']}")["status"] == "Completed"
    assert len(rows(zuora, "invoices", "amount.GT:0")) == 1


def test_posted_with_another_date(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    zuora.call("PUT", f"/v1/accounts/{account['accountNumber']}", {"paymentTerm": "Net 30"})
    sold(zuora, account, catalog)
    made = run(zuora, "2026-02-01", invoiceDate="2026-02-01")
    assert zuora.call("PUT", f"/v1/bill-runs/{made['id']}/post", {"invoiceDate": "2026-02-10"})["success"]
    [invoice] = rows(zuora, "invoices", "status.EQ:Posted")
    assert (invoice["invoiceDate"], invoice["dueDate"]) == ("2026-02-10", "2026-03-12")


def test_cancelled_and_billed_again(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    sold(zuora, account, catalog)
    made = run(zuora, "2026-02-01")
    refused = zuora.call("DELETE", f"/v1/bill-runs/{made['id']}")
    assert (refused["success"], refused["reasons"][0]["code"] % 100) == (False, 30)
    assert zuora.call("PUT", f"/v1/bill-runs/{made['id']}/cancel", {})["status"] == "CancelInProgress"
    assert status(zuora, made) == "Canceled"
    for verb in ("post", "cancel"):
        assert zuora.call("PUT", f"/v1/bill-runs/{made['id']}/{verb}", {})["success"] is False
    assert [row["status"] for row in rows(zuora, "invoices", "amount.GT:0")] == ["Canceled"]
    assert zuora.call("DELETE", f"/v1/bill-runs/{made['id']}")["success"] is True
    assert zuora.json("GET", f"/v1/bill-runs/{made['id']}").status_code == 404
    run(zuora, "2026-02-01")
    assert sorted(row["status"] for row in rows(zuora, "invoices", "amount.GT:0")) == ["Canceled", "Draft"]


def test_whom_it_bills(zuora: BillingClient, account: Body, other: Body, catalog: Catalog) -> None:
    for owner, number in ((account, "S-1"), (account, "S-2"), (other, "S-3")):
        sold(zuora, owner, catalog, number)
    ids = {number: zuora.call("GET", f"/v1/subscriptions/{number}")["id"] for number in ("S-1", "S-2", "S-3")}
    one = [{"filterType": "Subscription", "subscriptionId": ids["S-2"]}]
    whole = [{"filterType": "Account", "accountId": account["accountId"]}]
    cases: list[tuple[Body, list[str]]] = [
        ({"batches": ["Batch2"]}, ["S-3"]),
        ({"batches": ["AllBatches"], "billCycleDay": "15"}, ["S-3"]),
        ({"batches": ["Batch7"]}, []),
        ({"billRunFilters": one}, ["S-2"]),
        ({"billRunFilters": whole}, ["S-1", "S-2"]),
    ]
    for fields, numbers in cases:
        made = run(zuora, "2026-02-15", **fields)
        invoices = rows(zuora, "invoices", f"sourceId.EQ:{made['billRunNumber']}")
        items = [item for row in invoices for item in rows(zuora, "invoice-items", f"invoiceId.EQ:{row['id']}")]
        assert sorted({item["subscriptionNumber"] for item in items}) == numbers, fields
        assert zuora.call("PUT", f"/v1/bill-runs/{made['id']}/cancel", {})["success"]


def test_order_line_items_may_be_left_out(zuora: BillingClient, account: Body) -> None:
    items = [line(itemState="SentToBilling", billTargetDate="2026-02-01")]
    place(zuora, account, orderLineItems=items)
    without = run(zuora, "2026-02-01", includeOrderLineItems=False)
    assert without["includeOrderLineItems"] is False
    assert rows(zuora, "invoices", "amount.GT:0") == []
    run(zuora, "2026-02-01")
    [invoice] = rows(zuora, "invoices", "amount.GT:0")
    [item] = rows(zuora, "invoice-items", f"invoiceId.EQ:{invoice['id']}")
    assert (item["chargeAmount"], item["sourceItemType"]) == (100, "OrderLineItem")


REFUSED: dict[str, tuple[Body, int, str]] = {
    "no target": ({"targetDate": None}, 22, "targetDate"),
    "nobody": ({"batches": None}, 20, "batches"),
    "both": ({"billRunFilters": [{"filterType": "Account", "accountId": "x"}]}, 20, "batches"),
    "no such batch": ({"batches": ["Batch99"]}, 20, "Batch99"),
    "all and one": ({"batches": ["AllBatches", "Batch1"]}, 20, "AllBatches"),
    "no such day": ({"billCycleDay": "32"}, 20, "billCycleDay"),
    "no such account": ({"batches": None, "billRunFilters": [{"filterType": "Account", "accountId": "x"}]}, 20, "'x'"),
    "no such subscription": (
        {"batches": None, "billRunFilters": [{"filterType": "Subscription", "subscriptionId": "x"}]}, 20, "'x'",
    ),
    "no filter type": ({"batches": None, "billRunFilters": [{"filterType": "Planet"}]}, 20, "filterType"),
    "invoice schedule": ({"batches": None, "billRunFilters": [{"filterType": "InvoiceSchedule"}]}, 10, "accounts"),
    "posting by itself": ({"autoPost": True}, 10, "autoPost"),
    "renewal": ({"autoRenewal": True}, 10, "autoRenewal"),
    "catch up": ({"billRunType": "CatchUp"}, 10, "Catch-up"),
    "excluded types": ({"chargeTypeToExclude": ["Usage"]}, 10, "chargeTypeToExclude"),
    "schedule": ({"schedule": {"repeatFrom": "2026-02-01"}}, 10, "schedule"),
    "unknown field": ({"target": 1}, 21, "target"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant, case: str) -> None:
    changes, category, words = REFUSED[case]
    sold(zuora, account, catalog)
    body = {"targetDate": "2026-02-01", "batches": ["AllBatches"], **changes}
    response = zuora.json("POST", "/v1/bill-runs", {name: value for name, value in body.items() if value is not None})
    assert response.status_code == (400 if category == 21 else 200)
    [reason] = response.json()["reasons"]
    assert (reason["code"] % 100, words in reason["message"]) == (category, True), reason
    assert list(tenant.store.rows("billRun")) == list(tenant.store.rows("invoice")) == []


def test_what_does_not_exist(zuora: BillingClient) -> None:
    for verb, path in (("GET", ""), ("PUT", "/post"), ("PUT", "/cancel"), ("DELETE", "")):
        response = zuora.json(verb, f"/v1/bill-runs/none{path}", {} if verb == "PUT" else None)
        assert (response.status_code, response.json()["reasons"][0]["code"]) == (404, 50000040)
    check_request("PUT", "/v1/bill-runs/none/post", {"invoiceDate": "2026-02-01"})


def test_a_posted_run_stays(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    place(zuora, account, processingOptions=billed("2026-02-01"), orderLineItems=[line(itemState="SentToBilling")])
    sold(zuora, account, catalog)
    made = run(zuora, "2026-02-01")
    zuora.call("PUT", f"/v1/bill-runs/{made['id']}/post", {})
    refused = zuora.call("PUT", f"/v1/bill-runs/{made['id']}/cancel", {})
    assert "is Posted" in refused["reasons"][0]["message"]
