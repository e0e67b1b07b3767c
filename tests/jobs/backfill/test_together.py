"""Back-fills beside each other, beside dead processes, and taken back."""

from __future__ import annotations

import asyncio

import pytest

from cpqbridge.errors import CpqBridgeError
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.reading import BackfillReader
from cpqbridge.jobs.backfill.store import BackfillStore, State
from cpqbridge.jobs.engine import open_engine
from tests.jobs.backfill.conftest import Stage
from tests.jobs.conftest import rows
from tests.world import Line


def test_nothing_of_a_cancelled_backfill_goes_over_that_a_dead_process_had_in_hand(empty: Stage) -> None:
    empty.world.order(empty.world.account(), [Line(empty.world.product())])

    async def scenario() -> None:
        async with open_engine(empty.settings) as dead:  # it works on nothing, as if it had been killed
            connection = dead.connections[0]
            store = BackfillStore(dead.database, connection.scope)
            backfill, _ = await store.open(Asked())
            await BackfillReader(connection.clients.salesforce, store).read(backfill)
            [row] = await rows(dead.database, "cpqbridge.due")
            assert len(await connection.due.take(row["account"], 50)) == 1
            await store.cancel(backfill.id)
            assert await connection.due.take(row["account"], 50) == []
            await store.sweep()
            assert await rows(dead.database, "cpqbridge.due") == []
            assert await store.counts(backfill) == {"cancelled": 1}

    asyncio.run(scenario())


def test_a_backfill_that_cannot_be_read_holds_up_no_other(empty: Stage) -> None:
    empty.world.order(empty.world.account(), [Line(empty.world.product())])

    async def scenario() -> None:
        async with open_engine(empty.settings) as engine:
            connection = engine.connections[0]
            store = BackfillStore(engine.database, connection.scope)
            bad, _ = await store.open(Asked(where="Nope__c = 1"))
            good, _ = await store.open(Asked())
            with pytest.raises(CpqBridgeError, match="Nope__c"):
                await BackfillReader(connection.clients.salesforce, store).read_all()
            assert (await store.get(bad.id)).state is State.READING
            assert (await store.get(good.id)).state is State.WORKING

    asyncio.run(scenario())
