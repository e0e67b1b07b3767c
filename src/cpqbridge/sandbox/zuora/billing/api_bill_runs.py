"""Bill runs over the API: ``/v1/bill-runs``.

A run is done at once; its answers say ``Pending``, ``PostInProgress`` and ``CancelInProgress`` as Zuora's do, and the
next read tells the state that it has come to.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.billing import api_run_steps as steps
from cpqbridge.sandbox.zuora.billing.api_run_request import CREATE, RESOURCE, scope
from cpqbridge.sandbox.zuora.billing.api_views import moment
from cpqbridge.sandbox.zuora.envelopes import not_found
from cpqbridge.sandbox.zuora.fields import check, rule
from cpqbridge.sandbox.zuora.http import ok, read_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_POST = {"invoiceDate": rule("date")}
_CANCEL = {"cancelOnce": rule("bool")}

_FIELDS = (
    "id", "name", "billRunNumber", "batches", "billCycleDay", "billRunFilters", "chargeTypeToExclude", "autoEmail",
    "autoPost", "autoRenewal", "noEmailForZeroAmountInvoice", "organizationLabels", "scheduledExecutionTime",
    "status", "invoiceDate", "targetDate", "includeSubscriptions", "includeOrderLineItems", "createdById",
    "updatedById",
)  # fmt: skip


def routes(tenant: Tenant) -> list[Route]:
    """The calls about bill runs."""

    async def create(request: Request) -> Response:
        body = await read_body(request)
        check(body, CREATE, resource=RESOURCE)
        return ok(**view(steps.start(tenant, body, scope(tenant, body)), status="Pending"))

    async def read(request: Request) -> Response:
        return ok(**view(_run(tenant, request)))

    async def post(request: Request) -> Response:
        run = _run(tenant, request)
        body = await _optional(request, _POST)
        return ok(**view(steps.post(tenant, run, body.get("invoiceDate")), status="PostInProgress"))

    async def cancel(request: Request) -> Response:
        run = _run(tenant, request)
        await _optional(request, _CANCEL)
        return ok(**view(steps.cancel(tenant, run), status="CancelInProgress"))

    async def delete(request: Request) -> Response:
        steps.delete(tenant, _run(tenant, request))
        return ok()

    path = "/v1/bill-runs/{key}"
    return [
        Route("/v1/bill-runs", create, methods=["POST"]),
        Route(path, read, methods=["GET"]),
        Route(path, delete, methods=["DELETE"]),
        Route(f"{path}/post", post, methods=["PUT"]),
        Route(f"{path}/cancel", cancel, methods=["PUT"]),
    ]


def view(run: Row, status: str | None = None) -> dict[str, Any]:
    """A bill run without the envelope; `status` stands for the one that the run has."""
    shown = {name: run.get(name) for name in _FIELDS}
    shown |= {name: moment(run[name]) for name in ("createdDate", "updatedDate")}
    shown["batches"] = run["batches"].split(",") if run.get("batches") else None
    return shown | ({"status": status} if status else {})


async def _optional(request: Request, table: dict[str, Any]) -> dict[str, Any]:
    body = await read_body(request)
    check(body, table, resource=RESOURCE)
    return body


def _run(tenant: Tenant, request: Request) -> Row:
    key = request.path_params["key"]
    row = tenant.store.get("billRun", key)
    rows = [row] if row else tenant.store.find("billRun", billRunNumber=key)
    if not rows:
        raise not_found(key)
    return rows[0]
