"""Usage orders end to end: what is held when a schedule is missing, what differs later, and writes that go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.test_exactly_once import trouble
from tests.world import Line

SCHEDULE = "SBQQ__OrderItemConsumptionSchedule__c"
RATE = "SBQQ__OrderItemConsumptionRate__c"
ALL = {
    SCHEDULE: "SELECT Id FROM SBQQ__OrderItemConsumptionSchedule__c ORDER BY Id",
    RATE: "SELECT Id FROM SBQQ__OrderItemConsumptionRate__c ORDER BY Id",
}
THREE = ((0, 100, "0.1234567", "PerUnit"), (100, 200, 0, "PerUnit"), (200, 1000, "0.0000001", "FlatFee"))
PATHS = [
    "/v1/accounts",
    "/v1/object/product",
    *["/v1/object/product-rate-plan", "/v1/object/product-rate-plan-charge"] * 2,
    "/v1/orders",
]
"""The writes of an order of one product with two schedules."""


def sync(both: Both, *numbers: str, wiring: Wiring | None = None, **options: Any) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service(wiring, **options) as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def reason(result: SyncResult) -> tuple[str, str]:
    """Return code and message of a held order's one reason."""
    assert result.outcome is Outcome.HELD, result
    [one] = result.reasons
    return one.code, one.message


def rows(both: Both, name: str) -> list[dict[str, Any]]:
    return both.world.org.store.query(ALL[name]).records


def change(both: Both, name: str, position: int, **values: Any) -> None:
    both.world.org.store.update(name, rows(both, name)[position]["Id"], values, system=True)


def metered(both: Both, *names: str, **more: Any) -> str:
    """Return the number of an order of one usage product with these schedules."""
    product = both.world.usage_product()
    for name in names or ("Data",):
        both.world.schedule(product, name, **more)
    return both.world.order(both.world.account(), [Line(product)])


def in_euros(both: Both, product: str) -> str:
    both.world.price(product, "EUR", 10)
    return both.world.order(both.world.account("Euro", CurrencyIsoCode="EUR"), [Line(product)], currency="EUR")


# Schedules that did not come along


@pytest.mark.parametrize("charge_type", ["Usage", None])
def test_a_product_whose_schedules_are_in_another_currency_is_not_sold_at_a_price_per_unit(
    both: Both, charge_type: str | None
) -> None:
    product = both.world.usage_product(SBQQ__ChargeType__c=charge_type)
    both.world.schedule(product, currency="USD")
    [result] = sync(both, in_euros(both, product))
    code, message = reason(result)
    assert code == "CPQ-424"
    assert message.endswith("is sold by some: they are in USD, the order in EUR")
    assert both.writes() == []


def test_a_schedule_that_came_after_the_quote_is_missed(both: Both) -> None:
    product = both.world.usage_product()
    number = both.world.order(both.world.account(), [Line(product)])
    both.world.schedule(product)
    [result] = sync(both, number)
    assert reason(result)[0] == "CPQ-425"
    assert both.writes() == []


def test_a_schedule_that_is_not_active_is_not_missed(both: Both) -> None:
    product = both.world.usage_product()
    both.world.schedule(product, IsActive=False)
    [result] = sync(both, both.world.order(both.world.account(), [Line(product)]))
    assert result.outcome is Outcome.SYNCED


def test_what_zuora_sells_per_unit_already_stays_sold_so(both: Both) -> None:
    product = both.world.usage_product()
    first, second = (both.world.order(both.world.account(name), [Line(product)]) for name in ("One", "Two"))
    assert [result.outcome for result in sync(both, first)] == [Outcome.SYNCED]
    both.world.schedule(product)
    assert [result.outcome for result in sync(both, first, second)] == [Outcome.UNCHANGED, Outcome.SYNCED]


def test_an_org_without_usage_is_not_asked_for_links(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.usage_product())])
    url = f"{both.sandbox.salesforce_url}/_sandbox/settings"
    hidden = {"hiddenFields": ["ProductConsumptionSchedule.ConsumptionScheduleId"]}
    httpx.post(url, json=hidden, timeout=30).raise_for_status()
    assert sync(both, number)[0].outcome is Outcome.SYNCED


# Names of rate plans


def test_two_schedules_of_one_name_are_held_before_anything_is_written(both: Both) -> None:
    [result] = sync(both, metered(both, "Data", "Data"))
    code, message = reason(result)
    assert (code, "named Traffic Data" in message) == ("CPQ-402", True), message
    assert both.writes() == []


def test_a_schedule_of_another_currency_with_the_same_name_is_held(both: Both) -> None:
    product = both.world.usage_product()
    for currency in ("USD", "EUR"):
        both.world.schedule(product, "Data", currency=currency)
    dollars = both.world.order(both.world.account(), [Line(product)])
    assert [result.outcome for result in sync(both, dollars)] == [Outcome.SYNCED]
    written = both.counts()
    [result] = sync(both, in_euros(both, product))
    assert reason(result)[0] == "CPQ-402"
    assert both.counts() == written


# What Zuora holds afterwards


def test_a_second_sync_is_unchanged(both: Both) -> None:
    number = metered(both, rates=THREE)
    assert [sync(both, number)[0].outcome for _ in range(2)] == [Outcome.SYNCED, Outcome.UNCHANGED]


def _open_the_last(both: Both) -> None:
    change(both, RATE, 2, SBQQ__UpperBound__c=None)


def _close_the_last(both: Both) -> None:
    change(both, RATE, 2, SBQQ__UpperBound__c=2000)


def _drop_the_last(both: Both) -> None:
    both.world.org.store.delete(RATE, rows(both, RATE)[2]["Id"])


def _price(both: Both) -> None:
    change(both, RATE, 0, SBQQ__Price__c=Decimal("0.1234568"))


CHANGES: dict[str, tuple[Callable[[Both], None], str]] = {
    "opened": (_open_the_last, "tier 3 ending unit: Salesforce nothing, Zuora 1000"),
    "another end": (_close_the_last, "tier 3 ending unit: Salesforce 2000, Zuora 1000"),
    "a tier less": (_drop_the_last, "tier: Salesforce nothing, Zuora 3"),
    "the last decimal of a price": (_price, "tier 1 price: Salesforce 0.1234568, Zuora 0.1234567"),
}


@pytest.mark.parametrize("case", CHANGES.values(), ids=list(CHANGES))
def test_rates_that_changed_later_are_seen(both: Both, case: tuple[Callable[[Both], None], str]) -> None:
    alter, difference = case
    number = metered(both, rates=THREE)
    sync(both, number)
    alter(both)
    code, message = reason(sync(both, number)[0])
    assert (code, difference in message) == ("CPQ-416", True), message


def test_a_tier_that_was_open_and_is_not_any_more_is_seen(both: Both) -> None:
    number = metered(both, rates=((0, None, "1", "PerUnit"),))
    sync(both, number)
    change(both, RATE, 0, SBQQ__UpperBound__c=50)
    assert "tier 1 ending unit: Salesforce 50, Zuora nothing" in reason(sync(both, number)[0])[1]


def test_a_schedule_that_is_gone_is_seen(both: Both) -> None:
    number = metered(both, "Data", "Calls")
    sync(both, number)
    gone = rows(both, SCHEDULE)[1]["Id"]
    for rate in both.world.org.store.find(RATE, SCHEDULE, gone):
        both.world.org.store.delete(RATE, rate["Id"])
    both.world.org.store.delete(SCHEDULE, gone)
    assert (
        f"subscription SUB-0000001 (Traffic), rate plan: Salesforce nothing, Zuora {gone}"
        in reason(sync(both, number)[0])[1]
    )


@pytest.mark.parametrize("field", ["LowerBound", "Price", "PricingMethod"])
def test_an_empty_field_of_a_rate_says_of_which_schedule(both: Both, field: str) -> None:
    number = metered(both)
    change(both, RATE, 0, **{f"SBQQ__{field}__c": None})
    code, message = reason(sync(both, number)[0])
    assert code == "CPQ-401"
    assert "Order product 0000000001" in message
    assert "consumption schedule Data" in message
    assert both.writes() == []


# Exactly once


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
@pytest.mark.parametrize("position", range(len(PATHS)), ids=[f"{n}-{path}" for n, path in enumerate(PATHS)])
def test_a_lost_write_is_neither_lost_nor_doubled(both: Both, position: int, fault: str) -> None:
    number = metered(both, "Data", "Calls")
    trouble(both, position, fault, PATHS)
    assert sync(both, number, wiring=Wiring(policy=NEVER))[0].outcome is Outcome.FAILED
    assert sync(both, number)[0].outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    made = both.counts()
    assert [made[name] for name in ("account", "product", "productRatePlan", "productRatePlanCharge")] == [1, 1, 2, 2]
    assert [made[name] for name in ("order", "subscription", "ratePlan", "ratePlanCharge")] == [1, 1, 2, 2]


def test_processes_that_need_the_same_new_schedule_make_it_once(both: Both) -> None:
    product = both.world.product("Platform")
    both.world.schedule(product, "Data")
    numbers = [both.world.order(both.world.account(name), [Line(product)]) for name in ("One", "Two", "Three")]

    async def process(number: str) -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders([number])

    async def do() -> list[list[SyncResult]]:
        return await asyncio.gather(*(process(number) for number in numbers))

    assert [result.outcome for found in asyncio.run(do()) for result in found] == [Outcome.SYNCED] * 3
    made = both.counts()
    assert [made[name] for name in ("product", "productRatePlan", "productRatePlanCharge", "ratePlan")] == [1, 2, 2, 6]


def test_many_usage_lines_go_asynchronously(both: Both) -> None:
    product = both.world.usage_product()
    both.world.schedule(product, "Data")
    both.world.schedule(product, "Calls", type="Range")
    number = both.world.order(both.world.account(), [Line(product)] * 52)
    assert [sync(both, number)[0].outcome for _ in range(2)] == [Outcome.SYNCED, Outcome.UNCHANGED]
    assert both.counts()["ratePlanCharge"] == 104
