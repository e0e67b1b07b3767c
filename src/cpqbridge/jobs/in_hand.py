"""The jobs that this process has in hand, and those that only the queue takes to be.

When the database goes away, a worker may not be able to say that a job has ended, or may not hear that it was given
one. The worker goes on and gives signs of life, so nobody takes such a job away from it, and it would keep the work of
its account from everybody for ever. A job carries no work of its own: it is dropped, and what is due gets a job anew.
"""

from __future__ import annotations

from collections.abc import Collection

from procrastinate.worker import Worker
from sqlalchemy import Connection as Session

from cpqbridge.history.database import Database
from cpqbridge.jobs import process_statements as statements


def in_hand(workers: Collection[Worker]) -> set[int]:
    """Return the jobs that workers of this process run, or tell the database the end of."""
    running = [context for worker in workers for context in worker._running_jobs.values()]  # noqa: SLF001 - Procrastinate tells it nowhere else
    return {context.job.id for context in running if context.job.id is not None}


class Strays:
    """The jobs that one process is taken to work on, and does not.

    Args:
        database: The database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._missed: set[int] = set()

    async def drop(self, workers: Collection[Worker]) -> int:
        """Drop jobs that these workers, which are ours, do not have in hand now nor had the last time.

        Returns:
            How many were dropped.
        """
        values = {"ids": [str(worker.worker_id) for worker in workers if worker.worker_id is not None]}
        found = await self._database.run(lambda session: set(session.scalars(statements.IN_WORK, values)))
        missed = found - in_hand(workers)
        strays = {"ids": [str(number) for number in missed & self._missed]}
        self._missed = missed
        if not strays["ids"]:
            return 0

        def drop(session: Session) -> int:
            session.execute(statements.JOBS_PATH)
            return session.execute(statements.DROP, strays).rowcount

        return await self._database.transact(drop)
