from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cpqbridge.errors import CpqBridgeError, FixConfiguration, RetryLater, SignInRefused
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.secret import Secret
from tests.salesforce.org import CONNECTION, LOGIN
from tests.transport.stage import Answer, Stage, html, reply

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
GOOD = {"access_token": "00Dx!token", "instance_url": f"{LOGIN}/", "token_type": "Bearer"}


def sign_in(connection: SalesforceConnection, answer: Answer | None = None) -> tuple[Any, Stage]:
    """Ask who is signed in; the result is the answer or the error."""
    stage = Stage(
        lambda request: (answer or reply(GOOD)) if request.url.path.endswith("token") else reply({"user_id": "005"})
    )

    async def story() -> Any:
        async with SalesforceClient(connection, stage.wiring()) as client:
            try:
                return await client.userinfo()
            except CpqBridgeError as error:
                return error

    return asyncio.run(story()), stage


def form(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def test_client_credentials_in_the_form() -> None:
    user, stage = sign_in(CONNECTION)
    assert user == {"user_id": "005"}
    assert form(stage.requests[0]) == {
        "grant_type": "client_credentials",
        "client_id": "key",
        "client_secret": "s3cret",
    }
    assert stage.requests[1].headers["Authorization"] == "Bearer 00Dx!token"


def test_client_credentials_in_the_basic_header() -> None:
    _, stage = sign_in(replace(CONNECTION, basic=True))
    assert form(stage.requests[0]) == {"grant_type": "client_credentials"}
    assert stage.requests[0].headers["Authorization"] == "Basic " + base64.b64encode(b"key:s3cret").decode()


@pytest.mark.parametrize(
    ("audience", "expected"), [(None, LOGIN), ("https://test.salesforce.com", "https://test.salesforce.com")]
)
def test_jwt_bearer(audience: str | None, expected: str) -> None:
    connection = replace(CONNECTION, flow="jwt_bearer", username="me@acme", private_key=PEM, audience=audience)
    _, stage = sign_in(connection)
    given = form(stage.requests[0])
    assert given["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    claims = jwt.decode(
        given["assertion"], KEY.public_key(), algorithms=["RS256"], audience=expected, options={"verify_exp": False}
    )
    assert (claims["iss"], claims["sub"]) == ("key", "me@acme")
    assert 0 < claims["exp"] - stage.wiring().clock.now().timestamp() <= 300
    assert "client_secret" not in given


def test_a_private_key_that_is_none_is_a_configuration_error() -> None:
    error, _ = sign_in(replace(CONNECTION, flow="jwt_bearer", username="me@acme", private_key="no key"))
    assert isinstance(error, FixConfiguration)
    assert (error.code, error.field) == ("CPQ-302", "salesforce.private_key")


def test_a_rotated_refresh_token_is_kept_and_used_the_next_time() -> None:
    kept: list[str] = []
    connection = replace(CONNECTION, flow="refresh_token", refresh_token="one", on_refresh_token=kept.append)
    tokens = iter([{**GOOD, "refresh_token": "two"}, GOOD])
    calls = iter([reply([{"errorCode": "INVALID_SESSION_ID", "message": "expired"}], 401), reply({"user_id": "005"})])
    stage = Stage(lambda request: reply(next(tokens)) if request.url.path.endswith("token") else next(calls))

    async def story() -> None:
        async with SalesforceClient(connection, stage.wiring()) as client:
            await client.userinfo()

    asyncio.run(story())
    sign_ins = [form(request) for request in stage.requests if request.url.path.endswith("token")]
    assert [given["refresh_token"] for given in sign_ins] == ["one", "two"]
    assert kept == ["two"]


def test_an_access_token_is_used_as_it_is() -> None:
    _, stage = sign_in(replace(CONNECTION, flow="access_token", access_token="00Dx!given"))
    assert stage.paths() == ["GET /services/oauth2/userinfo"]
    assert stage.requests[0].headers["Authorization"] == "Bearer 00Dx!given"


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (reply({"error": "invalid_client", "error_description": "invalid client"}, 400), SignInRefused, "CPQ-201"),
        (reply({"error": "invalid_grant", "error_description": "no"}, 400), SignInRefused, "CPQ-201"),
        (reply({"error": "invalid_client"}, 401), SignInRefused, "CPQ-201"),
        (reply({"error": "unknown_error", "error_description": "retry your request"}, 400), RetryLater, "CPQ-104"),
        (html(503), RetryLater, "CPQ-104"),
        (reply({"error": "busy"}, 429), RetryLater, "CPQ-104"),
        (html(200), CpqBridgeError, "CPQ-901"),
        (reply({**GOOD, "instance_url": "http://acme.my.salesforce.com"}), CpqBridgeError, "CPQ-901"),
        (httpx.ConnectError("no such host"), RetryLater, "CPQ-101"),
    ],
)
def test_each_refusal_of_a_sign_in(answer: Answer, kind: type[CpqBridgeError], code: str) -> None:
    error, _ = sign_in(CONNECTION, answer)
    assert isinstance(error, kind)
    assert error.code == code
    assert "s3cret" not in str(error.as_dict())


def test_secrets_do_not_show() -> None:
    connection = replace(CONNECTION, private_key=PEM, refresh_token="r3fresh", access_token="00Dx!given")
    shown = repr(connection)
    assert not any(secret in shown for secret in ("s3cret", "PRIVATE KEY", "r3fresh", "00Dx!given"))


def test_a_connection_reads_only_the_secrets_of_its_flow() -> None:
    settings = SalesforceSettings(
        login_url=LOGIN, flow="jwt_bearer", client_id="key", username="me@acme", private_key=Secret.of(PEM)
    )
    connection = SalesforceConnection.of(settings)
    assert (connection.private_key, connection.client_secret, connection.username) == (PEM, "", "me@acme")
    assert connection.root == "/services/data/v62.0"
