"""Back-fills as the database holds them: what was asked, how far the reading is, and the outcome of each record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, TextClause

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.database import Database
from cpqbridge.jobs import statements as due_statements
from cpqbridge.jobs.backfill import statements
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.report import EXAMPLES, Group, Report
from cpqbridge.jobs.due import MANY, queue_of
from cpqbridge.values import JSONObject

T = TypeVar("T")

RECORDS_PER_PAGE = 5_000
"""Records that are read from the database at a time, so that a million of them are never in memory."""


class State(StrEnum):
    """How far a back-fill is."""

    READING = "reading"
    WORKING = "working"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


ENDED = frozenset({State.DONE, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Backfill:
    """A back-fill.

    Attributes:
        id: Its number.
        asked: What was asked for.
        state: How far it is.
        held: It is paused once all is read.
        position: How far the reading is; None before the first page.
        total: How many records it has: an estimate while it is read, None before that.
        started_at: When it was asked for.
        ended_at: When its last record came to its outcome.
    """

    id: int
    asked: Asked
    state: State
    held: bool
    position: JSONObject | None
    total: int | None
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """An order that was read, or a number that Salesforce does not have: then it has its outcome already."""

    record_id: str
    number: str
    account: str
    outcome: str | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """A record of a back-fill; without an outcome it is still to be looked at."""

    object: str
    record_id: str
    number: str | None
    account: str
    outcome: str | None
    code: str | None
    message: str | None
    ended_at: datetime | None


class BackfillStore:
    """The back-fills of one pair of systems.

    Args:
        database: The database of the history.
        scope: The pair of systems.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    async def open(self, asked: Asked) -> tuple[Backfill, bool]:
        """Return the unfinished back-fill that was asked for alike, or else a new one, and whether it is new."""
        values = {"asked": asked.as_dict(), "held": asked.held}
        found = await self._first(statements.UNFINISHED, asked=values["asked"])
        if found is not None:
            return _backfill(found), False
        return _backfill((await self._all(statements.OPEN, **values))[0]), True

    async def get(self, number: int) -> Backfill:
        """Return a back-fill.

        Raises:
            FixConfiguration: CPQ-313, there is none of this number.
        """
        found = await self.find(number)
        if found is None:
            raise FixConfiguration("CPQ-313", f"There is no back-fill {number}")
        return found

    async def find(self, number: int) -> Backfill | None:
        """Return a back-fill, or None where there is none of this number."""
        found = await self._first(statements.GET, id=number)
        return None if found is None else _backfill(found)

    async def latest(self, most: int) -> list[Backfill]:
        """Return back-fills, the latest first."""
        return [_backfill(row) for row in await self._all(statements.LIST, most=most)]

    async def in_state(self, state: State) -> Sequence[Backfill]:
        """Return the back-fills in a state, the earliest first."""
        return [_backfill(row) for row in await self._all(statements.IN_STATE, state=state.value)]

    async def expect(self, backfill: Backfill, total: int) -> None:
        """Note how many records there will be, before the first of them is read."""
        await self._run(statements.EXPECT, id=backfill.id, total=total)

    async def take_up(
        self, backfill: Backfill, was: JSONObject | None, position: JSONObject, found: Sequence[Found]
    ) -> bool:
        """Keep a page of records and where it ends, both or neither.

        Args:
            backfill: The back-fill.
            was: Where the page begins.
            position: Where it ends.
            found: Its records.

        Returns:
            False, and nothing is kept, where the back-fill is not read any more, or somebody else has read this page.
        """
        records = [
            {name: getattr(one, name) for name in ("record_id", "number", "account", "outcome", "code", "message")}
            for one in found
        ]
        taken = await self._scalar(statements.TAKE_UP, id=backfill.id, position=position, was=was, records=records)
        return bool(taken)

    async def release(self, backfill: Backfill, position: JSONObject | None) -> None:
        """Make due what was read and has no outcome, or set it aside when the back-fill is held."""
        values = {"scope": self._scope, "id": backfill.id, "was": position}
        made = await self._database.transact(lambda connection: connection.execute(statements.RELEASE, values).rowcount)
        if made >= MANY:
            await self._run(due_statements.ANALYZE_DUE)

    async def pause(self, number: int) -> Backfill:
        """Set aside what is still to be done; what is being worked on comes to its outcome.

        Raises:
            FixConfiguration: CPQ-313, there is no such back-fill, or it has ended.
        """
        return await self._change(statements.PAUSE, number, "paused")

    async def resume(self, number: int) -> Backfill:
        """Read on and give back what was set aside; the next reading makes all due that is open.

        Raises:
            FixConfiguration: CPQ-313, there is no such back-fill, or it has ended.
        """
        return await self._change(statements.RESUME, number, "resumed")

    async def cancel(self, number: int) -> Backfill:
        """Take away what is still to be done; what is being worked on comes to its outcome.

        Raises:
            FixConfiguration: CPQ-313, there is no such back-fill, or it has ended.
        """
        return await self._change(statements.CANCEL, number, "cancelled")

    async def _change(self, statement: TextClause, number: int, what: str) -> Backfill:
        changed = await self._scalar(statement, id=number)
        found = await self.get(number)
        if not changed and not (what == "paused" and found.state is State.PAUSED):
            raise FixConfiguration("CPQ-313", f"Back-fill {number} is {found.state}: it cannot be {what}")
        return found

    async def sweep(self) -> None:
        """Set aside, or take away, what was given back or cut off after its back-fill was paused or cancelled."""
        await self._run(statements.KEEP_ASIDE)
        await self._run(statements.SWEEP, queue=queue_of(self._scope))

    async def revive(self) -> None:
        """Start the embedded server again where it has gone; see `Database.revive`."""
        await self._database.revive()

    async def settle(self, backfill: Backfill) -> Backfill:
        """Return a back-fill as it stands: done when its last record has an outcome."""
        if backfill.state is State.WORKING:
            await self._run(statements.FINISH, id=backfill.id)
        return await self.get(backfill.id)

    async def mend(self, backfill: Backfill) -> Backfill:
        """Return a back-fill as it stands, after looking at each record without an outcome: that takes a while.

        Records that another back-fill has seen to take their outcome from there; what is open and due no more, because
        something took it away, is made due again.
        """
        if backfill.state is State.WORKING:
            await self._run(statements.FOUND_ELSEWHERE, id=backfill.id)
            if await self._scalar(statements.LEFT_ALONE, id=backfill.id):
                again = await self.resume(backfill.id)
                await self.release(again, again.position)
        return await self.settle(backfill)

    async def arrivals(self) -> int:
        """Return how many accounts that orders brought to Zuora are still to be looked at themselves."""
        return int(await self._scalar(statements.ARRIVALS))

    async def counts(self, backfill: Backfill) -> dict[str | None, int]:
        """Return how many records have each outcome; None for those without one."""
        rows = await self._all(statements.COUNTS, id=backfill.id)
        return {row.outcome: row.records for row in rows}

    async def report(self, backfill: Backfill) -> Report:
        """Return what became of the records, by outcome and reason."""
        rows = await self._all(statements.REASONS, id=backfill.id, most=EXAMPLES)
        return Report.of(Group(row.outcome, row.code, row.records, tuple(row.examples)) for row in rows)

    async def read_records(self, backfill: Backfill, use: Callable[[Iterator[RecordOutcome]], T]) -> T:
        """Return what a function makes of all records, which it is given one after the other, in a thread."""
        return await self._database.run(lambda connection: use(_records(connection, backfill.id)))

    async def _first(self, statement: TextClause, **values: Any) -> Row[Any] | None:
        return next(iter(await self._all(statement, **values)), None)

    async def _scalar(self, statement: TextClause, **values: Any) -> Any:
        given = {"scope": self._scope, **values}
        return await self._database.run(lambda connection: connection.execute(statement, given).scalar())

    async def _all(self, statement: TextClause, **values: Any) -> Sequence[Row[Any]]:
        given = {"scope": self._scope, **values}
        return await self._database.run(lambda connection: connection.execute(statement, given).all())

    async def _run(self, statement: TextClause, **values: Any) -> None:
        given = {"scope": self._scope, **values}
        await self._database.run(lambda connection: connection.execute(statement, given))


def _records(connection: Connection, number: int) -> Iterator[RecordOutcome]:
    last = ("", "")
    while True:
        values = {"id": number, "object": last[0], "record_id": last[1], "most": RECORDS_PER_PAGE}
        rows = connection.execute(statements.RECORDS, values).all()
        yield from (RecordOutcome(**row._asdict()) for row in rows)
        if len(rows) < RECORDS_PER_PAGE:
            return
        last = (rows[-1].object, rows[-1].record_id)


def _backfill(row: Row[Any]) -> Backfill:
    return Backfill(
        row.id,
        Asked.of_dict(row.asked),
        State(row.state),
        row.held,
        row.position,
        row.total,
        row.started_at,
        row.ended_at,
    )
