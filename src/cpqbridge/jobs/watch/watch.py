"""The loop that looks what people should know of, and keeps the incidents in the database up to date."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from cpqbridge.alerts.channels import channels
from cpqbridge.jobs.watch.conditions import Down, Facts, judge
from cpqbridge.jobs.watch.store import Incidents, Stored
from cpqbridge.transport.clock import Clock

if TYPE_CHECKING:
    from cpqbridge.jobs.connection import Connection

log = structlog.get_logger(__name__)

LOOK_SECONDS = 15.0
"""Seconds between two looks."""

FORGET_SECONDS = 60.0
"""Seconds between two sweeps over the records of which people were told."""


class Watch:
    """Watches one connection. Only one process may run it, the leader.

    Args:
        connection: What is watched.
        clock: Time.
    """

    def __init__(self, connection: Connection, *, clock: Clock | None = None) -> None:
        self._connection = connection
        self._settings = connection.settings.alerts
        self._incidents = Incidents(connection.database, connection.scope)
        self._clock = clock or Clock()
        self._clear_since: float | None = None
        self._news_since: float | None = None
        self._forgot_at = float("-inf")

    async def run(self) -> None:
        """Look for ever, until cancelled.

        Raises:
            CpqBridgeError: The database cannot be used; begin again later.
        """
        self._clear_since = self._news_since = None  # another process may have led meanwhile
        while True:
            await self.look()
            await self._clock.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once."""
        await self._incidents.meet(judge(await self._facts(), self._settings))
        if any(channel.tells("records") for channel in channels(self._connection.settings).values()):
            await self._gather()

    async def _facts(self) -> Facts:
        settings, shares = self._connection.settings, self._connection.shares
        moment = self._clock.monotonic()
        if self._connection.open_lane() is None:
            self._clear_since = None
        elif self._clear_since is None:
            self._clear_since = moment
        stored = await self._incidents.stored()
        given = await shares.salesforce.budget.read() if shares.salesforce.budget else None
        states = [(one.system, one.circuit.state) for one in (shares.salesforce, shares.zuora)]
        down = [
            Down(system, state.since or stored.now, state.cause.text, state.cause.remedy)
            for system, state in states
            if state.open
        ]
        return Facts(
            now=stored.now,
            clear_since=self._ago(stored, self._clear_since),
            down=down,
            oldest_due=stored.oldest_due,
            records=stored.records,
            troubles=stored.troubles,
            read_at=(stored.read_at or self._ago(stored, self._clear_since)) if settings.auto_sync.enabled else None,
            budget=(given.used, given.budget) if given else None,
            given_up=stored.given_up if settings.write_back.enabled else None,
            given_up_because=stored.given_up_because,
            heard={topic: at for topic, at in stored.heard.items() if topic in self._topics()},
        )

    def _ago(self, stored: Stored, moment: float | None) -> datetime | None:
        """Return a moment of this process as a time of the database."""
        return None if moment is None else stored.now - timedelta(seconds=self._clock.monotonic() - moment)

    def _topics(self) -> tuple[str, ...]:
        auto_sync = self._connection.settings.auto_sync
        return auto_sync.events.topics if auto_sync.enabled and auto_sync.events.mode != "off" else ()

    async def _gather(self) -> None:
        """Make one piece of news of the records that fail or are held, once they have been gathered for a while."""
        moment = self._clock.monotonic()
        if moment - self._forgot_at >= FORGET_SECONDS:
            await self._incidents.forget()
            self._forgot_at = moment
        if not await self._incidents.news():
            self._news_since = None
            return
        if self._news_since is None:
            self._news_since = moment
        if moment - self._news_since < self._settings.gather_seconds:
            return
        if not await self._incidents.is_quiet(timedelta(minutes=self._settings.every_minutes)):
            return
        records = await self._incidents.take_news()
        self._news_since = None
        log.info("records that failed or are held are told of", connection=self._connection.name, records=records)
