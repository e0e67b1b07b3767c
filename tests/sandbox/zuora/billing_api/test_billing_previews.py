"""Billing previews of an account: its future items, with nothing changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.billing import billed, cancelled, place, sold
from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.billing_api.schema import check_request
from tests.sandbox.zuora.conftest import ACCOUNT
from tests.sandbox.zuora.ordering import Body, Catalog, line, plan_override, seats, subscription, termed
from tests.sandbox.zuora.refused import KINDS

PATH = "/v1/operations/billing-preview"
DOCUMENTS = (*KINDS, "invoice", "invoiceItem", "creditMemo", "creditMemoItem", "billRun", "usage")


def preview(zuora: BillingClient, account: Body, target: str, **fields: Any) -> Body:
    body = {"accountNumber": account["accountNumber"], "targetDate": target, **fields}
    check_request("POST", PATH, body)
    answer: Body = zuora.call("POST", PATH, body)
    assert answer["success"], answer
    return answer


def starts(answer: Body) -> list[str]:
    return [item["serviceStartDate"] for item in answer["invoiceItems"]]


def test_what_will_be_billed(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    before = {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS}
    answer = preview(zuora, account, "2026-04-30")
    assert (answer["accountId"], answer["creditMemoItems"]) == (account["accountId"], [])
    assert starts(answer) == ["2026-03-01", "2026-04-01"]
    item = answer["invoiceItems"][0]
    charge = zuora.call("GET", "/v1/subscriptions/S-1")["ratePlans"][0]["ratePlanCharges"][0]
    expected = {
        "chargeAmount": 600,
        "chargeId": charge["id"],
        "chargeName": "Seats",
        "chargeNumber": charge["number"],
        "chargeType": "Recurring",
        "processingType": "charge",
        "productName": "Router",
        "quantity": 5,
        "serviceEndDate": "2026-03-31",
        "subscriptionName": "S-1",
        "unitOfMeasure": "User",
    }
    assert item | expected == item
    assert {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS} == before


def test_credits(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    place(zuora, account, cancelled("S-1", "2026-02-15"))
    answer = preview(zuora, account, "2026-04-30")
    assert answer["invoiceItems"] == []
    [item] = answer["creditMemoItems"]
    assert (item["amount"], item["serviceStartDate"], item["sku"]) == (300, "2026-02-15", "R-1")


@pytest.mark.parametrize(
    ("assumed", "renewed"), [({}, []), ({"assumeRenewal": "Autorenew"}, ["S-2"]), ({"assumeRenewal": "All"}, None)]
)
def test_assumed_renewals(
    zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant, assumed: Body, renewed: list[str] | None
) -> None:
    renewal = [{"period": 2, "periodType": "Month"}]
    for number, auto in (("S-1", False), ("S-2", True)):
        terms = {**termed("2026-02-01", 2), "autoRenew": auto, "renewalTerms": renewal}
        sold(zuora, account, catalog, number, terms=terms)
    before = {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS}
    answer = preview(zuora, account, "2026-07-31", **assumed)
    counts = {
        number: sum(item["subscriptionNumber"] == number for item in answer["invoiceItems"])
        for number in ("S-1", "S-2")
    }
    longer = ["S-1", "S-2"] if renewed is None else renewed
    assert counts == {number: 6 if number in longer else 2 for number in ("S-1", "S-2")}
    assert {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS} == before


def test_evergreen_subscriptions_on_demand(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    terms = {"initialTerm": {"startDate": "2026-02-01", "termType": "EVERGREEN"}, "autoRenew": False}
    sold(zuora, account, catalog, terms=terms)
    assert starts(preview(zuora, account, "2026-03-31")) == []
    answer = preview(zuora, account, "2026-03-31", includingEvergreenSubscription=True)
    assert starts(answer) == ["2026-02-01", "2026-03-01"]


def test_excluded_types_and_line_items(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    plans = [seats(catalog), plan_override(catalog, "Setup"), plan_override(catalog, "Calls")]
    place(zuora, account, subscription(catalog, "S-1", subscribeToRatePlans=plans))
    place(zuora, account, orderLineItems=[line(itemState="SentToBilling", billTargetDate="2026-02-01")])
    usage = {"AccountNumber": account["accountNumber"], "UOM": "Each", "Quantity": 4}
    assert zuora.call("POST", "/v1/object/usage", usage | {"StartDateTime": "2026-02-03T00:00:00Z"})["Success"]

    def names(**fields: Any) -> list[str]:
        return sorted(item["chargeName"] for item in preview(zuora, account, "2026-03-01", **fields)["invoiceItems"])

    assert names() == ["Calls", "Router", "Seats", "Seats", "Setup"]
    assert names(chargeTypeToExclude="OneTime") == ["Calls", "Seats", "Seats"]
    assert names(chargeTypeToExclude="Recurring, OneTime") == ["Calls"]


def test_drafts_on_demand(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    options = billed("2026-02-01", generateDraftInvoice=True)
    place(zuora, account, subscription(catalog, "S-1"), processingOptions=options)
    assert starts(preview(zuora, account, "2026-03-31")) == ["2026-03-01"]
    assert starts(preview(zuora, account, "2026-03-31", includingDraftItems=True)) == ["2026-02-01", "2026-03-01"]


def test_without_invoice_settlement(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"invoiceSettlement": False})
    place(zuora, account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    place(zuora, account, cancelled("S-1", "2026-02-15"))
    answer = preview(zuora, account, "2026-04-30")
    assert "creditMemoItems" not in answer
    assert [item["chargeAmount"] for item in answer["invoiceItems"]] == [Decimal(-300)]


@pytest.mark.parametrize(
    ("changes", "status", "category"),
    [
        ({"targetDate": None}, 200, 22),
        ({"accountNumber": None}, 200, 22),
        ({"accountNumber": "A-none"}, 404, 40),
        ({"accountId": "@"}, 200, 20),
        ({"assumeRenewal": "Perhaps"}, 200, 20),
        ({"chargeTypeToExclude": "Free"}, 200, 20),
        ({"targetdate": "2026-02-01"}, 400, 21),
    ],
)
def test_refused(zuora: BillingClient, account: Body, changes: Body, status: int, category: int) -> None:
    other = zuora.call("POST", "/v1/accounts", ACCOUNT)["accountId"]
    body = {"accountNumber": account["accountNumber"], "targetDate": "2026-03-01", **changes}
    given = {name: other if value == "@" else value for name, value in body.items() if value is not None}
    response = zuora.json("POST", PATH, given)
    assert (response.status_code, response.json()["reasons"][0]["code"] % 100) == (status, category)
