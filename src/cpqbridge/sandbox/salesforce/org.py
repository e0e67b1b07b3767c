"""The org: its store, clock, switches, sessions, API usage and background jobs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.api_usage import ApiUsage
from cpqbridge.sandbox.salesforce.custom_fields import add_custom_field
from cpqbridge.sandbox.salesforce.events.bus import EventBus
from cpqbridge.sandbox.salesforce.ids import to_18
from cpqbridge.sandbox.salesforce.sessions import Sessions
from cpqbridge.sandbox.salesforce.settings import OrgSettings, camel
from cpqbridge.sandbox.salesforce.store import Store
from cpqbridge.sandbox.salesforce.visibility import reshape

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.bulk.job import Job

Clock = Callable[[], datetime]


class Trigger(Protocol):
    """What runs after an API write, in its transaction; a `SalesforceError` raised here undoes the write."""

    def __call__(
        self, org: Org, sobject: str, record_id: str, before: Mapping[str, Any] | None, written: Mapping[str, Any]
    ) -> None:
        """Take the object, the id, the row before (None on insert) and the values just written."""


@dataclass(eq=False)
class BackgroundJob:
    """Work that the org does later: not before `due`, and not before `polls` more API calls have come.

    Attributes:
        kind: Which worker does it.
        arguments: What the worker needs to know, JSON values.
        polls: API calls still to come.
        due: Earliest moment, UTC.
    """

    kind: str
    arguments: Mapping[str, Any]
    polls: int
    due: datetime


Worker = Callable[["Org", Mapping[str, Any]], None]
"""Does the background jobs of one kind; takes the org and the job's arguments."""


def utc_now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


@dataclass
class Org:
    """One Salesforce org.

    Attributes:
        store: The records.
        clock: Source of the present moment, UTC.
        settings: Switches.
        username: Login name of the one API user.
        triggers: Called after each API insert and update (the CPQ package's automation).
        workers: What does background jobs, by their kind; a job waits until there is a worker for it.
        bulk: Bulk 2.0 jobs by id.
        bulk_numbers: Numbers of further jobs; one of a deleted job does not come again.
        usage: API calls of the last 24 hours.
        metadata_changed: When the objects or fields changed last.
        sessions: Who is signed in.
        events: The event bus.
    """

    store: Store
    clock: Clock = utc_now
    settings: OrgSettings = field(default_factory=OrgSettings)
    username: str = SALESFORCE.username
    triggers: list[Trigger] = field(default_factory=list)
    workers: dict[str, Worker] = field(default_factory=dict)
    bulk: dict[str, Job] = field(default_factory=dict)
    bulk_numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    usage: ApiUsage = field(default_factory=ApiUsage)
    metadata_changed: datetime = field(init=False)
    sessions: Sessions = field(init=False)
    events: EventBus = field(init=False)
    _jobs: list[BackgroundJob] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._note_change()
        self.store.catalogue.subscribe(self._note_change)
        self.sessions = Sessions(SALESFORCE.access_token[:15])
        self.sessions.admit(SALESFORCE.access_token, self.user_id, self.clock())
        self.sessions.allow_refresh(SALESFORCE.refresh_token, self.user_id)
        self.events = EventBus(self.store, self.settings, self.clock)

    @classmethod
    def open(cls, path: Path | None = None, *, clock: Clock = utc_now) -> Self:
        """Return the org kept in a file, with the settings and background jobs it had, or a new one in memory."""
        org = cls(Store(path=path, clock=clock), clock)
        if settings := org.store.noted("settings"):
            org.settings.apply(settings)
            reshape(org.store, org.settings)
            org.events.select()
        jobs = org.store.noted("jobs") or []
        org._jobs = [BackgroundJob(**job | {"due": datetime.fromisoformat(job["due"])}) for job in jobs]
        return org

    def close(self) -> None:
        """Close the store; the org cannot be used after that."""
        self.store.close()

    @property
    def user_id(self) -> str:
        """The API user's 18 character id."""
        return self.store.user_id

    @property
    def organization_id(self) -> str:
        """The org's 18 character id."""
        rows = self.store.fetch('SELECT "Id" FROM "Organization" LIMIT 1', ())
        return str(rows[0][0]) if rows else to_18(SALESFORCE.access_token[:15])

    def add_custom_field(self, sobject: str, **definition: Any) -> None:
        """Add a custom field as an administrator would; `custom_fields.add_custom_field` has the members.

        Raises:
            SalesforceError: the object is unknown, or the definition is not one of a custom field.
        """
        add_custom_field(self.store, {"sobject": sobject} | {camel(key): value for key, value in definition.items()})

    def enqueue(
        self, kind: str, arguments: Mapping[str, Any], *, polls: int = 0, delay: timedelta = timedelta(0)
    ) -> None:
        """Have the worker of that kind do a job in the background after so many API calls and so much time.

        Args:
            kind: A key of `workers`, also after a restart.
            arguments: JSON values.
            polls: API calls that pass first.
            delay: Time that passes first.
        """
        self._jobs.append(BackgroundJob(kind, arguments, polls, self.clock() + delay))
        self._keep_jobs()

    def tick(self) -> None:
        """Note one API call and run the background jobs that have become due."""
        if not self._jobs:
            return
        now = self.clock()
        ready = [job for job in self._jobs if job.polls <= 0 and job.due <= now and job.kind in self.workers]
        for job in self._jobs:
            job.polls -= 1
        self._run(ready)

    def run_background_jobs(self) -> None:
        """Run every waiting background job now, and those that they start."""
        while self._jobs:
            self._run(list(self._jobs))

    def _note_change(self, *_: object) -> None:
        self.metadata_changed = self.clock()

    def _run(self, ready: list[BackgroundJob]) -> None:
        self._jobs = [job for job in self._jobs if job not in ready]
        for job in ready:
            self.workers[job.kind](self, job.arguments)
        self._keep_jobs()

    def _keep_jobs(self) -> None:
        """Keep what waits beside the records, so that a restart does not lose it."""
        jobs = [
            {"kind": job.kind, "arguments": job.arguments, "polls": job.polls, "due": job.due.isoformat()}
            for job in self._jobs
        ]
        self.store.note("jobs", jobs)
