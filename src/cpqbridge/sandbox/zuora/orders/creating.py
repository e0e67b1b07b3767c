"""``POST`` of orders and previews, synchronous and asynchronous."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora import jobs
from cpqbridge.sandbox.zuora.headers import version
from cpqbridge.sandbox.zuora.http import flag, ok, read_body
from cpqbridge.sandbox.zuora.orders.create import create_order
from cpqbridge.sandbox.zuora.orders.preview import preview_order
from cpqbridge.sandbox.zuora.orders.results import order_result
from cpqbridge.sandbox.zuora.orders.schema import PREVIEW, check_body
from cpqbridge.sandbox.zuora.orders.sizes import ASYNCHRONOUS, SYNCHRONOUS
from cpqbridge.sandbox.zuora.tenant import Tenant


def routes(tenant: Tenant) -> list[Route]:
    """Create and preview."""

    async def create(request: Request) -> Response:
        body = await read_body(request)
        return ok(**_created(tenant, request, body, "Order", SYNCHRONOUS))

    async def create_async(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "AsyncOrder", body)
        return jobs.start(
            tenant, "AsyncCreateOrder", lambda: _created(tenant, request, body, "AsyncOrder", ASYNCHRONOUS)
        )

    async def preview(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "Preview", body, resource=PREVIEW)
        return ok(previewResult=preview_order(tenant, body, limit=SYNCHRONOUS))

    async def preview_async(request: Request) -> Response:
        body = await read_body(request)
        check_body(tenant, "AsyncPreview", body, resource=PREVIEW)
        return jobs.start(tenant, "AsyncPreviewOrder", lambda: preview_order(tenant, body, limit=ASYNCHRONOUS))

    return [
        Route("/v1/orders", create, methods=["POST"]),
        Route("/v1/async/orders", create_async, methods=["POST"]),
        Route("/v1/orders/preview", preview, methods=["POST"]),
        Route("/v1/async/orders/preview", preview_async, methods=["POST"]),
    ]


def _created(tenant: Tenant, request: Request, body: dict[str, Any], table: str, limit: int) -> dict[str, Any]:
    return_ids = flag(request, "returnIds")
    check_body(tenant, table, body)
    order = create_order(tenant, body, limit=limit)
    return order_result(tenant, order, version=version(request.headers, tenant), return_ids=return_ids)
