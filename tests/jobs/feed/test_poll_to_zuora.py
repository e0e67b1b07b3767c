"""From a change in Salesforce to Zuora, in whatever order changes come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from cpqbridge.jobs.feed.poll import Poller
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from tests.jobs.conftest import Stage
from tests.world import Line


def _account(stage: Stage) -> dict[str, Any]:
    [account] = list(stage.sandbox.tenant.store.rows("account"))
    return account


def test_changes_before_and_after_an_order_end_right(make_stage: Callable[[str], Stage]) -> None:
    """An account that is changed before its order, while it is carried and after it; then nothing is left to do."""

    async def do() -> None:
        stage = make_stage("empty")
        world = stage.world
        account, product = world.account("Before"), world.product()
        async with stage.engine() as engine:
            connection = engine.connections[0]
            poller = Poller(connection)

            async def poll() -> None:
                await poller.poll()
                engine.wake(connection)

            await poll()
            stage.sandbox.org.store.update("Account", account, {"Name": "Between"})
            await poll()
            number = world.order(account, [Line(product)])
            await poll()
            stage.sandbox.org.store.update("Account", account, {"Name": "After"})
            await poll()
            await stage.settled(connection)
            assert {row["orderNumber"] for row in stage.sandbox.tenant.store.rows("order")} == {number}
            await poll()
            await stage.settled(connection)
            assert _account(stage)["name"] == "After"
            writes = len(stage.both.writes())
            for _ in range(3):
                await poll()
                await stage.settled(connection)
            assert len(stage.both.writes()) == writes

    asyncio.run(do())


def test_an_order_that_is_contracted_later_waits_and_is_carried_then(make_stage: Callable[[str], Stage]) -> None:
    async def do() -> None:
        stage = make_stage("empty")
        world = stage.world
        account, product = world.account(), world.product()
        async with stage.engine() as engine:
            connection = engine.connections[0]
            poller = Poller(connection)
            await poller.poll()
            number = world.order(account, [Line(product)], contracted=False)
            await poller.poll()
            engine.wake(connection)
            await stage.settled(connection)
            assert list(stage.sandbox.tenant.store.rows("order")) == []
            [row] = stage.sandbox.org.store.find("Order", "OrderNumber", number)
            contract(stage.sandbox.org, row["Id"], wait=True)
            await poller.hint({})
            engine.wake(connection)
            await stage.settled(connection)
            assert [one["orderNumber"] for one in stage.sandbox.tenant.store.rows("order")] == [number]

    asyncio.run(do())
