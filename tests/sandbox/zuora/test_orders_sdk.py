"""The official SDK against orders, jobs, subscriptions and line items."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, subscription

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zuora_sdk"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "line_items", "jobs")


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def test_an_order_from_creation_to_deletion(sdk: Any, account: dict[str, Any], catalog: Catalog) -> None:
    from zuora_sdk import CreateOrderRequest

    body = order(account, subscription(catalog, "S-1"), orderNumber="O-1", orderLineItems=[line()])
    created = sdk.orders_api().create_order(CreateOrderRequest.from_dict(body), return_ids=True)
    assert (created.success, created.order_number, created.status) == (True, "O-1", "Completed")
    assert created.subscriptions[0].subscription_number == "S-1"

    read = sdk.orders_api().get_order("O-1").order
    assert str(read.order_date) == "2026-02-01"
    made = read.subscriptions[0].order_actions[0].create_subscription
    assert made.subscribe_to_rate_plans[0].charge_overrides[0].pricing.recurring_per_unit.quantity == 5
    subscribed = sdk.subscriptions_api().get_subscription_by_key("S-1", charge_detail="all-segments")
    charge = subscribed.rate_plans[0].rate_plan_charges[0]
    assert str(charge.charge_segments[0].effective_end_date) == "2027-02-01"
    item = sdk.order_line_items_api().get_order_line_item(created.order_line_items[0].id)
    assert item.order_line_item.item_name == "Router"
    assert len(sdk.orders_api().get_orders_by_subscription_number("S-1").orders) == 1

    assert sdk.orders_api().delete_order("O-1").success


def test_an_asynchronous_order(sdk: Any, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    from zuora_sdk import CreateOrderAsyncRequest

    body = order(account, subscription(catalog, "S-1"), orderNumber="O-1")
    job = sdk.orders_api().create_order_asynchronously(CreateOrderAsyncRequest.from_dict(body)).job_id
    # The SDK cannot read any completed job: both alternatives of its `oneOf` always match.
    assert sdk.orders_api().get_job_status_and_response(job).status == "Processing"
    answer = zuora.call("GET", f"/v1/async-jobs/{job}")

    assert (answer["status"], answer["result"]["orderNumber"]) == ("Completed", "O-1")
    assert sdk.subscriptions_api().get_subscription_by_key("S-1").subscription_number == "S-1"


def test_a_refusal_reaches_the_caller(sdk: Any, account: dict[str, Any], catalog: Catalog) -> None:
    from zuora_sdk import ApiException, CreateOrderRequest

    body = order(account, subscription(catalog, "S-1", paymentTerm="Net 7"))
    refused = sdk.orders_api().create_order(CreateOrderRequest.from_dict(body))
    assert (refused.success, str(refused.reasons[0].code)) == (False, "53100020")

    with pytest.raises(ApiException) as caught:
        sdk.orders_api().get_order("O-9")
    assert caught.value.status == 404
