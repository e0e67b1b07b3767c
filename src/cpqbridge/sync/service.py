"""Use case: carry orders and accounts over. Every record named ends with an outcome; never silence."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import structlog

from cpqbridge.errors import CallForHelp, CpqBridgeError
from cpqbridge.history.rows import RecordAttempt, RunId, TakenOver
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.removal import Removal
from cpqbridge.salesforce.ids import to_18
from cpqbridge.sync.apply import Applier
from cpqbridge.sync.batch import BATCH, Batch, BatchReader
from cpqbridge.sync.locks import KeyedLocks
from cpqbridge.sync.removals import RemovalReader
from cpqbridge.sync.result import SyncResult, failed, operation_dict, planned, synced, unknown
from cpqbridge.transport.together import together
from cpqbridge.values import Outcome

if TYPE_CHECKING:
    from cpqbridge.history.ledger import History

log = structlog.get_logger(__name__)

Progress = Callable[[SyncResult], None]
"""Called with each result as soon as it is there."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A record's result, and the attempt that it was noted for; None where another run has taken the record over."""

    result: SyncResult
    attempt: RecordAttempt | None


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a command, with what became of its records so far."""

    id: RunId
    command: str
    ended: list[Ended] = field(default_factory=list)
    named: frozenset[str] = frozenset()
    orders: dict[str, SyncResult] = field(default_factory=dict)
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Results of orders by number, and a lock for each: an order that another one needs is carried once."""


OnEnd = Callable[[Run], Awaitable[None]]
"""Called after the end of a run; nothing that it does can change an outcome any more."""


Read = Callable[[Sequence[str]], Awaitable[Batch]]
"""Reads the records with these names, and all that they need, from both systems."""


async def nothing(_run: Run) -> None:
    """Do nothing at the end of a run."""


CONCURRENCY = 8
"""Accounts that are worked on at once; the orders of one account go one after the other."""


async def _ready() -> None:
    """Need nothing more."""


@dataclass(frozen=True, slots=True)
class Task:
    """One record to carry over: how to plan it, and what its plan may make that another record may need too."""

    object: str
    name: str
    id: str
    plan: Callable[[], SyncPlan]
    keys: set[str]
    prepare: Callable[[], Awaitable[None]] = _ready
    read: Callable[[], Awaitable[Batch]] | None = None

    @classmethod
    def of_order(cls, batch: Batch, order: Record, prepare: Callable[[], Awaitable[None]]) -> Task:
        """Return the task of an order; `prepare` reads what it changes."""
        keys = batch.keys_of_order(order)
        return cls("Order", order["OrderNumber"], order["Id"], lambda: batch.plan_order(order), keys, prepare)

    @classmethod
    def of_account(cls, batch: Batch, account: Record) -> Task:
        """Return the task of an account without its orders."""
        keys = batch.keys_of_account(account)
        return cls("Account", account["Id"], account["Id"], lambda: batch.plan_account(account), keys)

    @classmethod
    def of_product(cls, batch: Batch, product: Record) -> Task:
        """Return the task of a product with its rate plans."""
        name, keys = product.get("ProductCode") or product["Id"], batch.keys_of_product(product)
        return cls("Product2", name, product["Id"], lambda: batch.plan_product(product), keys)


DELETED = "sync deleted"
"""The command that takes back what Salesforce has no more."""


class SyncService:
    """Carries records of one pair of systems over.

    Args:
        reader: Reads both systems.
        removals: Finds orders that are taken back.
        applier: Carries plans out.
        history: The ledger.
        progress: Called with each result.
        on_end: Called after each run that came to its end.
    """

    def __init__(
        self,
        reader: BatchReader,
        removals: RemovalReader,
        applier: Applier,
        history: History,
        progress: Progress = lambda _result: None,
        on_end: OnEnd = nothing,
    ) -> None:
        self._reader = reader
        self._removals = removals
        self._applier = applier
        self._history = history
        self._progress = progress
        self._on_end = on_end
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._locks = KeyedLocks(history.hold)

    async def orders(self, numbers: Sequence[str]) -> list[SyncResult]:
        """Sync the orders with these numbers; the results are in the order in which they were named."""
        names = list(dict.fromkeys(numbers))
        results: dict[str, SyncResult] = {}
        options = {"numbers": names[:BATCH], "count": len(names)}
        async with self._run("sync order", options, frozenset(names)) as run:
            for start in range(0, len(names), BATCH):
                some = names[start : start + BATCH]
                batch = await self._batch(run, "Order", self._reader.orders, some, results)
                if batch is None:
                    continue
                found = batch.orders()
                missing = [name for name in some if name not in found]
                results |= await self._missing(run, missing) if missing else {}
                groups = _by_account(found[name] for name in some if name in found)
                for done in await together(self._orders(run, batch, group) for group in groups):
                    results |= {result.record: result for result in done}
        return [results[name] for name in numbers]

    async def accounts(self, ids: Sequence[str]) -> list[SyncResult]:
        """Sync accounts with their contacts, then their orders, whose results are among `orders` of the account's."""
        names = list(dict.fromkeys(to_18(name) or name for name in ids))
        async with self._run("sync account", {"ids": names[:BATCH], "count": len(names)}) as run:
            results: dict[str, SyncResult] = {}
            batch = await self._batch(run, "Account", self._reader.accounts, names, results)
            if batch is None:
                return list(results.values())
            return await together(self._account(run, batch, name) for name in names)

    async def products(self, names: Sequence[str] = (), *, everything: bool = False) -> list[SyncResult]:
        """Sync the catalog: the products with these ids or codes, or all active ones; several may share a code.

        The results are in the order in which they were named.
        """
        async with self._run("sync products", {"names": list(names[:BATCH]), "all": everything}) as run:
            wanted = list(dict.fromkeys([*names, *(await self._reader.product_ids() if everything else ())]))
            results: dict[str, SyncResult] = {}
            keys: list[str] = []
            for start in range(0, len(wanted), BATCH):
                some = wanted[start : start + BATCH]
                batch = await self._batch(run, "Product2", self._reader.products, some, results)
                if batch is None:
                    keys += some
                    continue
                found = {name: batch.products(name) for name in some}
                missing = [name for name in some if not found[name]]
                keys += [key for name in some for key in [one["Id"] for one in found[name]] or [name]]
                results |= {name: await self._close(run, unknown("Product2", name)) for name in missing}
                products = {one["Id"]: one for name in some for one in found[name] if one["Id"] not in results}
                tasks = [Task.of_product(batch, product) for product in products.values()]
                done = await together(self._product(run, batch, task) for task in tasks)
                results |= {task.id: result for task, result in zip(tasks, done, strict=True)}
                self._reader.forget()
        return [results[key] for key in dict.fromkeys(keys)]

    async def _batch(
        self, run: Run, kind: str, read: Read, names: Sequence[str], results: dict[str, SyncResult]
    ) -> Batch | None:
        """Return a batch that knows since when it may be out of date; None, with results, when it cannot be read."""
        try:
            read_at = await self._history.now()
            batch = await read(names)
        except CpqBridgeError as error:
            results |= {name: await self._close(run, failed(kind, name, None, error)) for name in names}
            return None
        batch.read_at = read_at
        return batch

    async def _close(self, run: Run, result: SyncResult) -> SyncResult:
        """Note a record that could not even be read."""
        attempt = await self._history.begin_record(run.id, f"{result.object}:{result.record}", result.record)
        await self._note(attempt, result)
        return self._report(run, Ended(result, attempt))

    async def deleted(self, since: date | None = None) -> list[SyncResult]:
        """Take orders back that Salesforce has no more, or not as sold any more, by the options for deleted orders.

        Args:
            since: Look at what was changed in Salesforce on or after this day (UTC); else at what the ledger knows.
        """
        async with self._run(DELETED, {"since": since.isoformat() if since else None}) as run:
            if since is None:
                removals = await self._removals.known(await self._history.known_orders(but_done_by=DELETED))
            else:
                removals = await self._removals.since(since)
            return [await self._take_back(run, removal) for removal in removals]

    async def _missing(self, run: Run, numbers: Sequence[str]) -> dict[str, SyncResult]:
        """Take back those of these orders that are in the recycle bin; Salesforce has no others."""
        try:
            removals = await self._removals.deleted(numbers)
        except CpqBridgeError as error:
            return {name: await self._close(run, failed("Order", name, None, error)) for name in numbers}
        taken = {one.order["OrderNumber"]: await self._take_back(run, one) for one in removals}
        rest = [name for name in numbers if name not in taken]
        return taken | {name: await self._close(run, unknown("Order", name)) for name in rest}

    async def _take_back(self, run: Run, removal: Removal) -> SyncResult:
        """Take one order back, as it stands in Zuora now."""
        number = removal.order["OrderNumber"]
        try:
            read_at = await self._history.now()
            batch = await self._removals.read(removal)
        except CpqBridgeError as error:
            return await self._close(run, failed("Order", number, None, error))
        batch.read_at = read_at
        keys = {f"order:{number}"}
        task = Task("Order", number, removal.order["Id"], batch.plan, keys, read=lambda: self._removals.read(removal))
        return await self._carry(run, batch, task)

    async def _account(self, run: Run, batch: Batch, account_id: str) -> SyncResult:
        account = batch.snapshot.accounts.get(account_id)
        if account is None:
            return await self._close(run, unknown("Account", account_id))
        async with self._slots:
            result = await self._carry(run, batch, Task.of_account(batch, account))
        return result.with_orders(await self._orders(run, batch, batch.orders_of(account_id)))

    async def _orders(self, run: Run, batch: Batch, orders: Iterable[Record]) -> list[SyncResult]:
        """Sync the orders of one account, one after the other."""
        async with self._slots:
            return [await self._order(run, batch, order) for order in orders]

    async def _order(self, run: Run, batch: Batch, order: Record) -> SyncResult:
        """Sync an order, the earlier ones of the same chains first, also where nobody named them."""
        number = order["OrderNumber"]
        async with run.turns[number]:
            if number not in run.orders and (removal := self._removals.unsold(batch, order)) is not None:
                run.orders[number] = await self._take_back(run, removal)
            elif number not in run.orders:
                carried: list[SyncResult] = []
                for name in batch.unsent_before(order):
                    known = name in run.orders
                    result = await self._earlier(run, batch, name)
                    self._note_sent(batch, result)
                    carried += [] if known or name in run.named else [result]
                task = Task.of_order(batch, order, lambda: self._reader.stand(batch, order))
                done = await self._carry(run, batch, task)
                run.orders[number] = done.with_orders(carried) if carried else done
        return run.orders[number]

    async def _earlier(self, run: Run, batch: Batch, number: str) -> SyncResult:
        """Sync an order that another one needs, which may not be in the batch."""
        if number in run.orders:
            return run.orders[number]
        other = batch
        if number not in batch.orders():
            results: dict[str, SyncResult] = {}
            read = await self._batch(run, "Order", self._reader.orders, [number], results)
            if read is None:
                return results[number]
            other = read
        found = other.orders().get(number)
        return await self._order(run, other, found) if found else await self._close(run, unknown("Order", number))

    @staticmethod
    def _note_sent(batch: Batch, result: SyncResult) -> None:
        """Let a batch know what became of an order that others need."""
        if result.outcome in (Outcome.SYNCED, Outcome.UNCHANGED):
            batch.state.sent.add(result.record)
        else:
            why = result.reasons[0].message if result.reasons else "it could not be carried"
            batch.state.unsent[result.record] = why

    async def _product(self, run: Run, batch: Batch, task: Task) -> SyncResult:
        async with self._slots:
            return await self._carry(run, batch, task)

    async def _carry(self, run: Run, batch: Batch, task: Task) -> SyncResult:
        """Plan one record under its locks, write what the plan says, and note the outcome."""
        try:
            async with self._locks.hold({*task.keys, f"{task.object}:{task.id}"}):
                attempt = await self._history.begin_record(run.id, f"{task.object}:{task.id}", task.name)
                result = await self._attempt(batch, task, attempt)
                await self._note(attempt, result)
                ended = Ended(result, attempt)
        except TakenOver as taken:
            ended = Ended(failed(task.object, task.name, task.id, taken), None)
        return self._report(run, ended)

    async def _attempt(self, batch: Batch, task: Task, attempt: RecordAttempt) -> SyncResult:
        plan: SyncPlan | None = None
        try:
            await task.prepare()
            plan = task.plan()
            if await self._made_meanwhile(plan, batch):
                batch.take_in(await self._read(task))
                plan = task.plan()
            if plan.stop is not None:
                return planned(plan)
            answers = await self._applier.apply(plan, attempt, batch.state)
            self._reader.remember(batch)
            return synced(plan, answers)
        except CpqBridgeError as error:
            return failed(task.object, task.name, task.id, error, plan)
        except Exception as fault:
            log.debug("fault", record=task.name, exc_info=True)
            message = f"{type(fault).__name__} in the sync of {task.object} {task.name}"
            return failed(task.object, task.name, task.id, CallForHelp("CPQ-902", message), plan)

    async def _made_meanwhile(self, plan: SyncPlan, batch: Batch) -> bool:
        """Return whether another process has made what a plan would make, since the batch was read.

        It cannot do so any more while the locks are held. A plan may be stopped by nothing but that: a rate plan made
        between two queries of the reading is one that only its name is known of.
        """
        if not plan.keys or batch.read_at is None:
            return False
        done = await self._history.last_done(plan.keys)
        return any(operation.ended_at >= batch.read_at for operation in done.values())

    async def _read(self, task: Task) -> Batch:
        if task.read is not None:
            return await task.read()
        reader = self._reader
        read = {"Order": reader.orders, "Account": reader.accounts, "Product2": reader.products}[task.object]
        return await read([task.name if task.object == "Order" else task.id])

    async def _note(self, attempt: RecordAttempt, result: SyncResult) -> None:
        main = result.reasons[0] if result.reasons else None
        await self._history.finish_record(
            attempt,
            outcome=result.outcome or Outcome.FAILED,
            code=main.code if main else None,
            message=main.message if main else result.note,
            remedy=main.remedy if main else None,
            plan=[operation_dict(operation) for operation in result.operations],
            zuora=dict(result.zuora),
        )

    def _report(self, run: Run, ended: Ended) -> SyncResult:
        run.ended.append(ended)
        self._progress(ended.result)
        return ended.result

    @asynccontextmanager
    async def _run(
        self, command: str, options: Mapping[str, Any], named: frozenset[str] = frozenset()
    ) -> AsyncIterator[Run]:
        run = Run(await self._history.start_run(command, options), command, named=named)
        try:
            yield run
        finally:
            await self._history.end_run(run.id)
        await self._on_end(run)


def _by_account(orders: Iterable[Record]) -> Iterable[list[Record]]:
    groups: dict[str, list[Record]] = {}
    for order in orders:
        groups.setdefault(order["AccountId"], []).append(order)
    return groups.values()
