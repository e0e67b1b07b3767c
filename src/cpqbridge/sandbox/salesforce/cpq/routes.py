"""`POST /_sandbox/cpq/{verb}`: the package's buttons over HTTP, for tests and demonstrations.

`bodies` has what each verb takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.salesforce.cpq.triggers import install
from cpqbridge.sandbox.salesforce.cpq.verbs import run_verb
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.wire import decode, encode

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def routes(org: Org) -> list[Route]:
    """Return the routes of the CPQ verbs, and have API writes start the same work."""
    install(org)

    async def run(request: Request) -> Response:
        try:
            answer = run_verb(org, request.path_params["verb"], _body(await request.body()))
        except SalesforceError as error:
            return _json(error.body(), error.status)
        return _json(answer, 202 if answer["status"] == "Queued" else 200)

    return [Route("/_sandbox/cpq/{verb}", run, methods=["POST"])]


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = decode(raw or b"{}")
    except ValueError as error:
        raise ParseError(f"The body is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise ParseError("The body must be a JSON object.")
    return body


def _json(body: Any, status: int) -> Response:
    return Response(encode(body), status, media_type="application/json")
