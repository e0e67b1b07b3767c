"""``processingOptions.runBilling``: the documents of an order, made with it."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.billing.api_posting import settle
from cpqbridge.sandbox.zuora.billing.documents import grouped, make
from cpqbridge.sandbox.zuora.billing.due import due_line_items
from cpqbridge.sandbox.zuora.billing.run import bill, post_run
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def bill_order(tenant: Tenant, order: Row, options: dict[str, Any]) -> Row:
    """Bill the subscriptions and line items of an order that is carried out; gives fields for its row.

    Args:
        tenant: Whose order it is.
        order: Its row.
        options: ``billingOptions``: ``targetDate`` and ``documentDate`` (both the present date by default),
            ``generateDraftInvoice``, ``creditMemoReasonCode``.
    """
    store = tenant.store
    target, dated = options.get("targetDate") or tenant.today(), options.get("documentDate")
    actions = store.find("orderAction", orderId=order["id"])
    with store.transaction():
        numbers = {row["subscriptionNumber"] for row in actions}
        made = bill(tenant, None, target=target, post=False, invoice_date=dated, subscriptions=numbers)
        lines = due_line_items(tenant, store.find("orderLineItem", orderId=order["id"]), target=target)
        for group, items in grouped(tenant, lines).items():
            more = make(tenant, group, items, made.bill_run)
            made.invoices += more.invoices
            made.credit_memos += more.credit_memos
        if not options.get("generateDraftInvoice"):
            post_run(tenant, made.bill_run["id"])
        _own(tenant, "invoice", made.invoices, {})
        _own(tenant, "creditMemo", made.credit_memos, {"reasonCode": options.get("creditMemoReasonCode")})
        store.delete("billRun", made.bill_run["id"])
        for account_id in {row["accountId"] for row in (*made.invoices, *made.credit_memos)}:
            settle(tenant, account_id)
    return {
        "_invoiceIds": [row["id"] for row in made.invoices],
        "_creditMemoIds": [row["id"] for row in made.credit_memos],
    }


def documents_of(tenant: Tenant, order: Row, *, return_ids: bool) -> dict[str, Any]:
    """What the answer to an order says of the documents made with it.

    Args:
        tenant: Whose order it is.
        order: Its row.
        return_ids: Whether ids are asked for instead of numbers.
    """
    answer: dict[str, Any] = {}
    for kind, field, number, name in (
        ("invoice", "_invoiceIds", "invoiceNumber", "invoice"),
        ("creditMemo", "_creditMemoIds", "memoNumber", "creditMemo"),
    ):
        ids = order.get(field)
        if ids:
            numbers = [(tenant.store.get(kind, key) or {}).get(number) for key in ids]
            answer |= {f"{name}Ids": ids} if return_ids else {f"{name}Numbers": numbers}
    return answer


def _own(tenant: Tenant, kind: str, rows: list[Row], fields: Row) -> None:
    """Say of documents that the API made them and no bill run."""
    for row in rows:
        origin = {"source": "API", "sourceId": None, "sourceType": "Order", "_billRunId": None}
        tenant.store.update(kind, row["id"], origin | fields)
