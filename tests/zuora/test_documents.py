"""What was billed and what would be: which calls are made, and what is made of their answers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.documents import (
    DocumentItem,
    Standing,
    billing_preview,
    documented,
    documented_line_items,
    order_preview,
)
from tests.sandbox.zuora.billing_api.schema import check_request
from tests.transport.stage import Answer, reply
from tests.zuora.tenant import attempt, play, refused, sent

UNTIL = date(2026, 4, 1)
ITEM = {
    "id": "i1", "invoiceId": "v1", "chargeName": "Seats", "chargeNumber": "C-1", "subscriptionNumber": "S-1",
    "chargeAmount": 30, "serviceStartDate": "2026-02-01", "serviceEndDate": "2026-02-28",
}  # fmt: skip
MEMO_ITEM = {**ITEM, "id": "i2", "creditMemoId": "m1", "amountWithoutTax": 12.5, "amount": 15}
ORDER = {
    "orderNumber": "00000100", "orderDate": "2026-02-01", "existingAccountNumber": "A-1",
    "processingOptions": {"runBilling": False},
    "subscriptions": [{"subscriptionNumber": "S-1", "orderActions": [
        {"type": "OwnerTransfer", "triggerDates": [{"name": "ContractEffective", "triggerDate": "2026-02-01"}],
         "ownerTransfer": {"destinationAccountNumber": "A-2"}},
    ]}],
}  # fmt: skip


def short(items: list[DocumentItem] | None) -> list[tuple[Any, ...]]:
    return [(one.charge, one.start, one.end, one.amount, one.standing, one.document) for one in items or ()]


def documents(invoice: str, memo: str = "Posted") -> Any:
    """Answer the queries of documents with one invoice item and one credit memo item, of documents in these states."""

    def handler(request: httpx.Request) -> Answer:
        objects = request.url.path.rpartition("/")[2]
        rows = {
            "invoice-items": [{**ITEM, "invoice": {"id": "v1", "invoiceNumber": "INV1", "status": invoice}}],
            "credit-memo-items": [MEMO_ITEM],
            "credit-memos": [{"id": "m1", "memoNumber": "CM1", "status": memo}],
            "invoices": [{"id": "v1", "invoiceNumber": "INV1", "status": invoice}],
        }[objects]
        return reply({"data": rows})

    return handler


def test_credits_are_negative_and_ends_are_exclusive() -> None:
    found, _ = play(documents("Posted"), lambda client: documented(client, ["S-1"]))
    start, end = date(2026, 2, 1), date(2026, 3, 1)
    assert short(found) == [
        ("C-1", start, end, 30, Standing.POSTED, "INV1"),
        ("C-1", start, end, Decimal("-12.5"), Standing.POSTED, "CM1"),
    ]


def test_cancelled_documents_count_for_nothing_and_others_that_are_not_posted_are_drafts() -> None:
    found, _ = play(documents("Canceled", "Draft"), lambda client: documented(client, ["S-1"]))
    assert [(one.document, one.standing) for one in found] == [("CM1", Standing.DRAFT)]


def test_many_subscriptions_are_asked_for_together_and_odd_ones_alone() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> Answer:
        asked.extend(request.url.params.get_list("filter[]"))
        return reply({"data": []})

    play(handler, lambda client: documented(client, [*(f"S{number}" for number in range(60)), "a,[b]"]))
    assert sorted({len(one.split(",")) for one in asked if ".IN" in one}) == [10, 50]
    assert asked.count("subscriptionNumber.EQ:a,[b]") == 2


def test_a_tenant_without_invoice_settlement_has_no_credit_memos() -> None:
    usual = documents("Posted")

    def handler(request: httpx.Request) -> Answer:
        return reply({"message": "off"}, 403) if "credit" in request.url.path else usual(request)

    found, _ = play(handler, lambda client: documented(client, ["S-1"]))
    assert [one.document for one in found] == ["INV1"]
    found, _ = play(handler, lambda client: documented_line_items(client, ["z"]))
    assert [one.document for one in found] == ["INV1"]


def test_a_billing_preview_asks_for_what_is_not_on_documents_yet() -> None:
    body = {"success": True, "invoiceItems": [ITEM], "creditMemoItems": [{**MEMO_ITEM, "amount": 12.5}]}
    found, stage = play([reply(body)], lambda client: billing_preview(client, "A-1", UNTIL))
    [call] = [one for one in stage.requests if one.url.path != "/oauth/token"]
    check_request("POST", "/v1/operations/billing-preview", sent(call))
    assert [(one.amount, one.standing) for one in found or ()] == [
        (30, Standing.PREVIEW), (Decimal("-12.5"), Standing.PREVIEW),
    ]  # fmt: skip


def test_an_order_preview_is_of_the_order_without_what_previews_do_not_take() -> None:
    result = {
        "invoices": [{"invoiceItems": [{**ITEM, "amountWithoutTax": 30, "productRatePlanChargeId": "p"}]}],
        "creditMemos": [{"creditMemoItems": [MEMO_ITEM]}],
    }
    answer = reply({"success": True, "previewResult": result})
    found, stage = play([answer], lambda client: order_preview(client, ORDER, UNTIL))
    [call] = [one for one in stage.requests if one.url.path != "/oauth/token"]
    check_request("POST", "/v1/orders/preview", sent(call))
    assert [(one.amount, one.catalog_charge) for one in found or ()] == [(30, "p"), (Decimal("-12.5"), None)]
    assert (found or [])[0].reversed.amount == -30


@pytest.mark.parametrize("order", [True, False], ids=["order", "account"])
def test_who_may_not_preview_gets_none_and_other_errors_are_raised(order: bool) -> None:
    async def ask(client: ZuoraClient) -> Any:
        return await (order_preview(client, ORDER, UNTIL) if order else billing_preview(client, "A-1", UNTIL))

    assert play([reply({"message": "no permission"}, 403)], ask)[0] is None
    error, _ = play(lambda _: refused(58310099, message="passing"), attempt(ask))
    assert isinstance(error, CpqBridgeError)
    assert isinstance(error, RetryLater)
