"""The work of a job: everything that is due of one account, one record after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog

from cpqbridge.errors import CallForHelp, CpqBridgeError, RetryLater
from cpqbridge.jobs.connection import Connection
from cpqbridge.jobs.due import Due, Lane, Settled
from cpqbridge.jobs.settle import ENDS_WORKERS, after, after_error
from cpqbridge.jobs.statements import ARRIVAL
from cpqbridge.sync.look import Looked
from cpqbridge.sync.result import failed
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.lanes import in_lane

log = structlog.get_logger(__name__)

MOST = 50
"""Records of an account that one job takes; the rest waits for its next turn, after other accounts."""

GIVEN_UP = 8
"""Times that work on a record may be cut off before it is given up: it ends whoever works on it."""

OBJECTS = ("Product2", "Account", "Order")
"""In this order: what orders need goes first."""


@dataclass(slots=True)
class Alone:
    """The one suspect that a process works on at a time.

    Attributes:
        asking: Held while one is asked for.
        working: Whether one is worked on.
    """

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    working: bool = False


class AccountWork:
    """Works through what is due of accounts of one connection.

    A record that ends its worker takes along what else is in work then. So what was cut off again and again is
    suspected, and a process works on one suspect at a time: the guilty one alone is cut off further.

    Args:
        connection: The connection.
        stopping: Whether the process is being stopped: what has not been begun is given back.
        clock: Time and chance.
        alone: The suspect that the process works on, whatever its connection.
    """

    def __init__(
        self,
        connection: Connection,
        stopping: Callable[[], bool] = lambda: False,
        clock: Clock | None = None,
        alone: Alone | None = None,
    ) -> None:
        self._connection = connection
        self._due = connection.due
        self._stopping = stopping
        self._clock = clock or Clock()
        self._alone = alone or Alone()
        self._unsettled: list[Due] = []

    async def account(self, account: str, *, suspects: bool = True) -> None:
        """Look at what is due of an account now; what comes in meanwhile has its next turn after other accounts.

        Args:
            account: Its id.
            suspects: Look at one suspect too, unless the process is at work on another one: that is not waited for.

        Raises:
            RetryLater: CPQ-101, the database has gone away; what was in work is due again as soon as it is back.
        """
        await self.give_back()
        await self._carry(await self._take(account, MOST))
        if suspects:
            await self._suspect(account)

    async def give_back(self) -> None:
        """Give back what was in work when the database went away: that is not the fault of any record.

        Raises:
            CpqBridgeError: It is still away.
        """
        rows, self._unsettled = self._unsettled, []
        if rows:
            try:
                await self._due.give_back(rows)
            except CpqBridgeError:
                self._unsettled += rows
                raise

    async def _suspect(self, account: str) -> None:
        async with self._alone.asking:
            rows = [] if self._alone.working else await self._take(account, 1, suspects=True)
            self._alone.working = self._alone.working or bool(rows)
        if rows:
            try:
                await self._carry(rows)
            finally:
                self._alone.working = False

    async def _take(self, account: str, most: int, *, suspects: bool = False) -> list[Due]:
        lane = self._connection.open_lane()
        if self._stopping() or lane is None:
            return []
        return await self._due.take(account, most, lane, suspects=suspects)

    async def _carry(self, rows: list[Due]) -> None:
        """Work on what was taken; whatever comes between, it is given back."""
        try:
            await self._work(rows)
        except asyncio.CancelledError:
            self._unsettled += rows
            with suppress(CpqBridgeError):
                await asyncio.shield(self.give_back())
            raise
        except RetryLater:
            self._unsettled += rows
            raise

    async def _work(self, rows: Sequence[Due]) -> None:
        if not rows:
            return
        taken = self._clock.monotonic()
        settled: list[Settled] = []
        for lane in Lane:
            together = [row for row in rows if row.begun <= GIVEN_UP and row.wanted.lane is lane]
            with in_lane(lane):
                settled += await self._look(together)
        settled += [await self._give_up(row) for row in rows if row.begun > GIVEN_UP]
        await self._due.settle(settled)
        for one in settled:
            self._connection.on_settled(one, one.due.waited + self._clock.monotonic() - taken)
        left = {row.wanted.key for row in rows} - {one.due.wanted.key for one in settled}
        if left:
            await self._due.give_back([row for row in rows if row.wanted.key in left])

    async def _look(self, rows: Sequence[Due]) -> list[Settled]:
        """Look at records; those that there was no time for are not among what is returned."""
        settled: list[Settled] = []
        for name in OBJECTS:
            some = {row.wanted.record_id: row for row in rows if row.wanted.object == name}
            if not some or self._stopping():
                continue
            try:
                looked = await self._looked(name, some)
            except CpqBridgeError as error:
                up = self._connection.open_lane() is not None
                settled += [after_error(row, error, self._clock.jitter(), counted=up) for row in some.values()]
            except Exception as fault:
                log.debug("fault", account=rows[0].wanted.account, exc_info=True)
                said = CallForHelp("CPQ-902", f"{type(fault).__name__} in the sync of {name} {', '.join(some)}")
                settled += [after_error(row, said, self._clock.jitter()) for row in some.values()]
            else:
                settled += [after(some[key], one, self._clock.jitter()) for key, one in looked.items()]
        return settled

    async def _looked(self, name: str, rows: dict[str, Due]) -> dict[str, Looked]:
        looker = self._connection.looker
        if name == "Order":
            numbers = {key: row.wanted.number for key, row in rows.items()}
            return await looker.orders(numbers, stopping=self._stopping)
        if name == "Product2":
            return await looker.products(list(rows))
        arrived = [key for key, row in rows.items() if row.wanted.reason == ARRIVAL]
        looked = await looker.arrived(arrived) if arrived else {}
        return looked | await looker.accounts([key for key in rows if key not in looked])

    async def _give_up(self, row: Due) -> Settled:
        """End a record as failed on which work has ended its worker again and again."""
        wanted = row.wanted
        message = (
            f"Work on {wanted.object} {wanted.number or wanted.record_id} has ended its worker {row.begun - 1} times"
        )
        error = CallForHelp(ENDS_WORKERS, message)
        result = failed(wanted.object, wanted.number or wanted.record_id, wanted.record_id, error)
        async with self._connection.carrier.run("auto sync", {"given up": 1}) as run:
            await self._connection.carrier.close(run, result)
        return after(row, Looked(result))
