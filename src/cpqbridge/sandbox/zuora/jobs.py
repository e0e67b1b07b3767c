"""Asynchronous orders jobs: started at once, answered as Processing for a settable number of polls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.envelopes import Refusal, Refusals, not_found
from cpqbridge.sandbox.zuora.http import ok
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Result = dict[str, Any]


def routes(tenant: Tenant) -> list[Route]:
    """``GET /v1/async-jobs/{jobId}``."""

    async def read(request: Request) -> Response:
        job = tenant.store.get("asyncJob", request.path_params["job_id"])
        if job is None:
            raise not_found(request.path_params["job_id"])
        return ok(**poll(tenant, job))

    return [Route("/v1/async-jobs/{job_id}", read, methods=["GET"])]


def start(tenant: Tenant, job_type: str, work: Callable[[], Result]) -> Response:
    """Do the work and keep its result as a job; answers 202 with the job's id.

    Args:
        tenant: Whose job it is.
        job_type: ``jobType`` of the result, such as ``AsyncCreateOrder``.
        work: Gives the result's fields; a refusal makes the job Failed.
    """
    job: Row = {"jobType": job_type, "polls": 0, "result": None, "errors": None}
    try:
        job |= {"status": "Completed", "result": work() | {"jobType": job_type}}
    except (Refusal, Refusals) as error:
        reasons = error.reasons if isinstance(error, Refusals) else [error]
        errors = "; ".join(f"{reason.code}: {reason.message}" for reason in reasons)
        job |= {"status": "Failed", "errors": errors}
    return ok(202, jobId=tenant.store.insert("asyncJob", job)["id"])


def poll(tenant: Tenant, job: Row) -> Result:
    """The answer to one poll of a job; the first ones say Processing."""
    if job["polls"] < tenant.settings.async_job_polls:
        tenant.store.update("asyncJob", job["id"], {"polls": job["polls"] + 1})
        return {"status": "Processing", "errors": None, "result": None}
    return {"status": job["status"], "errors": job["errors"], "result": job["result"]}
