"""The processes that work on one database: each gives signs of life, and the silent ones' work is taken over."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection as Session

import cpqbridge
from cpqbridge.history.database import Database, session_name
from cpqbridge.history.processes import end_interrupted
from cpqbridge.jobs import process_statements as statements


@dataclass(frozen=True, slots=True)
class Living:
    """A process that gave a sign of life not long ago."""

    name: str
    kind: str
    host: str
    pid: int
    version: str
    started_at: datetime
    alive_at: datetime


class Processes:
    """The processes that use a database.

    Args:
        database: The database; its `process` is the name of this one.
        kind: What this process is: `serve`, `worker`, `backfill`.
        silent: Seconds without a sign of life after which a process counts as gone.
    """

    def __init__(self, database: Database, kind: str, silent: float) -> None:
        self._database = database
        self._kind = kind
        self._silent = silent
        self._alive_at = time.monotonic()

    @property
    def writes(self) -> bool:
        """Whether the database took a sign of life of this process not long ago: it may answer and take no writes."""
        return time.monotonic() - self._alive_at < self._silent

    async def alive(self, workers: Sequence[int] = ()) -> None:
        """Give a sign of life.

        Args:
            workers: The numbers of this process's workers in the queue, which are alive with it.
        """
        values = {
            "name": self._database.process,
            "kind": self._kind,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "version": cpqbridge.__version__,
            "workers": list(workers),
        }
        await self._database.run(lambda session: session.execute(statements.ALIVE, values))
        self._alive_at = time.monotonic()

    async def leave(self) -> None:
        """Say that this process ends."""
        values = {"name": self._database.process}
        await self._database.run(lambda session: session.execute(statements.LEAVE, values))

    async def living(self) -> list[Living]:
        """Return the processes that live."""
        rows = await self._database.run(
            lambda session: session.execute(statements.LIVING, {"silent": self._silent}).all()
        )
        return [Living(*row) for row in rows]

    async def take_over(self, queues: Sequence[str]) -> int:
        """Take the work of silent processes away from them: their jobs, their runs, and the locks that they hold.

        What they had begun stays due, and goes to whoever asks next; a process that comes to life again finds that it
        may write nothing more for it.

        Args:
            queues: The queues whose jobs are taken.

        Returns:
            How many jobs were taken.
        """

        def work(session: Session) -> int:
            session.execute(statements.JOBS_PATH)
            gone = session.scalars(statements.SILENT, {"silent": self._silent}).all()
            if gone:
                names = [session_name(name) for name in gone]
                session.execute(statements.END_SESSIONS, {"names": names})
                session.execute(statements.FORGET, {"names": list(gone)})
            end_interrupted(session, self._silent)
            return session.execute(statements.STALLED, {"queues": list(queues), "silent": self._silent}).rowcount

        return await self._database.transact(work)
