import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from cpqbridge.sandbox.zuora.limits import RateCounter, TooManyRequests, concurrency_class
from tests.sandbox.zuora.conftest import ACCOUNT, wait_for

RESOURCES = ("auth", "accounts", "contacts", "settings_api")


def test_headers_name_the_nearest_window(zuora):
    response = zuora.get("/settings/billing-rules")
    assert response.headers["RateLimit-Limit"] == "50000, 50000;w=60, 2250000;w=3600, 27000000;w=86400"
    assert response.headers["RateLimit-Remaining"] == "49999"
    assert response.headers["RateLimit-Reset"] == "30"
    assert "Concurrency-Limit-Type" not in response.headers


def test_concurrency_headers(zuora):
    response = zuora.json("POST", "/v1/accounts", ACCOUNT)
    assert response.headers["Concurrency-Limit-Type"] == "High-volume transactions"
    assert response.headers["Concurrency-Limit-Limit"] == "200"
    assert response.headers["Concurrency-Limit-Remaining"] == "199"
    assert zuora.get("/v1/accounts/x").headers["Concurrency-Limit-Type"] == "Default"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/v1/orders", "High-volume transactions"),
        ("POST", "/v1/orders/preview", "High-volume transactions"),
        ("GET", "/v1/orders", "Default"),
        ("PUT", "/v1/subscriptions/S1/cancel", "High-volume transactions"),
        ("PUT", "/v1/subscriptions/S1/suspend", "Default"),
        ("GET", "/object-query/accounts", "Object Query"),
        ("POST", "/v1/action/query", "Default"),
    ],
)
def test_classes(method, path, name):
    assert concurrency_class(method, path) == name


def test_rate_limit_is_refused_and_ends(zuora, clock):
    zuora.post("/_sandbox/settings", json={"rateLimits": {"minute": 2}})
    assert [zuora.get("/settings/billing-rules").status_code for _ in range(3)] == [200, 200, 429]
    response = zuora.get("/settings/billing-rules")
    assert response.headers["Retry-After"] == "30"
    assert response.json() == {
        "reasons": [{"code": 70, "message": "API Rate limit exceeded for the minute, retry after 30 seconds"}]
    }
    clock.move(timedelta(seconds=31))
    assert zuora.get("/settings/billing-rules").status_code == 200


def test_windows_are_counted_apart():
    counter, limits = RateCounter(), {"minute": 10, "hour": 3, "day": 100}
    now = datetime(2026, 1, 1, 10, 0, tzinfo=UTC)
    for minute in range(3):
        counter.count(now + timedelta(minutes=minute), limits)
    with pytest.raises(TooManyRequests) as caught:
        counter.count(now + timedelta(minutes=3), limits)
    assert "hour" in caught.value.body["reasons"][0]["message"]
    assert caught.value.retry_after == 57 * 60
    counter.count(now + timedelta(hours=1), limits)


def test_sign_ins_have_limits_of_their_own(zuora, zuora_url):
    zuora.post("/_sandbox/settings", json={"authRateLimits": {"minute": 1}})
    assert httpx.post(f"{zuora_url}/oauth/token", data={}).status_code == 429
    assert zuora.get("/settings/billing-rules").status_code == 200


def test_concurrency_limit(zuora, control):
    zuora.post("/_sandbox/settings", json={"concurrencyLimits": {"Default": 1}})
    fault = {"match": {"path": "/v1/accounts/slow"}, "fault": "delay", "delay_ms": 3000}
    zuora.post("/_sandbox/faults", json=[fault])
    slow = threading.Thread(target=lambda: zuora.get("/v1/accounts/slow"))
    slow.start()
    wait_for(lambda: any(entry["path"] == "/v1/accounts/slow" for entry in control.log.after(0)))
    response = zuora.get("/v1/accounts/x")
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "120"
    assert response.json()["reasons"][0]["code"] == 50000070
    assert zuora.get("/object-query/accounts").status_code == 404
    slow.join()
    assert zuora.get("/v1/accounts/x").headers["Concurrency-Limit-Remaining"] == "0"
