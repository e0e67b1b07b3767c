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
from cpqbridge.values import SUCCESSES

BATCH = 50
LINES = 3
LIVES = 20
MANY = 40
"""Subscriptions that one order amends."""


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
    """Return calls per order for new business, and for what becomes of it."""
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
            *_lives(world),
        ]
        for case, counter in asyncio.run(_sync(settings, cases)):
            orders = len(case.numbers)
            row = (orders, counter.salesforce, counter.zuora, f"{counter.zuora / orders:.2f}", counter.writes)
            table.add_row(case.name, *map(str, row), case.goal)
    return table


def _lives(world: World) -> list[Case]:
    """Return the cases of contracts that were amended and renewed before they are synced."""
    lines = [Line(world.product("Life"))]
    lives = [number for _ in range(LIVES) for number in _life(world, lines)]
    account, products = world.account(), [f"Part {number}" for number in range(MANY)]
    order = world.order(account, [Line(world.product(name)) for name in products])
    wide = world.amend(world.contract(order), "2026-06-01", *({"product": name, "quantity": 2} for name in products))
    return [
        Case("back-fill of new accounts: new order, 3 amendments, renewal", lives, "≤ 4 on average"),
        Case("the same again: nothing to do", lives, "0 writes"),
        Case(f"an order of {MANY} new products, accounts exist", [order]),
        Case(f"an amendment of {MANY} subscriptions", [wide]),
    ]


def _life(world: World, lines: list[Line]) -> list[str]:
    """Return the numbers of the orders of one contract: new, amended three times, renewed."""
    order = world.order(world.account(), lines)
    contract = world.contract(order)
    months = (5, 6, 7)
    changes = [world.amend(contract, f"2026-0{at}-01", {"product": "Life", "quantity": at}) for at in months]
    return [order, *changes, world.renew(contract)]


async def _sync(settings: Settings, cases: Sequence[Case]) -> list[tuple[Case, Counter]]:
    """Sync the cases one after the other in one process, as a service would."""
    done = []
    counter = Counter()
    async with open_service(settings, watch=counter.count) as service:
        for case in cases:
            results = await service.orders(case.numbers)
            wrong = [result for result in results if result.outcome not in SUCCESSES]
            if wrong:
                raise SystemExit(f"the benchmark's orders are not synced: {wrong[0].reasons}")
            done.append((case, counter.take()))
    return done


def _port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])
