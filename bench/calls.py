"""How many calls to each system an order takes, measured against the sandbox over real HTTP."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
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


class Counter:
    """Counts calls, sign-in left out, because it is made once in an hour."""

    def __init__(self) -> None:
        self.salesforce = self.zuora = self.writes = 0

    def count(self, exchange: Exchange) -> None:
        """Count one call."""
        if "oauth" in exchange.path or "describe" in exchange.path:
            return
        if exchange.system == "Zuora":
            self.zuora += 1
            self.writes += not exchange.reads
        else:
            self.salesforce += 1


def calls_table() -> Table:
    """Return calls per order for the three cases."""
    table = Table(
        "case",
        "orders",
        "Salesforce calls",
        "Zuora calls",
        "Zuora calls per order",
        "Zuora writes",
        "goal",
        title="Calls",
    )
    with tempfile.TemporaryDirectory() as folder, LocalSandbox("empty") as sandbox:
        settings = sandbox_settings(_port(sandbox.salesforce_url), _port(sandbox.zuora_url))
        settings = settings.model_copy(update={"database": DatabaseSettings(data_dir=Path(folder) / "history")})
        world = World(sandbox.org)
        account = world.account()
        products = [world.product(f"Seat {number}") for number in range(LINES)]
        lines = [Line(product) for product in products]
        first = world.order(account, lines)
        cases: list[tuple[str, Sequence[str], str]] = [
            ("first order of a new account with 3 new products", [first], "")
        ]
        batch = [world.order(account, lines) for _ in range(BATCH)]
        cases.append((f"{LINES}-line orders, account and products exist", batch, "1 read, ≤ 1.4 calls per order"))
        cases.append(("the same again: nothing to do", batch, "0 writes"))
        for name, numbers, goal in cases:
            counter = asyncio.run(_sync(settings, numbers))
            table.add_row(
                name,
                str(len(numbers)),
                str(counter.salesforce),
                str(counter.zuora),
                f"{counter.zuora / len(numbers):.2f}",
                str(counter.writes),
                goal,
            )
    return table


async def _sync(settings: Settings, numbers: Sequence[str]) -> Counter:
    counter = Counter()
    async with open_service(settings, watch=counter.count) as service:
        results = await service.orders(numbers)
    wrong = [result for result in results if result.outcome not in (Outcome.SYNCED, Outcome.UNCHANGED)]
    if wrong:
        raise SystemExit(f"the benchmark's orders are not synced: {wrong[0].reasons}")
    return counter


def _port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])
