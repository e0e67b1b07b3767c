"""Products that share a Zuora product: names of rate plans must differ; retired products; plans set up by hand."""

from __future__ import annotations

import pytest

from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.test_products import change, charge_of, one, plan_of, row, synced
from tests.world import Line

pytestmark = pytest.mark.anyio


async def test_a_second_product_of_one_code_and_name_is_held_before_anything_is_written(both: Both) -> None:
    first, second = both.world.product("Seat"), both.world.product("Seat")
    made, held = await synced(both, "SEAT")
    assert (made.id, made.outcome) == (first, Outcome.SYNCED)
    assert (held.id, held.outcome, held.operations) == (second, Outcome.HELD, ())
    (reason,) = held.reasons
    assert (reason.code, reason.field) == ("CPQ-402", "Product2.Name")
    assert reason.message == "Zuora product SEAT has another rate plan named Seat"
    assert "another name or a product code of its own" in reason.remedy
    assert f"put {second} among its external ids" in reason.remedy
    change(both, "Product2", second, Name="Seat, one-off")
    assert [result.outcome for result in await synced(both, "SEAT")] == [Outcome.UNCHANGED, Outcome.SYNCED]


@pytest.mark.parametrize("known", [False, True])
async def test_an_order_for_both_is_held_too(both: Both, known: bool) -> None:
    first, second = both.world.product("Seat"), both.world.product("Seat")
    if known:
        await one(both, first)
    before = both.writes()
    number = both.world.order(both.world.account(), [Line(first), Line(second)])
    async with both.service() as service:
        (result,) = await service.orders([number])
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-402")
    assert both.writes() == before


async def test_a_plan_set_up_by_hand_is_used_once_it_carries_the_id(both: Both) -> None:
    product = both.world.product("Seat")
    await one(both, "SEAT")
    plan = plan_of(both, product)
    store = both.sandbox.tenant.store
    store.delete("externalProductRatePlan", row(both, "externalProductRatePlan", ratePlanId=plan["id"])["id"])
    held = await one(both, "SEAT")
    assert held.outcome is Outcome.HELD
    assert f"put {product} among its external ids" in held.reasons[0].remedy
    store.insert("externalProductRatePlan", {"externalProductRatePlanId": product, "ratePlanId": plan["id"]})
    assert (await one(both, "SEAT")).outcome is Outcome.UNCHANGED


async def test_a_name_that_another_plan_has_is_not_taken(both: Both) -> None:
    both.world.product("Seat")
    second = both.world.product("Chair", ProductCode="SEAT")
    await synced(both, "SEAT")
    before = both.writes()
    change(both, "Product2", second, Name="Seat")
    _, held = await synced(both, "SEAT")
    assert [(reason.code, reason.field) for reason in held.reasons] == [("CPQ-402", "Product2.Name")]
    assert "external ids" not in held.reasons[0].remedy
    assert both.writes() == before


async def test_schedules_that_swap_their_names_are_held_whole(both: Both) -> None:
    product = both.world.usage_product("Traffic")
    links = {name: both.world.schedule(product, name) for name in ("Calls", "Data")}
    await one(both, "TRAFFIC")
    before = both.writes()
    for name, other in (("Calls", "Data"), ("Data", "Calls")):
        change(both, "ConsumptionSchedule", both.world.schedule_of(links[name]), Name=other)
    assert [reason.code for reason in (await one(both, "TRAFFIC")).reasons] == ["CPQ-402"] * 2
    assert both.writes() == before


async def test_a_code_means_the_active_products(both: Both) -> None:
    retired = both.world.product("Old seat", ProductCode="SEAT", IsActive=False)
    active = both.world.product("Seat")
    assert [result.id for result in await synced(both, "SEAT")] == [active]
    assert row(both, "product", sKU="SEAT")["name"] == "Seat"
    assert [result.id for result in await synced(both, retired)] == [retired]


async def test_a_code_that_only_retired_products_have_means_them(both: Both) -> None:
    retired = both.world.product("Seat", IsActive=False)
    assert [result.id for result in await synced(both, "SEAT")] == [retired]


async def test_results_come_as_they_were_named(both: Both) -> None:
    seat, chair = both.world.product("Seat"), both.world.product("Chair")
    names = ["CHAIR", "NOTHING", seat[:15], seat, "seat", chair]
    async with both.planner() as planner:
        shown = await planner.products(names)
    done = await synced(both, *names)
    assert [result.record for result in done] == [result.record for result in shown] == ["CHAIR", "NOTHING", "SEAT"]


async def test_what_finance_has_set_of_a_charge_is_sent_as_it_stands(both: Both) -> None:
    product = both.world.product("Seat")
    await one(both, "SEAT")
    charge = charge_of(both, product)
    both.sandbox.tenant.store.update("productRatePlanCharge", charge["id"], {"useDiscountSpecificAccountingCode": True})
    change(both, "Product2", product, Name="Chair")
    assert (await one(both, "SEAT")).outcome is Outcome.SYNCED
    assert charge_of(both, product)["useDiscountSpecificAccountingCode"] is True


async def test_an_order_finishes_a_plan_that_has_got_a_currency_meanwhile(both: Both) -> None:
    product = both.world.product("Seat", Z_Accounting_Code__c="Unknown")
    assert (await one(both, "SEAT")).outcome is Outcome.FAILED
    change(both, "Product2", product, Z_Accounting_Code__c=None)
    both.world.price(product, "EUR", 9)
    number = both.world.order(both.world.account(), [Line(product)])
    async with both.service() as service:
        (result,) = await service.orders([number])
    assert result.outcome is Outcome.SYNCED, result.reasons
    assert plan_of(both, product)["activeCurrencies"] == ["USD", "EUR"]
    assert (await one(both, "SEAT")).outcome is Outcome.UNCHANGED


async def test_schedules_that_get_one_new_name_are_held_whole(both: Both) -> None:
    product = both.world.usage_product("Traffic")
    links = [both.world.schedule(product, name) for name in ("Calls", "Data")]
    await one(both, "TRAFFIC")
    before = both.writes()
    for link in links:
        change(both, "ConsumptionSchedule", both.world.schedule_of(link), Name="Volume")
    result = await one(both, "TRAFFIC")
    assert [reason.message for reason in result.reasons] == [
        "Zuora product TRAFFIC has another rate plan named Traffic Volume"
    ]
    assert both.writes() == before


async def test_orders_of_the_same_service_see_what_a_sync_of_the_catalog_has_changed(both: Both) -> None:
    world = both.world
    product = world.product("Seat")
    async with both.service() as service:
        await service.products(["SEAT"])
        world.price(product, "EUR", 9)
        number = world.order(world.account(CurrencyIsoCode="EUR"), [Line(product)], currency="EUR")
        [held] = await service.orders([number])
        assert [reason.code for reason in held.reasons] == ["CPQ-433"]
        await service.products(["SEAT"])
        [done] = await service.orders([number])
        assert done.outcome is Outcome.SYNCED, done.reasons
