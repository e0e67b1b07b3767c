"""Incidents in the database: which go on, which records are news, and what each channel was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, TextClause

from cpqbridge.alerts.telling import Incident, Told
from cpqbridge.history.database import Database
from cpqbridge.jobs.watch import statements
from cpqbridge.jobs.watch.conditions import Condition, Standing, changes

EXAMPLES = 5
"""Records that are named for each reason."""

RECENT = 5_000
"""The share of failures is that of the last so many numbers of the history, within an hour."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database knows of how things stand; see `conditions.Facts`."""

    now: datetime
    oldest_due: datetime | None
    records: int
    troubles: int
    read_at: datetime | None
    given_up: int
    given_up_because: str | None
    heard: Mapping[str, datetime]


class Incidents:
    """The incidents of one pair of systems.

    Args:
        database: The database of the history.
        scope: The pair of systems.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    async def stored(self) -> Stored:
        """Return what the database knows of how things stand."""

        def work(connection: Connection) -> Stored:
            def row(statement: TextClause, **values: object) -> Row[Any] | None:
                return connection.execute(statement, {"scope": self._scope, **values}).first()

            share, given_up = row(statements.SHARE, recent=RECENT), row(statements.GIVEN_UP)
            oldest, read = row(statements.OLDEST), row(statements.READ_AT)
            return Stored(
                connection.execute(statements.NOW).scalar_one(),
                oldest_due=oldest[0] if oldest else None,
                records=share.records if share else 0,
                troubles=share.troubles if share else 0,
                read_at=read[0] if read else None,
                given_up=given_up.records if given_up else 0,
                given_up_because=given_up.message if given_up else None,
                heard={one.topic: one.moved_at for one in connection.execute(statements.HEARD, {"scope": self._scope})},
            )

        return await self._database.run(work)

    async def meet(self, conditions: Sequence[Condition]) -> None:
        """Begin, change and end incidents by what holds now, in one transaction."""

        def work(connection: Connection) -> None:
            rows = connection.execute(statements.OPEN, {"scope": self._scope})
            found = changes([Standing(row.id, row.kind, row.key, row.detail) for row in rows], conditions)
            if found.begun:
                begun = [{"kind": one.kind, "key": one.key, "detail": one.detail} for one in found.begun]
                connection.execute(statements.BEGIN, {"scope": self._scope, "rows": begun})
            updated = [{"id": one.id, "detail": one.detail, "ended": False} for one in found.changed]
            updated += [{"id": one.id, "detail": one.detail, "ended": True} for one in found.ended]
            if updated:
                connection.execute(statements.UPDATE, {"scope": self._scope, "rows": updated})

        await self._database.transact(work)

    async def news(self) -> int:
        """Return how many records failed or are held that people do not know of, or not for that reason."""
        return int(await self._scalar(statements.NEWS) or 0)

    async def forget(self) -> None:
        """Forget what was told of records that are fine again: if they fail once more, that is news."""
        values = {"scope": self._scope}
        await self._database.run(lambda connection: connection.execute(statements.FORGET, values))

    async def is_quiet(self, period: timedelta) -> bool:
        """Return whether people were told of no records within a period."""
        values = {"seconds": period.total_seconds()}
        return bool(await self._scalar(statements.QUIET, **values))

    async def take_news(self) -> int:
        """Make an incident of all records that are news, in one transaction; returns how many they are."""

        def work(connection: Connection) -> int:
            rows = connection.execute(statements.TAKE_NEWS, {"scope": self._scope, "examples": EXAMPLES}).all()
            groups = [
                {"outcome": row.outcome, "code": row.code, "records": row.records, "examples": row.examples}
                for row in rows
            ]
            records: int = sum(group["records"] for group in groups)
            if records:
                values = {"scope": self._scope, "key": "news", "detail": {"records": records, "groups": groups}}
                connection.execute(statements.ADD_NEWS, values)
            return records

        return await self._database.transact(work)

    async def unsettled(self) -> tuple[list[Incident], datetime]:
        """Return the incidents of which somebody may still have to be told, the oldest first, and the time."""

        def work(connection: Connection) -> tuple[list[Incident], datetime]:
            rows = connection.execute(statements.UNSETTLED, {"scope": self._scope}).all()
            return [_incident(row) for row in rows], connection.execute(statements.NOW).scalar_one()

        return await self._database.run(work)

    async def listed(self, period: timedelta) -> list[Incident]:
        """Return the incidents that go on, that are still to be told, or began within a period; the newest first."""
        values = {"scope": self._scope, "seconds": period.total_seconds()}
        rows = await self._database.run(lambda connection: connection.execute(statements.LISTED, values).all())
        return [_incident(row) for row in rows]

    async def note(self, incident: Incident, channel: str, told: Told) -> None:
        """Note what a channel was told of an incident."""
        values = {"scope": self._scope, "id": incident.id, "channel": channel, "told": told.document()}
        await self._database.run(lambda connection: connection.execute(statements.NOTE, values))

    async def settle(self, incidents: Sequence[Incident]) -> None:
        """Note that nobody is to be told anything more of incidents that are over."""
        values = {"scope": self._scope, "rows": [one.id for one in incidents]}
        await self._database.run(lambda connection: connection.execute(statements.SETTLE, values))

    async def _scalar(self, statement: TextClause, **more: object) -> Any:
        values = {"scope": self._scope, **more}
        return await self._database.run(lambda connection: connection.execute(statement, values).scalar())


def _incident(row: Row[Any]) -> Incident:
    told = {name: Told.of(document) for name, document in row.told.items()}
    return Incident(row.id, row.kind, row.key, row.detail, row.since, row.ended_at, told)
