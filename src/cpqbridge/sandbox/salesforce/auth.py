"""The OAuth endpoints: token in five grants, revoke, userinfo and the identity URL."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.errors import OAuthError, SalesforceError
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.wire import encode

_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LOGIN_HOSTS: Final = frozenset({"login.salesforce.com", "test.salesforce.com"})
_AUDIENCES: Final = frozenset({f"https://{host}" for host in _LOGIN_HOSTS})
_LATEST_MILLISECONDS: Final = 10**11

Grant = Callable[[Org, Request, Mapping[str, str]], dict[str, Any]]


def routes(org: Org) -> list[Route]:
    """Return the OAuth routes of an org."""

    async def token(request: Request) -> Response:
        try:
            if request.method != "POST":
                raise OAuthError("invalid_request", "must use HTTP POST")
            return _json(_token(org, request, await _form(request)))
        except OAuthError as error:
            return _json(error.body(), error.status)

    async def revoke(request: Request) -> Response:
        given = (await _form(request)).get("token", "")
        if org.sessions.revoke(given):
            return Response(status_code=200)
        return _json(OAuthError("unsupported_token_type", "this token type is not supported").body(), 400)

    async def userinfo(request: Request) -> Response:
        return _json(_userinfo(org, request)) if _signed_in(org, request) else _bad_token()

    async def identity(request: Request) -> Response:
        if not _signed_in(org, request):
            return _bad_token()
        return _json(_identity(org, request))

    return [
        Route("/services/oauth2/token", token, methods=["GET", "POST"]),
        Route("/services/oauth2/revoke", revoke, methods=["GET", "POST"]),
        Route("/services/oauth2/userinfo", userinfo, methods=["GET", "POST"]),
        Route("/id/{organization}/{user}", identity, methods=["GET", "POST"]),
    ]


def bearer(authorization: str) -> str:
    """Return the token of an `Authorization` header; `OAuth` is the older name of `Bearer`."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "oauth"} else ""


def instance_url(request: Request) -> str:
    """Return the address under which this org is reached: never that of the shared login hosts."""
    if request.url.hostname in _LOGIN_HOSTS:
        host, port = request.scope["server"]
        return f"{request.url.scheme}://{host}:{port}"
    return f"{request.url.scheme}://{request.url.netloc}"


def identity_url(org: Org, request: Request) -> str:
    """Return the URL that describes the signed-in user."""
    return f"{instance_url(request)}/id/{org.organization_id}/{org.user_id}"


def _json(body: Any, status: int = 200) -> Response:
    return Response(encode(body), status, {"Cache-Control": "no-cache, no-store"}, "application/json;charset=UTF-8")


def _bad_token() -> Response:
    return Response("Bad_OAuth_Token", 403, media_type="text/html;charset=UTF-8")


def _signed_in(org: Org, request: Request) -> bool:
    token = bearer(request.headers.get("authorization", "")) or request.query_params.get("access_token", "")
    try:
        org.sessions.find(token, org.clock(), org.settings.idle_time)
    except SalesforceError:
        return False
    return True


async def _form(request: Request) -> dict[str, str]:
    form = await request.form()
    return {**request.query_params, **{name: value for name, value in form.items() if isinstance(value, str)}}


def _token(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    grant = _GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    return _issued(org, request) | grant(org, request, form)


def _issued(org: Org, request: Request) -> dict[str, Any]:
    """Return the members that every grant answers with; the session is opened by `_session`."""
    identity = identity_url(org, request)
    issued_at = str(int(org.clock().timestamp() * 1000))
    signature = hmac.new(SALESFORCE.client_secret.encode(), (identity + issued_at).encode(), hashlib.sha256)
    return {
        "instance_url": instance_url(request),
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "signature": base64.b64encode(signature.digest()).decode(),
    }


def _session(org: Org, scope: str) -> dict[str, Any]:
    return {"access_token": org.sessions.issue(org.user_id, org.clock()).token, "scope": scope}


def _jwt_bearer(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    try:
        claims = jwt.decode(
            form.get("assertion", ""),
            SALESFORCE.jwt_public_key,
            algorithms=["RS256"],
            options={"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.InvalidTokenError as error:
        raise OAuthError("invalid_grant", "invalid assertion") from error
    if claims.get("iss") != SALESFORCE.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if not any(str(item).removesuffix("/services/oauth2/token").rstrip("/") in _own(request) for item in audiences):
        raise OAuthError("invalid_grant", "audience is invalid")
    if _expiry(claims.get("exp")) <= org.clock().timestamp():
        raise OAuthError("invalid_grant", "expired authorization code")
    if claims.get("sub") != org.username:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    return _session(org, "api")


def _own(request: Request) -> frozenset[str]:
    return _AUDIENCES | {instance_url(request)}


def _expiry(value: Any) -> float:
    """Read `exp`: clients send seconds, milliseconds, or either as text."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise OAuthError("invalid_grant", "invalid assertion") from error
    return number / 1000 if number > _LATEST_MILLISECONDS else number


def _client(request: Request, form: Mapping[str, str]) -> None:
    """Check the connected app's id and secret, from the form or a Basic header."""
    client_id, secret = form.get("client_id"), form.get("client_secret")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise OAuthError("invalid_client", "invalid client credentials") from error
    if client_id != SALESFORCE.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    if secret != SALESFORCE.client_secret:
        raise OAuthError("invalid_client", "invalid client credentials")


def _client_credentials(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    if request.url.hostname in _LOGIN_HOSTS:
        raise OAuthError("invalid_grant", "request not supported on this domain")
    _client(request, form)
    if not org.settings.client_credentials_flow:
        raise OAuthError("invalid_grant", "no client credentials user enabled")
    return _session(org, "api")


def _password(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    _client(request, form)
    known = form.get("username") == org.username and form.get("password") == SALESFORCE.password
    if not (known and org.settings.password_flow):
        raise OAuthError("invalid_grant", "authentication failure")
    return _session(org, "api")


def _refresh(org: Org, request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    if "client_secret" in form or "authorization" in request.headers:
        _client(request, form)
    elif form.get("client_id") != SALESFORCE.client_id:
        raise OAuthError("invalid_client_id", "client identifier invalid")
    given = form.get("refresh_token", "")
    user_id = org.sessions.refresh_user(given)
    if user_id is None:
        raise OAuthError("invalid_grant", "expired access/refresh token")
    answer = _session(org, "refresh_token api")
    if org.settings.rotate_refresh_tokens:
        org.sessions.revoke(given)
        answer["refresh_token"] = org.sessions.issue_refresh(user_id)
    return answer


_GRANTS: Final[dict[str, Grant]] = {
    _JWT_GRANT: _jwt_bearer,
    "client_credentials": _client_credentials,
    "password": _password,
    "refresh_token": _refresh,
}


def _userinfo(org: Org, request: Request) -> dict[str, Any]:
    user = org.store.get("User", org.user_id) or {}
    return {
        "sub": identity_url(org, request),
        "user_id": org.user_id,
        "organization_id": org.organization_id,
        "preferred_username": org.username,
        "nickname": org.username.partition("@")[0],
        "name": user.get("Name") or org.username,
        "email": user.get("Email") or org.username,
        "email_verified": True,
        "given_name": user.get("FirstName"),
        "family_name": user.get("LastName"),
        "zoneinfo": user.get("TimeZoneSidKey") or "UTC",
        "locale": "en_US",
        "language": "en_US",
        "user_type": "STANDARD",
        "active": True,
        "utcOffset": 0,
        "updated_at": str(user.get("SystemModstamp") or ""),
        "urls": _urls(org, request),
    }


def _identity(org: Org, request: Request) -> dict[str, Any]:
    about = _userinfo(org, request)
    return {
        "id": about["sub"],
        "asserted_user": True,
        "user_id": about["user_id"],
        "organization_id": about["organization_id"],
        "username": org.username,
        "nick_name": about["nickname"],
        "display_name": about["name"],
        "email": about["email"],
        "email_verified": True,
        "first_name": about["given_name"],
        "last_name": about["family_name"],
        "timezone": about["zoneinfo"],
        "active": True,
        "user_type": "STANDARD",
        "language": "en_US",
        "locale": "en_US",
        "utcOffset": 0,
        "last_modified_date": about["updated_at"],
        "is_app_installed": True,
        "urls": about["urls"],
    }


def _urls(org: Org, request: Request) -> dict[str, str]:
    instance = instance_url(request)
    data = f"{instance}/services/data/v{{version}}/"
    return {
        "rest": data,
        "sobjects": f"{data}sobjects/",
        "query": f"{data}query/",
        "search": f"{data}search/",
        "recent": f"{data}recent/",
        "tooling_rest": f"{data}tooling/",
        "profile": f"{instance}/{org.user_id}",
        "custom_domain": instance,
    }
