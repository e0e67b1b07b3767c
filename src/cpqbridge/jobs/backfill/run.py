"""Carries a back-fill to its end: here, or by the service that runs already, which is then only watched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.jobs.backfill.reading import BackfillReader
from cpqbridge.jobs.backfill.store import ENDED, Backfill, BackfillStore, State
from cpqbridge.transport.clock import Clock

log = structlog.get_logger(__name__)

POLL = 0.5
LONGEST = 10.0
"""Seconds between two looks at how far a back-fill is: where looking is quick, and where it is slow."""

STILL = 4.0
"""Seconds without any outcome after which each record is looked at, whether it is still due at all."""

PATIENCE = 30.0
"""Seconds for which accounts that came along are waited for at the end, while none of them comes to its outcome."""

AWAY = 2.0
"""Seconds between two looks whether the database is back."""

DATABASE_AWAY = "CPQ-101"

SHARE = 20
"""A look may take one part in so many of the time: a million records are counted less often."""

Work = Callable[[asyncio.Event], Awaitable[None]]
"""Works through what is due until the event is set, such as `Engine.run`."""

Served = Callable[[], Awaitable[bool]]
"""Tells whether a service or a worker runs already, which works through what is due."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a back-fill is.

    Attributes:
        backfill: It, as it is now.
        read: Orders read so far.
        counts: Records by outcome, with the main ones first.
        open: Records without an outcome.
        here: Whether this process works on it.
    """

    backfill: Backfill
    read: int
    counts: Mapping[str, int]
    open: int
    here: bool

    @property
    def done(self) -> int:
        """Records with an outcome."""
        return sum(self.counts.values())


Tell = Callable[[Standing], None]
"""Told how far a back-fill is, every now and then."""


class BackfillRun:
    """One command that carries a back-fill to its end, or until it is paused or cancelled.

    Args:
        store: The back-fills.
        reader: Reads their records.
        work: Works through what is due, where nobody else does.
        served: Whether somebody else does.
        tell: Told how far it is.
        clock: Time.
    """

    def __init__(
        self,
        store: BackfillStore,
        reader: BackfillReader,
        work: Work,
        served: Served,
        tell: Tell,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._reader = reader
        self._work = work
        self._served = served
        self._tell = tell
        self._clock = clock or Clock()
        self._done = self._arrivals = -1
        self._moved_at = self._arrived_at = self._clock.monotonic()

    async def run(self, backfill: Backfill) -> Backfill:
        """Return the back-fill when it has ended, or was paused; what is in flight then is finished.

        Raises:
            CpqBridgeError: Salesforce or the database refuse; a database that has gone away is waited for.
        """
        ended = await self._until_ended(backfill)
        await self._store.sweep()
        return ended

    async def _until_ended(self, backfill: Backfill) -> Backfill:
        stop = asyncio.Event()
        working: asyncio.Future[None] | None = None
        try:
            while True:
                began = self._clock.monotonic()
                try:
                    backfill = await self._further(backfill)
                    if backfill.state is State.WORKING and working is None and not await self._served():
                        working = asyncio.ensure_future(self._work(stop))
                    if await self._look(backfill, here=working is not None):
                        backfill = await self._store.mend(backfill)
                    over = backfill.state is State.PAUSED or backfill.state in ENDED
                    if over and not (backfill.state is State.DONE and await self._leaves_work(working)):
                        return backfill
                except RetryLater as error:
                    if error.code != DATABASE_AWAY:
                        raise
                    await self._wait_for_the_database(error)
                if working is not None and working.done():
                    working.result()
                await self._clock.sleep(min(LONGEST, max(POLL, SHARE * (self._clock.monotonic() - began))))
        finally:
            stop.set()
            if working is not None:
                await asyncio.shield(working)

    async def _further(self, backfill: Backfill) -> Backfill:
        """Read what is still to be read of a back-fill; return it as it stands."""
        if backfill.state is State.READING:
            await self._reader.read(backfill, self._reading)
        return await self._store.settle(await self._store.get(backfill.id))

    async def _wait_for_the_database(self, error: RetryLater) -> None:
        """Say that the database is away, and let an embedded one be started again; a look follows after a pause."""
        log.warning(f"{error.message}; it is waited for", code=error.code)
        with suppress(CpqBridgeError):
            await self._store.revive()
        await self._clock.sleep(AWAY)

    async def _leaves_work(self, working: asyncio.Future[None] | None) -> bool:
        """Say whether what its orders brought along is still being done here; it is not where it stands still.

        A system that is down, or a budget that is used up, is not waited for: whoever works next does the rest.
        """
        if working is None or working.done():
            return False
        left, now = await self._store.arrivals(), self._clock.monotonic()
        if left != self._arrivals:
            self._arrivals, self._arrived_at = left, now
        return left > 0 and now - self._arrived_at < PATIENCE

    async def _reading(self, backfill: Backfill, read: int) -> None:
        self._tell(Standing(backfill, read, {}, read, here=True))

    async def _look(self, backfill: Backfill, *, here: bool) -> bool:
        """Tell how far a back-fill is; returns whether it stands still."""
        counts = await self._store.counts(backfill)
        known = {outcome: records for outcome, records in counts.items() if outcome is not None}
        left = counts.get(None, 0)
        standing = Standing(backfill, sum(known.values()) + left, known, left, here)
        self._tell(standing)
        now = self._clock.monotonic()
        if standing.done == self._done and now - self._moved_at < STILL:
            return False
        still, self._done, self._moved_at = standing.done == self._done, standing.done, now
        return still
