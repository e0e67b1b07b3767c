"""The loop that tells the channels of incidents. What a channel does not take is tried again, under the same id.

Before an attempt it is noted that the channel may have the notice, and after it whether it has: a process that dies in
between leaves a notice that is sent once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import structlog

from cpqbridge.alerts.channels import channels, deliver
from cpqbridge.alerts.notice import Phase
from cpqbridge.alerts.telling import LATEST, Incident, Told, is_time, next_phase, notice_id
from cpqbridge.errors import ERRORS, CpqBridgeError, RetryLater
from cpqbridge.jobs.statements import digest
from cpqbridge.jobs.watch.shared import told_by_others
from cpqbridge.jobs.watch.store import Incidents
from cpqbridge.jobs.watch.words import notice
from cpqbridge.transport.clock import Clock

if TYPE_CHECKING:
    from cpqbridge.jobs.connection import Connection

log = structlog.get_logger(__name__)

ROUND_SECONDS = 2.0
"""Seconds between two rounds."""

AT_ONCE = 5
"""Notices that a channel gets in one round."""

LONGEST_MESSAGE = 300


class _Errand(NamedTuple):
    incident: Incident
    told: Told
    phase: Phase


class Courier:
    """Tells the channels of one connection. Only one process may run it, the leader.

    Args:
        connection: The connection.
        clock: Time.
    """

    def __init__(self, connection: Connection, *, clock: Clock | None = None) -> None:
        self._settings = connection.settings
        self._name = connection.name
        self._prefix = digest(connection.scope)[:8]
        self._incidents = Incidents(connection.database, connection.scope)
        self._clock = clock or Clock()
        self._channels = channels(self._settings)
        self._others = told_by_others(self._settings)
        self._failing: set[str] = set()

    async def run(self) -> None:
        """Tell for ever, until cancelled.

        Raises:
            CpqBridgeError: The database cannot be used; begin again later.
        """
        while True:
            await self.round()
            await self._clock.sleep(ROUND_SECONDS)

    async def round(self) -> None:
        """Tell each channel what it is to be told now, all channels at the same time."""
        incidents, now = await self._incidents.unsettled()
        if incidents:
            rounds = (self._tell(name, incidents, now) for name in self._channels)
            for ended in await asyncio.gather(*rounds, return_exceptions=True):
                if isinstance(ended, BaseException):
                    raise ended
            await self._settle()

    async def _tell(self, channel: str, incidents: Sequence[Incident], now: datetime) -> None:
        errands = [one for incident in incidents if (one := self._errand(channel, incident, now)) is not None]
        for errand in [one for one in errands if is_time(one.told, now)][:AT_ONCE]:
            if not await self._deliver(channel, errand, now):
                return

    def _errand(self, channel: str, incident: Incident, now: datetime) -> _Errand | None:
        if not self._channels[channel].tells(incident.kind) or (channel, incident.kind, incident.key) in self._others:
            return None
        told = incident.told.get(channel, Told())
        phase = next_phase(incident, told, now, timedelta(hours=self._settings.alerts.remind_hours))
        return None if phase is None else _Errand(incident, told, phase)

    async def _deliver(self, channel: str, errand: _Errand, now: datetime) -> bool:
        """Send one notice; returns whether the channel has it."""
        incident, told, phase = errand
        identity = notice_id(self._prefix, incident, told, phase)
        said = notice(incident, phase, identity, self._name, self._settings.salesforce.login_url)
        await self._incidents.note(incident, channel, told.begun())
        try:
            refused = await deliver(self._settings, channel, said)
        except CpqBridgeError as error:
            doubtful = told.doubtful or (isinstance(error, RetryLater) and error.unknown_result)
            message = error.message[:LONGEST_MESSAGE]
            await self._incidents.note(incident, channel, told.failed(now, message, doubtful=doubtful))
            self._warn(channel, identity, error.message)
            return False
        except Exception as fault:
            log.debug("fault", channel=channel, exc_info=True)
            message = f"{type(fault).__name__} in the delivery"
            await self._incidents.note(incident, channel, told.failed(now, message, doubtful=True))
            self._warn(channel, identity, message)
            return False
        await self._incidents.note(incident, channel, told.delivered(phase, now))
        log.info("told", channel=channel, notice=identity, kind=incident.kind, phase=phase.value)
        if refused:
            answers = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
            self._warn(channel, identity, f"some recipients were refused: {answers}")
        elif channel in self._failing:
            self._failing.discard(channel)
            log.info("alerts are delivered again", channel=channel)
        return True

    def _warn(self, channel: str, identity: str, message: str) -> None:
        self._failing.add(channel)
        remedy = ERRORS["CPQ-113"].remedy
        log.warning(f"CPQ-113 {message}", channel=channel, notice=identity, connection=self._name, remedy=remedy)

    async def _settle(self) -> None:
        """Put away what is over, and of which no channel is to be told more."""
        incidents, now = await self._incidents.unsettled()
        over = [
            one
            for one in incidents
            if one.ended_at is not None
            and (now - one.ended_at > LATEST or all(self._errand(name, one, now) is None for name in self._channels))
        ]
        if over:
            await self._incidents.settle(over)
