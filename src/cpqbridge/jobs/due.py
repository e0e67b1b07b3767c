"""What is due: one row per record that is to be looked at, until it has its outcome.

A row goes only when its record has come to an outcome, and not when a later reason to look came in meanwhile: nothing
is lost whatever dies. The queue's jobs carry no work of their own; each works through what is due of one account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection

from cpqbridge.history.database import Database
from cpqbridge.jobs import statements
from cpqbridge.transport.joint import Joint
from cpqbridge.values import JSON, Outcome

TASK = "cpqbridge.look"
"""The one task there is: to work through what is due of an account."""

LIVE_PRIORITY = 10
"""Priority of jobs for live work; those for back-fills have 0."""

MANY = 1000
"""Rows after whose insertion the database's statistics are made anew: without them, fetching jobs becomes slow."""


AHEAD = 500
"""Jobs that are made ahead: the next one is looked for among all that wait, and whether they are there still."""

SUSPECT = 3
"""Times that work on a record may be cut off before the record is taken for what cuts it off."""

ENOUGH = AHEAD // 2
"""As long as so many wait, none are made for back-fills: a look at 100,000 records that are due is work."""


class Lane(IntEnum):
    """What goes first: the lower."""

    LIVE = 0
    BACKFILL = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record that is to be looked at.

    Attributes:
        object: `Order`, `Account` or `Product2`.
        record_id: Its Salesforce id, of 18 characters.
        account: What it is worked on together with, one after the other: the id of its account; a product's own id.
        number: The order's number, where it is known.
        reason: Why: `poll`, `event`, `backfill`, `request`, `arrival`.
        lane: What goes first.
        backfill_id: The back-fill that asks.
    """

    object: str
    record_id: str
    account: str
    number: str | None = None
    reason: str = "request"
    lane: Lane = Lane.LIVE
    backfill_id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a record is known by."""
        return self.object, self.record_id


@dataclass(frozen=True, slots=True)
class Due:
    """A record that is worked on.

    Attributes:
        wanted: What is to be looked at.
        version: Grows with every further reason to look.
        attempts: How often in a row it could only be tried again later.
        begun: How often in a row work on it has begun and not ended, this time included.
        waited: Seconds from when it was due until it was taken.
        asked_at: When its row was made: a later row of the same record is another one.
    """

    wanted: Wanted
    version: int
    attempts: int
    begun: int
    waited: float = 0.0
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of a record's row.

    Attributes:
        due: The row, as it was taken.
        outcome: What became of the record; None where it has come to none yet.
        delay: Seconds until it is looked at again; None takes the row away.
        attempts: How often in a row it could only be tried again later.
        code: Of the main reason.
        message: Of the main reason.
        number: The order's number, where it was read.
        fingerprint: What the record was planned from, where it is in Zuora as planned.
        touched: Further records, by object, that are in Zuora now because of it.
        counts: Whether the outcome counts for a back-fill, or it is still to be worked on.
    """

    due: Due
    outcome: Outcome | None
    delay: float | None = None
    attempts: int = 0
    code: str | None = None
    message: str | None = None
    number: str | None = None
    fingerprint: str | None = None
    touched: tuple[tuple[str, str], ...] = ()
    counts: bool = True


@dataclass(frozen=True, slots=True)
class _Turn:
    """An account of which at most so many records are taken, up to a lane: suspects, or the others."""

    account: str
    most: int
    lane: Lane
    suspects: bool


class DueStore:
    """What is due of one pair of systems.

    Args:
        database: The database of the history.
        scope: The pair of systems.
        queue: The queue of its jobs.
        accounts: Whether an account is due itself once it has come to Zuora by an order: for its contacts and parent.
    """

    def __init__(self, database: Database, scope: str, queue: str, *, accounts: bool = True) -> None:
        self._database = database
        self._scope = scope
        self._queue = queue
        self._arriving = ["Account"] if accounts else []
        self._takes = Joint(self._take, apart=lambda turn: [turn.account])
        self._endings = Joint(self._settle, apart=_rows_of, regardless=True)

    async def add(self, wanted: Iterable[Wanted], cursors: Mapping[str, JSON] | None = None) -> int:
        """Note records that are to be looked at, and move cursors, all in one transaction.

        A record that is due already is due now, in the better of both lanes, and its version grows.

        Returns:
            How many were not due before.
        """
        rows = [_row(one) for one in {one.key: one for one in wanted}.values()]
        moved = [{"name": name, "value": value} for name, value in (cursors or {}).items()]

        def work(connection: Connection) -> int:
            new = connection.execute(statements.ADD, {"scope": self._scope, "records": rows}).scalars().all()
            if moved:
                connection.execute(statements.MOVE_CURSORS, {"scope": self._scope, "records": moved})
            return sum(new)

        added = await self._database.transact(work)
        if len(rows) >= MANY:
            await self._database.run(lambda connection: connection.execute(statements.ANALYZE_DUE))
        return added

    async def cursor(self, name: str) -> JSON:
        """Return where a cursor stands, or None."""
        values = {"scope": self._scope, "name": name}
        return await self._database.run(lambda connection: connection.execute(statements.CURSOR, values).scalar())

    async def known(self, object_name: str, ids: Sequence[str]) -> set[str]:
        """Return which of these records have come to an outcome before."""
        values = {"scope": self._scope, "object": object_name, "ids": list(ids)}
        return set(await self._database.run(lambda connection: connection.scalars(statements.KNOWN, values).all()))

    async def fingerprints(self, object_name: str, ids: Sequence[str]) -> dict[str, str]:
        """Return what these records were planned from when they were last carried over, as far as they were."""
        values = {"scope": self._scope, "object": object_name, "ids": list(ids)}
        rows = await self._database.run(lambda connection: connection.execute(statements.FINGERPRINTS, values).all())
        return {row.record_id: row.fingerprint for row in rows}

    async def take(self, account: str, most: int, lane: Lane = Lane.BACKFILL, *, suspects: bool = False) -> list[Due]:
        """Take what is due of an account now, live work first; each row is marked as begun.

        Args:
            account: The account.
            most: At most so many.
            lane: The last lane that is taken.
            suspects: Take records on which work was cut off again and again, if none of another account was so less
                often; else all but these.
        """
        taken = await self._takes.ask(_Turn(account, most, lane, suspects))
        return sorted(taken, key=lambda one: (one.wanted.lane, one.wanted.object, one.wanted.number or ""))

    async def _take(self, turns: Sequence[_Turn]) -> list[list[Due]]:
        records = [
            {"account": turn.account, "most": turn.most, "last": int(turn.lane), "suspects": turn.suspects}
            for turn in turns
        ]
        values = {"scope": self._scope, "records": records, "suspect": SUSPECT}
        rows = await self._database.run(lambda connection: connection.execute(statements.TAKE, values).all())
        taken: defaultdict[str, list[Due]] = defaultdict(list)
        for row in rows:
            taken[row.account].append(_due(row))
        return [taken[turn.account] for turn in turns]

    async def settle(self, settled: Sequence[Settled]) -> None:
        """Note what became of records; a row with a later reason to look stays, and is due now.

        Orders that only waited for one that is in Zuora now are due in the same moment.
        """
        await self._endings.ask(settled)

    async def _settle(self, groups: Sequence[Sequence[Settled]]) -> list[None]:
        settled = [one for group in groups for one in group]
        rows = [_ending(one) for one in settled]
        touched: dict[tuple[str, str], Lane] = {}
        for one in settled:
            lane = one.due.wanted.lane
            touched |= {key: min(lane, touched.get(key, lane)) for key in one.touched}
        values = {
            "scope": self._scope,
            "records": rows,
            "touched": [
                {"object": name, "record_id": record_id, "lane": int(lane)}
                for (name, record_id), lane in sorted(touched.items())
            ],
            "names": self._arriving,
        }
        accounts = sorted({one.due.wanted.account for one in settled if one.outcome is Outcome.SYNCED})
        last = [record for group in groups for record in _looked_at_last(group)]
        freed = {"scope": self._scope, "accounts": accounts, "ids": last}

        def work(connection: Connection) -> None:
            if not accounts:
                connection.execute(statements.SETTLE, values)
                return
            connection.execute(statements.LOCK, {"scope": self._scope, "records": rows, "accounts": accounts})
            connection.execute(statements.SETTLE, values)
            connection.execute(statements.UNBLOCK, freed)

        await self._database.transact(work)
        return [None for _ in groups]

    async def give_back(self, rows: Sequence[Due]) -> None:
        """Let what was taken be due again at once, as if it had not been begun."""
        await self.settle([Settled(one, None, delay=0, attempts=one.attempts, counts=False) for one in rows])

    async def stir(self, accounts: Iterable[str], codes: Iterable[str] = ()) -> None:
        """Make orders due now that are held, wait or failed, where what they need has changed.

        Args:
            accounts: Accounts that have changed.
            codes: Codes of reasons that may be over, such as those about products.
        """
        values = {"scope": self._scope, "accounts": sorted(set(accounts)), "names": sorted(set(codes))}
        await self._database.run(lambda connection: connection.execute(statements.STIR, values))

    async def latest_carried(self, most: int) -> list[str]:
        """Return the numbers of the orders that were last carried over, and are not looked at while they are alike."""
        values = {"scope": self._scope, "most": most}
        return list(await self._database.run(lambda connection: connection.scalars(statements.LATEST, values).all()))

    async def forget_fingerprints(self) -> None:
        """Look at every record whole the next time, whether or not it is as it was."""
        values = {"scope": self._scope}
        await self._database.run(lambda connection: connection.execute(statements.FORGET_FINGERPRINTS, values))

    async def wake(self, lane: Lane = Lane.BACKFILL, *, whole: bool = True) -> int:
        """Make a job for each account with something due that has none waiting, as far as they are first in turn.

        Args:
            lane: The last lane that jobs are made for.
            whole: Look at all that is due; else at live work alone while enough jobs wait.

        Returns:
            How many were made.
        """
        values: dict[str, Any] = {
            "scope": self._scope,
            "queue": self._queue,
            "task": TASK,
            "live": LIVE_PRIORITY,
            "lane": int(lane),
            "most": AHEAD,
            "suspect": SUSPECT,
        }

        def work(connection: Connection) -> int:
            connection.execute(statements.JOBS_PATH)
            ahead = {"queue": self._queue, "most": ENOUGH}
            if not whole and connection.execute(statements.AHEAD, ahead).scalar_one() >= ENOUGH:
                values["lane"] = int(Lane.LIVE)
            return connection.execute(statements.WAKE, values).rowcount

        made = await self._database.transact(work)
        if made >= MANY:
            await self._database.run(lambda connection: connection.execute(statements.ANALYZE_JOBS))
        return made

    async def waiting(self) -> dict[Lane, int]:
        """Return how many records are due now, by lane."""
        values = {"scope": self._scope}
        rows = await self._database.run(lambda connection: connection.execute(statements.WAITING, values).all())
        return {lane: next((row.records for row in rows if row.lane == lane), 0) for lane in Lane}

    async def next_due(self) -> datetime | None:
        """Return when the next record is due."""
        values = {"scope": self._scope}
        return await self._database.run(lambda connection: connection.execute(statements.NEXT, values).scalar())


def queue_of(scope: str) -> str:
    """Return the name of the queue of a pair of systems."""
    return f"sync:{statements.digest(scope)}"


def _row(wanted: Wanted) -> dict[str, Any]:
    return {
        "object": wanted.object,
        "record_id": wanted.record_id,
        "account": wanted.account,
        "number": wanted.number,
        "reason": wanted.reason,
        "lane": int(wanted.lane),
        "backfill_id": wanted.backfill_id,
    }


def _due(row: Any) -> Due:
    wanted = Wanted(row.object, row.record_id, row.account, row.number, row.reason, Lane(row.lane), row.backfill_id)
    return Due(wanted, row.version, row.attempts, row.begun, row.waited, row.asked_at)


def _rows_of(settled: Sequence[Settled]) -> list[Hashable]:
    """Return the rows that endings change; those of one account may free each other, one ending after the other."""
    return [*(one.due.wanted.key for one in settled), *{one.due.wanted.account for one in settled}]


def _looked_at_last(settled: Sequence[Settled]) -> list[str]:
    """Return the records that were looked at after the last of them that went over: nothing new frees them."""
    last = max((place for place, one in enumerate(settled) if one.outcome is Outcome.SYNCED), default=-1)
    return [one.due.wanted.record_id for one in settled[last + 1 :]]


def _ending(settled: Settled) -> dict[str, Any]:
    wanted = settled.due.wanted
    return {
        "object": wanted.object,
        "record_id": wanted.record_id,
        "asked_at": settled.due.asked_at.isoformat() if settled.due.asked_at else None,
        "version": settled.due.version,
        "begun": settled.due.begun,
        "delay": settled.delay,
        "attempts": settled.attempts,
        "outcome": settled.outcome,
        "code": settled.code,
        "message": settled.message,
        "number": settled.number or wanted.number,
        "fingerprint": settled.fingerprint,
        "counts": settled.counts,
    }
