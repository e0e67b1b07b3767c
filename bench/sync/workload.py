"""The reference workload, worked through by worker processes as `cpqbridge worker` runs them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.sync.process import SECRETS, Child, Used, commands, is_running, used, used_by_database
from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.history.database import open_database
from cpqbridge.jobs.connection import Connection, open_connections
from cpqbridge.jobs.due import Lane, Wanted
from cpqbridge.jobs.limits.board import SharedLimits
from cpqbridge.sandbox.credentials import credentials
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings

LOOK_SECONDS = 0.2

OUTCOMES = text("SELECT outcome, count(*) AS orders FROM cpqbridge.seen WHERE object = 'Order' GROUP BY outcome")

Orders = Sequence[Wanted]


@dataclass(frozen=True)
class Pass:
    """What it took to look at all orders once.

    Attributes:
        orders: How many.
        seconds: From noting that they are due until nothing is due.
        salesforce: Calls to the org.
        zuora: Calls to the tenant.
        writes: Those of them that write.
        workers: What each worker used meanwhile.
        tenant: Seconds of processor time that the tenant's process used.
        org: Likewise the org's.
        database: Likewise the database's.
    """

    orders: int
    seconds: float
    salesforce: int
    zuora: int
    writes: int
    workers: tuple[Used, ...]
    tenant: float
    org: float
    database: float

    def bound(self, latency: float, slots: int) -> float:
        """Return the seconds that the calls alone take, were every slot always waiting for one."""
        return (self.salesforce + self.zuora) * latency / slots


@dataclass(frozen=True)
class Stage:
    """Both systems, the database, and the workers."""

    connection: Connection
    org: Child
    tenant: Child
    workers: Sequence[int]
    data: Path

    async def look(self, orders: Orders, lane: Lane = Lane.BACKFILL) -> Pass:
        """Have the workers look at orders, and return what it took."""
        due = self.connection.due
        self.org.ask("calls"), self.tenant.ask("calls")
        spent_before = used_by_database(self.data)
        before = [used(pid) for pid in (*self.workers, self.tenant.pid, self.org.pid)]
        begin = time.monotonic()
        await due.add(Wanted(one.object, one.record_id, one.account, one.number, lane=lane) for one in orders)
        while await due.next_due() is not None:
            if ended := [pid for pid in self.workers if not is_running(pid)]:
                raise SystemExit(f"workers of the benchmark have ended: {ended}")
            await asyncio.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - begin
        after = [used(pid) for pid in (*self.workers, self.tenant.pid, self.org.pid)]
        spent = [Used(now.seconds - then.seconds, now.memory) for then, now in zip(before, after, strict=True)]
        org, tenant = self.org.ask("calls"), self.tenant.ask("calls")
        writes = sum(count for call, count in tenant.items() if not _reads(call))
        return Pass(
            len(orders), seconds, sum(org.values()), sum(tenant.values()), writes, tuple(spent[:-2]),
            spent[-2].seconds, spent[-1].seconds, used_by_database(self.data) - spent_before,
        )  # fmt: skip

    async def outcomes(self) -> dict[str, int]:
        """Return how many orders came to each outcome at last."""
        rows = await self.connection.database.run(lambda connection: connection.execute(OUTCOMES).all())
        return {row.outcome: row.orders for row in rows}


def _reads(call: str) -> bool:
    return call.startswith("GET ") or "/action/query" in call or "/oauth/" in call


ACCOUNTS = 8
"""Accounts that are worked on at once for each slot."""


@asynccontextmanager
async def stage(org: Child, tenant: Child, workers: int, slots: int, folder: Path) -> AsyncIterator[Stage]:
    """Open the database and run workers on it, which share the slots.

    Args:
        org: The org's process.
        tenant: The tenant's.
        workers: Processes.
        slots: Calls to Zuora that all of them make at once; accounts are worked on in larger number, as many of them
            wait for their reading, for the ledger or for a slot.
        folder: Where the database and the workers' logs go.
    """
    settings = settings_of(org.ready, tenant.ready, folder)
    own = {
        "worker": {"concurrency": min(500, -(-ACCOUNTS * slots // workers))},
        "limits": {
            "zuora": {"share": 1, "calls_at_once": slots, "live_reserve": 0},
            "salesforce": {"live_reserve": 0},
        },
    }
    configure(folder, org.ready, tenant.ready, own)
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(open_database(settings.database, "benchmark"))
        limits = SharedLimits(database)
        connections = await opened.enter_async_context(open_connections(settings, database, limits))
        pids = opened.enter_context(commands(workers, "worker", folder))
        yield Stage(connections[0], org, tenant, pids, folder / "database")


def configure(folder: Path, org: str, tenant: str, own: Mapping[str, Any]) -> None:
    """Write the configuration of the commands that run in a folder."""
    known = credentials(port(org), port(tenant))
    salesforce = {name: known["salesforce"][name] for name in ("login_url", "client_id")}
    zuora = {name: known["zuora"][name] for name in ("base_url", "client_id")}
    document = {
        "salesforce": salesforce | {"client_secret": {"env": SECRETS[0]}},
        "zuora": zuora | {"client_secret": {"env": SECRETS[1]}},
        "database": {"data_dir": str(folder / "database")},
        **own,
    }
    (folder / "cpqbridge.yaml").write_text(json.dumps(document))


def settings_of(org: str, tenant: str, folder: Path) -> Settings:
    """Return the settings for both systems and a database in a folder."""
    database = DatabaseSettings(data_dir=folder / "database")
    return sandbox_settings(port(org), port(tenant)).model_copy(update={"database": database})


async def orders_of(connection: Connection) -> list[Wanted]:
    """Return all orders of the org."""
    rows = await connection.clients.salesforce.query(
        "SELECT Id, OrderNumber, AccountId FROM Order ORDER BY OrderNumber"
    )
    return [Wanted("Order", row["Id"], row["AccountId"], row["OrderNumber"]) for row in rows]


def port(url: str) -> int:
    """Return the port of an address."""
    return int(url.rstrip("/").rpartition(":")[2])
