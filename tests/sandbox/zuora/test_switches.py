"""Features that a tenant may not have: what they switch off is refused, the rest goes on working."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import charge_body, make_plan, make_product, plan_body, tiers
from tests.sandbox.zuora.conftest import ZuoraClient, zoql
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, plan_override, subscription

RESOURCES = ("auth", "accounts", "orders", "subscriptions", "catalog", "zoql", "describe")

Body = dict[str, Any]


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def outcome(zuora: ZuoraClient, body: Body) -> tuple[int, str]:
    """Category and message of the refusal; 0 when the order was created."""
    response = zuora.json("POST", "/v1/orders", body)
    answer = response.json()
    assert response.status_code == 200
    return (0, "") if answer["success"] else (answer["reasons"][0]["code"] % 100, answer["reasons"][0]["message"])


def flexible(account: Body) -> Body:
    """Values for the fields that need Flexible Billing Attributes."""
    contact = account["billToContactId"]
    return {
        "billToContactId": contact,
        "soldToContactId": contact,
        "paymentTerm": "Net 30",
        "invoiceGroupNumber": "PO-1",
    }


@pytest.mark.parametrize("name", ["billToContactId", "soldToContactId", "paymentTerm", "invoiceGroupNumber"])
def test_flexible_billing_attributes_off(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant, name: str
) -> None:
    body = order(account, subscription(catalog, "S-1", **{name: flexible(account)[name]}))
    tenant.configure({"flexibleBillingAttributes": False})
    category, message = outcome(zuora, body)
    assert category == 10
    assert f"createSubscription.{name}" in message
    assert not tenant.store.find("subscription")
    tenant.configure({"flexibleBillingAttributes": True})
    assert outcome(zuora, body)[0] == 0


@pytest.mark.parametrize("name", ["invoiceTemplateId", "sequenceSetId", "communicationProfileId"])
def test_templates_need_flexible_billing_attributes(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant, name: str
) -> None:
    tenant.configure({"flexibleBillingAttributes": False})
    assert outcome(zuora, order(account, subscription(catalog, **{name: "0" * 32})))[0] == 10


def test_without_flexible_billing_attributes_subscriptions_show_none(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    assert outcome(zuora, order(account, subscription(catalog, "S-1", **flexible(account))))[0] == 0
    assert zuora.call("GET", "/v1/subscriptions/S-1")["paymentTerm"] == "Net 30"
    tenant.configure({"flexibleBillingAttributes": False})
    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert [read[name] for name in ("paymentTerm", "invoiceGroupNumber", "billToContact", "soldToContact")] == [
        None
    ] * 4
    for name in ("PaymentTerm", "BillToContactId", "SoldToContactId"):
        fault = zuora.json("POST", "/v1/action/query", {"queryString": zoql(name, "Subscription")})
        assert fault.json()["FaultCode"] == "INVALID_FIELD"
        assert f"<name>{name}</name>" not in zuora.get("/v1/describe/Subscription").text


def test_owners_and_notes_do_not_need_flexible_billing_attributes(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    tenant.configure({"flexibleBillingAttributes": False})
    number = account["accountNumber"]
    free = {"invoiceOwnerAccountNumber": number, "subscriptionOwnerAccountNumber": number, "invoiceSeparately": True}
    assert outcome(zuora, order(account, subscription(catalog, "S-1", **free)))[0] == 0


@pytest.mark.parametrize(("currency", "category"), [("USD", 0), (None, 0), ("EUR", 10), ("XXX", 20)])
def test_without_multiple_currencies(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant, currency: str | None, category: int
) -> None:
    tenant.configure({"multicurrency": False})
    given = {"currency": currency} if currency else {}
    assert outcome(zuora, order(account, subscription(catalog, **given)))[0] == category
    assert outcome(zuora, order(account, orderLineItems=[line(**given)]))[0] == category


def test_the_catalog_of_a_tenant_with_one_currency(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"currencies": {"USD": {"mode": "HalfUp", "increment": "0.01"}}})
    product = make_product(zuora)
    refused = zuora.json("POST", "/v1/object/product-rate-plan", plan_body(product))
    assert (refused.status_code, refused.json()["Errors"][0]["Code"]) == (400, "INVALID_VALUE")
    plan = make_plan(zuora, product, ActiveCurrencies=["USD"])
    foreign = charge_body(plan, ProductRatePlanChargeTierData=tiers({"Currency": "EUR", "Price": 1}))
    refused = zuora.json("POST", "/v1/object/product-rate-plan-charge", foreign)
    assert refused.status_code == 400
    assert "EUR is not active" in refused.json()["Errors"][0]["Message"]


def test_order_line_items_off(zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"orderLineItems": False})
    mixed = order(account, subscription(catalog), orderLineItems=[line()])
    assert outcome(zuora, mixed) == (10, "Order Line Items is not enabled for this tenant.")
    assert not tenant.store.find("order")
    assert outcome(zuora, order(account, subscription(catalog)))[0] == 0


def test_specific_months_off(zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"specificMonthsListPrice": False})
    pricing = {"recurringPerUnit": {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": 3}}
    body = order(account, subscription(catalog, subscribeToRatePlans=[plan_override(catalog, "Seats", pricing)]))
    assert outcome(zuora, body)[0] == 10
    charge = charge_body(
        make_plan(zuora, make_product(zuora, SKU="R-9")),
        ListPriceBase="Per Specific Months",
        SpecificListPriceBase=3,
    )
    refused = zuora.json("POST", "/v1/object/product-rate-plan-charge", charge)
    assert (refused.status_code, refused.json()["Errors"][0]["Code"]) == (400, "MISSING_PERMISSION")
