"""Invoices and credit memos: the ``/v1`` reads, Object Query, ZOQL, the official client; and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.billing import billed, cancelled, place, rows, sold
from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.conftest import zoql
from tests.sandbox.zuora.ordering import Body, Catalog, subscription


@pytest.fixture
def invoice(zuora: BillingClient, account: Body, catalog: Catalog) -> str:
    """Number of an invoice of February and March for S-1."""
    answer = place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-03-01"))
    return str(answer["invoiceNumbers"][0])


@pytest.fixture
def memo(zuora: BillingClient, account: Body, invoice: str) -> str:
    """Number of the credit memo for half of March."""
    answer = place(zuora, account, cancelled("S-1", "2026-03-16"), processingOptions=billed("2026-03-31"))
    assert invoice
    return str(answer["creditMemoNumbers"][0])


def test_an_invoice_by_number_and_by_id(zuora: BillingClient, account: Body, invoice: str) -> None:
    by_number = zuora.call("GET", f"/v1/invoices/{invoice}")
    assert by_number == zuora.call("GET", f"/v1/invoices/{by_number['id']}")
    expected = {
        "accountId": account["accountId"],
        "amount": 1200,
        "amountWithoutTax": 1200,
        "balance": 1200,
        "currency": "USD",
        "includesOneTime": False,
        "includesRecurring": True,
        "includesUsage": False,
        "invoiceNumber": invoice,
        "status": "Posted",
        "targetDate": "2026-03-01",
        "taxAmount": 0,
    }
    assert by_number | expected == by_number
    assert by_number["createdDate"] == "2026-02-01 12:00:30"
    assert by_number["postedDate"] == "2026-02-01"


def test_items_of_an_invoice_in_pages(zuora: BillingClient, catalog: Catalog, invoice: str) -> None:
    path = f"/v1/invoices/{invoice}/items"
    first = zuora.call("GET", f"{path}?pageSize=1")
    second = zuora.call("GET", f"{path}?pageSize=1&page=2")
    assert "page=2" in first["nextPage"]
    assert "nextPage" not in second
    [item] = second["invoiceItems"]
    charge = zuora.call("GET", "/v1/subscriptions/S-1")["ratePlans"][0]["ratePlanCharges"][0]
    expected = {
        "chargeAmount": 600,
        "chargeId": charge["id"],
        "chargeName": "Seats",
        "chargeType": "Recurring",
        "processingType": "Charge",
        "productName": "Router",
        "productRatePlanChargeId": catalog.charges["Seats"],
        "quantity": 5,
        "serviceStartDate": "2026-03-01",
        "serviceEndDate": "2026-03-31",
        "sku": "R-1",
        "subscriptionName": "S-1",
        "unitOfMeasure": "User",
        "unitPrice": 120,
    }
    assert item | expected == item


def test_the_transactions_of_an_account(zuora: BillingClient, account: Body, invoice: str) -> None:
    for key in (account["accountNumber"], account["accountId"]):
        answer = zuora.json("GET", f"/v1/transactions/invoices/accounts/{key}").json()
        [found] = answer["invoices"]
        assert (found["invoiceNumber"], found["amount"], found["status"]) == (invoice, 1200, "Posted")
        assert [item["chargeAmount"] for item in found["invoiceItems"]] == [600, 600]


def test_a_credit_memo(zuora: BillingClient, account: Body, memo: str) -> None:
    read = zuora.call("GET", f"/v1/credit-memos/{memo}")
    amount = Decimal("309.68")  # 600 less 600 * 15/31
    expected = {
        "accountId": account["accountId"],
        "accountNumber": account["accountNumber"],
        "amount": amount,
        "unappliedAmount": amount,
        "appliedAmount": 0,
        "number": memo,
        "status": "Posted",
        "currency": "USD",
    }
    assert read | expected == read
    [item] = zuora.call("GET", f"/v1/credit-memos/{read['id']}/items")["items"]
    assert (item["amount"], item["serviceStartDate"], item["serviceEndDate"]) == (amount, "2026-03-16", "2026-03-31")
    assert (item["skuName"], item["creditFromItemSource"]) == ("Router", "InvoiceItem")
    older = zuora.json("GET", f"/v1/creditmemos/{memo}").json()
    assert older["id"] == read["id"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=Posted", True),
        ("status=Draft", False),
        ("amount=309.680", True),
        ("amount=309.6", False),
        ("referredInvoiceId=null&currency=USD", True),
        ("sort=-number&excludeFromAutoApplyRules=false", True),
    ],
)
def test_credit_memos_are_filtered(zuora: BillingClient, memo: str, query: str, found: bool) -> None:
    listed = zuora.call("GET", f"/v1/credit-memos?{query}")["creditmemos"]
    assert [row["number"] for row in listed] == ([memo] if found else [])


def test_object_query_finds_the_items_of_a_subscription(
    zuora: BillingClient, account: Body, catalog: Catalog, invoice: str, memo: str
) -> None:
    sold(zuora, account, catalog, "S-2")
    [row] = rows(zuora, "invoices", f"accountId.EQ:{account['accountId']}")
    items = rows(zuora, "invoice-items", "subscriptionNumber.IN:[S-1,S-2]")
    assert [item["chargeAmount"] for item in items] == [600, 600]
    assert {item["invoiceId"] for item in items} == {row["id"]}
    assert rows(zuora, "invoice-items", f"chargeNumber.EQ:{items[0]['chargeNumber']}") == items
    [credit] = rows(zuora, "credit-memo-items", "subscriptionNumber.EQ:S-1")
    assert (credit["amount"], credit["creditFromItemId"] in {item["id"] for item in items}) == (Decimal("309.68"), True)
    [found] = rows(zuora, "credit-memos", f"memoNumber.EQ:{memo}")
    assert (found["totalAmount"], found["id"]) == (Decimal("309.68"), credit["creditMemoId"])
    single = zuora.call("GET", f"/object-query/invoices/{invoice}?expand[]=invoiceitems&expand[]=account")
    assert len(single["invoiceItems"]) == 2
    assert single["account"]["accountNumber"] == account["accountNumber"]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("invoice-items", 400, "filter[] is required"),
        ("invoice-items?filter[]=accountId.EQ:1", 400, "not filterable"),
        ("invoice-items?filter[]=subscriptionNumber.EQ:S-1&expand[]=account", 400, "cannot be expanded"),
        ("invoices/none", 404, "not found"),
    ],
)
def test_object_query_refuses(zuora: BillingClient, path: str, status: int, words: str) -> None:
    response = zuora.json("GET", f"/object-query/{path}")
    assert (response.status_code, words in response.json()["message"]) == (status, True), response.json()


def test_zoql_knows_invoices_but_no_memos(zuora: BillingClient, account: Body, invoice: str) -> None:
    def ask(text: str) -> Any:
        return zuora.json("POST", "/v1/action/query", {"queryString": text})

    where = f"AccountId = '{account['accountId']}'"
    [found] = ask(zoql("InvoiceNumber, Amount, Status", "Invoice", where)).json()["records"]
    assert (found["InvoiceNumber"], found["Amount"]) == (invoice, 1200)
    where = f"InvoiceId = '{found['Id']}'"
    items = ask(zoql("ChargeAmount, ServiceStartDate, SubscriptionNumber", "InvoiceItem", where)).json()["records"]
    assert [item["ServiceStartDate"] for item in items] == ["2026-02-01", "2026-03-01"]
    assert ask(zoql("Id", "CreditMemo")).json()["FaultCode"] == "INVALID_TYPE"
    assert ask(zoql("PaymentLink", "Invoice")).json()["FaultCode"] == "INVALID_FIELD"


def test_without_invoice_settlement(zuora: BillingClient, account: Body, invoice: str, tenant: Tenant) -> None:
    tenant.configure({"invoiceSettlement": False})
    answer = place(zuora, account, cancelled("S-1", "2026-03-16"), processingOptions=billed("2026-03-31"))
    assert "creditMemoNumbers" not in answer
    [number] = answer["invoiceNumbers"]
    assert zuora.call("GET", f"/v1/invoices/{number}")["amount"] == Decimal("-309.68")
    assert number != invoice
    refused = zuora.call("GET", "/v1/credit-memos")
    assert refused["reasons"][0]["code"] == 50000010
    assert zuora.json("GET", "/object-query/credit-memos").status_code == 403


@pytest.mark.parametrize(
    "path",
    [
        "/v1/invoices/none",
        "/v1/invoices/none/items",
        "/v1/credit-memos/none",
        "/v1/credit-memos/none/items",
        "/v1/transactions/invoices/accounts/none",
    ],
)
def test_what_does_not_exist(zuora: BillingClient, path: str) -> None:
    response = zuora.json("GET", path)
    assert (response.status_code, response.json()["reasons"][0]["code"]) == (404, 50000040)


def test_bad_query_parameters(zuora: BillingClient, memo: str) -> None:
    for query in ("sort=price", "pageSize=0", "page=x"):
        response = zuora.json("GET", f"/v1/credit-memos?{query}")
        assert (response.status_code, response.json()["reasons"][0]["code"]) == (400, 50000027)
    assert memo


def test_the_official_client_reads_them(sdk: Any, invoice: str, memo: str) -> None:
    read = sdk.invoices_api().get_invoice(invoice)
    assert (read.invoice_number, read.amount, read.status) == (invoice, 1200, "Posted")
    found = sdk.object_queries_api().query_invoice_by_key(invoice, expand=["invoiceitems"])
    assert [item.charge_amount for item in found.invoice_items] == [600, 600]
    assert sdk.credit_memos_api().get_credit_memo(memo).number == memo
