"""Locks by natural key that hold across processes: advisory locks of PostgreSQL.

One session of the process holds them all, so a process that dies lets go of them. They are tried, not waited for in
the database: no thread and no connection is tied up by waiting. Where the session is lost (the server was started
anew, or another process has ended it, because this one gave no sign of life), so are its locks: whoever held them
knows the session's mark, and the ledger notes no further call of theirs.

The session does one thing at a time, so those who ask while it is at work are served together afterwards.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.history.database import MARK, Database
from cpqbridge.transport.joint import Joint

_KEYS = bindparam("keys", type_=ARRAY(Text()))
TRY = text("SELECT key FROM unnest(:keys) AS key WHERE pg_try_advisory_lock(hashtextextended(key, 0))").bindparams(
    _KEYS
)
RELEASE = text(
    f"""
    SELECT pg_advisory_unlock(hashtextextended(key, 0)) FROM unnest(:keys, :sessions) AS held (key, session)
    WHERE session = ({MARK.text})
    """  # noqa: S608 - a statement of our own
).bindparams(_KEYS, bindparam("sessions", type_=ARRAY(Text())))
"""What a lost session held is free already, and may be somebody else's in the present one."""

PAUSE = 0.05
"""Seconds, at most, between two tries."""

LONGEST_WAIT = 600.0
"""Seconds after which somebody else's work is no longer waited for."""


Got = tuple[set[str], str]
"""Keys that were got, and the mark of the session that got them."""


class DatabaseLocks:
    """The locks of one process. Inside the process a key must not be asked for twice at once.

    Args:
        database: The ledger's database.
        scope: The pair of systems; keys of another scope are other locks.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope
        self._tries = Joint(self._try_all, apart=lambda keys: keys)
        self._releases = Joint(self._release_all, regardless=True)

    @asynccontextmanager
    async def hold(self, keys: Iterable[str]) -> AsyncIterator[str]:
        """Hold the locks of all keys; gives the mark of the session that holds them.

        All are taken at once, or none is kept: nobody waits in a circle.

        Raises:
            RetryLater: CPQ-105, another process has held one of them for very long.
        """
        wanted = sorted(f"{self._scope}|{key}" for key in set(keys))
        session = await self._take(wanted)
        try:
            yield session
        finally:
            with suppress(CpqBridgeError):  # the session is lost, and the locks with it
                await asyncio.shield(self._release(wanted, session))

    async def _take(self, wanted: list[str]) -> str:
        deadline = time.monotonic() + LONGEST_WAIT
        while True:
            got, session = await self._try(wanted)
            if len(got) == len(wanted):
                return session
            if time.monotonic() > deadline:
                others = ", ".join(key.partition("|")[2] for key in wanted if key not in got)
                raise RetryLater("CPQ-105", f"Another process has been working on {others} for very long")
            await asyncio.sleep(PAUSE * (0.2 + 0.8 * random.random()))  # noqa: S311 - no secret

    async def _try(self, wanted: list[str]) -> Got:
        """Try to get all locks; without all of them none is kept, nor where the caller goes away meanwhile."""
        trying = asyncio.ensure_future(self._all_or_none(wanted))
        try:
            return await asyncio.shield(trying)
        except asyncio.CancelledError:
            await asyncio.shield(self._undo(trying, wanted))
            raise

    async def _undo(self, trying: asyncio.Future[Got], wanted: list[str]) -> None:
        """Let go of what a try gets."""
        with suppress(CpqBridgeError):
            got, session = await trying
            await self._release(wanted if len(got) == len(wanted) else [], session)

    async def _all_or_none(self, wanted: list[str]) -> Got:
        got, session = await self._tries.ask(wanted)
        if len(got) < len(wanted):
            await self._release(sorted(got), session)
        return got, session

    async def _release(self, keys: list[str], session: str) -> None:
        if keys:
            await self._releases.ask((keys, session))

    async def _try_all(self, asked: Sequence[list[str]]) -> list[Got]:
        """Try to get the locks of several askers; gives those that each got. Where it fails, none is kept."""
        wanted = [key for keys in asked for key in keys]
        try:
            got, session = await self._database.run_in_session(TRY, {"keys": wanted})
        except CpqBridgeError:
            if there := self._database.session:
                with suppress(CpqBridgeError):
                    await self._release_all([(wanted, there)])
            raise
        held = set(got)
        return [(held.intersection(keys), session) for keys in asked]

    async def _release_all(self, asked: Sequence[tuple[list[str], str]]) -> list[None]:
        held = [(key, session) for keys, session in asked for key in keys]
        values = {"keys": [key for key, _ in held], "sessions": [session for _, session in held]}
        await self._database.run_in_session(RELEASE, values)
        return [None for _ in asked]
