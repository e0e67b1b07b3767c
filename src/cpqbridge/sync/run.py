"""A run of a command, the tasks that it is made of, and what became of each record."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from cpqbridge.history.rows import RecordAttempt, RunId
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.removal import Removal
from cpqbridge.sync.batch import Batch
from cpqbridge.sync.removals import RemovalBatch
from cpqbridge.sync.result import SyncResult
from cpqbridge.sync.source import account_ids

Progress = Callable[[SyncResult], None]
"""Called with each result as soon as it is there."""


def untold(_result: SyncResult) -> None:
    """Tell nobody of a result."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a record.

    Attributes:
        result: Its result.
        attempt: The attempt that it was noted for; None where another run has taken the record over.
        account: The Salesforce id of an order's account.
        read: The record and its accounts as they were carried, by id; none where that is not known.
    """

    result: SyncResult
    attempt: RecordAttempt | None
    account: str | None = None
    read: Mapping[str, Record] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of a command, with what became of its records so far."""

    id: RunId
    command: str
    ended: list[Ended] = field(default_factory=list)
    named: frozenset[str] = frozenset()
    orders: dict[str, SyncResult] = field(default_factory=dict)
    anew: set[str] = field(default_factory=set)
    """Ids of records that were read anew, because another run had carried a later state of them."""
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Results of orders by number, and a lock for each: an order that another one needs is carried once."""


OnEnd = Callable[[Run], Awaitable[None]]
"""Called after the end of a run; nothing that it does can change an outcome any more."""


async def nothing(_run: Run) -> None:
    """Do nothing at the end of a run."""


def in_turn(*steps: OnEnd) -> OnEnd:
    """Return what does several things at the end of a run, one after the other."""

    async def do(run: Run) -> None:
        for step in steps:
            await step(run)

    return do


async def _ready() -> None:
    """Need nothing more."""


@dataclass(frozen=True, slots=True)
class Task:
    """One record to carry over: how to plan it, and what its plan may make that another record may need too.

    Attributes:
        object: Its object in Salesforce.
        name: What people call it.
        id: Its Salesforce id.
        plan: Makes the plan as things stand.
        keys: Natural keys of what the plan may make.
        prepare: Reads what the plan needs to be read right before it.
        removal: The order, where it is taken back.
        account: The Salesforce id of an order's account.
        read: The record and its accounts as they were read, by id.
    """

    object: str
    name: str
    id: str
    plan: Callable[[], SyncPlan]
    keys: set[str]
    prepare: Callable[[], Awaitable[None]] = _ready
    removal: Removal | None = None
    account: str | None = None
    read: Mapping[str, Record] = field(default_factory=dict)

    @classmethod
    def of_order(cls, batch: Batch, order: Record, prepare: Callable[[], Awaitable[None]]) -> Task:
        """Return the task of an order; `prepare` reads what it changes."""
        keys = batch.keys_of_order(order)
        name, plan = order["OrderNumber"], lambda: batch.plan_order(order)
        known = batch.snapshot.accounts
        read = {order["Id"]: order} | {one: known[one] for one in account_ids(order) if one in known}
        return cls("Order", name, order["Id"], plan, keys, prepare, account=order.get("AccountId"), read=read)

    @classmethod
    def of_account(cls, batch: Batch, account: Record) -> Task:
        """Return the task of an account without its orders."""
        keys = batch.keys_of_account(account)
        read = {account["Id"]: account}
        return cls("Account", account["Id"], account["Id"], lambda: batch.plan_account(account), keys, read=read)

    @classmethod
    def of_product(cls, batch: Batch, product: Record) -> Task:
        """Return the task of a product with its rate plans."""
        name, keys = product.get("ProductCode") or product["Id"], batch.keys_of_product(product)
        return cls("Product2", name, product["Id"], lambda: batch.plan_product(product), keys)

    @classmethod
    def of_removal(cls, batch: RemovalBatch) -> Task:
        """Return the task of an order that is taken back."""
        order = batch.removal.order
        number = order["OrderNumber"]
        return cls("Order", number, order["Id"], batch.plan, {f"order:{number}"}, removal=batch.removal)
