"""Carries records over: each is planned under its locks, written, and its outcome noted; the earlier orders first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog

from cpqbridge.errors import CallForHelp, CpqBridgeError, RetryLater
from cpqbridge.history.rows import Latest, RecordAttempt, TakenOver
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.removal import Removal
from cpqbridge.sync.apply import Applier
from cpqbridge.sync.batch import Batch, BatchReader
from cpqbridge.sync.locks import KeyedLocks
from cpqbridge.sync.removals import RemovalBatch, RemovalReader
from cpqbridge.sync.result import SyncResult, failed, operation_dict, planned, synced, unknown
from cpqbridge.sync.run import Ended, OnEnd, Progress, Run, Task, nothing, untold
from cpqbridge.telemetry.working import in_run, working_on
from cpqbridge.values import SUCCESSES, Outcome
from cpqbridge.zuora.refusals import NotFound

if TYPE_CHECKING:
    from cpqbridge.history.ledger import History

log = structlog.get_logger(__name__)

Read = Callable[[Sequence[str]], Awaitable[Batch]]
"""Reads the records with these names, and all that they need, from both systems."""

Keep = Callable[[str, str], Awaitable[None]]
"""Keeps an order, by id and number, for one pair of systems; raises where another one has it."""

CONCURRENCY = 8
"""Accounts that are worked on at once; the orders of one account go one after the other."""


class Carrier:
    """Carries records of one pair of systems over.

    Args:
        reader: Reads both systems.
        removals: Finds orders that are taken back.
        applier: Carries plans out.
        history: The ledger.
        progress: Called with each result.
        on_end: Called after each run that came to its end.
        concurrency: Accounts that are worked on at once.
        keep: Keeps orders for this pair of systems, where the org is joined to several.
    """

    def __init__(
        self,
        reader: BatchReader,
        removals: RemovalReader,
        applier: Applier,
        history: History,
        progress: Progress = untold,
        on_end: OnEnd = nothing,
        concurrency: int = CONCURRENCY,
        keep: Keep | None = None,
    ) -> None:
        self.reader = reader
        self.removals = removals
        self.history = history
        self._applier = applier
        self._progress = progress
        self._on_end = on_end
        self._keep = keep
        self._slots = asyncio.Semaphore(concurrency)
        self._locks = KeyedLocks(history.hold)

    async def batch(
        self, run: Run, kind: str, read: Read, names: Sequence[str], results: dict[str, SyncResult]
    ) -> Batch | None:
        """Return a batch that knows since when it may be out of date; None, with results, when it cannot be read."""
        try:
            read_at = await self.history.now()
            batch = await read(names)
        except CpqBridgeError as error:
            results |= {name: await self.close(run, failed(kind, name, None, error)) for name in names}
            return None
        batch.read_at = read_at
        return batch

    async def close(self, run: Run, result: SyncResult) -> SyncResult:
        """Note a record that could not even be read."""
        attempt = await self.history.begin_record(run.id, f"{result.object}:{result.record}", result.record)
        await self._note(attempt, result)
        return self._report(run, Ended(result, attempt))

    async def missing(self, run: Run, numbers: Sequence[str]) -> dict[str, SyncResult]:
        """Take back those of these orders that are in the recycle bin; Salesforce has no others."""
        try:
            removals = await self.removals.deleted(numbers)
        except CpqBridgeError as error:
            return {name: await self.close(run, failed("Order", name, None, error)) for name in numbers}
        taken = {one.order["OrderNumber"]: await self.take_back(run, one) for one in removals}
        rest = [name for name in numbers if name not in taken]
        return taken | {name: await self.close(run, unknown("Order", name)) for name in rest}

    async def take_back(self, run: Run, removal: Removal) -> SyncResult:
        """Take one order back, as it stands in Zuora now."""
        number = removal.order["OrderNumber"]
        try:
            read_at = await self.history.now()
            batch = await self.removals.read(removal)
        except CpqBridgeError as error:
            return await self.close(run, failed("Order", number, None, error))
        batch.read_at = read_at
        return await self._carry(run, batch, Task.of_removal(batch))

    async def account(self, run: Run, batch: Batch, account_id: str) -> SyncResult:
        """Sync an account of a batch, then its orders."""
        account = batch.snapshot.accounts.get(account_id)
        if account is None:
            return await self.close(run, unknown("Account", account_id))
        result = await self.alone(run, batch, Task.of_account(batch, account))
        return result.with_orders(await self.orders(run, batch, batch.orders_of(account_id)))

    async def orders(
        self, run: Run, batch: Batch, orders: Iterable[Record], stopping: Callable[[], bool] = lambda: False
    ) -> list[SyncResult]:
        """Sync the orders of one account, one after the other, as long as nobody is stopping."""
        async with self._slots:
            return [await self._order(run, batch, order) for order in orders if not stopping()]

    async def _order(self, run: Run, batch: Batch, order: Record) -> SyncResult:
        """Sync an order, the earlier ones of the same chains first, also where nobody named them."""
        number = order["OrderNumber"]
        async with run.turns[number]:
            if number not in run.orders and (removal := self.removals.unsold(batch, order)) is not None:
                run.orders[number] = await self.take_back(run, removal)
            elif number not in run.orders:
                carried: list[SyncResult] = []
                for name in batch.unsent_before(order):
                    known = name in run.orders
                    result = await self._earlier(run, batch, name)
                    self._note_sent(batch, result)
                    carried += [] if known or name in run.named else [result]
                task = Task.of_order(batch, order, lambda: self.reader.stand(batch, order))
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
            read = await self.batch(run, "Order", self.reader.orders, [number], results)
            if read is None:
                return results[number]
            other = read
        found = other.orders().get(number)
        return await self._order(run, other, found) if found else await self.close(run, unknown("Order", number))

    @staticmethod
    def _note_sent(batch: Batch, result: SyncResult) -> None:
        """Let a batch know what became of an order that others need."""
        if result.outcome in SUCCESSES:
            batch.state.sent.add(result.record)
        else:
            why = result.reasons[0].message if result.reasons else "it could not be carried"
            batch.state.unsent[result.record] = why

    async def alone(self, run: Run, batch: Batch, task: Task) -> SyncResult:
        """Carry one record over that needs no others."""
        async with self._slots:
            return await self._carry(run, batch, task)

    async def _carry(self, run: Run, batch: Batch, task: Task) -> SyncResult:
        """Plan one record under its locks, write what the plan says, and note the outcome."""
        with working_on("record", object=task.object, record=task.name, id=task.id):
            return await self._carry_out(run, batch, task)

    async def _carry_out(self, run: Run, batch: Batch, task: Task) -> SyncResult:
        try:
            async with self._locks.hold({*task.keys, f"{task.object}:{task.id}"}) as session:
                attempt = await self.history.begin_record(run.id, f"{task.object}:{task.id}", task.name, session)
                result = await self._attempt(run, batch, task, attempt)
                await self._note(attempt, result)
                ended = Ended(result, attempt, task.account, {} if task.id in run.anew else task.read)
        except TakenOver as taken:
            ended = Ended(failed(task.object, task.name, task.id, taken), None)
        return self._report(run, ended)

    async def _attempt(self, run: Run, batch: Batch, task: Task, attempt: RecordAttempt) -> SyncResult:
        plan: SyncPlan | None = None
        try:
            if batch.read_at and await self.history.overtaken(attempt, batch.read_at):
                run.anew.add(task.id)
                batch, task = await self._anew(task)
            await task.prepare()
            plan = task.plan()
            latest = await self._latest(plan)
            if _made_meanwhile(plan, latest, batch):
                batch.take_in(await self._read(task))
                plan = task.plan()
                latest = await self._latest(plan)
            if plan.stop is not None:
                return planned(plan)
            if self._keep is not None and task.object == "Order":
                await self._keep(task.id, task.name)
            answers = await self._applier.apply(plan, attempt, batch.state, latest.doubts)
            self.reader.remember(batch)
            return synced(plan, answers)
        except CpqBridgeError as error:
            if isinstance(error, NotFound):
                self.reader.forget()  # what was remembered of the catalog may be gone
            return failed(task.object, task.name, task.id, error, plan)
        except Exception as fault:
            log.debug("fault", record=task.name, exc_info=True)
            message = f"{type(fault).__name__} in the sync of {task.object} {task.name}"
            return failed(task.object, task.name, task.id, CallForHelp("CPQ-902", message), plan)

    async def _anew(self, task: Task) -> tuple[Batch, Task]:
        """Read a record again, under its locks, of which another run may have carried a later state meanwhile."""
        read_at = await self.history.now()
        batch = await self._read_again(task)
        again = self._task(batch, task.object, task.id) if batch is not None else None
        if batch is None or again is None or not again.keys <= task.keys:
            raise RetryLater("CPQ-107", f"{task.object} {task.name} was changed and carried by another run meanwhile")
        batch.read_at = read_at
        return batch, again

    async def _read_again(self, task: Task) -> Batch | None:
        """Read a record again in both systems; None for an order that is not taken back any more."""
        if task.removal is not None:
            return await self.removals.again(task.removal)
        if task.object == "Product2":
            return await self.reader.products([task.id])
        return await self.reader.complete(await self.reader.snapshot(task.object, [task.id]))

    def _task(self, batch: Batch, object_name: str, record_id: str) -> Task | None:
        if isinstance(batch, RemovalBatch):
            return Task.of_removal(batch)
        record = batch.snapshot.records(object_name).get(record_id)
        if record is None:
            return None
        if object_name == "Order":
            return Task.of_order(batch, record, lambda: self.reader.stand(batch, record))
        return (Task.of_account if object_name == "Account" else Task.of_product)(batch, record)

    async def _latest(self, plan: SyncPlan) -> Latest:
        """Return what was last written under the keys of a plan."""
        keys = {*plan.keys, *(operation.key for operation in plan.operations)}
        return await self.history.latest(sorted(keys)) if keys else Latest({}, {})

    async def _read(self, task: Task) -> Batch:
        if task.removal is not None:
            return await self.removals.read(task.removal)
        reader = self.reader
        read = {"Order": reader.orders, "Account": reader.accounts, "Product2": reader.products}[task.object]
        return await read([task.name if task.object == "Order" else task.id])

    async def _note(self, attempt: RecordAttempt, result: SyncResult) -> None:
        main = result.reasons[0] if result.reasons else None
        await self.history.finish_record(
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
    async def run(
        self, command: str, options: Mapping[str, Any], named: frozenset[str] = frozenset()
    ) -> AsyncIterator[Run]:
        """Begin a run, note its end, and tell whoever wants to know of it."""
        run = Run(await self.history.start_run(command, options), command, named=named)
        try:
            with in_run(run.id):
                yield run
        finally:
            await self.history.end_run(run.id)
        await self._on_end(run)


def _made_meanwhile(plan: SyncPlan, latest: Latest, batch: Batch) -> bool:
    """Return whether another process has made what a plan would make, since the batch was read.

    It cannot do so any more while the locks are held. A plan may be stopped by nothing but that: a rate plan made
    between two queries of the reading is one that only its name is known of.
    """
    done = [latest.done[key] for key in plan.keys if key in latest.done]
    return batch.read_at is not None and any(operation.ended_at >= batch.read_at for operation in done)
