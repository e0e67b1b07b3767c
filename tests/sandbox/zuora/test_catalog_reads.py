"""REST reads of the catalog, checked strictly against the SDK's models."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.credentials import ZUORA
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import ONE_TIME, make_charge, make_plan, make_product, tiers
from tests.sandbox.zuora.conftest import Clock, ZuoraClient
from tests.zuora_schema import check_response

RESOURCES = ("auth", "catalog")


def read_product(zuora: ZuoraClient, key: str) -> Any:
    """One product; the SDK's model does not know the member `success` that the answer has."""
    path = f"/v1/catalog/product/{key}"
    body = zuora.json("GET", path).json()
    assert body.pop("success") is True
    check_response("GET", path, body)
    return body


def test_plans_by_external_id(zuora: ZuoraClient) -> None:
    product_id = make_product(zuora)
    first = make_plan(zuora, product_id, ExternalRatePlanIds=["01tA"], ExternalIdSourceSystem="Salesforce")
    second = make_plan(zuora, product_id, Name="Other", ExternalRatePlanIds=["01tA", "01tB"])
    answer = zuora.call("GET", "/v1/product-rate-plans/external-id/01tA")
    assert answer["success"] is True
    plans = answer["productRatePlans"]
    assert [(plan["id"], plan["externallyManagedPlanIds"]) for plan in plans] == [
        (first, ["01tA"]),
        (second, ["01tA", "01tB"]),
    ]
    assert plans[0]["ExternalIdSourceSystem"] == "Salesforce"
    assert [plan["status"] for plan in plans] == ["Active", "Active"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1/product-rate-plans/external-id/01tX",
        "/v1/product-rate-plans/none",
        "/v1/catalog/product/none",
        "/v1/rateplan/none/productRatePlan",
    ],
)
def test_what_is_not_there(zuora: ZuoraClient, path: str) -> None:
    response = zuora.json("GET", path)
    assert response.status_code == 404
    assert response.json()["success"] is False
    assert response.json()["reasons"][0]["code"] == 50000040


@pytest.mark.parametrize(
    ("today", "status"),
    [((2025, 12, 31), "NotStarted"), ((2026, 1, 1), "Active"), ((2026, 12, 31), "Active"), ((2027, 1, 1), "Expired")],
)
def test_status_of_a_plan(zuora: ZuoraClient, clock: Clock, today: tuple[int, int, int], status: str) -> None:
    dates = {"EffectiveStartDate": "2026-01-01", "EffectiveEndDate": "2026-12-31"}
    plan_id = make_plan(zuora, make_product(zuora), **dates)
    clock.now = datetime(*today, tzinfo=UTC)
    sign_in(zuora)
    assert zuora.call("GET", f"/v1/product-rate-plans/{plan_id}")["status"] == status


def sign_in(zuora: ZuoraClient) -> None:
    """Get a new token, because the clock has made the old one worthless."""
    form = {"client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret, "grant_type": "client_credentials"}
    token = zuora.post("/oauth/token", data=form, headers={"authorization": ""}).json()["access_token"]
    zuora.headers["authorization"] = f"Bearer {token}"


def test_plans_of_a_product_with_charges_and_prices(zuora: ZuoraClient) -> None:
    product_id = make_product(zuora)
    plan_id = make_plan(zuora, product_id)
    prices = tiers({"Currency": "USD", "Price": Decimal("12.50")}, {"Currency": "EUR", "Price": 11})
    make_charge(zuora, plan_id, ProductRatePlanChargeTierData=prices, BillingPeriod="Semi-Annual")
    make_charge(zuora, plan_id, **ONE_TIME, Name="Setup", ChargeModel="Flat Fee Pricing", UOM=None)
    chain = tiers({"Price": 2, "StartingUnit": 0, "EndingUnit": 10}, {"Price": 1, "StartingUnit": 11})
    make_charge(zuora, plan_id, Name="Many", ChargeModel="Volume Pricing", ProductRatePlanChargeTierData=chain)

    for key in (product_id, "R-1"):
        answer = zuora.call("GET", f"/v1/rateplan/{key}/productRatePlan")
        seats, setup, many = answer["productRatePlans"][0]["productRatePlanCharges"]
        assert (seats["model"], seats["type"], seats["uom"]) == ("PerUnit", "Recurring", "Each")
        assert (seats["billingPeriod"], seats["listPriceBase"]) == ("Semi_Annual", "Per_Billing_Period")
        assert (seats["billingTiming"], seats["endDateCondition"]) == ("IN_ADVANCE", "Subscription_End")
        assert [(price["currency"], price["price"]) for price in seats["pricing"]] == [("USD", "12.50"), ("EUR", "11")]
        assert seats["pricingSummary"] == ["USD12.50 / Each", "EUR11 / Each"]
        assert (setup["model"], setup["type"], setup["billingPeriod"]) == ("FlatFee", "OneTime", None)
        assert [(tier["tier"], tier["endingUnit"]) for tier in many["pricing"][0]["tiers"]] == [(1, "10"), (2, None)]


def test_products_are_paged_last_changed_first(zuora: ZuoraClient) -> None:
    names = [f"Product {number:02d}" for number in range(43)]
    for name in names:
        make_product(zuora, Name=name, SKU=name)
    first = zuora.call("GET", "/v1/catalog/products?pageSize=99")
    assert len(first["products"]) == 40
    assert "page=2" in first["nextPage"]
    last = zuora.call("GET", first["nextPage"].partition(str(zuora.base_url).rstrip("/"))[2])
    assert "nextPage" not in last
    assert [product["name"] for product in first["products"] + last["products"]] == names[::-1]
    assert len(zuora.call("GET", "/v1/catalog/products")["products"]) == 10


def test_a_product_shows_the_address_of_its_plans_since_version_230(zuora: ZuoraClient) -> None:
    product_id = make_product(zuora)
    make_charge(zuora, make_plan(zuora, product_id))
    address = read_product(zuora, "R-1")["productRatePlans"]
    assert address == f"{str(zuora.base_url).rstrip('/')}/v1/rateplan/{product_id}/productRatePlan"
    old: Any = zuora.json("GET", "/v1/catalog/product/R-1", headers={"zuora-version": "229.0"}).json()
    assert [plan["name"] for plan in old["productRatePlans"]] == ["Router plan"]
    assert len(old["productRatePlans"][0]["productRatePlanCharges"]) == 1


@pytest.mark.parametrize("query", ["page=0", "pageSize=x"])
def test_wrong_pages(zuora: ZuoraClient, query: str) -> None:
    answer = zuora.json("GET", f"/v1/catalog/products?{query}").json()
    assert answer["reasons"][0]["code"] == 50000027


def test_custom_fields_are_shown(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"customFields": {"product": ["Colour__c"], "productRatePlan": ["Tone__c"]}})
    product_id = make_product(zuora, Colour__c="red")
    plan_id = make_plan(zuora, product_id, Tone__c="dark")
    assert read_product(zuora, product_id)["Colour__c"] == "red"
    assert zuora.call("GET", f"/v1/product-rate-plans/{plan_id}")["Tone__c"] == "dark"
