"""What a process of the connector does in a trial."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from cpqbridge.history.database import open_database
from cpqbridge.history.processes import process_name
from cpqbridge.jobs.connection import Connection, Hooks, open_connections
from cpqbridge.jobs.due import Wanted
from cpqbridge.jobs.limits.board import SharedLimits
from cpqbridge.jobs.listing import JobList, JobState, Wish
from cpqbridge.jobs.work import AccountWork
from cpqbridge.jobs.write_back import WriteBackLoop
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.write_back import WriteBackSettings
from cpqbridge.sync.connect import open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.clock import Clock


class Hurried:
    """Time that passes when somebody sleeps, and not otherwise."""

    def __init__(self) -> None:
        self._slept = 0.0

    def clock(self) -> Clock:
        """Return it as a clock."""
        return Clock(monotonic=lambda: self._slept, sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self._slept += seconds
        await asyncio.sleep(0)


def sync_order(settings: Settings, orders: Sequence[str]) -> Mapping[str, str]:
    """Do what `cpqbridge sync order` does."""

    async def run() -> Mapping[str, str]:
        async with open_service(settings, wiring=Wiring(clock=Hurried().clock())) as service:
            return {result.record: str(result.outcome) for result in await service.orders(orders)}

    return asyncio.run(run())


def work_off(settings: Settings, orders: Sequence[str]) -> Mapping[str, str]:
    """Do what the service does: note the orders as due, work off what is due, and write back what became of them.

    The queue's jobs are left out, as they carry no work of their own.
    """
    found: dict[str, str] = {}

    def note(result: SyncResult) -> None:
        found[result.record] = str(result.outcome)

    async def run() -> Mapping[str, str]:
        hooks = Hooks(progress=note, wiring=Wiring(clock=Hurried().clock()))
        async with open_database(settings.database, process_name()) as database:
            own = settings.model_copy(update={"write_back": WriteBackSettings(enabled=True)})
            opening = open_connections(own, database, SharedLimits(database), lambda _settings: hooks)
            async with opening as [connection]:
                wanted = await _wanted(connection, orders)
                await connection.due.add(wanted)
                await _work_off(connection)
                await WriteBackLoop(connection).once(0)
        return found

    return asyncio.run(run())


async def _wanted(connection: Connection, orders: Sequence[str]) -> list[Wanted]:
    named = ", ".join(f"'{number}'" for number in orders)
    soql = f"SELECT Id, OrderNumber, AccountId FROM Order WHERE OrderNumber IN ({named})"  # noqa: S608 - SOQL of ours
    rows = await connection.clients.salesforce.query(soql)
    return [Wanted("Order", row["Id"], row["AccountId"], row["OrderNumber"], "poll") for row in rows]


async def _work_off(connection: Connection) -> None:
    """Work until nothing is due now; what is left is due later."""
    work = AccountWork(connection)
    jobs = JobList(connection.database, connection.scope)
    for _ in range(MOST_TURNS):
        due = [job for job in await jobs.rows(Wish(), MOST_JOBS) if job.state in (JobState.DUE, JobState.RUNNING)]
        if not due:
            return
        for account in sorted({job.account for job in due}):  # one after the other: each write has its number
            await work.account(account)


MOST_TURNS = 20
"""So often is an account worked on at the most; one turn leaves nothing but what became due meanwhile."""

MOST_JOBS = 1000
"""More than all that is due in a trial."""

DRIVERS: Mapping[str, Callable[[Settings, Sequence[str]], Mapping[str, str]]] = {"sync": sync_order, "worker": work_off}
"""By name."""
