"""Reads orders with all that was sold before and after in their chains, and what Zuora has of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import Chain
from cpqbridge.planning.charges import schedules_of
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.timeline.sales import all_sold
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.batch import Batch
from cpqbridge.sync.chains import complete
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.reconcile.held import Held, held, separate
from cpqbridge.sync.source import CpqSource
from cpqbridge.sync.target import ZuoraReader


@dataclass(frozen=True, slots=True)
class World:
    """What was read.

    Attributes:
        batch: Both systems.
        chains: The chains of the orders, each whole and once, with what Zuora has of them.
    """

    batch: Batch
    chains: Sequence[Held]

    def has(self, order: Record) -> bool:
        """Return whether Zuora has an order, or what it sold from before."""
        number = order["OrderNumber"]
        return number in self.batch.state.orders or any(number in one.orders for one in self.chains)


class ChainReader:
    """Reads whole chains of both systems.

    Args:
        clients: Both systems.
        settings: Options and mapping.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._options = settings.options
        self._values = settings.values.model_dump()
        self._tables = tables_for(settings.mapping, settings.values)
        self._source = CpqSource(clients.salesforce, self._options, self._tables)
        amounts = self._options.billing_rules is None
        self._target = ZuoraReader(clients.zuora, self._options.account_key_field, self._tables, amounts=amounts)

    async def orders(self, numbers: Sequence[str]) -> World:
        """Read orders by number; unknown ones are left out."""
        return await self._world(await self._source.orders(numbers))

    async def accounts(self, ids: Sequence[str]) -> World:
        """Read all orders of accounts; unknown ones are left out."""
        return await self._world(await self._source.accounts(ids))

    async def _world(self, snapshot: Snapshot) -> World:
        sold = await complete(all_sold(snapshot), self._source.sold)
        metered = sorted({item["Product2Id"] for item in sold.items.values() if schedules_of(item)})
        snapshot = replace(snapshot, sold=sold, schedules=await self._source.schedules(metered))
        state = await self._target.state_of(snapshot)
        batch = Batch(snapshot, state, self._options, self._values, self._tables)
        chains = [part for chain in _chains(snapshot) for part in separate(batch.draft(), chain)]
        await self._target.read_chains(state, chains)
        await self._target.read_sent(state, {number for chain in chains for number in chain.orders})
        return World(batch, [held(batch.draft(), chain) for chain in chains])


def _chains(snapshot: Snapshot) -> Iterable[Chain]:
    """Return the chains of a snapshot's orders, each whole and once."""
    items = [item for order in snapshot.orders.values() for item in children(order, "OrderItems")]
    found = (snapshot.sold.chain(item) for item in items)
    whole = (snapshot.sold.whole(chain) for chain in found if chain is not None)
    return {chain.first["Id"]: chain for chain in whole}.values()
