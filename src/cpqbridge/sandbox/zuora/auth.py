"""Signing in: ``POST /oauth/token``, and the check of the bearer token on every other call."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.credentials import ZUORA
from cpqbridge.sandbox.zuora.envelopes import GatewayError
from cpqbridge.sandbox.zuora.http import answer
from cpqbridge.sandbox.zuora.tenant import TENANT_ID, USER_ID, Tenant

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path, no secret

_CHALLENGE = "Basic realm=Zuora API, ZSession realm=Zuora API, Bearer realm=Zuora API"

#: The entity of a tenant without Multi-entity.
_ENTITY = "1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc"


def routes(tenant: Tenant) -> list[Route]:
    """The token endpoint."""

    async def create_token(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode("latin-1")).items()}
        grant = form.get("grant_type")
        if grant is None:
            return _refused(400, "invalid_request", "Missing grant type")
        if grant != "client_credentials":
            return _refused(400, "unsupported_grant_type", f"Unsupported grant type: {grant}")
        if not _is_client(form):
            return _refused(401, "invalid_client", "Bad client credentials")
        token = uuid.uuid4().hex
        lifetime = tenant.settings.token_lifetime
        tenant.issue_token(token, timedelta(seconds=lifetime))
        return answer(
            {
                "access_token": token,
                "token_type": "bearer",
                "expires_in": lifetime,
                "scope": _scope(tenant),
                "jti": token,
            }
        )

    return [Route(TOKEN_PATH, create_token, methods=["POST"])]


def check_bearer(tenant: Tenant, authorization: str | None) -> None:
    """Let a request pass whose token is known and not expired.

    Raises:
        GatewayError: 401 with the challenge header.
    """
    scheme, _, token = (authorization or "").partition(" ")
    expiry = tenant.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
    if expiry is None or expiry <= tenant.clock():
        message = "No authentication credentials were provided." if not authorization else "Invalid access token."
        raise GatewayError(401, message, {"WWW-Authenticate": _CHALLENGE})


def _scope(tenant: Tenant) -> str:
    """Rights that a token lists: the user, the entities and the tenant."""
    ids = [one["id"] for one in tenant.settings.entities if one.get("accessible", True)] or [_ENTITY]
    return " ".join([f"user.{USER_ID}", *(f"entity.{one}" for one in ids), "service.echo.read", f"tenant.{TENANT_ID}"])


def _is_client(form: dict[str, str]) -> bool:
    client_id, client_secret = form.get("client_id", ""), form.get("client_secret", "")
    return secrets.compare_digest(client_id, ZUORA.client_id) and secrets.compare_digest(
        client_secret, ZUORA.client_secret
    )


def _refused(status: int, error: str, description: str) -> Response:
    return answer({"error": error, "error_description": description}, status)
