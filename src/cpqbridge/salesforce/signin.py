"""Sign-in to an org: one form per OAuth flow, sent to `/services/oauth2/token`."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

import jwt

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, RetryLater, SignInRefused
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.transport.channel import Channel
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.transport.session import Session

TOKEN_PATH = "/services/oauth2/token"  # noqa: S105 - a path
ASSERTION_SECONDS = 180
"""How long the assertion of a JWT sign-in is good."""

_PASSING = {"unknown_error", "server_error", "temporarily_unavailable", "login_rate_exceeded"}
"""Values of `error` that are no refusal."""

Form = dict[str, str]


class SignIn:
    """Signs in by the connection's flow; remembers a rotated refresh token."""

    def __init__(self, connection: SalesforceConnection) -> None:
        self._connection = connection
        self._refresh_token = connection.refresh_token

    async def __call__(self, channel: Channel) -> Session:
        """Sign in.

        Raises:
            SignInRefused: CPQ-201.
            RetryLater: The org cannot be reached or has a passing fault.
        """
        connection = self._connection
        if connection.flow == "access_token":
            return Session(connection.login_url, connection.access_token)
        form = self._form(channel.clock.now())
        headers: Mapping[str, str] = {}
        if connection.basic:
            headers = {"Authorization": _basic(connection.client_id, form.pop("client_secret", ""))}
            form.pop("client_id", None)
        request = Request("POST", TOKEN_PATH, form=form, headers=headers, reads=True)
        return await channel.ask(connection.login_url, request, self._read)

    def _form(self, now: datetime) -> Form:
        connection = self._connection
        client = {"client_id": connection.client_id, "client_secret": connection.client_secret}
        forms: dict[str, Callable[[], Form]] = {
            "client_credentials": lambda: {"grant_type": "client_credentials", **client},
            "jwt_bearer": lambda: {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": assertion(connection, now),
            },
            "refresh_token": lambda: {
                "grant_type": "refresh_token",
                "refresh_token": self._refresh_token,
                **{name: value for name, value in client.items() if value},
            },
        }
        return forms[connection.flow]()

    def _read(self, reply: Reply) -> Session:
        document = reply.document if isinstance(reply.document, dict) else {}
        if reply.status != 200 or not isinstance(document.get("access_token"), str):
            raise _refusal(reply, document)
        instance = document.get("instance_url") or self._connection.login_url
        if urlsplit(instance).scheme != urlsplit(self._connection.login_url).scheme:
            raise CallForHelp("CPQ-901", f"Salesforce named an instance with another protocol: {instance}")
        rotated = document.get("refresh_token")
        if isinstance(rotated, str) and rotated != self._refresh_token:
            self._refresh_token = rotated
            if self._connection.on_refresh_token:
                self._connection.on_refresh_token(rotated)
        return Session(instance.rstrip("/"), document["access_token"])


def assertion(connection: SalesforceConnection, now: datetime) -> str:
    """Return the signed token of the JWT bearer flow.

    Raises:
        FixConfiguration: CPQ-302, the private key is none.
    """
    claims = {
        "iss": connection.client_id,
        "sub": connection.username,
        "aud": connection.audience or connection.login_url,
        "exp": int(now.timestamp()) + ASSERTION_SECONDS,
    }
    try:
        return jwt.encode(claims, connection.private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        message = "The private key of the Salesforce connection is no RSA key in PEM form"
        raise FixConfiguration("CPQ-302", message, field="salesforce.private_key") from error


def _basic(client_id: str, secret: str) -> str:
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _refusal(reply: Reply, document: Mapping[str, object]) -> CpqBridgeError:
    name = str(document.get("error") or f"HTTP {reply.status}")
    said = f"{name}: {document.get('error_description') or 'no description'}"
    detail = {**reply.detail, "code": name}
    if reply.status == 429 or reply.status >= 500 or name in _PASSING:
        return RetryLater("CPQ-104", f"Salesforce could not sign in ({said})", detail=detail)
    if 400 <= reply.status < 500:
        return SignInRefused("CPQ-201", f"Salesforce refused to sign in ({said})", detail=detail)
    return CallForHelp("CPQ-901", f"Salesforce answered the sign-in with {said}", detail=detail)
