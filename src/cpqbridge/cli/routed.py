"""Which connection the orders of a command belong to, where none was named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from cpqbridge.cli.configure import connection_for, settings_for
from cpqbridge.errors import FixConfiguration
from cpqbridge.jobs.routing import route
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_clients

Part: TypeAlias = tuple[Settings, list[str]]
"""The settings of a connection, and the orders that belong to it."""


async def parts_of(config: Path | None, connection: str | None, orders: Sequence[str] = ()) -> list[Part]:
    """Return the connections that a command works with, each with its orders.

    Args:
        config: The file named with `--config`.
        connection: The one named with `--connection`; without it each order goes where the conditions send it.
        orders: Numbers of orders; without any, one connection must be named where there are several.

    Raises:
        CpqBridgeError: The configuration is wrong, or an org cannot be asked; CPQ-311, an order belongs to no
            connection or, by its number, to several orgs.
    """
    settings = settings_for(config)
    if connection or not orders or len(settings.connection_names()) == 1:
        return [(connection_for(config, connection), list(orders))]
    belongs = await _belongs(settings, orders)
    if none := [order for order in orders if not belongs[order]]:
        said = f"by their conditions no connection takes {_listed(none)}, or Salesforce has no such order"
        raise FixConfiguration(
            "CPQ-311", said, remedy="See `when` of each connection, or name one with `--connection`."
        )
    if several := [order for order in orders if len(belongs[order]) > 1]:
        said = f"more than one org has {_listed(several)}: {', '.join(belongs[several[0]])}"
        raise FixConfiguration("CPQ-311", said, remedy="Name the connection with `--connection`.")
    parts: dict[str, list[str]] = {}
    for order in orders:
        parts.setdefault(belongs[order][0], []).append(order)
    return [(settings.connection(name), some) for name, some in parts.items()]


async def _belongs(settings: Settings, orders: Sequence[str]) -> dict[str, list[str]]:
    """Return the connections that take each order, one of each org that has it."""
    belongs: dict[str, list[str]] = {order: [] for order in orders}
    for first in dict.fromkeys(settings.siblings(name)[0] for name in settings.connection_names()):
        async with open_clients(settings.connection(first)) as clients:
            found = await route(clients.salesforce, settings, first, orders, "OrderNumber")
        for order, name in found.items():
            belongs[order].append(name)
    return belongs


def _listed(orders: Sequence[str]) -> str:
    shown = ", ".join(orders[:5])
    return f"order{'s' if len(orders) > 1 else ''} {shown}{' …' if len(orders) > 5 else ''}"
