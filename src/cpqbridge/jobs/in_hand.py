"""The jobs that this process has in hand, and those that only the queue takes to be.

When the database goes away, a worker may not be able to say that a job has ended, or may not hear that it was given
one. The worker goes on and gives signs of life, so nobody takes such a job away from it, and it would keep the work of
its account from everybody for ever. A job carries no work of its own: it is dropped, and what is due gets a job anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from procrastinate import JobContext
from sqlalchemy import Connection as Session

from cpqbridge.history.database import Database
from cpqbridge.jobs import process_statements as statements


class InHand:
    """The jobs of one process.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: set[int] = set()
        self._missed: set[int] = set()

    @contextmanager
    def holding(self, context: JobContext) -> Iterator[None]:
        """Have a job in hand."""
        number = context.job.id or 0
        self._jobs.add(number)
        try:
            yield
        finally:
            self._jobs.discard(number)

    async def drop_strays(self, workers: Collection[int], ending: Collection[int] = ()) -> int:
        """Drop jobs that these workers of the queue, which are ours, do not have in hand now nor had the last time.

        Args:
            workers: Their numbers in the queue.
            ending: Jobs that are done, and whose end the database is being told.

        Returns:
            How many were dropped.
        """
        values = {"ids": [str(number) for number in workers]}
        found = await self._database.run(lambda session: set(session.scalars(statements.IN_WORK, values)))
        missed = found - self._jobs - set(ending)
        strays = {"ids": [str(number) for number in missed & self._missed]}
        self._missed = missed
        if not strays["ids"]:
            return 0

        def drop(session: Session) -> int:
            session.execute(statements.JOBS_PATH)
            return session.execute(statements.DROP, strays).rowcount

        return await self._database.transact(drop)
