"""Multi-entity: several entities in one tenant, each with records of its own, picked by ``Zuora-Entity-Ids``.

    POST /_sandbox/settings {"entities": [{"id": "1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc", "name": "Acme"}, …]}

The first is the global entity, with all that the tenant held before. A token is good for every entity but those with
``"accessible": false``; when that are several, each call must name one. Without the feature the header is ignored, as
the API reference says that it need not be set. The reference names no error for an entity that is missing or not
permitted: here that is 403. Settings, features and limits are the same in all entities.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cpqbridge.sandbox.zuora.app import create_app
from cpqbridge.sandbox.zuora.auth import TOKEN_PATH
from cpqbridge.sandbox.zuora.envelopes import NO_BODY, PERMISSION, Refusal, code, not_found
from cpqbridge.sandbox.zuora.http import flag, ok
from cpqbridge.sandbox.zuora.tenant import TENANT_ID, Tenant

PATH = "/v1/entities"


class Entities:
    """The application of a tenant: one application behind it for each entity."""

    def __init__(self, tenant: Tenant) -> None:
        """Stand before a tenant."""
        self._tenant = tenant
        self._apps: dict[str, ASGIApp] = {"": create_app(tenant, extra=routes(tenant))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on to its entity; a refusal is raised behind the sign-in."""
        name = ""
        if scope["type"] == "http" and scope["path"] != TOKEN_PATH:
            try:
                name = chosen(self._tenant, Headers(scope=scope), scope["path"])
            except Refusal as refusal:
                scope.setdefault("state", {})["refusal"] = refusal
        await self._app(name)(scope, receive, send)

    def _app(self, name: str) -> ASGIApp:
        if name not in self._apps:
            entity = self._tenant.entity(name)
            self._apps[name] = create_app(entity, extra=routes(entity))
        return self._apps[name]


def chosen(tenant: Tenant, headers: Mapping[str, str], path: str) -> str:
    """Return the id of the entity that a call is for; empty for the global one.

    Raises:
        Refusal: 403, there is no such entity, or it is not permitted, or none of several is named.
    """
    entities = tenant.settings.entities
    permitted = [one["id"] for one in entities if one.get("accessible", True)]
    wanted = headers.get("zuora-entity-ids") or _old_form(headers.get("entityid"))
    if not entities or (not wanted and path.startswith("/_sandbox")):
        return ""
    if not wanted and len(permitted) != 1:
        raise _refused("The token is valid for more than one entity: set the header Zuora-Entity-Ids.")
    name = wanted or permitted[0]
    if name not in permitted:
        raise _refused(f"You do not have permission to access the entity '{name}'.")
    return "" if name == entities[0]["id"] else name


def _old_form(given: str | None) -> str | None:
    """Return the id that the older header ``entityId`` means, which has no hyphens."""
    try:
        return str(uuid.UUID(given)) if given and "-" not in given else given
    except ValueError:
        return given


def _refused(message: str) -> Refusal:
    return Refusal(code(NO_BODY, PERMISSION), message, 403)


def routes(tenant: Tenant) -> list[Route]:
    """``GET /v1/entities`` and ``/v1/entities/{id}``."""

    async def read_all(request: Request) -> Response:
        _need_feature(tenant)
        given = request.query_params.get("provisioned")
        shown = [] if given is not None and not flag(request, "provisioned") else tenant.settings.entities
        return ok(entities=[_view(tenant, one) for one in shown])

    async def read(request: Request) -> Response:
        _need_feature(tenant)
        key = request.path_params["key"]
        for one in tenant.settings.entities:
            if _plain(one["id"]) == _plain(key):
                return ok(**_view(tenant, one))
        raise not_found(key)

    return [Route(PATH, read_all, methods=["GET"]), Route(f"{PATH}/{{key}}", read, methods=["GET"])]


def _need_feature(tenant: Tenant) -> None:
    if not tenant.settings.entities:
        raise _refused("The Multi-entity feature is not enabled for this tenant.")


def _view(tenant: Tenant, entity: Mapping[str, Any]) -> dict[str, Any]:
    first = tenant.settings.entities[0]["id"]
    return {
        "id": _plain(entity["id"]),
        "name": entity["name"],
        "displayName": entity.get("displayName", entity["name"]),
        "locale": "en_US",
        "timezone": "GMT",
        "status": "Provisioned",
        "parentId": None if entity["id"] == first else _plain(first),
        "tenantId": TENANT_ID,
    }


def _plain(entity_id: str) -> str:
    return entity_id.replace("-", "")
