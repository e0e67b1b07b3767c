import threading
from datetime import timedelta

import httpx
import pytest

from tests.sandbox.zuora.conftest import ACCOUNT, wait_for

RESOURCES = ("auth", "accounts", "contacts", "settings_api")


def post(zuora, body, key, path="/v1/accounts"):
    return zuora.json("POST", path, body, headers={"Idempotency-Key": key})


def test_first_result_is_given_again(zuora, tenant):
    first = post(zuora, ACCOUNT, "k1")
    again = post(zuora, {**ACCOUNT, "name": "Other"}, "k1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert len(tenant.store.rows("account")) == 1
    assert post(zuora, ACCOUNT, "k2").json()["accountId"] != first.json()["accountId"]


def test_failures_are_given_again_too(zuora):
    first = post(zuora, {**ACCOUNT, "currency": "XXX"}, "k1")
    assert first.json()["success"] is False
    assert post(zuora, ACCOUNT, "k1").content == first.content


def test_key_is_kept_for_a_day(zuora, tenant, clock):
    post(zuora, ACCOUNT, "k1")
    tenant.settings.token_lifetime = 10**6
    for token in tenant.tokens:
        tenant.tokens[token] = clock() + timedelta(days=3)
    clock.move(timedelta(hours=23, minutes=59))
    post(zuora, ACCOUNT, "k1")
    assert len(tenant.store.rows("account")) == 1
    clock.move(timedelta(minutes=1))
    post(zuora, ACCOUNT, "k1")
    assert len(tenant.store.rows("account")) == 2


def test_other_url_is_refused(zuora):
    post(zuora, ACCOUNT, "k1")
    for other in ("/v1/contacts", "/v1/accounts?x=1"):
        response = post(zuora, {}, "k1", other)
        assert response.status_code == 422
        assert response.json()["success"] is False


@pytest.mark.parametrize("key", ["", "x" * 255])
def test_bad_key(zuora, key):
    assert post(zuora, ACCOUNT, key).status_code == 400


def test_put_ignores_the_key(zuora, account):
    for name in ("One", "Two"):
        path = f"/v1/accounts/{account['accountId']}"
        zuora.json("PUT", path, {"name": name}, headers={"Idempotency-Key": "k"})
        assert zuora.call("GET", path)["basicInfo"]["name"] == name


def test_second_call_while_the_first_runs(zuora, control):
    order = {"match": {"method": "POST"}, "fault": "delay", "delay_ms": 2000}
    zuora.post("/_sandbox/faults", json=[order])
    first = threading.Thread(target=post, args=(zuora, ACCOUNT, "k1"))
    first.start()
    wait_for(lambda: any(entry["path"] == "/v1/accounts" for entry in control.log.after(0)))
    assert post(zuora, ACCOUNT, "k1").status_code == 409
    first.join()
    assert post(zuora, ACCOUNT, "k1").json()["success"] is True


def test_dropped_response_can_be_fetched_with_the_same_key(zuora, tenant):
    zuora.post("/_sandbox/faults", json=[{"match": {"method": "POST"}, "fault": "drop_response"}])
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        post(zuora, ACCOUNT, "k1")
    assert len(tenant.store.rows("account")) == 1
    assert post(zuora, ACCOUNT, "k1").json()["accountId"] == tenant.store.rows("account")[0]["id"]
    assert len(tenant.store.rows("account")) == 1
