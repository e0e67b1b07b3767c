"""What Zuora has billed, and what it would bill: items of invoices and credit memos, and of previews.

Taxes are left out. Credits are negative, whatever the sign with which Zuora gives them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cpqbridge.errors import FixConfiguration, SignInRefused
from cpqbridge.transport.together import together
from cpqbridge.zuora.client import Row, ZuoraClient
from cpqbridge.zuora.lookups import NUMBERS_PER_QUERY

_DAY = timedelta(days=1)
_LIST_SIGNS = frozenset(",[]")
_SESSION_REFUSED = "CPQ-202"
"""What a call answers that the user may not make, although he is signed in."""

_INVOICE_ITEM = (
    "id", "invoiceId", "chargeName", "chargeNumber", "subscriptionNumber", "orderLineItemId", "chargeAmount",
    "serviceStartDate", "serviceEndDate",
)  # fmt: skip
_CREDIT_MEMO_ITEM = (
    "id", "creditMemoId", "chargeName", "chargeNumber", "subscriptionNumber", "orderLineItemId", "amountWithoutTax",
    "amount", "serviceStartDate", "serviceEndDate",
)  # fmt: skip
_LINE_ITEM = "OrderLineItem"


class Standing(StrEnum):
    """How far an amount has come."""

    POSTED = "invoiced"
    DRAFT = "draft"
    PREVIEW = "to be billed"


_STANDINGS = {"Posted": Standing.POSTED, "Canceled": None, "Cancelled": None, "Reversed": Standing.POSTED}
"""Status of a document to what its amounts are; None where they count for nothing, any other is a draft's."""


@dataclass(frozen=True, slots=True)
class DocumentItem:
    """An amount that was billed or credited, or would be.

    Attributes:
        charge: Number of the charge; None for an order line item, and for one that Zuora has not numbered yet.
        subscription: Number of the subscription; None for an order line item.
        line_item: Id of the order line item.
        name: Name of the charge.
        start: First day of service.
        end: First day after it.
        amount: Without tax; negative is credited.
        standing: How far it has come.
        document: Number of the invoice or credit memo; None for a preview.
        catalog_charge: Id of the charge in the catalog; only of an order preview.
    """

    charge: str | None
    subscription: str | None
    line_item: str | None
    name: str
    start: date
    end: date
    amount: Decimal
    standing: Standing = Standing.PREVIEW
    document: str | None = None
    catalog_charge: str | None = None

    @property
    def reversed(self) -> DocumentItem:
        """The same, taken back."""
        return replace(self, amount=-self.amount)


async def documented(client: ZuoraClient, subscriptions: Iterable[str]) -> list[DocumentItem]:
    """Return what stands for subscriptions, given by number, on invoices and credit memos that are not cancelled."""
    return await _documented(client, [[condition] for condition in _conditions("subscriptionNumber", subscriptions)])


async def documented_line_items(client: ZuoraClient, account_ids: Iterable[str]) -> list[DocumentItem]:
    """Return what stands for order line items on the invoices and credit memos of accounts, given by their Zuora ids.

    Items of order line items can only be found by their document, and documents by their account.
    """
    found: list[DocumentItem] = []
    only = f"sourceItemType.EQ:{_LINE_ITEM}"
    for some in _chunks(account_ids):
        [owned] = [f"accountId.IN:[{','.join(some)}]"]
        invoices = await client.object_query("invoices", filters=[owned], fields=("id", "invoiceNumber", "status"))
        memos = await _settled(client, "credit-memos", [owned], ("id", "memoNumber", "status"))
        bills = await _of_documents(client, "invoice-items", "invoiceId", invoices, only, _INVOICE_ITEM)
        memo_items = await _of_documents(client, "credit-memo-items", "creditMemoId", memos, only, _CREDIT_MEMO_ITEM)
        found += [*_invoiced(bills, _by_id(invoices)), *_credited(memo_items, _by_id(memos))]
    return found


async def billing_preview(client: ZuoraClient, account_number: str, until: date) -> list[DocumentItem] | None:
    """Return what is still to be billed to an account until a day; None where the API user may not ask.

    Draft documents are left out; no renewal is assumed.
    """
    body = {"accountNumber": account_number, "targetDate": until, "assumeRenewal": "None"}
    try:
        answer = await client.send("POST", "/v1/operations/billing-preview", body=body, reads=True)
    except (FixConfiguration, SignInRefused) as error:
        _only_if_denied(error)
        return None
    bills = (_item(row, row["chargeAmount"]) for row in answer.get("invoiceItems") or ())
    memo_items = (_item(row, -_without_tax(row)) for row in answer.get("creditMemoItems") or ())
    return [*bills, *memo_items]


async def order_preview(client: ZuoraClient, order: Any, until: date) -> list[DocumentItem] | None:
    """Return what would be billed until a day if an order were carried out; None where the API user may not ask.

    For subscriptions that are there already, that is all that is still to be billed, not only what the order changes.

    Args:
        client: The tenant.
        order: Body of `POST /v1/orders`.
        until: The day.
    """
    options = {
        "previewThruType": "SpecificDate", "specificPreviewThruDate": until, "previewTypes": ["BillingDocs"],
    }  # fmt: skip
    body = {name: value for name, value in order.items() if name not in _NOT_IN_PREVIEW} | {"previewOptions": options}
    try:
        answer = await client.send("POST", "/v1/orders/preview", body=body, reads=True)
    except (FixConfiguration, SignInRefused) as error:
        _only_if_denied(error)
        return None
    result = answer.get("previewResult") or {}
    bills = [one for document in result.get("invoices") or () for one in document.get("invoiceItems") or ()]
    memo_items = [one for document in result.get("creditMemos") or () for one in document.get("creditMemoItems") or ()]
    return [*(_item(one, _without_tax(one)) for one in bills), *(_item(one, -_without_tax(one)) for one in memo_items)]


_NOT_IN_PREVIEW = frozenset({"orderNumber", "processingOptions"})


def _only_if_denied(error: FixConfiguration | SignInRefused) -> None:
    """Raise the error again, unless it says that the user may not make this call."""
    if isinstance(error, SignInRefused) and error.code != _SESSION_REFUSED:
        raise error


async def _documented(client: ZuoraClient, conditions: Sequence[Sequence[str]]) -> list[DocumentItem]:
    """Return the items that fulfil one of some conditions, with the numbers of their documents."""
    pages = await together(
        client.object_query("invoice-items", filters=one, fields=_INVOICE_ITEM, expand=("invoice",))
        for one in conditions
    )
    bills = [row for page in pages for row in page]
    pages = await together(_settled(client, "credit-memo-items", one, _CREDIT_MEMO_ITEM) for one in conditions)
    memo_items = [row for page in pages for row in page]
    memos = await together(
        client.object_query(
            "credit-memos", filters=[f"id.IN:[{','.join(some)}]"], fields=("id", "memoNumber", "status")
        )
        for some in _chunks(row["creditMemoId"] for row in memo_items)
    )
    documents = {row["invoiceId"]: row.get("invoice") or {} for row in bills}
    return [*_invoiced(bills, documents), *_credited(memo_items, _by_id([row for page in memos for row in page]))]


async def _settled(
    client: ZuoraClient, objects: str, filters: Sequence[str], fields: Sequence[str]
) -> list[dict[str, Any]]:
    """Return rows of objects that only a tenant with Invoice Settlement has; none in another one."""
    try:
        return await client.object_query(objects, filters=filters, fields=fields)
    except FixConfiguration:
        return []


async def _of_documents(
    client: ZuoraClient, objects: str, field: str, documents: Sequence[Row], only: str, fields: Sequence[str]
) -> list[Row]:
    pages = await together(
        client.object_query(objects, filters=[f"{field}.IN:[{','.join(some)}]", only], fields=fields)
        for some in _chunks(row["id"] for row in documents)
    )
    return [row for page in pages for row in page]


def _invoiced(rows: Iterable[Row], documents: dict[str, Row]) -> Iterator[DocumentItem]:
    for row in rows:
        document = documents.get(row["invoiceId"]) or {}
        standing = _STANDINGS.get(str(document.get("status")), Standing.DRAFT)
        if standing is not None:
            yield _item(row, row["chargeAmount"], standing, document.get("invoiceNumber"))


def _credited(rows: Iterable[Row], documents: dict[str, Row]) -> Iterator[DocumentItem]:
    for row in rows:
        document = documents.get(row["creditMemoId"]) or {}
        standing = _STANDINGS.get(str(document.get("status")), Standing.DRAFT)
        if standing is not None:
            yield _item(row, -_without_tax(row), standing, document.get("memoNumber"))


def _item(row: Row, amount: Any, standing: Standing = Standing.PREVIEW, document: str | None = None) -> DocumentItem:
    start = date.fromisoformat(str(row["serviceStartDate"])[:10])
    end = date.fromisoformat(str(row.get("serviceEndDate") or row["serviceStartDate"])[:10])
    return DocumentItem(
        charge=row.get("chargeNumber"),
        subscription=row.get("subscriptionNumber") or row.get("subscriptionName"),
        line_item=row.get("orderLineItemId"),
        name=str(row.get("chargeName") or row.get("comment") or ""),
        start=start,
        end=max(start, end) + _DAY,
        amount=Decimal(amount),
        standing=standing,
        document=document,
        catalog_charge=row.get("productRatePlanChargeId"),
    )


def _without_tax(row: Row) -> Decimal:
    given = row.get("amountWithoutTax")
    return Decimal(row["amount"] if given is None else given)


def _by_id(rows: Iterable[Row]) -> dict[str, Row]:
    return {row["id"]: row for row in rows}


def _conditions(field: str, keys: Iterable[str]) -> Iterator[str]:
    """Yield conditions that together hold for all keys; one that would end its list is asked for alone."""
    unique = list(dict.fromkeys(keys))
    for some in _chunks(key for key in unique if not _LIST_SIGNS & set(key)):
        yield f"{field}.IN:[{','.join(some)}]"
    yield from (f"{field}.EQ:{key}" for key in unique if _LIST_SIGNS & set(key))


def _chunks(values: Iterable[str]) -> list[list[str]]:
    unique = list(dict.fromkeys(values))
    return [unique[start : start + NUMBERS_PER_QUERY] for start in range(0, len(unique), NUMBERS_PER_QUERY)]
