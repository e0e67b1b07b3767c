"""The engine of one process: workers on the queue of jobs, signs of life, and the take-over of silent workers.

Procrastinate keeps the queue and runs the jobs, one at a time for each account. Jobs are made from what is due
(`DueStore.wake`) and carry no work of their own, so a job that is lost or runs twice harms nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.history.database import Database, open_database, session_name
from cpqbridge.history.processes import process_name
from cpqbridge.jobs.connection import Connection, HooksOf, no_hooks, open_connections
from cpqbridge.jobs.due import TASK
from cpqbridge.jobs.in_hand import Strays
from cpqbridge.jobs.limits.board import SharedLimits
from cpqbridge.jobs.process import Processes
from cpqbridge.jobs.statements import JOBS
from cpqbridge.jobs.supervise import BRIEF_PAUSE, keep_going
from cpqbridge.jobs.work import AccountWork, Alone
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.worker import WorkerSettings
from cpqbridge.telemetry.working import working_on

log = structlog.get_logger(__name__)

WAKE_SECONDS = 0.5
"""Seconds between two looks for what has become due by the time alone."""

WAKE_SHARE = 4.0
"""Times that the last look took, at least, until the next one: with very much due, a look is work for the database."""

FETCH_SECONDS = 0.5
"""Seconds between two looks for a job where nobody said that there is one: a freed lock wakes nobody."""

QUEUE_SECONDS = 5.0
"""Seconds that the queue waits for a connection to the database before it begins anew."""

RENEW_SECONDS = 1800.0
"""Seconds after which what is kept of both systems is read anew."""

BEATS = 4
"""Signs of life in the time after which a silent worker's jobs are taken over."""


class Engine:
    """Works through what is due of all connections, until it is stopped.

    Args:
        database: The database.
        connections: The open connections.
        worker: How.
        limits: What is known of the limits of all systems.
        kind: What this process is, for people.

    Attributes:
        tasks: What goes on for ever while the engine runs, by what people call it.
    """

    def __init__(
        self,
        database: Database,
        connections: Sequence[Connection],
        worker: WorkerSettings,
        limits: SharedLimits,
        kind: str = "worker",
    ) -> None:
        self.database = database
        self.connections = connections
        self.processes = Processes(database, kind, worker.takeover_seconds)
        self._settings = worker
        self.limits = limits
        self._stopping = asyncio.Event()
        self._awake = {connection.name: asyncio.Event() for connection in connections}
        self.tasks: dict[str, asyncio.Future[None]] = {}
        self._strays = Strays(database)
        self._workers: dict[str, Worker] = {}
        alone = Alone()
        self._work = {
            connection.name: AccountWork(connection, lambda: self.stopping, alone=alone) for connection in connections
        }

    @property
    def stopping(self) -> bool:
        """Whether the engine has been told to stop."""
        return self._stopping.is_set()

    def wake(self, connection: Connection) -> None:
        """Look for what is due of a connection at once."""
        self._awake[connection.name].set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; then calls in flight are finished, and the rest is given back.

        Args:
            stop: Set when the work shall end.
        """
        loops = [
            self._start(name, loop)
            for name, loop in (
                ("signs of life", self._give_signs_of_life),
                ("take-over", self._take_over),
                ("renewal", self._renew),
                ("limits", self.limits.run),
                *((f"wake {connection.name}", self._waking(connection)) for connection in self.connections),
            )
        ]
        workers = [
            self._start(f"worker {connection.name}", self._working(connection)) for connection in self.connections
        ]
        try:
            await stop.wait()
        finally:
            self._stopping.set()
            stops: list[Callable[[], None]] = [worker.stop for worker in self._workers.values()]
            for end in stops:  # a cancellation alone may be lost while a connection is waited for (Python 3.11)
                end()
            try:
                await _ended(workers)
            finally:  # also where the wait for the workers was cut short
                await _ended(loops)
            for last in (self._give_back, self.processes.leave):
                with suppress(CpqBridgeError):
                    await last()

    def _start(self, name: str, loop: Callable[[], Awaitable[None]]) -> asyncio.Future[None]:
        self.tasks[name] = asyncio.ensure_future(keep_going(name, loop, longest=BRIEF_PAUSE))
        return self.tasks[name]

    def _working(self, connection: Connection) -> Callable[[], asyncio.Future[None]]:
        """Return the loop of a connection's worker; each connection has its own, so that none waits for another."""

        async def work() -> None:
            beat = self._settings.takeover_seconds / BEATS
            with suppress(CpqBridgeError):  # a system that is down now is no other tenant
                await connection.renew()
            try:
                async with _queue(self.database, self._work[connection.name]) as app:
                    worker = self._workers[connection.name] = Worker(
                        app,
                        queues=[connection.queue],
                        name=connection.name,
                        concurrency=self._settings.concurrency,
                        fetch_job_polling_interval=FETCH_SECONDS,
                        delete_jobs="always",
                        install_signal_handlers=False,
                        shutdown_graceful_timeout=self._settings.shutdown_seconds,
                        update_heartbeat_interval=beat,
                        stalled_worker_timeout=self._settings.takeover_seconds,
                    )
                    run: Callable[[], Awaitable[None]] = worker.run
                    if not self.stopping:
                        await run()
            except (ConnectorException, psycopg.OperationalError) as error:  # the pool's own are not wrapped
                raise RetryLater("CPQ-101", f"The database does not answer: {type(error).__name__}") from error

        return lambda: asyncio.ensure_future(work())

    def _waking(self, connection: Connection) -> Callable[[], asyncio.Future[None]]:
        awake = self._awake[connection.name]

        async def wake() -> None:
            asked = True
            while True:
                awake.clear()
                began = time.monotonic()
                if (lane := connection.open_lane()) is not None:
                    await connection.due.wake(lane, whole=asked)
                took = time.monotonic() - began
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(WAKE_SECONDS, WAKE_SHARE * took)):
                        await awake.wait()
                asked = awake.is_set()

        return lambda: asyncio.ensure_future(wake())

    async def _give_signs_of_life(self) -> None:
        try:
            while True:
                workers = [worker.worker_id for worker in self._workers.values() if worker.worker_id is not None]
                await self.processes.alive(workers)
                await asyncio.sleep(self._settings.takeover_seconds / BEATS)
        except CpqBridgeError:
            await self.database.revive()
            raise

    async def _take_over(self) -> None:
        queues = [connection.queue for connection in self.connections]
        while True:
            await asyncio.sleep(self._settings.takeover_seconds / BEATS)
            if taken := await self.processes.take_over(queues):
                log.warning("Jobs of a worker without a sign of life are taken over", jobs=taken)
                self._wake_all()
            if strays := await self._strays.drop(list(self._workers.values())):
                log.warning("Jobs are dropped whose end the database was not told", jobs=strays)
                self._wake_all()
            await self._give_back()

    async def _give_back(self) -> None:
        for work in self._work.values():
            await work.give_back()

    def _wake_all(self) -> None:
        for connection in self.connections:
            self.wake(connection)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            for connection in self.connections:
                await connection.renew()


async def _ended(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Tell tasks to end, and wait until they have."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def open_engine(settings: Settings, *, kind: str = "worker", hooks: HooksOf = no_hooks) -> AsyncIterator[Engine]:
    """Open the database, all connections, and an engine for them; it works when `run` is called.

    Args:
        settings: The whole configuration.
        kind: What this process is, for people.
        hooks: Who is told of what goes on, by the settings of a connection.

    Raises:
        CpqBridgeError: A secret is missing, or the database cannot be used.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.database, process_name()))
        limits = SharedLimits(database)
        connections = await stack.enter_async_context(open_connections(settings, database, limits, hooks))
        yield Engine(database, connections, settings.worker, limits, kind)


@asynccontextmanager
async def _queue(database: Database, work: AccountWork) -> AsyncIterator[App]:
    """Open the queue; its one task works through what is due of an account."""
    connector = PsycopgConnector(
        conninfo=database.conninfo,
        kwargs={
            "options": f"-c search_path={JOBS},public",
            "application_name": session_name(database.process),
            "target_session_attrs": "read-write",  # one that is made while nothing can be written would stay so
        },
        min_size=1,
        max_size=8,
        timeout=QUEUE_SECONDS,
    )
    app = App(connector=connector)

    @app.task(name=TASK, pass_context=True)
    async def look(context: JobContext, account: str, suspects: bool = False) -> None:
        try:
            said = {"connection": context.worker_name, "job": context.job.id, "account": account}
            with working_on("job", **said):
                await work.account(account, suspects=suspects)
        except CpqBridgeError as error:  # what was taken is still due
            log.warning(error.message, account=account, code=error.code, remedy=error.remedy)

    async with app.open_async():
        yield app
