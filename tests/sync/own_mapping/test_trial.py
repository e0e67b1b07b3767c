"""Plans with the own mapping beside those of the guide, and cases, over both systems of the sandbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.values import ValueTables
from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.own_mapping import cases
from cpqbridge.sync.own_mapping.trial import MappingTrial, Mark, Tried, both
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line

T = TypeVar("T")


def trial(systems: Both, mapping: dict[str, Any], work: Callable[[MappingTrial], Awaitable[T]]) -> T:
    settings = systems.settings().model_copy(update={"mapping": MappingSettings.model_validate(mapping)})

    async def do() -> T:
        async with open_clients(settings) as clients:
            return await work(MappingTrial(settings, clients))

    return asyncio.run(do())


def sync(systems: Both, *numbers: str) -> None:
    async def do() -> None:
        async with systems.service() as service:
            await service.orders(numbers)

    asyncio.run(do())


def marks(tried: Tried) -> dict[str, Mark]:
    return {value.target: value.mark for operation in tried.operations for value in operation.values}


def test_reading_takes_in_what_either_mapping_reads() -> None:
    own = tables_for(
        MappingSettings.model_validate({"account": {"salesRep": {"off": True}, "notes": "VAT__c"}}), ValueTables()
    )
    assert "OwnerId" not in own.sources("Account", Options())
    read = both(own, GUIDE).sources("Account", Options())
    assert {"OwnerId", "VAT__c", "Description"} <= set(read)
    assert both(GUIDE, GUIDE) == GUIDE


def test_without_an_own_mapping_all_is_the_same(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    [tried] = trial(both, {}, lambda one: one.orders([number]))
    assert set(marks(tried).values()) == {Mark.SAME}
    assert {operation.mark for operation in tried.operations} == {Mark.SAME}


def test_an_account_that_zuora_has_shows_the_update_that_the_mapping_brings(both: Both) -> None:
    account = both.world.account()
    sync(both, both.world.order(account, [Line(both.world.product())]))
    [tried] = trial(both, {"account": {"notes": {"value": "mine"}}}, lambda one: one.accounts([account]))
    assert tried.guide.outcome is Outcome.UNCHANGED
    [operation] = tried.operations
    assert (operation.operation.name, operation.mark) == ("update_account", Mark.ADDED)
    assert marks(tried)["/notes"] is Mark.ADDED


def test_a_field_that_only_the_guide_reads_is_there_for_its_plan(both: Both) -> None:
    number = both.world.order(both.world.account(Description="theirs"), [Line(both.world.product())])
    [tried] = trial(both, {"account": {"notes": {"off": True}}}, lambda one: one.orders([number]))
    [removed] = [value for one in tried.operations for value in one.values if value.mark is Mark.REMOVED]
    assert (removed.target, removed.guide, removed.source) == ("/notes", "theirs", "Account.Description")


def test_every_order_of_the_demo_plans_alike_from_its_case(demo: Both) -> None:
    made = trial(demo, {}, lambda one: one.record_orders(list(DEMO_ORDERS)))
    read = [cases.read(cases.write(case)) for case in made if isinstance(case, cases.Case)]
    assert [case.record for case in read] == list(DEMO_ORDERS)
    for case in read:
        assert cases.differences(case.plan, cases.replan(case, Options(), ValueTables().model_dump(), GUIDE)) == []
        assert cases.unread(case, Options(), GUIDE) == []
    assert {"planned", "held", "waiting"} <= {case.plan["outcome"] for case in read}


def test_an_order_that_zuora_has_is_recorded_with_what_zuora_holds(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    sync(both, number)
    [case] = trial(both, {}, lambda one: one.record_orders([number]))
    assert isinstance(case, cases.Case)
    again = cases.read(cases.write(case))
    assert again.plan["outcome"] == "unchanged"
    assert cases.replan(again, Options(), {}, GUIDE) == case.plan
