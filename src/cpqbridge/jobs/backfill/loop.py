"""What the leading process does for back-fills: it reads those that were asked for, and notes those that have ended."""

from __future__ import annotations

from cpqbridge.jobs.backfill.reading import BackfillReader
from cpqbridge.jobs.backfill.store import BackfillStore
from cpqbridge.jobs.connection import Connection
from cpqbridge.transport.clock import Clock

LOOK = 2.0
"""Seconds between two looks for what is to be read."""

MEND = 120.0
"""Seconds between two looks whether all that has no outcome is still due."""


class BackfillLoop:
    """Reads the back-fills of a connection, page by page, for ever.

    Args:
        connection: The connection.
        clock: Time.
    """

    def __init__(self, connection: Connection, clock: Clock | None = None) -> None:
        store = BackfillStore(connection.database, connection.scope)
        self._reader = BackfillReader(connection.clients.salesforce, store)
        self._clock = clock or Clock()

    async def run(self) -> None:
        """Read until cancelled.

        Raises:
            CpqBridgeError: A system or the database refuses; the next run goes on where this one was.
        """
        mended_at = self._clock.monotonic() - MEND
        while True:
            mend = self._clock.monotonic() - mended_at >= MEND
            mended_at = self._clock.monotonic() if mend else mended_at
            await self._reader.read_all(mend=mend)
            await self._clock.sleep(LOOK)
