"""Use case: bring records up to date that may have changed. What is as it was when it was last carried over is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from cpqbridge.mapping.rule import Record
from cpqbridge.planning import fingerprint
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.sync.batch import Batch, BatchReader
from cpqbridge.sync.carry import Carrier
from cpqbridge.sync.gather import Gatherer
from cpqbridge.sync.result import SyncResult, unknown
from cpqbridge.sync.run import Task
from cpqbridge.sync.source import account_ids
from cpqbridge.values import SUCCESSES, Outcome

COMMAND = "auto sync"
"""What runs of the service are called in the history."""

Fingerprints = Callable[[str, Sequence[str]], Awaitable[Mapping[str, str]]]
"""Gives what records of an object were planned from when they were last carried over, by id."""

PrintOf = Callable[[Snapshot, Record, str, Collection[str]], str | None]
"""Gives the fingerprint of a record of a snapshot: by the settings, without the fields that cpqbridge writes itself."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What became of one record.

    Attributes:
        result: Its result.
        fingerprint: What it was planned from, where it is in Zuora as planned.
        touched: Further records, as object and id, that are in Zuora because of it.
    """

    result: SyncResult
    fingerprint: str | None = None
    touched: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of some records.

    Attributes:
        batch: Those that have changed, with all that they need; None when there are none.
        found: All that Salesforce has, by id.
        prints: Their fingerprints, where they have one.
        same: The ids of those that are as they were when they were last carried over.
    """

    batch: Batch | None
    found: Mapping[str, Record]
    prints: Mapping[str, str | None]
    same: Collection[str]


class Looker:
    """Looks at records of one pair of systems; the readings of many callers are joined.

    Args:
        carrier: Carries over what has changed.
        fingerprints: What records were planned from before.
        settings: The fingerprint of the settings.
        written: Fields of Salesforce that cpqbridge writes itself.
    """

    def __init__(
        self, carrier: Carrier, fingerprints: Fingerprints, settings: str, written: Collection[str] = ()
    ) -> None:
        self._carrier = carrier
        self._fingerprints = fingerprints
        self._settings = settings
        self._written = written
        self._orders = Gatherer(partial(self._read, "Order", fingerprint.of_order))
        self._accounts = Gatherer(partial(self._read, "Account", fingerprint.of_account))
        self._arrived = Gatherer(self._bare)

    @property
    def _reader(self) -> BatchReader:
        return self._carrier.reader

    async def orders(
        self, numbers: Mapping[str, str | None], stopping: Callable[[], bool] = lambda: False
    ) -> dict[str, Looked]:
        """Bring orders of one account up to date.

        Args:
            numbers: Their numbers, as far as they are known, by Salesforce id.
            stopping: Asked before each order whether the rest shall be left.

        Returns:
            What became of each, by id; those that were left are not among them.

        Raises:
            CpqBridgeError: They could not be read; nothing was done.
        """
        reading = await self._orders.read(list(numbers))
        found = {key: reading.found[key] for key in numbers if key in reading.found}
        looked = {key: Looked(_same_order(found[key]), reading.prints[key]) for key in found if key in reading.same}
        changed = sorted((order for key, order in found.items() if key not in reading.same), key=_turn)
        gone = {key: number for key, number in numbers.items() if key not in found}
        if not changed and not gone:
            return looked
        async with self._carrier.run(COMMAND, {"orders": len(changed) + len(gone)}) as run:
            if reading.batch is not None and changed:
                done = await self._carrier.orders(run, reading.batch, changed, stopping)
                for order, result in zip(changed, done, strict=False):
                    carried = result.outcome in SUCCESSES
                    mark = reading.prints[order["Id"]] if carried and order["Id"] not in run.anew else None
                    looked[order["Id"]] = Looked(result, mark, _touched(order) if carried else ())
            named = {number: key for key, number in gone.items() if number}
            if named and not stopping():
                taken = await self._carrier.missing(run, list(named))
                looked |= {named[number]: Looked(result) for number, result in taken.items()}
            looked |= {key: Looked(unknown("Order", key)) for key, number in gone.items() if not number}
        return looked

    async def accounts(self, ids: Sequence[str]) -> dict[str, Looked]:
        """Bring accounts with their contacts up to date, without their orders (see `orders`)."""
        if not ids:
            return {}
        reading = await self._accounts.read(ids)
        looked = {key: Looked(_same("Account", key), reading.prints[key]) for key in ids if key in reading.same}
        rest = [key for key in ids if key not in looked]
        if not rest:
            return looked
        async with self._carrier.run(COMMAND, {"accounts": len(rest)}) as run:
            for key in rest:
                if reading.batch is None or key not in reading.found:
                    looked[key] = Looked(await self._carrier.close(run, unknown("Account", key)))
                    continue
                task = Task.of_account(reading.batch, reading.found[key])
                result = await self._carrier.alone(run, reading.batch, task)
                carried = result.outcome in SUCCESSES and key not in run.anew
                above = reading.found[key].get("ParentId") if carried else None
                mark = reading.prints[key] if carried else None
                looked[key] = Looked(result, mark, (("Account", above),) if above else ())
        return looked

    async def arrived(self, ids: Sequence[str]) -> dict[str, Looked]:
        """Bring accounts up to date that an order has just brought to Zuora (see `accounts`).

        Those without contacts and without an account above them are there whole: Zuora need not be asked.
        """
        bare = set(ids) & await self._arrived.read(ids)
        return {key: Looked(_same("Account", key)) for key in bare} | await self.accounts([*(set(ids) - bare)])

    async def products(self, ids: Sequence[str]) -> dict[str, Looked]:
        """Bring products with their rate plans up to date (see `orders`)."""
        looked: dict[str, Looked] = {}
        async with self._carrier.run(COMMAND, {"products": len(ids)}) as run:
            read_at = await self._carrier.history.now()
            batch = await self._reader.products(list(ids))
            batch.read_at = read_at
            for key in ids:
                product = batch.snapshot.products.get(key)
                if product is None:
                    looked[key] = Looked(await self._carrier.close(run, unknown("Product2", key)))
                else:
                    looked[key] = Looked(await self._carrier.alone(run, batch, Task.of_product(batch, product)))
        self._reader.forget()
        return looked

    async def _read(self, object_name: str, print_of: PrintOf, ids: Sequence[str]) -> Reading:
        read_at = await self._carrier.history.now()
        snapshot = await self._reader.snapshot(object_name, ids)
        found = snapshot.records(object_name)
        prints = {key: print_of(snapshot, record, self._settings, self._written) for key, record in found.items()}
        same = await self._same(object_name, prints)
        changed = {key: record for key, record in found.items() if key not in same}
        batch = await self._reader.complete(snapshot.with_records(object_name, changed)) if changed else None
        if batch is not None:
            batch.read_at = read_at
        return Reading(batch, found, prints, same)

    async def _bare(self, ids: Sequence[str]) -> set[str]:
        """Return which of these accounts have neither contacts nor an account above them."""
        snapshot = await self._reader.snapshot("Account", ids)
        return {
            key for key, account in snapshot.accounts.items()
            if not account.get("ParentId") and not snapshot.contacts.get(key)
        }  # fmt: skip

    async def _same(self, object_name: str, prints: Mapping[str, str | None]) -> set[str]:
        """Return the ids of those records that are as they were when they were last carried over."""
        wanted = [key for key, value in prints.items() if value is not None]
        known = await self._fingerprints(object_name, wanted) if wanted else {}
        return {key for key in wanted if known.get(key) == prints[key]}


def _turn(order: Record) -> tuple[str, str]:
    """Return what the orders of an account are sorted by: the earliest first."""
    return str(order.get("EffectiveDate") or ""), str(order["OrderNumber"])


def _same_order(order: Record) -> SyncResult:
    return replace(_same("Order", order["Id"]), record=order["OrderNumber"])


def _same(object_name: str, record_id: str) -> SyncResult:
    return SyncResult(record_id, object_name, record_id, Outcome.UNCHANGED)


def _touched(order: Record) -> tuple[tuple[str, str], ...]:
    """Return what is in Zuora because an order is: its accounts, and the products of its items."""
    products = {item["Product2Id"] for item in children(order, "OrderItems") if item.get("Product2Id")}
    accounts = account_ids(order)
    return (*(("Account", key) for key in accounts), *(("Product2", key) for key in sorted(products)))
