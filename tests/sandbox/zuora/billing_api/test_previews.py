"""Order previews: what an order would bill, for accounts that exist and that do not, with nothing kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.billing_api.schema import check_request
from tests.sandbox.zuora.ordering import Body, Catalog, line, order, plan_override, seats, subscription, termed
from tests.sandbox.zuora.refused import KINDS

PATH = "/v1/orders/preview"
DOCUMENTS = (*KINDS, "invoice", "invoiceItem", "creditMemo", "creditMemoItem", "billRun", "usage")


def preview(zuora: BillingClient, body: Body, **options: Any) -> Body:
    """The result of a preview that must succeed."""
    asked = {"previewTypes": ["BillingDocs"], **options}
    request = {**body, "previewOptions": asked}
    check_request("POST", PATH, request)
    answer = zuora.call("POST", PATH, request)
    assert answer["success"], answer
    result: Body = answer["previewResult"]
    return result


def until(day: str) -> Body:
    return {"previewThruType": "SpecificDate", "specificPreviewThruDate": day}


def lines(document: Body) -> list[tuple[str, str, str, Any]]:
    items = document.get("invoiceItems") or document["creditMemoItems"]
    return [
        (item["chargeName"], item["serviceStartDate"], item["serviceEndDate"], item["amountWithoutTax"])
        for item in items
    ]


def test_a_new_subscription_until_a_day(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    before = {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS}
    body = order(account, subscription(catalog, "S-1"))
    result = preview(zuora, body, **until("2026-03-31"))
    [invoice] = result["invoices"]
    assert result["creditMemos"] == []
    assert (invoice["amount"], invoice["amountWithoutTax"], invoice["taxAmount"]) == (1200, 1200, 0)
    assert invoice["targetDate"] == "2026-03-31"
    assert lines(invoice) == [
        ("Seats", "2026-02-01", "2026-02-28", 600),
        ("Seats", "2026-03-01", "2026-03-31", 600),
    ]
    first = invoice["invoiceItems"][0]
    assert first["subscriptionNumber"] == "S-1"
    assert first["chargeNumber"] is None  # the charge has no number that was given
    assert (first["unitPrice"], first["processingType"], first["productName"]) == (120, "Charge", "Router")
    assert first["productRatePlanChargeId"] == catalog.charges["Seats"]
    assert first["additionalInfo"] == {"quantity": 5, "unitOfMeasure": "User"}
    assert {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS} == before


def test_numbers_are_shown_only_when_they_were_given(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    plan = seats(catalog)
    plan["chargeOverrides"][0]["chargeNumber"] = "C-MINE"
    body = order(account, subscription(catalog, subscribeToRatePlans=[plan]))
    [invoice] = preview(zuora, body, **until("2026-02-01"))["invoices"]
    [item] = invoice["invoiceItems"]
    assert (item["subscriptionNumber"], item["chargeNumber"]) == (None, "C-MINE")


@pytest.mark.parametrize(("count", "months", "years"), [(1, 1, 1), (3, 3, 1)])
def test_a_number_of_periods(
    zuora: BillingClient, account: Body, catalog: Catalog, count: int, months: int, years: int
) -> None:
    plans = [seats(catalog), plan_override(catalog, "Base"), plan_override(catalog, "Setup")]
    body = order(account, subscription(catalog, "S-1", subscribeToRatePlans=plans))
    result = preview(zuora, body, previewThruType="NumberOfPeriods", previewNumberOfPeriods=count)
    [invoice] = result["invoices"]
    names = [name for name, *_ in lines(invoice)]
    assert (names.count("Seats"), names.count("Base"), names.count("Setup")) == (months, years, 1)


def test_an_evergreen_subscription(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    terms = {"initialTerm": {"startDate": "2025-01-01", "termType": "EVERGREEN"}, "autoRenew": False}
    plan = plan_override(catalog, "Seats", {"recurringPerUnit": {"listPrice": Decimal("49.99"), "quantity": 1}})
    body = order(
        account, subscription(catalog, "S-1", terms=terms, subscribeToRatePlans=[plan]), orderDate="2025-01-01"
    )
    result = preview(zuora, body, previewThruType="NumberOfPeriods", previewNumberOfPeriods=1)
    [invoice] = result["invoices"]
    assert invoice["amount"] == Decimal("49.99")
    assert lines(invoice) == [("Seats", "2025-01-01", "2025-01-31", Decimal("49.99"))]
    refused = zuora.call(
        "POST", PATH, {**body, "previewOptions": {"previewThruType": "TermEnd", "previewTypes": ["BillingDocs"]}}
    )
    assert refused["reasons"][0]["code"] == 58740020


def test_the_end_of_the_term(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    body = order(account, subscription(catalog, "S-1", terms=termed("2026-02-01", 3)))
    [invoice] = preview(zuora, body, previewThruType="TermEnd")["invoices"]
    assert [start for _, start, _, _ in lines(invoice)] == ["2026-02-01", "2026-03-01", "2026-04-01"]


def test_the_amount_that_the_vendor_publishes(
    zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    day, early = "2019-05-23", {"effectiveStartDate": "2010-01-01"}
    tenant.store.update("product", catalog.product, early)
    tenant.store.update("productRatePlan", catalog.plans["Seats"], early)
    terms = termed(day, 131)
    terms["initialTerm"]["periodType"] = "Day"
    plan = plan_override(catalog, "Seats", {"recurringPerUnit": {"listPrice": 1000, "quantity": 1}})
    body = order(account, subscription(catalog, "S-1", terms=terms, subscribeToRatePlans=[plan]), orderDate=day)
    [invoice] = preview(zuora, body, previewThruType="TermEnd")["invoices"]
    assert invoice["amount"] == Decimal("4290.32")
    assert lines(invoice)[0] == ("Seats -- Proration", day, "2019-05-31", Decimal("290.32"))
    assert len(lines(invoice)) == 5


def test_an_account_that_does_not_exist(zuora: BillingClient, catalog: Catalog, tenant: Tenant) -> None:
    body = {"orderDate": "2026-02-10", "subscriptions": [subscription(catalog, "S-1", terms=termed("2026-02-10"))]}
    info = {"billCycleDay": 15, "currency": "EUR", "soldToContact": {"country": "Germany"}}
    [invoice] = preview(zuora, {**body, "previewAccountInfo": info}, **until("2026-02-20"))["invoices"]
    assert [(start, end) for _, start, end, _ in lines(invoice)] == [
        ("2026-02-10", "2026-02-14"),
        ("2026-02-15", "2026-03-14"),
    ]
    assert list(tenant.store.rows("account")) == list(tenant.store.rows("contact")) == []


def test_order_line_items(zuora: BillingClient, account: Body) -> None:
    items = [line(itemState="SentToBilling", billTargetDate="2026-02-01"), line(itemName="Later", amountPerUnit=7)]
    [invoice] = preview(zuora, order(account, orderLineItems=items), **until("2026-02-28"))["invoices"]
    [item] = invoice["invoiceItems"]
    assert (item["chargeName"], item["amountWithoutTax"], item["orderLineItemNumber"]) == ("Router", 100, "1")


def test_a_change_of_what_is_invoiced_brings_a_credit(
    zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    made = order(account, subscription(catalog, "S-1"), processingOptions=billed("2026-02-01"))
    assert zuora.call("POST", "/v1/orders", made)["success"]
    before = {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS}
    cancel = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-02-15"}
    action = {"type": "CancelSubscription", "cancelSubscription": cancel}
    dates = [{"name": name, "triggerDate": "2026-02-15"} for name in ("ContractEffective",)]
    entry = {"subscriptionNumber": "S-1", "orderActions": [{**action, "triggerDates": dates}]}
    result = preview(zuora, order(account, entry), **until("2026-03-01"))
    assert result["invoices"] == []
    [memo] = result["creditMemos"]
    assert memo["amount"] == 300
    [item] = memo["creditMemoItems"]
    assert (item["amountWithoutTax"], item["serviceStartDate"], item["serviceEndDate"]) == (
        300, "2026-02-15", "2026-02-28",
    )  # fmt: skip
    assert item["chargeName"] == "Seats -- Proration Credit"
    assert item["chargeNumber"] == tenant.store.find("ratePlanCharge")[0]["chargeNumber"]
    assert {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS} == before


def billed(target: str, **options: Any) -> Body:
    return {"runBilling": True, "billingOptions": {"targetDate": target, **options}}


def test_excluded_charge_types(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    plans = [seats(catalog), plan_override(catalog, "Setup")]
    body = order(account, subscription(catalog, "S-1", subscribeToRatePlans=plans))
    [invoice] = preview(zuora, body, chargeTypeToExclude=["Recurring"], **until("2026-02-01"))["invoices"]
    assert [name for name, *_ in lines(invoice)] == ["Setup"]


def test_without_invoice_settlement(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"invoiceSettlement": False})
    result = preview(zuora, order(account, subscription(catalog, "S-1")), **until("2026-02-01"))
    assert list(result) == ["invoices"]


GOOD = {"previewThruType": "NumberOfPeriods", "previewNumberOfPeriods": 1, "previewTypes": ["BillingDocs"]}
REFUSED: dict[str, tuple[Body, Body, int, str]] = {
    "no reach": ({"previewThruType": None}, {}, 22, "previewThruType"),
    "no types": ({"previewTypes": []}, {}, 22, "previewTypes"),
    "no number": ({"previewNumberOfPeriods": None}, {}, 22, "previewNumberOfPeriods"),
    "no day": ({"previewThruType": "SpecificDate"}, {}, 22, "specificPreviewThruDate"),
    "no period": ({"previewNumberOfPeriods": 0}, {}, 20, "at least 1"),
    "metrics": ({"previewTypes": ["BillingDocs", "OrderMetrics"]}, {}, 10, "OrderMetrics"),
    "no such type": ({"previewTypes": ["Bills"]}, {}, 20, "previewTypes"),
    "no such reach": ({"previewThruType": "Forever"}, {}, 20, "previewThruType"),
    "a date without documents": (
        {"previewTypes": ["ChargeMetrics"], "documentDate": "2026-02-01"}, {}, 20, "documentDate",
    ),
    "unknown account": ({}, {"existingAccountNumber": "A-none"}, 40, "A-none"),
    "no account": ({}, {"existingAccountNumber": None}, 22, "existingAccountNumber"),
    "two accounts": ({}, {"previewAccountInfo": {"billCycleDay": 1, "currency": "USD"}}, 20, "Only one"),
    "currency": (
        {}, {"existingAccountNumber": None, "previewAccountInfo": {"billCycleDay": 1, "currency": "XXX"}}, 20, "XXX",
    ),
    "bill cycle day": (
        {}, {"existingAccountNumber": None, "previewAccountInfo": {"billCycleDay": 32, "currency": "USD"}}, 20, "31",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant, case: str) -> None:
    options, changes, category, words = REFUSED[case]
    before = {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS}
    body = {**order(account, subscription(catalog, "S-1")), **changes, "previewOptions": {**GOOD, **options}}
    answer = zuora.call("POST", PATH, {name: value for name, value in body.items() if value is not None})
    [reason] = answer["reasons"]
    assert reason["code"] == 58740000 + category, reason
    assert words in reason["message"]
    assert {kind: list(tenant.store.rows(kind)) for kind in DOCUMENTS} == before


def test_an_unknown_option_is_a_bad_request(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    body = order(account, subscription(catalog, "S-1"), previewOptions={**GOOD, "previewThroughType": "TermEnd"})
    response = zuora.json("POST", PATH, body)
    assert (response.status_code, response.json()["reasons"][0]["code"]) == (400, 58740021)


def test_asynchronous(zuora: BillingClient, account: Body, catalog: Catalog) -> None:
    body = order(account, subscription(catalog, "S-1"), previewOptions=GOOD)
    check_request("POST", "/v1/async/orders/preview", body)
    job = zuora.json("POST", "/v1/async/orders/preview", body).json()["jobId"]
    zuora.call("GET", f"/v1/async-jobs/{job}")
    answer = zuora.call("GET", f"/v1/async-jobs/{job}")
    assert (answer["status"], answer["result"]["jobType"]) == ("Completed", "AsyncPreviewOrder")
    assert answer["result"]["invoices"][0]["amount"] == 600


def test_a_waiting_order_bills_nothing(zuora: BillingClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"requireServiceActivation": True})
    result = preview(zuora, order(account, subscription(catalog, "S-1")), **until("2026-12-31"))
    assert result == {"invoices": [], "creditMemos": []}
