"""What a service works on: a database, two connections, and their configuration; and the same without harm."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from cpqbridge.settings.load import load
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_service
from tests.chaos.books import Books
from tests.chaos.service.cluster import Cluster
from tests.chaos.service.served import Served
from tests.world import Line, World

NAMES = ("east", "west")


class Shop:
    """Sells to one customer after the other: a sale, what adds to it, and another sale.

    Attributes:
        numbers: The numbers of all orders.
        accounts: The ids of all customers.
    """

    def __init__(self, world: World) -> None:
        self._seat = world.product("Seat")
        self._setup = world.product("Setup", subscription=False)
        self.numbers: list[str] = []
        self.accounts: list[str] = []

    def sell(self, world: World) -> None:
        """Sell three orders to a new customer."""
        account = world.account(f"Customer {len(self.numbers) // 3}")
        world.contact(account)
        self.accounts.append(account)
        first = world.order(account, [Line(self._seat, 2), Line(self._setup)])
        more = world.amend(world.contract(first), "2026-06-01", {"product": "Seat", "quantity": 5})
        self.numbers += [first, more, world.order(account, [Line(self._seat, 3)])]


class Ground:
    """A database and two connections.

    Args:
        folder: Where the database and the configuration are.
        latency_ms: Milliseconds that every answer of both systems is held back.
        own: Whether the database stands for one of the user's.
        top: Further sections of the configuration.
    """

    def __init__(
        self, folder: Path, *, latency_ms: int = 0, own: bool = False, top: Mapping[str, Any] | None = None
    ) -> None:
        self.cluster = Cluster(folder / "database", own=own)
        self.served = {name: Served(latency_ms=latency_ms) for name in NAMES}
        self.shops = {name: one.do(Shop) for name, one in self.served.items()}
        self.config = folder / "cpqbridge.yaml"
        self.top = dict(top or {})
        self.write()

    def write(self, **more: Any) -> None:
        """Write the configuration, with further sections of it."""
        self.top |= more
        document = {
            "allow_clear_secrets": True,
            "database": self.cluster.section(),
            "connections": {name: one.sections() for name, one in self.served.items()},
            **self.top,
        }
        self.config.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def sell(self, orders: int) -> None:
        """Sell orders, in both connections by turns, until there are so many."""
        while self.all < orders:
            for name, one in self.served.items():
                one.do(self.shops[name].sell)

    @property
    def done(self) -> int:
        """How many orders are in Zuora."""
        return sum(one.count("order") for one in self.served.values())

    @property
    def all(self) -> int:
        """How many orders there are."""
        return sum(len(shop.numbers) for shop in self.shops.values())

    def books(self) -> dict[str, Books]:
        """Return what the tenants hold."""
        return {name: one.books() for name, one in self.served.items()}

    def close(self) -> None:
        """Stop everything."""
        for one in self.served.values():
            one.close()
        self.cluster.close()


def clean_books(folder: Path, orders: int) -> dict[str, Books]:
    """Return what the tenants hold when the same orders are carried over and nothing happens."""
    folder.mkdir()
    ground = Ground(folder, own=True)
    try:
        ground.sell(orders)
        settings = load(ground.config, {})
        assert isinstance(settings, Settings)
        for name, shop in ground.shops.items():
            asyncio.run(_sync(settings.connection(name), shop))
        return ground.books()
    finally:
        ground.close()


async def _sync(settings: Settings, shop: Shop) -> None:
    async with open_service(settings) as service:
        await service.orders(shop.numbers)
        await service.accounts(shop.accounts)
