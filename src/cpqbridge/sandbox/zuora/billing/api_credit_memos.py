"""Credit memos over the API: all of them, one, its items; only with Invoice Settlement.

``/v1/creditmemos`` is the older spelling of ``/v1/credit-memos``.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.billing import api_posting
from cpqbridge.sandbox.zuora.billing.api_lists import listed
from cpqbridge.sandbox.zuora.billing.api_views import credit_memo_item_view, credit_memo_view
from cpqbridge.sandbox.zuora.envelopes import NO_BODY, PERMISSION, Refusal, code, not_found
from cpqbridge.sandbox.zuora.http import ok
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_PATHS = ("/v1/credit-memos", "/v1/creditmemos")

_FILTERS = (
    "accountId", "accountNumber", "amount", "appliedAmount", "autoApplyUponPosting", "createdById", "createdDate",
    "creditMemoDate", "currency", "excludeFromAutoApplyRules", "number", "referredInvoiceId", "refundAmount",
    "status", "targetDate", "taxAmount", "totalTaxExemptAmount", "transferredToAccounting", "unappliedAmount",
    "updatedById", "updatedDate",
)  # fmt: skip

_ITEM_FILTERS = (
    "amount", "appliedAmount", "createdById", "createdDate", "id", "refundAmount", "serviceEndDate",
    "serviceStartDate", "sku", "skuName", "sourceItemId", "subscriptionId", "updatedById", "updatedDate",
)  # fmt: skip

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def routes(tenant: Tenant) -> list[Route]:
    """The calls about credit memos, under both spellings."""

    async def every(request: Request) -> Response:
        _require(tenant)
        memos = sorted(tenant.store.rows("creditMemo"), key=lambda row: str(row["updatedDate"]), reverse=True)
        views = [credit_memo_view(tenant, memo) for memo in memos]
        return listed(request, "creditmemos", views, filters=_FILTERS, sorts=_FILTERS)

    async def read(request: Request) -> Response:
        return ok(**credit_memo_view(tenant, find_credit_memo(tenant, request.path_params["key"])))

    async def items(request: Request) -> Response:
        memo = find_credit_memo(tenant, request.path_params["key"])
        rows = tenant.store.find("creditMemoItem", creditMemoId=memo["id"])
        views = [credit_memo_item_view(tenant.store, row) for row in rows]
        return listed(request, "items", views, filters=_ITEM_FILTERS, sorts=_ITEM_FILTERS)

    async def post(request: Request) -> Response:
        memo = find_credit_memo(tenant, request.path_params["key"])
        return ok(**credit_memo_view(tenant, api_posting.post_credit_memo(tenant, memo)))

    calls: tuple[tuple[str, _Handler, str], ...] = (
        ("", every, "GET"),
        ("/{key}", read, "GET"),
        ("/{key}/items", items, "GET"),
        ("/{key}/post", post, "PUT"),
    )
    return [Route(path + rest, handler, methods=[verb]) for path in _PATHS for rest, handler, verb in calls]


def find_credit_memo(tenant: Tenant, key: str) -> Row:
    """The credit memo with that id or number.

    Raises:
        Refusal: The tenant has none at all (category 10), or not this one (HTTP 404).
    """
    _require(tenant)
    row = tenant.store.get("creditMemo", key)
    rows = [row] if row else tenant.store.find("creditMemo", memoNumber=key)
    if not rows:
        raise not_found(key)
    return rows[0]


def _require(tenant: Tenant) -> None:
    if not tenant.settings.invoice_settlement:
        raise Refusal(code(NO_BODY, PERMISSION), "The Invoice Settlement feature is not enabled for this tenant.")
