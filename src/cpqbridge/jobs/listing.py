"""What is due, for people: every record with its reason, when it is looked at, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from cpqbridge.history.database import Database
from cpqbridge.jobs import listing_statements as statements
from cpqbridge.jobs.due import Lane, queue_of
from cpqbridge.salesforce.ids import to_18
from cpqbridge.values import Outcome

OBJECTS = ("Order", "Account", "Product2")
"""Objects that are worked on; a name may be one of each."""


class JobState(StrEnum):
    """What a record that is due is waiting for."""

    RUNNING = "running"
    """It is being worked on."""
    DUE = "due"
    """It is next as soon as a worker is free, and its account is."""
    LATER = "later"
    """It is looked at at a later time."""
    PAUSED = "paused"
    """Its back-fill is paused."""


@dataclass(frozen=True, slots=True)
class Job:
    """A record that is due.

    Attributes:
        object: `Order`, `Account` or `Product2`.
        record_id: Its Salesforce id.
        number: The order's number, where it is known.
        account: The account that it is worked on with.
        lane: Live work goes before back-fills.
        reason: Why it is to be looked at: `poll`, `event`, `backfill`, `request`.
        state: What it is waiting for.
        asked_at: Since when it is due.
        due_at: When it is looked at; None while it is paused.
        attempts: How often in a row it could only be tried again later.
        begun: How often work on it has begun and not ended.
        outcome: What became of it the last time.
        code: The main reason for that.
        message: The main reason in words.
        backfill_id: The back-fill that asked for it.
        blocked_by: The record of the same account that is being worked on, for which it waits.
    """

    object: str
    record_id: str
    number: str | None
    account: str
    lane: Lane
    reason: str
    state: JobState
    asked_at: datetime
    due_at: datetime | None
    attempts: int
    begun: int
    outcome: str | None
    code: str | None
    message: str | None
    backfill_id: int | None
    blocked_by: str | None

    @property
    def name(self) -> str:
        """What people call the record."""
        return self.number or self.record_id

    @property
    def is_running(self) -> bool:
        """Whether it is being worked on."""
        return self.state is JobState.RUNNING

    def as_dict(self) -> dict[str, Any]:
        """Return the record for JSON output."""
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"lane": self.lane.name.lower()}


@dataclass(frozen=True, slots=True)
class Named:
    """A record: its object, its Salesforce id and, for an order, its number where that is known."""

    object: str
    record_id: str
    number: str | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self.number or self.record_id


@dataclass(frozen=True, slots=True)
class Wish:
    """Which records are listed: all that is given must hold.

    Attributes:
        outcome: With this outcome the last time.
        code: With this code the last time.
        object: Of this object.
        account: Of this account.
        lane: In this lane.
        names: With one of these ids or order numbers.
    """

    outcome: Outcome | None = None
    code: str | None = None
    object: str | None = None
    account: str | None = None
    lane: Lane | None = None
    names: Sequence[str] | None = None

    def parameters(self) -> dict[str, Any]:
        """Return it as parameters of statements."""
        return {
            "outcome": self.outcome.value if self.outcome else None,
            "code": self.code,
            "object": self.object,
            "account": (to_18(self.account) or self.account) if self.account else None,
            "lane": None if self.lane is None else int(self.lane),
            "names": None if self.names is None else [spelling for name in self.names for spelling in spellings(name)],
        }


def spellings(name: str) -> set[str]:
    """Return a name as it was given and, where it is an id, with 18 characters."""
    return {name, to_18(name) or name}


class JobList:
    """The records that are due of one pair of systems.

    Args:
        database: The database of the history.
        scope: The pair of systems.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    async def rows(self, wish: Wish, most: int) -> list[Job]:
        """Return records that are due: those that are worked on first, then by when they are looked at."""
        values = {**self._values(wish), "most": most}
        rows = await self._database.run(lambda connection: connection.execute(statements.LIST, values).all())
        return [_job(row) for row in rows]

    async def counts(self, wish: Wish) -> dict[JobState, int]:
        """Return how many records there are in each state."""
        values = self._values(wish)
        rows = await self._database.run(lambda connection: connection.execute(statements.COUNTS, values).all())
        return {JobState(row.state): row.records for row in rows}

    async def find(self, names: Sequence[str]) -> list[Job]:
        """Return the records with these ids or order numbers that are due."""
        return await self.rows(Wish(names=names), len(names) * len(OBJECTS))

    async def hurry(self, wish: Wish) -> list[Named]:
        """Make records due now, as if they had never been tried; returns them."""
        values = self._values(wish)
        rows = await self._database.run(lambda connection: connection.execute(statements.HURRY, values).all())
        return [Named(row.object, row.record_id, row.number) for row in rows]

    async def take_off(self, jobs: Sequence[Job]) -> list[Job]:
        """Take records off what is due; returns those that still were."""
        keys = [{"object": one.object, "record_id": one.record_id} for one in jobs]
        values = {"scope": self._scope, "records": keys}
        rows = await self._database.run(lambda connection: connection.execute(statements.TAKE_OFF, values).all())
        gone = {(row.object, row.record_id) for row in rows}
        return [one for one in jobs if (one.object, one.record_id) in gone]

    async def unsettled(self, wish: Wish) -> list[Named]:
        """Return records of the history that are held or failed and not due."""
        values = self._values(wish)
        rows = await self._database.run(lambda connection: connection.execute(statements.UNSETTLED, values).all())
        return [Named(row.kind, row.salesforce_id, row.number) for row in rows]

    async def trouble(self, upstreams: Iterable[str]) -> list[str]:
        """Return why nothing goes on at all, where that is so: systems that are down or have asked for a pause.

        Args:
            upstreams: The names of the systems that matter; the tables also have those of former settings.
        """
        values = {"upstreams": list(upstreams)}
        return list(await self._database.run(lambda connection: connection.scalars(statements.TROUBLE, values).all()))

    def _values(self, wish: Wish) -> dict[str, Any]:
        return {"scope": self._scope, "queue": queue_of(self._scope), **wish.parameters()}


def _job(row: Any) -> Job:
    values = {field.name: getattr(row, field.name) for field in fields(Job)}
    return Job(**{**values, "lane": Lane(row.lane), "state": JobState(row.state)})
