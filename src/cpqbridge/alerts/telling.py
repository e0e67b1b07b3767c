"""When a channel is told of an incident: once at its beginning, again after a while, and at its end. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cpqbridge.alerts.notice import Phase

PAUSES = (15.0, 60.0, 300.0, 900.0, 3600.0)
"""Seconds after each failed delivery until the next attempt; the last one goes on."""

LATEST = timedelta(days=3)
"""What is over for so long, and could not be told until then, is not told any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one channel was told of one incident.

    Attributes:
        phase: The last notice that it got.
        at: When it got that.
        reminders: How many reminders it got.
        doubtful: Whether it may have got a notice whose delivery was never confirmed.
        attempts: How often in a row delivery has failed.
        retry_at: Before that it is not tried again.
        message: Why delivery failed.
    """

    phase: Phase | None = None
    at: datetime | None = None
    reminders: int = 0
    doubtful: bool = False
    attempts: int = 0
    retry_at: datetime | None = None
    message: str | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Told:
        """Return what a JSON document of the database holds."""
        times = {name: datetime.fromisoformat(document[name]) for name in ("at", "retry_at") if document.get(name)}
        phase = {"phase": Phase(document["phase"])} if document.get("phase") else {}
        return cls(**{**document, **times, **phase})

    def document(self) -> dict[str, Any]:
        """Return it as a JSON document; what is as at the beginning is left out."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
            if value not in (None, 0, False)
        }

    def begun(self) -> Told:
        """Return this as it is noted before an attempt: a process that dies over it may have told the channel."""
        return replace(self, doubtful=True)

    def delivered(self, phase: Phase, now: datetime) -> Told:
        """Return this after a delivery."""
        return Told(phase, now, self.reminders + (phase is Phase.REMINDER))

    def failed(self, now: datetime, message: str, *, doubtful: bool) -> Told:
        """Return this after an attempt that failed.

        Args:
            now: When it failed.
            message: Why.
            doubtful: Whether the channel may have got the notice all the same.
        """
        attempts = self.attempts + 1
        pause = timedelta(seconds=PAUSES[min(attempts, len(PAUSES)) - 1])
        return replace(self, attempts=attempts, retry_at=now + pause, message=message, doubtful=doubtful)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that people are told of.

    Attributes:
        id: Its number.
        kind: What it is: `upstream_down` and so on.
        key: Which of its kind.
        detail: What is known of it, as a JSON document.
        since: When it began.
        ended_at: When it ended; None while it goes on.
        told: What each channel was told of it, by name.
    """

    id: int
    kind: str
    key: str
    detail: Mapping[str, Any]
    since: datetime
    ended_at: datetime | None
    told: Mapping[str, Told]

    @property
    def at_once(self) -> bool:
        """Whether it is a piece of news that begins and ends in one moment, and is told although it is over."""
        return self.kind == "records"


def next_phase(incident: Incident, told: Told, now: datetime, remind: timedelta) -> Phase | None:
    """Return which notice a channel is still to get; None when it knows all there is to know.

    Args:
        incident: The incident.
        told: What the channel was told of it.
        now: The time.
        remind: After how long it is told again of what goes on.
    """
    if incident.ended_at is not None and now - incident.ended_at > LATEST:
        return None
    if incident.at_once:
        return Phase.BEGAN if told.at is None else None
    if incident.ended_at is not None:
        knows = told.at is not None or told.doubtful
        return Phase.OVER if knows and told.phase is not Phase.OVER else None
    if told.at is None:
        return Phase.BEGAN
    return Phase.REMINDER if now - told.at >= remind else None


def is_time(told: Told, now: datetime) -> bool:
    """Return whether a channel may be tried now, after attempts that failed."""
    return told.retry_at is None or now >= told.retry_at


def notice_id(prefix: str, incident: Incident, told: Told, phase: Phase) -> str:
    """Return the id of a notice: the same for each attempt at it.

    Args:
        prefix: What tells the incidents of one database and connection from those of others.
        incident: The incident.
        told: What the channel was told before.
        phase: The notice.
    """
    turn = f"-{told.reminders + 1}" if phase is Phase.REMINDER else ""
    return f"{prefix}-{incident.id}-{phase}{turn}"
