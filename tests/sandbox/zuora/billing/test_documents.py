"""Invoices, credit memos and bill runs: what goes together, what is posted, what a cancelled run leaves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.billing.run import cancel_run, post_run
from cpqbridge.sandbox.zuora.billing_marks import mark_charged
from cpqbridge.sandbox.zuora.envelopes import Refusal
from cpqbridge.sandbox.zuora.orders.delete import delete_order
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing.books import Books
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import make_catalog, order, seats, subscription


@pytest.fixture
def books() -> Books:
    return Books()


def _two(books: Books, **second: Any) -> None:
    books.sell(books.charge(10), start="2025-01-01", end="2026-01-01")
    books.sell(books.charge(20), start="2025-01-01", end="2026-01-01", **second)


def test_one_invoice_of_an_account(books: Books) -> None:
    _two(books)
    made = books.run("2025-01-01")
    (invoice,) = made.invoices
    assert invoice["amount"] == invoice["balance"] == 30
    assert (invoice["status"], invoice["targetDate"], invoice["invoiceDate"]) == ("Posted", "2025-01-01", "2026-02-01")
    assert invoice["dueDate"] == "2026-03-03"
    assert (invoice["includesRecurring"], invoice["includesOneTime"]) == (True, False)
    assert made.bill_run["status"] == "Posted"
    assert len(made.items[invoice["id"]]) == 2


@pytest.mark.parametrize(
    "apart", [{"invoiceSeparately": True}, {"invoiceGroupNumber": "G1"}, {"paymentTerm": "Net 60"}]
)
def test_what_is_invoiced_apart(books: Books, apart: dict[str, Any]) -> None:
    _two(books, **apart)
    assert [invoice["amount"] for invoice in books.run("2025-01-01").invoices] == [10, 20]


def test_nothing_due_makes_no_document(books: Books) -> None:
    made = books.run("2025-01-01")
    assert (made.invoices, made.credit_memos) == ([], [])


@pytest.mark.parametrize(("settlement", "invoices", "memos"), [(True, ["100"], ["50"]), (False, ["50"], [])])
def test_credits_go_on_a_credit_memo_with_invoice_settlement(
    settlement: bool, invoices: list[str], memos: list[str]
) -> None:
    books = Books(invoiceSettlement=settlement)
    number = books.sell(books.charge(100), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.sell(books.charge(100), start="2025-01-01", end="2025-02-01")
    books.cancel(number, "2025-01-17")
    made = books.run("2025-01-31")
    rounded = [str(round(row["amount"], -1)) for row in made.invoices]
    assert [Decimal(amount) for amount in rounded] == [Decimal(amount) for amount in invoices]
    assert [round(row["totalAmount"], -1) for row in made.credit_memos] == [Decimal(amount) for amount in memos]
    for memo in made.credit_memos:
        (item,) = made.items[memo["id"]]
        assert item["amount"] == memo["totalAmount"] == memo["balance"] > 0
        assert item["creditFromItemSource"] == "InvoiceItem"


def test_drafts_hold_what_they_bill_and_mark_it_when_they_are_posted(books: Books) -> None:
    number = books.sell(books.charge(10), start="2025-01-01", end="2026-01-01")
    made = books.run("2025-01-01", post=False)
    assert [row["status"] for row in made.invoices] == ["Draft"]
    assert books.segments(number)[0].get("chargedThroughDate") is None
    assert books.bill("2025-01-01") == []
    post_run(books.tenant, made.bill_run["id"])
    assert books.segments(number)[0]["chargedThroughDate"] == "2025-02-01"
    assert [row["status"] for row in books.store.rows("invoice")] == ["Posted"]


def test_a_cancelled_run_falls_due_again(books: Books) -> None:
    number = books.sell(books.charge(10), start="2025-01-01", end="2026-01-01")
    made = books.run("2025-01-01")
    cancel_run(books.tenant, made.bill_run["id"])
    assert books.segments(number)[0]["chargedThroughDate"] is None
    assert [row["status"] for row in books.store.rows("invoice")] == ["Canceled"]
    assert books.bill("2025-01-01") == [("2025-01-01", "2025-01-31", "10.00")]


def test_only_some_subscriptions(books: Books) -> None:
    _two(books)
    number = books.store.find("subscription", isLatestVersion=True)[1]["name"]
    assert [line[2] for line in [item.line for item in books.items("2025-01-01", subscriptions=[number])]] == ["20.00"]


def test_order_line_items_and_their_returns(books: Books) -> None:
    line: dict[str, Any] = {"itemName": "Router", "quantity": 2, "amountPerUnit": 50, "itemState": "SentToBilling"}
    waiting = line | {"itemState": "Executing"}
    sold = books.order(orderLineItems=[line, waiting, line | {"billTargetDate": "2026-03-01"}])
    assert books.bill("2026-02-01") == [("2026-02-01", "2026-02-01", "100.00")]
    assert books.bill("2026-02-28") == []
    with pytest.raises(Refusal, match="order line item '1' is invoiced"):
        delete_order(books.tenant, sold)
    back = {**line, "quantity": 1, "originalOrderNumber": sold["orderNumber"], "originalOrderLineItemNumber": "1"}
    books.order(orderLineItems=[back], category="Return")
    assert [line[2] for line in books.bill("2026-02-28")] == ["-50.00"]
    assert books.bill("2026-03-01") == [("2026-02-01", "2026-02-01", "100.00")]


def test_days_that_are_marked_as_charged_are_not_billed(books: Books) -> None:
    number = books.sell(books.charge(10), start="2025-01-01", end="2026-01-01")
    mark_charged(books.tenant, number, "2025-03-01")
    assert [line[0] for line in books.bill("2025-03-01")] == ["2025-03-01"]


def test_a_currency_with_an_increment_of_its_own() -> None:
    books = Books(currencies={"USD": {"mode": "Down", "increment": "0.05"}})
    books.sell(books.charge("10.09"), start="2025-01-01", end="2026-01-01")
    assert books.items("2025-01-01")[0].amount == Decimal("10.05")


@pytest.mark.usefixtures("account")
def test_the_control_call(zuora: ZuoraClient, account: dict[str, Any]) -> None:
    body = {"accountNumber": account["accountNumber"], "targetDate": "2026-02-01"}
    answer = zuora.json("POST", "/_sandbox/bill-run", body)
    assert answer.status_code == 200
    assert answer.json() == {"billRunNumber": "BR-00000001", "invoices": [], "creditMemos": []}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "The body must be"),
        ({"targetDate": "tomorrow"}, "isoformat"),
        ({"targetDate": "2026-02-01", "accountNumber": "A1"}, "There is no account 'A1'."),
        ({"targetDate": "2026-02-01", "account": "A1"}, "The body must be"),
    ],
)
def test_the_control_call_refused(zuora: ZuoraClient, body: dict[str, Any], words: str) -> None:
    answer = zuora.json("POST", "/_sandbox/bill-run", body)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_the_contract_of_the_vendors_page_over_http(
    zuora: ZuoraClient, tenant: Tenant, account: dict[str, Any]
) -> None:
    """1,000 a month from 23 May to 30 September 2019, billed on the first of the month: 4,290.32."""
    catalog = make_catalog(tenant)
    initial = {"startDate": "2019-05-23", "endDate": "2019-10-01", "termType": "TERMED"}
    sold = subscription(
        catalog, terms={"initialTerm": initial}, subscribeToRatePlans=[seats(catalog, quantity=1, price=1000)]
    )
    sold["orderActions"][0]["triggerDates"] = [{"name": "ContractEffective", "triggerDate": "2019-05-23"}]
    tenant.store.update("product", catalog.product, {"effectiveStartDate": "2010-01-01"})
    tenant.store.update("productRatePlan", catalog.plans["Seats"], {"effectiveStartDate": "2010-01-01"})
    assert zuora.call("POST", "/v1/orders", order(account, sold, orderDate="2019-05-23"))["success"]
    answer = zuora.json("POST", "/_sandbox/bill-run", {"targetDate": "2019-12-31"})
    (invoice,) = wire.decode(answer.content)["invoices"]
    assert invoice["accountNumber"] == account["accountNumber"]
    assert invoice["amount"] == Decimal("4290.32")
    assert (tenant.store.get("account", account["accountId"]) or {})["balance"] == Decimal("4290.32")
    assert [item["amount"] for item in invoice["items"]] == [Decimal("290.32"), *[Decimal(1000)] * 4]
    assert wire.decode(zuora.json("POST", "/_sandbox/bill-run", {"targetDate": "2019-12-31"}).content)["invoices"] == []
