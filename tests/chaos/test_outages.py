"""Systems that are down for a while: nothing fails for being early, and all goes on by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.jobs.connection import Connection
from cpqbridge.jobs.due import Wanted
from cpqbridge.jobs.engine import Engine, open_engine
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.worker import WorkerSettings
from tests.chaos.service.served import Served
from tests.jobs.conftest import rows, until
from tests.world import Line, World

RESUMED = 60.0
"""Seconds after which work must go on once all is well again."""


@pytest.fixture
def served() -> Iterator[Served]:
    both = Served()
    yield both
    both.close()


@pytest.fixture
def settings(served: Served, database_url: str) -> Settings:
    known = served.sections()
    ports = (int(known[system][name].rpartition(":")[2]) for system, name in ADDRESSES)
    changes = {"database": DatabaseSettings.at(database_url), "worker": WorkerSettings(takeover_seconds=3)}
    return sandbox_settings(*ports).model_copy(update=changes)


ADDRESSES = (("salesforce", "login_url"), ("zuora", "base_url"))


def sell(world: World, count: int) -> None:
    product = world.product()
    for number in range(count):
        world.order(world.account(f"Customer {number}"), [Line(product)])


@asynccontextmanager
async def engine_of(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as engine:
        stop = asyncio.Event()
        running = asyncio.ensure_future(engine.run(stop))
        try:
            yield engine
        finally:
            stop.set()
            await running


async def wanted(connection: Connection) -> list[Wanted]:
    found = await connection.clients.salesforce.query("SELECT Id, OrderNumber, AccountId FROM Order")
    return [Wanted("Order", row["Id"], row["AccountId"], row["OrderNumber"]) for row in found]


async def nothing_open(connection: Connection) -> bool:
    """Whether every attempt has come to a success, or is closed by a later one."""
    return not await connection.history.list_records(limit=100, open_only=True)


def test_while_systems_are_down_no_attempt_is_counted_and_then_all_goes_on(served: Served, settings: Settings) -> None:
    served.do(lambda world: sell(world, 30))

    async def scenario() -> None:
        async with engine_of(settings) as engine:
            connection = engine.connections[0]
            orders = await wanted(connection)
            await asyncio.to_thread(served.stop)
            await connection.due.add(orders)
            engine.wake(connection)
            await until(lambda: connection.open_lane() is None)
            await asyncio.sleep(4)  # probes go on meanwhile, and nothing else does
            held = await rows(connection.database, "cpqbridge.due")
            assert len(held) == 30
            assert max(row["attempts"] for row in held) <= 1  # those that found out that it is down
            assert {row["outcome"] for row in held} == {None}
            began = time.monotonic()
            await asyncio.to_thread(served.start)
            await until(lambda: served.count("order") == 30, RESUMED)
            assert time.monotonic() - began < RESUMED
            await until(lambda: nothing_open(connection), RESUMED)

    asyncio.run(scenario())


HTML = "<html><body><h1>Service Unavailable</h1></body></html>"

PATHS = {"salesforce": "/services/data/*", "zuora": "/v1/*"}

STORMS: dict[str, dict[str, Any]] = {
    "503 with HTML": {"fault": "status", "status": 503, "body": HTML},
    "429": {"fault": "status", "status": 429, "headers": {"Retry-After": "1"}, "body": {"message": "Too many"}},
    "slow": {"fault": "delay", "delay_ms": 1500},
    "lost": {"fault": "drop_request"},
}


@pytest.mark.parametrize(
    ("system", "kind"), [*(("zuora", kind) for kind in STORMS), ("salesforce", "429"), ("salesforce", "lost")]
)
def test_a_storm_passes(served: Served, settings: Settings, system: str, kind: str) -> None:
    served.do(lambda world: sell(world, 8))

    async def scenario() -> None:
        async with engine_of(settings) as engine:
            connection = engine.connections[0]
            orders = await wanted(connection)
            served.fault(system, {"times": 100_000, "match": {"path": PATHS[system]}, **STORMS[kind]})
            await connection.due.add(orders)
            engine.wake(connection)
            await asyncio.sleep(STORM_SECONDS)
            served.heal()
            await until(lambda: served.count("order") == 8, RESUMED)
            await until(lambda: nothing_open(connection), RESUMED)

    asyncio.run(scenario())


STORM_SECONDS = 5.0


@pytest.mark.parametrize("system", ["salesforce", "zuora"])
def test_a_session_that_expired_costs_nothing(served: Served, settings: Settings, system: str) -> None:
    served.do(lambda world: sell(world, 8))
    body = [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    answer = {"body": body} if system == "salesforce" else {"body": {"success": False, "message": "Unauthorized"}}

    async def scenario() -> None:
        async with engine_of(settings) as engine:
            connection = engine.connections[0]
            orders = await wanted(connection)
            fault = {"fault": "status", "status": 401, **answer}
            served.fault(system, {"times": 1, "match": {"path": PATHS[system]}, **fault})
            await connection.due.add(orders)
            engine.wake(connection)
            await until(lambda: served.count("order") == 8, RESUMED)
            await until(lambda: nothing_open(connection), RESUMED)
            failed = [one for one in await connection.history.list_records(limit=100) if one.outcome == "failed"]
            assert failed == []

    asyncio.run(scenario())
