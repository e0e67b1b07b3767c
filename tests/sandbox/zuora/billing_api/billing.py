"""Orders that are billed, and short ways to the documents."""

from __future__ import annotations

from typing import Any

from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.billing_api.schema import check_request
from tests.sandbox.zuora.ordering import Body, Catalog, order, subscription


def billed(target: str | None = None, **options: Any) -> Body:
    """``processingOptions`` that run billing."""
    if target:
        options["targetDate"] = target
    return {"runBilling": True, **({"billingOptions": options} if options else {})}


def place(zuora: BillingClient, account: Body, *subscriptions: Body, **fields: Any) -> Body:
    """Send an order that must succeed."""
    body = order(account, *subscriptions, **fields)
    check_request("POST", "/v1/orders", body)
    answer: Body = zuora.call("POST", "/v1/orders", body)
    assert answer["success"], answer
    return answer


def sold(zuora: BillingClient, account: Body, catalog: Catalog, number: str = "S-1", **create: Any) -> Body:
    """A subscription of five seats for 120 a month each, from February 2026, that is not billed."""
    return place(zuora, account, subscription(catalog, number, **create))


def cancelled(number: str, day: str) -> Body:
    """An entry that cancels a subscription from a day on."""
    cancel = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": day}
    dates = [{"name": "ContractEffective", "triggerDate": day}]
    action = {"type": "CancelSubscription", "cancelSubscription": cancel, "triggerDates": dates}
    return {"subscriptionNumber": number, "orderActions": [action]}


def run(zuora: BillingClient, target: str, **fields: Any) -> Body:
    """Start a bill run that must succeed; all accounts by default."""
    body = {"targetDate": target, **({} if "billRunFilters" in fields else {"batches": ["AllBatches"]}), **fields}
    check_request("POST", "/v1/bill-runs", body)
    answer: Body = zuora.call("POST", "/v1/bill-runs", body)
    assert answer["success"], answer
    return answer


def rows(zuora: BillingClient, path: str, *filters: str) -> list[Body]:
    """Records of an Object Query."""
    query = "&".join(f"filter[]={text}" for text in filters)
    found: list[Body] = zuora.call("GET", f"/object-query/{path}?pageSize=99&{query}")["data"]
    return found
