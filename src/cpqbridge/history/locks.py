"""Locks by natural key that hold across processes: advisory locks of PostgreSQL.

One session of the process holds them all, so a process that dies lets go of them. They are tried, not waited for in
the database: no thread and no connection is tied up by waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from sqlalchemy import text

from cpqbridge.errors import RetryLater
from cpqbridge.history.database import Database

TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))")
RELEASE = text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))")

PAUSE = 0.05
"""Seconds between two tries."""

LONGEST_WAIT = 600.0
"""Seconds after which somebody else's work is no longer waited for."""


class DatabaseLocks:
    """The locks of one process. Inside the process a key must not be asked for twice at once.

    Args:
        database: The ledger's database.
        scope: The pair of systems; keys of another scope are other locks.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    @asynccontextmanager
    async def hold(self, keys: Iterable[str]) -> AsyncIterator[None]:
        """Hold the locks of all keys, taken in the order of the keys, so that nobody waits in a circle.

        Raises:
            RetryLater: CPQ-105, another process has held one of them for very long.
        """
        held: list[str] = []
        try:
            for key in sorted(set(keys)):
                await self._take(key)
                held.append(key)
            yield
        finally:
            for key in reversed(held):
                await self._database.run_in_session(RELEASE, {"key": f"{self._scope}|{key}"})

    async def _take(self, key: str) -> None:
        deadline = time.monotonic() + LONGEST_WAIT
        while not await self._database.run_in_session(TRY, {"key": f"{self._scope}|{key}"}):
            if time.monotonic() > deadline:
                raise RetryLater("CPQ-105", f"Another process has been working on {key} for very long")
            await asyncio.sleep(PAUSE)
