"""Sign-in: every grant, every refusal, sessions that end."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import API, Client, Clock

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
APP = {"client_id": SALESFORCE.client_id, "client_secret": SALESFORCE.client_secret}


def token(url: str, headers: dict[str, str] | None = None, **form: str) -> httpx.Response:
    return httpx.post(f"{url}/services/oauth2/token", data=form, headers=headers)


def assertion(clock: Clock, key: Any = SALESFORCE.jwt_private_key, **claims: Any) -> str:
    seconds = int(clock().timestamp()) + 180
    usual = {"iss": SALESFORCE.client_id, "sub": SALESFORCE.username, "aud": "https://login.salesforce.com"}
    return jwt.encode(usual | {"exp": seconds} | claims, key, algorithm="RS256")


def with_jwt(url: str, text: str) -> httpx.Response:
    return token(url, grant_type=JWT_GRANT, assertion=text)


def test_a_token_opens_the_api(url: str, org: Org) -> None:
    answer = token(url, grant_type="client_credentials", **APP)
    body = answer.json()
    assert answer.status_code == 200
    assert body["instance_url"] == url
    assert body["token_type"] == "Bearer"
    assert body["id"] == f"{url}/id/{org.organization_id}/{org.user_id}"
    assert "expires_in" not in body
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert httpx.get(f"{url}{API}/limits", headers=headers).status_code == 200
    who = httpx.get(f"{url}/services/oauth2/userinfo", headers=headers).json()
    assert who["preferred_username"] == SALESFORCE.username
    assert who["organization_id"] == org.organization_id
    assert httpx.get(body["id"], headers=headers).json()["user_id"] == org.user_id


def test_client_credentials_come_in_the_basic_header_too(url: str) -> None:
    encoded = base64.b64encode(f"{SALESFORCE.client_id}:{SALESFORCE.client_secret}".encode()).decode()
    answer = token(url, {"Authorization": f"Basic {encoded}"}, grant_type="client_credentials")
    assert answer.status_code == 200


def test_client_credentials_need_the_org_s_own_host(url: str) -> None:
    answer = token(url, {"Host": "login.salesforce.com"}, grant_type="client_credentials", **APP)
    assert answer.json() == {"error": "invalid_grant", "error_description": "request not supported on this domain"}


@pytest.mark.parametrize("shape", [lambda s: s, lambda s: s * 1000, str], ids=["seconds", "milliseconds", "text"])
@pytest.mark.parametrize("aud", ["https://login.salesforce.com", "https://test.salesforce.com", None])
def test_jwt_takes_every_shape_of_exp_and_aud(url: str, clock: Clock, shape: Any, aud: str | None) -> None:
    text = assertion(clock, exp=shape(int(clock().timestamp()) + 60), aud=aud or url)
    assert with_jwt(url, text).status_code == 200


@pytest.mark.parametrize(
    ("claims", "error", "description"),
    [
        ({"exp": 1_000_000_000}, "invalid_grant", "expired authorization code"),
        ({"exp": "soon"}, "invalid_grant", "invalid assertion"),
        ({"aud": "https://example.com"}, "invalid_grant", "audience is invalid"),
        ({"sub": "nobody@example.com"}, "invalid_grant", "user hasn't approved this consumer"),
        ({"iss": "other"}, "invalid_client_id", "client identifier invalid"),
    ],
)
def test_jwt_with_a_wrong_claim(url: str, clock: Clock, claims: dict[str, Any], error: str, description: str) -> None:
    answer = with_jwt(url, assertion(clock, **claims))
    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_jwt_signature_is_really_checked(url: str, clock: Clock) -> None:
    forged = assertion(clock, rsa.generate_private_key(public_exponent=65537, key_size=2048))
    unsigned = jwt.encode({"iss": SALESFORCE.client_id, "sub": SALESFORCE.username}, "", algorithm="none")
    for text in (forged, unsigned, "rubbish"):
        assert with_jwt(url, text).json() == {"error": "invalid_grant", "error_description": "invalid assertion"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", **APP, "client_secret": "y"}, "invalid_client"),
        ({"grant_type": "password", **APP, "username": SALESFORCE.username, "password": "no"}, "invalid_grant"),
        ({"grant_type": "refresh_token", **APP, "refresh_token": "no"}, "invalid_grant"),
    ],
)
def test_refusals_are_objects(url: str, form: dict[str, str], error: str) -> None:
    answer = token(url, **form)
    assert answer.status_code == 400
    assert answer.json()["error"] == error


def test_password_grant(url: str, org: Org) -> None:
    form = {"grant_type": "password", **APP, "username": SALESFORCE.username, "password": SALESFORCE.password}
    assert token(url, **form).status_code == 200
    org.settings.password_flow = False
    assert token(url, **form).json()["error"] == "invalid_grant"


def test_refresh_keeps_or_rotates_the_token(url: str, org: Org) -> None:
    form = {"grant_type": "refresh_token", **APP, "refresh_token": SALESFORCE.refresh_token}
    assert "refresh_token" not in token(url, **form).json()
    org.settings.rotate_refresh_tokens = True
    rotated = token(url, **form).json()["refresh_token"]
    assert token(url, **form).json()["error_description"] == "expired access/refresh token"
    assert token(url, **form | {"refresh_token": rotated}).status_code == 200


def test_revoked_token_is_dead(url: str) -> None:
    access = token(url, grant_type="client_credentials", **APP).json()["access_token"]
    assert httpx.post(f"{url}/services/oauth2/revoke", data={"token": access}).status_code == 200
    answer = httpx.get(f"{url}{API}/limits", headers={"Authorization": f"Bearer {access}"})
    assert answer.status_code == 401
    assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]


def test_sessions_idle_out_and_are_ended_from_outside(url: str, client: Client, org: Org, clock: Clock) -> None:
    org.settings.session_minutes = 15
    headers = {"Authorization": f"Bearer {token(url, grant_type='client_credentials', **APP).json()['access_token']}"}
    clock.forward(minutes=10)
    assert httpx.get(f"{url}{API}/limits", headers=headers).status_code == 200
    clock.forward(minutes=14)
    assert httpx.get(f"{url}{API}/limits", headers=headers).status_code == 200
    client.post("/_sandbox/settings", json={"expireSessions": True})
    assert httpx.get(f"{url}{API}/limits", headers=headers).status_code == 401
    headers["Authorization"] = f"Bearer {token(url, grant_type='client_credentials', **APP).json()['access_token']}"
    clock.forward(minutes=16)
    assert httpx.get(f"{url}{API}/limits", headers=headers).status_code == 401


def test_no_token_no_answer(url: str) -> None:
    assert httpx.get(f"{url}{API}/sobjects").status_code == 401
    assert httpx.get(f"{url}/services/oauth2/userinfo").status_code == 403
    assert httpx.get(f"{url}/services/data").status_code == 200


def test_tokens_are_asked_for_by_post(client: Client) -> None:
    answer = client.get("/services/oauth2/token")
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_request", "error_description": "must use HTTP POST"}
