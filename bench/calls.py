"""How many calls to each system an order takes, measured against the sandbox over real HTTP."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.table import Table
from tests.world import Line, World

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_service
from cpqbridge.transport.exchange import Exchange
from cpqbridge.values import Outcome

BATCH = 50
LINES = 3


@dataclass
class Counter:
    """Counts calls; signing in is left out, because it happens once in an hour."""

    salesforce: int = 0
    zuora: int = 0
    writes: int = 0

    def take(self) -> Counter:
        """Return the counts and begin anew."""
        taken = replace(self)
        self.salesforce = self.zuora = self.writes = 0
        return taken

    def count(self, exchange: Exchange) -> None:
        """Count one call."""
        if "oauth" in exchange.path:
            return
        if exchange.system == "Zuora":
            self.zuora += 1
            self.writes += not exchange.reads
        else:
            self.salesforce += 1


@dataclass(frozen=True)
class Case:
    """What is synced, in one process that has described the org already, or in a new one."""

    name: str
    numbers: Sequence[str]
    goal: str = ""


def calls_table() -> Table:
    """Return calls per order for the three cases."""
    table = Table("case", "orders", "Salesforce", "Zuora", "Zuora per order", "writes", "goal", title="Calls")
    with tempfile.TemporaryDirectory() as folder, LocalSandbox("empty") as sandbox:
        settings = sandbox_settings(_port(sandbox.salesforce_url), _port(sandbox.zuora_url))
        settings = settings.model_copy(update={"database": DatabaseSettings(data_dir=Path(folder) / "history")})
        world = World(sandbox.org)
        account = world.account()
        lines = [Line(world.product(f"Seat {number}")) for number in range(LINES)]
        first = [world.order(account, lines)]
        warm = [world.order(account, lines)]
        batch = [world.order(account, lines) for _ in range(BATCH)]
        cases = [
            Case(f"first order of a new account, {LINES} new products, org not described yet", first),
            Case("one order, account and products exist", warm),
            Case(f"{LINES}-line orders, account and products exist", batch, "1 read, ≤ 1.4"),
            Case("the same again: nothing to do", batch, "0 writes"),
        ]
        for case, counter in asyncio.run(_sync(settings, cases)):
            orders = len(case.numbers)
            row = (orders, counter.salesforce, counter.zuora, f"{counter.zuora / orders:.2f}", counter.writes)
            table.add_row(case.name, *map(str, row), case.goal)
    return table


async def _sync(settings: Settings, cases: Sequence[Case]) -> list[tuple[Case, Counter]]:
    """Sync the cases one after the other in one process, as a service would."""
    done = []
    counter = Counter()
    async with open_service(settings, watch=counter.count) as service:
        for case in cases:
            results = await service.orders(case.numbers)
            wrong = [result for result in results if result.outcome not in (Outcome.SYNCED, Outcome.UNCHANGED)]
            if wrong:
                raise SystemExit(f"the benchmark's orders are not synced: {wrong[0].reasons}")
            done.append((case, counter.take()))
    return done


def _port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])
