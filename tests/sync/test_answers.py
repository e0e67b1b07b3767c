"""Answers and states of the two systems that must never become a false yes, a double or a wrong order."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line


def sync(both: Both, *numbers: str) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def sync_accounts(both: Both, *ids: str) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await service.accounts(ids)

    return asyncio.run(do())


def sell(both: Both) -> str:
    return both.world.order(both.world.account(), [Line(both.world.product())])


def hide(both: Both, *fields: str) -> None:
    url = f"{both.sandbox.salesforce_url}/_sandbox/settings"
    httpx.post(url, json={"hiddenFields": fields}, timeout=30).raise_for_status()


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/object/product", "/v1/orders"])
@pytest.mark.parametrize("body", [{"success": True}, []], ids=["without ids", "array"])
def test_a_success_without_ids_is_no_success(both: Both, path: str, body: Any) -> None:
    number = sell(both)
    both.fault("status", path=path, status=200, body=body)
    [result] = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-901")
    assert [one.outcome for one in sync(both, number)] == [Outcome.SYNCED]
    assert both.counts()["order"] == 1


@pytest.mark.parametrize(
    "field",
    [
        "Order.AccountId",
        "OrderItem.SBQQ__RevisedOrderProduct__c",
        "OrderItem.SBQQ__SegmentKey__c",
        "OrderItem.Product2Id",
        "Product2.SBQQ__SubscriptionPricing__c",
        "SBQQ__Quote__c.SBQQ__Type__c",
        "SBQQ__Subscription__c.SBQQ__SubscriptionType__c",
    ],
)
def test_nothing_is_carried_over_without_a_field_that_decides(both: Both, field: str) -> None:
    number = sell(both)
    hide(both, field)
    [result] = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-303")
    assert field.partition(".")[2] in result.reasons[0].remedy
    assert not both.writes()


def test_the_success_of_another_order_is_no_success(both: Both) -> None:
    number = sell(both)
    both.fault("status", path="/v1/orders", status=200, body={"success": True, "orderNumber": "O-OTHER"})
    [result] = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-901")
    assert [one.outcome for one in sync(both, number)] == [Outcome.SYNCED]


def test_two_accounts_with_one_crm_id_are_not_chosen_between(both: Both) -> None:
    account, product = both.world.account(), both.world.product()
    first, second = (both.world.order(account, [Line(product)]) for _ in range(2))
    sync(both, first)
    store = both.sandbox.tenant.store
    [row] = store.rows("account")
    store.insert("account", {**row, "id": "f" * 32, "accountNumber": "A-DOUBLE"})
    for [result] in (sync(both, second), sync_accounts(both, account)):
        assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-422")
        assert "A-DOUBLE" in result.reasons[0].message
    assert both.counts()["order"] == 1


@pytest.mark.parametrize("status", ["Draft", "Cancelled"])
def test_an_order_that_zuora_does_not_bill_is_not_taken_for_done(both: Both, status: str) -> None:
    number = sell(both)
    sync(both, number)
    [row] = both.sandbox.tenant.store.rows("order")
    both.sandbox.tenant.store.update("order", row["id"], {"status": status})
    [result] = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-416")
    assert status in result.reasons[0].message


def test_ids_of_accounts_may_be_short_or_wrong(both: Both) -> None:
    account = both.world.account()
    good, wrong = sync_accounts(both, account[:15], "foo", account)
    assert (good.record, good.outcome) == (account, Outcome.SYNCED)
    assert (wrong.outcome, wrong.reasons[0].code) == (Outcome.FAILED, "CPQ-419")


def test_a_rate_plan_without_charge_is_looked_at_again(both: Both) -> None:
    """Another process may have made the charge since, so a plan without one is never remembered."""
    number = sell(both)

    async def do() -> list[SyncResult]:
        async with both.service() as one, both.service() as other:
            both.fault(
                "status", path="/v1/object/product-rate-plan-charge", times=2, status=400, body={"Success": False}
            )
            for service in (one, one, other):
                await service.orders([number])
            return await one.orders([number])

    [result] = asyncio.run(do())
    assert result.outcome is Outcome.UNCHANGED
    assert both.counts()["productRatePlanCharge"] == 1
