"""Use case: carry the records over that somebody named. Every one ends with an outcome; never silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from cpqbridge.mapping.rule import Record
from cpqbridge.salesforce.ids import to_18
from cpqbridge.sync.batch import BATCH
from cpqbridge.sync.carry import Carrier
from cpqbridge.sync.result import SyncResult, unknown
from cpqbridge.sync.run import Task
from cpqbridge.transport.together import together

DELETED = "sync deleted"
"""The command that takes back what Salesforce has no more."""


class SyncService:
    """Carries records of one pair of systems over.

    Args:
        carrier: Carries what was read.
    """

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def orders(self, numbers: Sequence[str]) -> list[SyncResult]:
        """Sync the orders with these numbers; the results are in the order in which they were named."""
        names = list(dict.fromkeys(numbers))
        results: dict[str, SyncResult] = {}
        options = {"numbers": names[:BATCH], "count": len(names)}
        async with self._carrier.run("sync order", options, frozenset(names)) as run:
            for start in range(0, len(names), BATCH):
                some = names[start : start + BATCH]
                batch = await self._carrier.batch(run, "Order", self._carrier.reader.orders, some, results)
                if batch is None:
                    continue
                found = batch.orders()
                missing = [name for name in some if name not in found]
                results |= await self._carrier.missing(run, missing) if missing else {}
                groups = _by_account(found[name] for name in some if name in found)
                for done in await together(self._carrier.orders(run, batch, group) for group in groups):
                    results |= {result.record: result for result in done}
        return [results[name] for name in numbers]

    async def accounts(self, ids: Sequence[str]) -> list[SyncResult]:
        """Sync accounts with their contacts, then their orders, whose results are among `orders` of the account's."""
        names = list(dict.fromkeys(to_18(name) or name for name in ids))
        async with self._carrier.run("sync account", {"ids": names[:BATCH], "count": len(names)}) as run:
            results: dict[str, SyncResult] = {}
            batch = await self._carrier.batch(run, "Account", self._carrier.reader.accounts, names, results)
            if batch is None:
                return list(results.values())
            return await together(self._carrier.account(run, batch, name) for name in names)

    async def products(self, names: Sequence[str] = (), *, everything: bool = False) -> list[SyncResult]:
        """Sync the catalog: the products with these ids or codes, or all active ones; several may share a code.

        The results are in the order in which they were named.
        """
        async with self._carrier.run("sync products", {"names": list(names[:BATCH]), "all": everything}) as run:
            wanted = list(dict.fromkeys([*names, *(await self._carrier.reader.product_ids() if everything else ())]))
            results: dict[str, SyncResult] = {}
            keys: list[str] = []
            for start in range(0, len(wanted), BATCH):
                some = wanted[start : start + BATCH]
                batch = await self._carrier.batch(run, "Product2", self._carrier.reader.products, some, results)
                if batch is None:
                    keys += some
                    continue
                found = {name: batch.products(name) for name in some}
                missing = [name for name in some if not found[name]]
                keys += [key for name in some for key in [one["Id"] for one in found[name]] or [name]]
                results |= {name: await self._carrier.close(run, unknown("Product2", name)) for name in missing}
                products = {one["Id"]: one for name in some for one in found[name] if one["Id"] not in results}
                tasks = [Task.of_product(batch, product) for product in products.values()]
                done = await together(self._carrier.alone(run, batch, task) for task in tasks)
                results |= {task.id: result for task, result in zip(tasks, done, strict=True)}
                self._carrier.reader.forget()
        return [results[key] for key in dict.fromkeys(keys)]

    async def deleted(self, since: date | None = None) -> list[SyncResult]:
        """Take orders back that Salesforce has no more, or not as sold any more, by the options for deleted orders.

        Args:
            since: Look at what was changed in Salesforce on or after this day (UTC); else at what the ledger knows.
        """
        async with self._carrier.run(DELETED, {"since": since.isoformat() if since else None}) as run:
            if since is None:
                removals = await self._carrier.removals.known(
                    await self._carrier.history.known_orders(but_done_by=DELETED)
                )
            else:
                removals = await self._carrier.removals.since(since)
            return [await self._carrier.take_back(run, removal) for removal in removals]


def _by_account(orders: Iterable[Record]) -> Iterable[list[Record]]:
    groups: dict[str, list[Record]] = {}
    for order in orders:
        groups.setdefault(order["AccountId"], []).append(order)
    return groups.values()
