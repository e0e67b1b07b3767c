"""The loop that writes outcomes back onto the records of Salesforce, apart from the work itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cpqbridge.salesforce.client import ROWS_PER_COLLECTION
from cpqbridge.sync.write_back.outbox import Outbox
from cpqbridge.sync.write_back.writer import OnGivenUp, Writer
from cpqbridge.transport.lanes import BACKFILL, in_lane

if TYPE_CHECKING:
    from cpqbridge.jobs.connection import Connection

QUICKEST = 1.0
SLOWEST = 30.0
"""Seconds between two looks into the outbox: a single record is written within a second; under steady work the pause
doubles until a call carries many records, so that the org's daily calls are spared."""


class WriteBackLoop:
    """Empties the outbox of one pair of systems for ever. Only one process may run it, the leader.

    Args:
        connection: The pair of systems.
        on_given_up: Told of records that are not tried any more.
    """

    def __init__(self, connection: Connection, on_given_up: OnGivenUp = lambda _given_up: None) -> None:
        self._enabled = connection.settings.write_back.enabled
        self._clock = connection.clients.salesforce.clock
        outbox = Outbox(connection.database, connection.scope)
        self._writer = Writer(connection.clients.salesforce, outbox, connection.settings, on_given_up)

    async def run(self) -> None:
        """Write back for ever, until cancelled; nothing while it is off in the settings.

        Raises:
            CpqBridgeError: Salesforce or the database cannot be used for now; what is left stays in the outbox.
        """
        pause = QUICKEST
        while True:
            await self._clock.sleep(pause)
            pause = await self.once(pause) if self._enabled else SLOWEST

    async def once(self, pause: float) -> float:
        """Write what is due, and return how long to wait now, after a pause of so many seconds."""
        with in_lane(BACKFILL):
            flushed = await self._writer.flush()
        if flushed.calls and flushed.taken < ROWS_PER_COLLECTION:
            return min(2 * pause, SLOWEST)
        return QUICKEST
