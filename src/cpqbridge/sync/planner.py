"""Use case: show what would be written. Nothing is, and no ledger is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.removal import Removal
from cpqbridge.salesforce.ids import to_18
from cpqbridge.sync.batch import BATCH, Batch, BatchReader
from cpqbridge.sync.removals import RemovalReader
from cpqbridge.sync.result import SyncResult, planned, unknown
from cpqbridge.values import Outcome

_READY = (None, Outcome.UNCHANGED)
"""Outcomes of plans that a sync carries out."""


class Planner:
    """Plans records of one pair of systems."""

    def __init__(self, reader: BatchReader, removals: RemovalReader) -> None:
        self._reader = reader
        self._removals = removals

    async def orders(self, numbers: Sequence[str]) -> list[SyncResult]:
        """Return what would be written for each order."""
        batch = await self._reader.orders(list(dict.fromkeys(numbers)))
        found = batch.orders()
        missing = [number for number in dict.fromkeys(numbers) if number not in found]
        deleted = await self._removals.deleted(missing) if missing else []
        results = {number: unknown("Order", number) for number in missing}
        results |= {plan.number: planned(plan) for plan in await self._removals.plans(deleted)}
        results |= {number: await self._order(batch, order) for number, order in found.items()}
        return [results[number] for number in numbers]

    async def _order(self, batch: Batch, order: Record) -> SyncResult:
        removal = self._removals.unsold(batch, order)
        if removal is not None:
            return await self._take_back(removal)
        earlier = [await self._earlier(batch, number) for number in batch.unsent_before(order)]
        await self._reader.stand(batch, order)
        result = planned(batch.plan_order(order))
        if not earlier:
            return result
        if all(one.outcome in _READY for one in earlier):
            result = _carried_after(result)
        return result.with_orders([one for one in earlier if one.outcome is not Outcome.UNCHANGED])

    async def _earlier(self, batch: Batch, number: str) -> SyncResult:
        """Plan an order that another one needs and Zuora lacks."""
        own = batch if number in batch.orders() else await self._reader.orders([number])
        order = own.orders().get(number)
        if order is None:
            return unknown("Order", number)
        for other in own.unsent_before(order):
            if other in batch.state.sent:
                own.state.sent.add(other)
        await self._reader.stand(own, order)
        result = planned(own.plan_order(order))
        if result.outcome is Outcome.UNCHANGED:
            batch.state.sent.add(number)
        return _carried_after(result)

    async def _take_back(self, removal: Removal) -> SyncResult:
        return planned((await self._removals.read(removal)).plan())

    async def products(self, names: Sequence[str] = (), *, everything: bool = False) -> list[SyncResult]:
        """Return what would be written for each product with one of these ids or codes, or for all active ones."""
        wanted = list(dict.fromkeys([*names, *(await self._reader.product_ids() if everything else ())]))
        results: dict[str, SyncResult] = {}
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            batch = await self._reader.products(some)
            for name in some:
                found = batch.products(name)
                results |= {one["Id"]: planned(batch.plan_product(one)) for one in found}
                results |= {} if found else {name: unknown("Product2", name)}
        return list(results.values())

    async def accounts(self, ids: Sequence[str]) -> list[SyncResult]:
        """Return what would be written for each account and, among `orders` of its result, for its orders."""
        names = list(dict.fromkeys(to_18(name) or name for name in ids))
        batch = await self._reader.accounts(names)
        results = []
        for account_id in names:
            account = batch.snapshot.accounts.get(account_id)
            if account is None:
                results.append(unknown("Account", account_id))
            else:
                orders = [await self._order(batch, order) for order in batch.orders_of(account_id)]
                results.append(planned(batch.plan_account(account)).with_orders(orders))
        return results


def _carried_after(result: SyncResult) -> SyncResult:
    """Return the plan of an order as one that a sync carries, where only earlier orders are missing: they go first."""
    only_waits = [reason.code for reason in result.reasons] == ["CPQ-435"]
    return replace(result, outcome=None) if only_waits else result
