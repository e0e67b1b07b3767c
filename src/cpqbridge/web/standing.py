"""How things stand in the database: what is due, what runs, how far was read; asked at most every few seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection as Session
from sqlalchemy import TextClause

from cpqbridge.errors import CpqBridgeError
from cpqbridge.history.clocks import skew
from cpqbridge.history.database import Database
from cpqbridge.history.migrations import HEAD
from cpqbridge.jobs.due import Lane
from cpqbridge.jobs.statements import statement

FRESH = 5.0
"""Seconds for which an answer of the database counts as new."""

LONGEST = 5.0
"""Most seconds that the database may take; a slower one counts as gone."""

NOW = statement("SELECT clock_timestamp()")
VERSION = statement("SELECT version_num FROM {schema}.alembic_version")

DUE = statement(
    """
    SELECT scope, lane, count(*) FILTER (WHERE due_at <= clock_timestamp()) AS due,
        count(*) FILTER (WHERE due_at > clock_timestamp()) AS later,
        extract(epoch FROM clock_timestamp() - min(due_at) FILTER (WHERE due_at <= clock_timestamp()))
            ::double precision AS oldest
    FROM {schema}.due GROUP BY scope, lane
    """
)

JOBS = statement(
    """
    SELECT queue_name AS queue, status::text AS status, count(*) AS jobs FROM {jobs}.procrastinate_jobs
    WHERE status IN ('todo', 'doing') GROUP BY queue_name, status
    """
)

READ = statement(
    """
    SELECT scope, split_part(name, ':', 2) AS object,
        extract(epoch FROM clock_timestamp() - moved_at)::double precision AS age
    FROM {schema}.cursor WHERE name LIKE 'poll:%'
    """
)

WRITE_BACK = statement(
    """
    SELECT scope, count(*) FILTER (WHERE due_at IS NOT NULL) AS waiting,
        count(*) FILTER (WHERE due_at IS NULL AND fields <> '{}') AS given_up
    FROM {schema}.write_back GROUP BY scope
    """
)

PROCESSES = statement(
    "SELECT count(*) FROM {schema}.process WHERE alive_at > clock_timestamp() - interval '15 seconds'"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database said.

    Attributes:
        reachable: Whether it answered.
        code: The error's code, when it did not.
        current: Whether its tables are of this version.
        skew: Seconds that its clock is ahead of this machine's.
        processes: How many processes live.
        due: Records that are due now, by scope and lane.
        later: Records that are looked at later, by scope and lane.
        oldest: Seconds for which the oldest of those due has been so, by scope and lane.
        jobs: Jobs by queue and status (`todo`, `doing`).
        read: Seconds since the poll has last read an object, by scope and object.
        write_back: Records that are still to be written back, and those given up, by scope.
    """

    reachable: bool
    code: str | None = None
    current: bool = True
    skew: float = 0.0
    processes: int = 0
    due: Mapping[tuple[str, Lane], int] = field(default_factory=dict)
    later: Mapping[tuple[str, Lane], int] = field(default_factory=dict)
    oldest: Mapping[tuple[str, Lane], float] = field(default_factory=dict)
    jobs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    read: Mapping[tuple[str, str], float] = field(default_factory=dict)
    write_back: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class StandingReader:
    """Asks the database, at most once in a while, however many want to know.

    Args:
        database: The database.
        fresh: Seconds for which an answer counts as new.
        monotonic: Seconds that never go back.
    """

    def __init__(
        self, database: Database, fresh: float = FRESH, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._fresh = fresh
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._read_at: float | None = None
        self._last = Standing(reachable=False)

    async def read(self) -> Standing:
        """Return how things stand; a database that does not answer is an answer too."""
        async with self._turn:
            if self._read_at is None or self._monotonic() - self._read_at > self._fresh:
                self._last = await self._ask()
                self._read_at = self._monotonic()
            return self._last

    async def _ask(self) -> Standing:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._database.run(_read)
        except TimeoutError:
            return Standing(reachable=False, code="CPQ-101")
        except CpqBridgeError as error:
            return Standing(reachable=False, code=error.code)


def _read(session: Session) -> Standing:
    asked = datetime.now(UTC)
    now: datetime = session.execute(NOW).scalar_one()
    due = _rows(session, DUE)
    return Standing(
        reachable=True,
        current=session.execute(VERSION).scalars().all() == [HEAD],
        skew=skew(asked, now, datetime.now(UTC)),
        processes=session.execute(PROCESSES).scalar_one(),
        due={(row.scope, Lane(row.lane)): row.due for row in due},
        later={(row.scope, Lane(row.lane)): row.later for row in due},
        oldest={(row.scope, Lane(row.lane)): row.oldest or 0.0 for row in due},
        jobs={(row.queue, row.status): row.jobs for row in _rows(session, JOBS)},
        read={(row.scope, row.object): row.age for row in _rows(session, READ)},
        write_back={row.scope: (row.waiting, row.given_up) for row in _rows(session, WRITE_BACK)},
    )


def _rows(session: Session, query: TextClause) -> Sequence[Any]:
    return session.execute(query).all()
