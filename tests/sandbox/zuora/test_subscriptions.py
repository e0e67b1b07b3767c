"""Reading subscriptions, their custom fields, and the writes that are refused."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, subscription

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions")


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


@pytest.fixture
def one(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> dict[str, Any]:
    assert zuora.call("POST", "/v1/orders", order(account, subscription(catalog, "S-1")))["success"]
    read: dict[str, Any] = zuora.call("GET", "/v1/subscriptions/S-1")
    return read


def test_by_id_number_and_version(zuora: ZuoraClient, one: dict[str, Any]) -> None:
    assert zuora.call("GET", f"/v1/subscriptions/{one['id']}") == one
    assert zuora.call("GET", "/v1/subscriptions/S-1/versions/1") == one
    assert "name" not in one
    assert one["isLatestVersion"]


def test_segments_are_flat_unless_all_are_asked_for(zuora: ZuoraClient, one: dict[str, Any]) -> None:
    segments = zuora.call("GET", "/v1/subscriptions/S-1", params={"charge-detail": "all-segments"})
    flat = one["ratePlans"][0]["ratePlanCharges"][0]
    nested = segments["ratePlans"][0]["ratePlanCharges"][0]

    assert "chargeSegments" not in flat
    assert "effectiveStartDate" not in nested
    assert nested["chargeSegments"][0]["effectiveStartDate"] == flat["effectiveStartDate"]
    assert nested["number"] == flat["number"]


@pytest.mark.parametrize(("day", "charges"), [("2026-06-01", 1), ("2027-01-31", 1), ("2027-02-01", 0)])
def test_the_segment_of_a_day_ends_before_its_end_date(
    zuora: ZuoraClient, one: dict[str, Any], day: str, charges: int
) -> None:
    params = {"charge-detail": "specific-segment", "as-of-date": day}
    read = zuora.call("GET", f"/v1/subscriptions/{one['subscriptionNumber']}", params=params)

    assert len(read["ratePlans"][0]["ratePlanCharges"]) == charges


def test_of_an_account(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    zuora.call("POST", "/v1/orders", order(account, *(subscription(catalog) for _ in range(12))))

    first = zuora.call("GET", f"/v1/subscriptions/accounts/{account['accountNumber']}")
    second = zuora.call("GET", first["nextPage"].removeprefix(str(zuora.base_url).rstrip("/")))
    assert [len(page["subscriptions"]) for page in (first, second)] == [10, 2]


def test_custom_fields_of_every_level(tenant: Tenant, zuora: ZuoraClient, one: dict[str, Any]) -> None:
    tenant.configure({"customFields": {"ratePlan": ["P__c"], "ratePlanCharge": ["C__c"]}})
    plan = one["ratePlans"][0]
    charge = {"chargeNumber": plan["ratePlanCharges"][0]["number"], "customFields": {"C__c": "c"}}
    body = {
        "customFields": {"SFDC_Contract__c": "800X"},
        "ratePlans": [{"ratePlanId": plan["id"], "customFields": {"P__c": "p"}, "charges": [charge]}],
    }
    assert zuora.call("PUT", "/v1/subscriptions/S-1/customFields", body)["success"]

    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert read["SFDC_Contract__c"] == "800X"
    assert read["ratePlans"][0]["P__c"] == "p"
    assert read["ratePlans"][0]["ratePlanCharges"][0]["C__c"] == "c"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"customFields": {"Nope__c": 1}}, 50500021),
        ({"ratePlans": [{"ratePlanId": "0"}]}, 50500020),
        ({"ratePlans": [{}]}, 50500022),
    ],
)
def test_custom_fields_that_are_refused(
    zuora: ZuoraClient, one: dict[str, Any], body: dict[str, Any], code: int
) -> None:
    path = f"/v1/subscriptions/{one['subscriptionNumber']}/customFields"

    assert zuora.json("PUT", path, body).json()["reasons"][0]["code"] == code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", ""),
        ("PUT", "/S-1"),
        ("PUT", "/S-1/renew"),
        ("PUT", "/S-1/cancel"),
        ("PUT", "/S-1/suspend"),
        ("PUT", "/S-1/resume"),
        ("POST", "/preview"),
    ],
)
def test_v1_writes_are_refused(zuora: ZuoraClient, method: str, path: str) -> None:
    assert zuora.json(method, f"/v1/subscriptions{path}", {}).json()["reasons"][0]["code"] == 50500010


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("S-9", 50000040),
        ("S-1/versions/2", 50000040),
        ("accounts/A-9", 50000040),
        ("S-1?charge-detail=none", 50000027),
        ("S-1?charge-detail=specific-segment", 50000027),
    ],
)
def test_reads_that_are_refused(zuora: ZuoraClient, one: dict[str, Any], path: str, code: int) -> None:
    assert one["success"]
    assert zuora.json("GET", f"/v1/subscriptions/{path}").json()["reasons"][0]["code"] == code
