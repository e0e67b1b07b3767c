"""What an administrator does by hand and the REST API has no call for: merging records, bringing deleted ones back.

`POST /_sandbox/merge` takes `{"sobject", "master", "duplicates"}`, `POST /_sandbox/undelete` `{"sobject", "ids"}`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct, ValidationError, convert
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.salesforce.deletion import restore
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.merging import merge
from cpqbridge.sandbox.salesforce.records import require_sobject
from cpqbridge.sandbox.wire import decode, encode

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


class MergeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a merge takes.

    Attributes:
        sobject: `Account` or `Contact`.
        master: Id of the record that stays.
        duplicates: Ids of those that go.
    """

    sobject: str
    master: str
    duplicates: list[str]


class UndeleteBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What an undelete takes.

    Attributes:
        sobject: API name of the object.
        ids: Deleted records.
    """

    sobject: str
    ids: list[str]


def routes(org: Org) -> list[Route]:
    """Return the routes of the administrator's work."""

    async def merged(request: Request) -> Response:
        return _answered(await request.body(), MergeBody, lambda body: _merge(org, body))

    async def undeleted(request: Request) -> Response:
        return _answered(await request.body(), UndeleteBody, lambda body: _undelete(org, body))

    return [
        Route("/_sandbox/merge", merged, methods=["POST"]),
        Route("/_sandbox/undelete", undeleted, methods=["POST"]),
    ]


def _merge(org: Org, body: MergeBody) -> dict[str, Any]:
    return merge(org, body.sobject, body.master, body.duplicates)


def _undelete(org: Org, body: UndeleteBody) -> list[dict[str, Any]]:
    sobject = require_sobject(org, body.sobject).name
    with org.store.transaction():
        for identifier in body.ids:
            restore(org, sobject, identifier)
    return [{"id": identifier, "success": True, "errors": []} for identifier in body.ids]


def _answered(raw: bytes, shape: type[Any], work: Callable[[Any], Any]) -> Response:
    try:
        return _json(work(convert(decode(raw or b"{}"), shape)), 200)
    except SalesforceError as error:
        return _json(error.body(), error.status)
    except (ValidationError, ValueError) as error:
        return _json(SalesforceError(400, "INVALID_INPUT", str(error)).body(), 400)


def _json(body: Any, status: int) -> Response:
    return Response(encode(body), status, media_type="application/json")
