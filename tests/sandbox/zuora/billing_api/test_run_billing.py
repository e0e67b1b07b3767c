"""``processingOptions.runBilling``: an order and its documents, made together."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.billing import billed, cancelled, place, rows, sold
from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.ordering import Body, Catalog, line, order, subscription


def test_an_order_with_its_invoice(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    sold(zuora, account, catalog, "S-other")
    answer = place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-03-15"))
    [number] = answer["invoiceNumbers"]
    assert "creditMemoNumbers" not in answer
    invoice = zuora.call("GET", f"/v1/invoices/{number}")
    assert (invoice["status"], invoice["amount"], invoice["balance"]) == ("Posted", 1200, 1200)
    assert (invoice["source"], invoice["sourceId"], invoice["billRunId"]) == ("API", None, None)
    assert (invoice["targetDate"], invoice["invoiceDate"]) == ("2026-03-15", tenant.today())
    items = zuora.call("GET", f"/v1/invoices/{number}/items")["invoiceItems"]
    assert {item["subscriptionName"] for item in items} == {"S-1"}
    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert read["ratePlans"][0]["ratePlanCharges"][0]["chargedThroughDate"] == "2026-04-01"
    assert rows(zuora, "billing-runs") == []


def test_line_items_are_billed_with_the_order(zuora: BillingClient, account: Body) -> None:
    items = [line(itemState="SentToBilling", billTargetDate="2026-02-01"), line(itemName="Draft")]
    answer = place(zuora, account, orderLineItems=items, processingOptions=billed("2026-02-01"))
    [invoice] = rows(zuora, "invoices", f"invoiceNumber.EQ:{answer['invoiceNumbers'][0]}")
    assert (invoice["amount"], invoice["sourceType"]) == (100, "Order")


def test_what_was_credited(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    body = order(
        account, cancelled("S-1", "2026-02-15"), processingOptions=billed("2026-02-28", creditMemoReasonCode="Left")
    )
    answer = zuora.call("POST", "/v1/orders?returnIds=true", body)
    assert "invoiceIds" not in answer
    [memo_id] = answer["creditMemoIds"]
    memo = zuora.call("GET", f"/v1/credit-memos/{memo_id}")
    assert (memo["status"], memo["amount"], memo["reasonCode"]) == ("Posted", 300, "Left")
    balances = zuora.call("GET", f"/v1/accounts/{account['accountNumber']}")["metrics"]
    assert (balances["totalInvoiceBalance"], balances["unappliedCreditMemoAmount"], balances["balance"]) == (
        600,
        300,
        300,
    )


def test_a_draft_invoice_is_posted_later(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    options = billed("2026-02-01", generateDraftInvoice=True, documentDate="2026-02-10")
    answer = place(zuora, account, subscription(catalog, "S-1"), processingOptions=options)
    [number] = answer["invoiceNumbers"]
    path = f"/v1/invoices/{number}"
    assert zuora.call("GET", path)["status"] == "Draft"
    assert zuora.call("GET", f"/v1/accounts/{account['accountNumber']}")["metrics"]["balance"] == 0
    assert marks(zuora) == {None}
    assert zuora.call("PUT", f"{path}/post", {})["jobStatus"] == "Completed"
    posted = zuora.call("GET", path)
    assert (posted["status"], posted["invoiceDate"]) == ("Posted", "2026-02-10")
    assert zuora.call("GET", f"/v1/accounts/{account['accountNumber']}")["metrics"]["balance"] == 600
    assert marks(zuora) == {"2026-03-01"}
    again = zuora.call("PUT", f"{path}/post", {})
    assert (again["success"], again["reasons"][0]["code"] % 100) == (False, 30)


def marks(zuora: BillingClient) -> set[Any]:
    read = zuora.call("GET", "/v1/subscriptions/S-1")
    return {charge["chargedThroughDate"] for plan in read["ratePlans"] for charge in plan["ratePlanCharges"]}


def test_a_draft_order_is_billed_when_it_is_activated(
    zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    options = billed("2026-02-01")
    answer = place(zuora, account, subscription(catalog, "S-1"), status="Draft", processingOptions=options)
    assert "invoiceNumbers" not in answer
    assert list(tenant.store.rows("invoice")) == []
    activated = zuora.call("PUT", f"/v1/orders/{answer['orderNumber']}/activate", {})
    assert activated["success"], activated
    [invoice] = rows(zuora, "invoices", f"accountId.EQ:{account['accountId']}")
    assert activated["invoiceNumbers"] == [invoice["invoiceNumber"]] == ["INV00000001"]


def test_nothing_is_due(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    answer = place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-01-31"))
    assert "invoiceNumbers" not in answer
    assert list(tenant.store.rows("invoice")) == list(tenant.store.rows("billRun")) == []


def test_an_invoiced_order_cannot_be_deleted(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    answer = place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    refused = zuora.call("DELETE", f"/v1/orders/{answer['orderNumber']}")
    assert (refused["success"], refused["reasons"][0]["code"] % 100) == (False, 30)
    assert "invoiced" in refused["reasons"][0]["message"]


@pytest.mark.parametrize(
    ("options", "category"),
    [
        ({**billed(), "collectPayment": True}, 10),
        ({"collectPayment": True}, 20),
        (billed(chargeTypeToExclude=["Usage"]), 10),
    ],
)
def test_refused(
    zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant, options: Body, category: int
) -> None:
    body = order(account, subscription(catalog, "S-1"), processingOptions=options)
    answer = zuora.call("POST", "/v1/orders", body)
    assert (answer["success"], answer["reasons"][0]["code"]) == (False, 53100000 + category)
    assert list(tenant.store.rows("order")) == list(tenant.store.rows("invoice")) == []


def test_the_summary_of_an_account(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    for quantity, day in ((2, "01"), (3, "20")):
        usage = {"AccountNumber": account["accountNumber"], "UOM": "Each", "Quantity": quantity}
        assert zuora.call("POST", "/v1/object/usage", usage | {"StartDateTime": f"2026-02-{day}T00:00:00Z"})["Success"]
    summary = zuora.call("GET", f"/v1/accounts/{account['accountNumber']}/summary")
    [invoice] = summary["invoices"]
    assert (invoice["amount"], invoice["status"], summary["basicInfo"]["balance"]) == (600, "Posted", "600.00")
    assert summary["usage"] == [{"startDate": "2026-02", "unitOfMeasure": "Each", "quantity": "5"}]
