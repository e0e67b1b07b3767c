"""Who does what only one process may do: the one that holds the leader's lock of a connection.

The lock is held by the process's session in the database. A process that dies loses it at once, one that gives no
sign of life when its work is taken over, and a cut connection to the database ends the loops that it was held for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy import text

from cpqbridge.errors import CpqBridgeError
from cpqbridge.history.database import Database
from cpqbridge.jobs.supervise import keep_going

log = structlog.get_logger(__name__)

TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))")
RELEASE = text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))")
HELD = text("SELECT 1")

CHECK_SECONDS = 2.0
"""Seconds between two looks whether the lock is still held, or has become free."""

Loop = Callable[[], Awaitable[None]]


class Leader:
    """Runs loops of a connection in one process at a time.

    Args:
        database: The database.
        scope: The pair of systems.
        name: The connection's name, for people.
        loops: What is run while this process leads, by what people call it.

    Attributes:
        leads: Whether this process leads now.
        asked: Set when it is known for the first time.
    """

    def __init__(self, database: Database, scope: str, name: str, loops: Mapping[str, Loop]) -> None:
        self._database = database
        self._key = f"leader|{scope}"
        self._name = name
        self._loops = loops
        self.leads = False
        self.asked = asyncio.Event()

    async def run(self) -> None:
        """Lead whenever nobody else does, until cancelled."""
        waited = False
        while True:
            got, session = await self._database.run_in_session(TRY, {"key": self._key})
            if got[0]:
                waited = False
                await self._lead(session)
            else:
                self.asked.set()
            if not got[0] and not waited:
                waited = True
                log.warning(
                    "Another service works on the same connection: this one only helps, and takes its place if it ends",
                    connection=self._name,
                )
            await asyncio.sleep(CHECK_SECONDS)

    async def _lead(self, session: str) -> None:
        self.leads = True
        self.asked.set()
        log.info("This process leads", connection=self._name)
        with structlog.contextvars.bound_contextvars(connection=self._name):  # in all that the loops say
            tasks = [
                asyncio.ensure_future(keep_going(f"{name} {self._name}", loop)) for name, loop in self._loops.items()
            ]
        try:
            while True:
                await asyncio.sleep(CHECK_SECONDS)
                if (await self._database.run_in_session(HELD, {}))[1] != session:
                    log.warning("The database's session was lost: this process leads no more", connection=self._name)
                    return
        finally:
            self.leads = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._let_go(session)

    async def _let_go(self, session: str) -> None:
        try:
            if (await self._database.run_in_session(HELD, {}))[1] == session:
                await self._database.run_in_session(RELEASE, {"key": self._key})
        except CpqBridgeError as error:
            log.debug("the lock is lost with the session", code=error.code)
