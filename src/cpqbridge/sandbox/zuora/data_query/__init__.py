"""Data Query: SQL over the tenant's tables, as jobs under ``/query/jobs`` whose results are files elsewhere."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.data_query.files import PATH, Files
from cpqbridge.sandbox.zuora.data_query.formats import COMPRESSED, ENDINGS
from cpqbridge.sandbox.zuora.data_query.jobs import COMPLETED, Jobs, file_name, view
from cpqbridge.sandbox.zuora.envelopes import NO_BODY, PERMISSION, PlainError, Refusal, code
from cpqbridge.sandbox.zuora.http import answer, read_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Longest query that the API takes.
MAX_QUERY = 1_000_000

DEFAULT_PAGE, MAX_PAGE = 20, 40

_CHOICES = {
    "outputFormat": tuple(ENDINGS),
    "compression": tuple(COMPRESSED),
    "sourceData": ("LIVE", "WAREHOUSE"),
}


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The routes of query jobs and of their files."""
    files = Files(tenant)
    jobs = Jobs(tenant, files)

    def show(request: Request, job: Row) -> Response:
        done = job["queryStatus"] == COMPLETED
        return answer({"data": view(job, files.address(request, file_name(job)) if done else None)})

    def known(request: Request) -> Row:
        _check_feature(tenant)
        job = jobs.look(request.path_params["job_id"])
        if job is None:
            raise PlainError(404, 404, f"Query job {request.path_params['job_id']} is not found.")
        return job

    async def submit(request: Request) -> Response:
        _check_feature(tenant)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise PlainError(415, 415, "HTTP 415 Unsupported Media Type")
        return show(request, jobs.submit(_checked(await _body(request))))

    async def show_one(request: Request) -> Response:
        return show(request, known(request))

    async def show_all(request: Request) -> Response:
        _check_feature(tenant)
        size = request.query_params.get("pageSize", str(DEFAULT_PAGE))
        if not size.isdecimal() or not 1 <= int(size) <= MAX_PAGE:
            raise PlainError(400, 400, f"pageSize must be between 1 and {MAX_PAGE}.")
        found = jobs.listed(request.query_params.get("queryStatus"), int(size))
        done = {job["id"]: files.address(request, file_name(job)) for job in found if job["queryStatus"] == COMPLETED}
        return answer({"data": [view(job, done.get(job["id"])) for job in found]})

    async def cancel(request: Request) -> Response:
        return show(request, jobs.cancel(known(request)))

    return [
        Route("/query/jobs", submit, methods=["POST"]),
        Route("/query/jobs", show_all, methods=["GET"]),
        Route("/query/jobs/{job_id}", show_one, methods=["GET"]),
        Route("/query/jobs/{job_id}", cancel, methods=["DELETE"]),
        Route(PATH, files.answer, methods=["GET"]),
    ]


def _check_feature(tenant: Tenant) -> None:
    if not tenant.settings.data_query:
        raise PlainError(403, code(NO_BODY, PERMISSION), "Data Query is not enabled for this tenant.")


async def _body(request: Request) -> Row:
    try:
        return await read_body(request)
    except Refusal as error:
        raise PlainError(400, 400, error.message) from error


def _checked(body: dict[str, Any]) -> Row:
    """The request, if it can be taken.

    Raises:
        PlainError: 400 for a member that is missing or has no permitted value.
    """
    for name in ("query", "outputFormat", "compression", "output"):
        if body.get(name) in (None, ""):
            raise PlainError(400, 400, f"{name} may not be empty")
    for name, choices in _CHOICES.items():
        if body.get(name) is not None and body[name] not in choices:
            raise PlainError(400, 400, f"{name} must be one of {', '.join(choices)}")
    if not isinstance(body["output"], dict) or body["output"].get("target") != "S3":
        raise PlainError(400, 400, "output.target must be S3")
    if not isinstance(body["query"], str) or len(body["query"]) > MAX_QUERY:
        raise PlainError(400, 400, f"query must be a text of at most {MAX_QUERY} characters")
    if body.get("sourceData") == "WAREHOUSE":
        raise PlainError(400, 400, "Zuora Warehouse is not enabled for this tenant.")
    if body.get("encryptionKey"):
        raise PlainError(400, 400, "encryptionKey is not supported by this tenant.")
    separator = body.get("columnSeparator")
    if body["outputFormat"] == "DSV" and not (isinstance(separator, str) and len(separator) == 1):
        raise PlainError(400, 400, "columnSeparator must be one character")
    return body
