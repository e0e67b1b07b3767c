"""What a poll makes due, over real HTTP: which changes, which records, and with how many calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from cpqbridge.settings.problems import WrongSettings
from tests.jobs.feed.polling import Stage, orders
from tests.world import Line

HOUR = 3600.0


def test_a_poll_without_changes_takes_one_call(stage: Stage) -> None:
    async def do() -> None:
        async with stage.feed() as feed:
            await feed.poller.poll()
            before = len(stage.calls())
            for _ in range(5):
                assert await feed.poller.poll() == 0
            after = stage.calls()[before:]
            assert [one["path"].rpartition("/")[2] for one in after] == ["composite"] * 5

    asyncio.run(do())


def test_a_new_order_is_due_with_its_account_and_number(stage: Stage) -> None:
    async def do() -> None:
        account, product = stage.world.account(), stage.world.product()
        async with stage.feed() as feed:
            await feed.poller.poll()
            draft = stage.draft(account)
            number = stage.world.order(account, [Line(product)])
            assert await feed.poller.poll() == 1
            due = await feed.due()
        order = stage.order(number)
        assert set(due) == {("Order", order)}, draft
        row = due["Order", order]
        assert (row.number, row.account, row.reason) == (number, account, "poll")

    asyncio.run(do())


def test_the_past_is_left_to_back_fills(stage: Stage) -> None:
    async def do() -> None:
        with stage.ago(5):
            stage.world.order(stage.world.account(), [Line(stage.world.product())])
        async with stage.feed() as feed:
            assert await feed.all_turns() == set()

    asyncio.run(do())


def test_what_changed_while_nobody_looked_is_found(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed() as feed:
            await feed.poller.poll()
        made = stage.activated(account, 3)
        async with stage.feed() as feed:
            assert await feed.new() == orders(made)

    asyncio.run(do())


Change = Callable[[Stage, str, str], object]


def _first(sobject: str, field: str, key: Callable[[Stage, str, str], str]) -> Change:
    def change(stage: Stage, order: str, product: str) -> None:
        stage.touch(sobject, stage.find(sobject, field, key(stage, order, product))[0]["Id"])

    return change


def _item(stage: Stage, order: str, _product: str) -> str:
    return str(stage.find("OrderItem", "OrderId", order)[0]["Id"])


def _schedule(stage: Stage, _order: str, product: str) -> str:
    return str(stage.find("ProductConsumptionSchedule", "ProductId", product)[0]["ConsumptionScheduleId"])


def _usage(stage: Stage, order: str, product: str) -> str:
    item = _item(stage, order, product)
    return str(stage.find("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", item)[0]["Id"])


def _account(stage: Stage, order: str, _product: str) -> str:
    row = stage.sandbox.org.store.get("Order", order)
    assert row is not None
    return str(row["AccountId"])


def _order(_stage: Stage, order: str, _product: str) -> str:
    return order


def _product(_stage: Stage, _order: str, product: str) -> str:
    return product


CHANGES = {
    "order": ("Order", _first("Order", "Id", _order)),
    "order product": ("Order", _first("OrderItem", "Id", _item)),
    "subscription": ("Order", _first("SBQQ__Subscription__c", "SBQQ__OrderProduct__c", _item)),
    "contract": ("Order", _first("Contract", "SBQQ__Order__c", _order)),
    "schedule of an order": (
        "Order",
        _first("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", _item),
    ),
    "rate of an order": (
        "Order",
        _first("SBQQ__OrderItemConsumptionRate__c", "SBQQ__OrderItemConsumptionSchedule__c", _usage),
    ),
    "account": ("Account", _first("Account", "Id", _account)),
    "contact": ("Account", _first("Contact", "AccountId", _account)),
    "product": ("Product2", _first("Product2", "Id", _product)),
    "price": ("Product2", _first("PricebookEntry", "Product2Id", _product)),
    "schedule": ("Product2", _first("ConsumptionSchedule", "Id", _schedule)),
    "link to a schedule": ("Product2", _first("ProductConsumptionSchedule", "ProductId", _product)),
    "rate": ("Product2", _first("ConsumptionRate", "ConsumptionScheduleId", _schedule)),
}


def test_every_followed_change_leads_to_its_record(stage: Stage) -> None:
    """Each kind of change makes exactly one record due; so none of them is missing, and none leads astray."""

    async def do() -> None:
        world = stage.world
        with stage.ago(HOUR):
            account = world.account()
            world.contact(account)
            product = world.usage_product()
            world.schedule(product)
            order = stage.order(world.order(account, [Line(product)]))
        records = {"Order": order, "Account": account, "Product2": product}
        async with stage.feed() as feed:
            await feed.arrive(*records.items())
            assert await feed.all_turns() == set()
            for name, (kind, change) in CHANGES.items():
                change(stage, order, product)
                assert await feed.all_turns() == {(kind, records[kind])}, name

    asyncio.run(do())


@pytest.mark.parametrize("policy", ["known", "all", "none"])
def test_accounts_and_products_are_carried_as_asked_for(stage: Stage, policy: str) -> None:
    async def do() -> None:
        async with stage.feed(accounts=policy, products=policy) as feed:
            await feed.poller.poll()
            known, new = stage.world.account("Known"), stage.world.account("New")
            product = stage.world.product()
            await feed.arrive(("Account", known))
            both = {("Account", new), ("Product2", product)}
            expected = {"none": set(), "known": {("Account", known)}, "all": {("Account", known), *both}}[policy]
            assert await feed.all_turns() == expected

    asyncio.run(do())


def test_no_orders_are_carried_where_none_are_asked_for(stage: Stage) -> None:
    async def do() -> None:
        async with stage.feed(orders="none") as feed:
            account = stage.world.account()
            await feed.poller.poll()
            stage.activated(account, 1)
            assert await feed.all_turns() == set()

    asyncio.run(do())


def test_conditions_and_the_first_day_hold_for_new_orders_only(stage: Stage) -> None:
    async def do() -> None:
        condition = {"Order": "Name = 'carry' OR PoNumber = '7'"}
        further: dict[str, object] = {"further": lambda kind: "PoNumber != '8'" if kind == "Order" else None}
        async with stage.feed(conditions=condition, start="2026-01-01", poller=further) as feed:
            account = stage.world.account()
            await feed.poller.poll()
            [yes] = stage.activated(account, 1, Name="carry")
            [also] = stage.activated(account, 1, PoNumber="7")
            [before] = stage.activated(account, 1, EffectiveDate="2025-12-31", Name="carry")
            [further_no] = stage.activated(account, 1, Name="carry", PoNumber="8")
            other, known = stage.activated(account, 2)
            await feed.arrive(("Order", known))
            assert await feed.new() == orders([yes, also, known]), (before, further_no, other)

    asyncio.run(do())


def test_a_wrong_condition_is_told_in_the_orgs_words(stage: Stage) -> None:
    async def do() -> None:
        async with stage.feed(conditions={"Order": "Nope__c = 1", "Account": "Name LIKE 'A%'"}) as feed:
            with pytest.raises(WrongSettings) as refused:
                await feed.poller.poll()
        assert "`auto_sync.conditions.Order` is no condition that the org takes" in refused.value.message
        assert "No such column 'Nope__c'" in refused.value.message
        assert len(refused.value.problems) == 1

    asyncio.run(do())


def test_orders_that_were_taken_back_are_looked_at_if_they_were_carried(stage: Stage) -> None:
    async def do() -> None:
        world = stage.world
        with stage.ago(HOUR):
            account, product = world.account(), world.product()
            numbers = [world.order(account, [Line(product)]) for _ in range(4)]
            ids = [stage.order(number) for number in numbers]
        back, deleted, unknown_back, unknown_deleted = range(4)
        async with stage.feed() as feed:
            await feed.arrive(("Order", ids[back]), ("Order", ids[deleted]))
            await feed.poller.poll()
            for place in (back, unknown_back):
                world.undo(numbers[place])
            for place in (deleted, unknown_deleted):
                world.undo(numbers[place], delete=True)
            assert await feed.new() == orders([ids[back], ids[deleted]])
            with stage.ago(-2):  # not in the second of the deletion
                world.undelete(numbers[deleted])
            assert ("Order", ids[deleted]) in await feed.new()

    asyncio.run(do())


def test_what_arrived_after_its_change_was_found_is_looked_at_again(stage: Stage) -> None:
    """An account that is changed while its first order is on its way is known only afterwards."""

    async def do() -> None:
        async with stage.feed() as feed:
            account = stage.world.account()
            await feed.poller.poll()
            [order] = stage.activated(account, 1)
            stage.touch("Account", account)
            assert await feed.new() == orders([order])
            await feed.arrive(("Account", account), ("Order", order))
            assert await feed.new() == {("Account", account)}
            assert await feed.new() == set()

    asyncio.run(do())
