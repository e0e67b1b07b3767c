from datetime import timedelta

import httpx
import pytest

from cpqbridge.sandbox.credentials import ZUORA

RESOURCES = ("auth", "accounts", "settings_api")

GOOD = {"client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret, "grant_type": "client_credentials"}


def test_credentials_have_the_documented_lengths():
    assert len(ZUORA.client_id) == 36
    assert len(ZUORA.client_secret) <= 42


def test_token(zuora_url):
    response = httpx.post(f"{zuora_url}/oauth/token", data=GOOD)
    body = response.json()
    assert response.status_code == 200
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 3599
    assert int(body["access_token"], 16)
    assert response.headers["X-RateLimit-Limit-minute"] == "2000"
    assert response.headers["X-RateLimit-Remaining-minute"] == "1999"
    assert "RateLimit-Limit" not in response.headers


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
    ],
)
def test_token_refusals(zuora_url, change, status, error):
    form = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    response = httpx.post(f"{zuora_url}/oauth/token", data=form)
    assert response.status_code == status
    assert response.json()["error"] == error


@pytest.mark.parametrize("authorization", [None, "Bearer nonsense", "Basic abc"])
def test_calls_need_a_token(zuora_url, authorization):
    headers = {"authorization": authorization} if authorization else {}
    response = httpx.get(f"{zuora_url}/v1/accounts/A1", headers=headers)
    assert response.status_code == 401
    assert set(response.json()) == {"message"}
    assert response.headers["WWW-Authenticate"].startswith("Basic realm=Zuora API")
    assert response.headers["Zuora-Request-Id"]


def test_a_token_ends(zuora, clock):
    assert zuora.get("/settings/billing-rules").status_code == 200
    clock.move(timedelta(seconds=3600))
    assert zuora.get("/settings/billing-rules").status_code == 401


def test_tokens_can_be_expired_by_order(zuora):
    assert zuora.post("/_sandbox/settings", json={"expireTokens": True}).status_code == 200
    assert zuora.get("/settings/billing-rules").status_code == 401


def test_official_sdk_signs_in(sdk):
    assert sdk.token["access_token"]
