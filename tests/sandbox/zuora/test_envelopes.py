import gzip

import pytest

from cpqbridge.sandbox.zuora.envelopes import (
    ObjectError,
    PlainError,
    QueryFault,
    Refusal,
    Refusals,
    code,
    family,
    render,
)
from cpqbridge.sandbox.zuora.fields import check, rule, text

RESOURCES = ("auth", "accounts", "contacts", "settings_api")


def test_codes_have_eight_digits():
    assert code(531000, 20) == 53100020


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/orders", "rest"),
        ("/v1/object/product", "object"),
        ("/v1/action/query", "action"),
        ("/object-query/accounts", "plain"),
        ("/settings/billing-rules", "plain"),
    ],
)
def test_family(path, name):
    assert family(path) == name


def test_rest_envelope():
    error = Refusals([Refusal(53100022, "one"), Refusal(53100021, "two", 400)])
    status, body, _ = render(error, "/v1/orders", "r1")
    assert status == 400
    assert body["success"] is False
    assert body["requestId"] == "r1"
    assert body["reasons"] == [{"code": 53100022, "message": "one"}, {"code": 53100021, "message": "two"}]


@pytest.mark.parametrize(
    ("error", "path", "status", "body"),
    [
        (
            ObjectError("INVALID_ID", "gone", 404),
            "/v1/object/product/x",
            404,
            {"Success": False, "Errors": [{"Code": "INVALID_ID", "Message": "gone"}]},
        ),
        (
            Refusal(53100022, "no name"),
            "/v1/object/product",
            400,
            {"Success": False, "Errors": [{"Code": "MISSING_REQUIRED_VALUE", "Message": "no name"}]},
        ),
        (
            QueryFault("MALFORMED_QUERY", "x"),
            "/v1/action/query",
            400,
            {"FaultCode": "MALFORMED_QUERY", "FaultMessage": "x"},
        ),
        (PlainError(400, 27, "bad"), "/object-query/accounts", 400, {"code": 27, "message": "bad"}),
        (Refusal(50000040, "x", 404), "/object-query/accounts", 404, {"code": 50000040, "message": "x"}),
    ],
)
def test_other_envelopes(error, path, status, body):
    assert render(error, path, "r")[:2] == (status, body)


TABLE = {
    "name": text(5, required=True),
    "day": rule("date"),
    "count": rule("int", minimum=0, maximum=3),
    "price": rule("number"),
    "flag": rule("bool"),
    "kind": rule("str", enum=("A", "B")),
    "items": rule("list", item={"id": text(required=True)}, max_length=2),
    "customFields": rule("custom", custom="order"),
    "contact": rule("object", fields={"city": text()}, custom="contact"),
}


CUSTOMS = {"own": {"own__c": text(255)}, "order": {"o__c": text(255)}, "contact": {"c__c": text(255)}}


@pytest.mark.parametrize(
    ("change", "suffix", "place"),
    [
        ({"name": None}, 22, "name"),
        ({"name": ""}, 22, "name"),
        ({"name": "too long"}, 20, "name"),
        ({"name": 5}, 20, "name"),
        ({"day": "2026-02-30"}, 20, "day"),
        ({"day": "20260201"}, 20, "day"),
        ({"day": ""}, 20, "day"),
        ({"count": True}, 20, "count"),
        ({"count": 4}, 20, "count"),
        ({"price": "1"}, 20, "price"),
        ({"flag": "true"}, 20, "flag"),
        ({"kind": "C"}, 20, "kind"),
        ({"items": [{"id": "1"}, {}]}, 22, "items[1].id"),
        ({"items": [{"id": "1", "x": 1}]}, 21, "items[0].x"),
        ({"items": [{"id": "1"}] * 3}, 20, "items"),
        ({"items": ""}, 20, "items"),
        ({"customFields": {"other__c": 1}}, 21, "customFields.other__c"),
        ({"contact": {"other__c": 1}}, 21, "contact.other__c"),
        ({"unknown": 1}, 21, "unknown"),
        ({"own__c": 1}, 20, "own__c"),
        ({"customFields": {"o__c": "x" * 256}}, 20, "customFields.o__c"),
        ({"other__c": 1}, 21, "other__c"),
    ],
)
def test_field_faults(change, suffix, place):
    with pytest.raises(Refusals) as caught:
        check({"name": "ok", **change}, TABLE, resource=531000, custom="own", customs=CUSTOMS)
    (reason,) = caught.value.reasons
    assert reason.code == code(531000, suffix)
    assert place in reason.message
    assert reason.status == (400 if suffix == 21 else 200)


def test_good_fields_pass():
    body = {
        "name": "ok",
        "own__c": "x",
        "day": "2026-02-28",
        "kind": "A",
        "items": [{"id": "1"}],
        "customFields": {"o__c": "1"},
        "contact": {"city": "x", "c__c": ""},
        "flag": None,
    }
    check(body, TABLE, resource=531000, custom="own", customs=CUSTOMS)
    check({"name": "ok", "day": "", "count": ""}, TABLE, resource=531000, blank=True)


def test_unknown_path(zuora):
    response = zuora.get("/v1/nothing-here")
    assert response.status_code == 404
    assert response.json() == {"message": "no Route matched with those values"}


def test_method_not_supported(zuora):
    response = zuora.patch("/v1/accounts")
    assert response.status_code == 405
    assert response.json()["reasons"][0]["code"] == 50000045


@pytest.mark.parametrize("content", [b"{", b"", b"[1]", b"\xff"])
def test_malformed_body(zuora, content):
    response = zuora.post("/v1/accounts", content=content)
    assert response.status_code == 400
    assert response.json()["reasons"][0]["code"] % 100 == (20 if content == b"[1]" else 90)


def test_put_without_body(zuora, account):
    assert zuora.put(f"/v1/accounts/{account['accountId']}").status_code == 415
    assert zuora.put(f"/v1/accounts/{account['accountId']}", json={}).json() == {"success": True}


def test_gzip_both_ways(zuora, account):
    packed = gzip.compress(b'{"notes": "%s"}' % (b"x" * 3000))
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    assert zuora.put(f"/v1/accounts/{account['accountId']}", content=packed, headers=headers).json()["success"]
    response = zuora.get(f"/v1/accounts/{account['accountId']}")
    assert response.headers["content-encoding"] == "gzip"
    assert response.json()["basicInfo"]["notes"] == "x" * 3000


def test_track_id(zuora):
    response = zuora.get("/settings/billing-rules", headers={"Zuora-Track-Id": "run-42"})
    assert response.headers["Zuora-Track-Id"] == "run-42"
    assert len(response.headers["Zuora-Request-Id"]) == 36
    for bad in ("x" * 65, "a:b", "a;b", "it's", 'a"b'):
        assert zuora.get("/v1/accounts/x", headers={"Zuora-Track-Id": bad}).status_code == 400


def test_billing_rules(zuora):
    rules = zuora.get("/settings/billing-rules").json()
    assert rules["daysInMonth"] == "UseActualDays"
    changed = zuora.put("/settings/billing-rules", json={"daysInMonth": "Assume30Days"}).json()
    assert changed["daysInMonth"] == "Assume30Days"
    contradiction = {"prorateRecurringMonthlyCharges": True, "proratePeriodOfRecurringCharge": False}
    for bad in ({"daysInMonth": "Lunar"}, {"unknownRule": True}, contradiction):
        response = zuora.put("/settings/billing-rules", json=bad)
        assert response.status_code == 400
        assert set(response.json()) == {"code", "message"}
    assert zuora.get("/settings/billing-rules").json() == changed


def test_a_fault_of_the_tenant_is_answered_like_any_refusal(zuora, tenant, monkeypatch):
    monkeypatch.setattr(tenant.store, "get", lambda *_: 1 / 0)
    for _ in range(2):
        response = zuora.get("/v1/accounts/x", headers={"Zuora-Track-Id": "run-42"})
        assert response.status_code == 500
        assert response.json()["reasons"][0]["code"] == 50000060
        assert response.headers["Zuora-Request-Id"] == response.json()["requestId"]
        assert response.headers["Zuora-Track-Id"] == "run-42"


def test_json_nested_too_deeply_is_malformed(zuora):
    response = zuora.post("/v1/accounts", content=b'{"a":' * 5000 + b"1" + b"}" * 5000)
    assert (response.status_code, response.json()["reasons"][0]["code"]) == (400, 50000090)
    assert zuora.get("/_sandbox/requests").json()[-1]["status"] == 400
