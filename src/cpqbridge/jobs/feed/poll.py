"""The poll: finds every change of the followed objects, and makes due what it leads to.

It is the one way by which changes in Salesforce become due. An event only makes it look at once. A poll without
changes takes one API call. What it finds and how far it has read are stored in one transaction, page by page: a kill
at any moment loses nothing, and reading goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import structlog

from cpqbridge.history.database import Database
from cpqbridge.jobs.due import DueStore, Wanted
from cpqbridge.jobs.feed.admission import Admission, Condition, check_conditions, nothing_further
from cpqbridge.jobs.feed.echoes import Echoes
from cpqbridge.jobs.feed.hints import Hints
from cpqbridge.jobs.feed.org_state import CURSOR, SkewWatch, org_now, same_organization
from cpqbridge.jobs.feed.pace import Pace, pace
from cpqbridge.jobs.feed.passed_over import PassedOver
from cpqbridge.jobs.feed.position import Position
from cpqbridge.jobs.feed.reading import ROWS, ChangeReader
from cpqbridge.jobs.feed.sources import BY_NAME, SOURCES, Found, Source
from cpqbridge.jobs.feed.tracks import Step, Track
from cpqbridge.salesforce.client import QUERIES_PER_COMPOSITE
from cpqbridge.salesforce.ids import to_18
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.write_back.outbox import Outbox
from cpqbridge.transport.clock import Clock

log = structlog.get_logger(__name__)


OPEN_FOR = 3600.0
"""Seconds after which it is checked anew which org this is, what it shows, and whether it takes the conditions."""


ABOUT_PRODUCTS = (
    *("CPQ-402", "CPQ-406", "CPQ-412", "CPQ-414", "CPQ-424", "CPQ-425", "CPQ-428", "CPQ-429", "CPQ-430", "CPQ-432"),
    *("CPQ-433", "CPQ-451"),
)
"""Reasons that a change of a product, a price or a schedule may take away."""


class Fed(Protocol):
    """What of a connection a poll needs."""

    @property
    def settings(self) -> Settings:
        """Its complete settings."""
        ...

    @property
    def clients(self) -> Clients:
        """Both systems."""
        ...

    @property
    def database(self) -> Database:
        """The database of the history."""
        ...

    @property
    def scope(self) -> str:
        """What names the pair of systems there."""
        ...

    @property
    def due(self) -> DueStore:
        """What is due of it."""
        ...


class Poller:
    """Looks for changes in one org for one connection.

    Args:
        connection: Both systems and the store of what is due.
        clock: Time.
        further: What new records must meet besides the conditions of the settings.
        pace: How long to wait between polls.
        rows: Rows of a page.
    """

    def __init__(
        self,
        connection: Fed,
        clock: Clock | None = None,
        *,
        further: Condition = nothing_further,
        pace: Pace = pace,
        rows: int = ROWS,
    ) -> None:
        self._client = connection.clients.salesforce
        self._due = connection.due
        self._all = connection.settings
        self._settings = connection.settings.auto_sync
        self._clock = clock or Clock()
        self._pace = pace
        self._admission = Admission(self._client, self._due, self._settings, further)
        self._reader = ChangeReader(self._client, rows)
        self._echoes = Echoes(self._client, Outbox(connection.database, connection.scope), connection.settings)
        self._skew = SkewWatch(self._clock)
        self._passed = PassedOver(self._settings.overlap_seconds)
        self._opened_at: float | None = None
        self._tracks: dict[Source, Track] = {}
        self._lock = asyncio.Lock()
        self._hinted: dict[str, set[str]] | None = None
        self._polls = 0

    async def run(self) -> None:
        """Poll for ever, with a pause after each poll that has read all there is.

        Raises:
            CpqBridgeError: A poll failed; run it again later, nothing is lost.
        """
        async with self._lock:
            self._opened_at = None  # another process may have led meanwhile
        while True:
            await self.poll()
            if not any(track.under_way for track in self._tracks.values()):
                await self._clock.sleep(self._pace(self._settings.interval_seconds, self._client.api_usage))

    async def poll(self, hints: Hints | None = None) -> int:
        """Look for changes once.

        Args:
            hints: What events named; an empty one makes it look at every object over the whole overlap.

        Returns:
            How many records are due now that were not before.

        Raises:
            CpqBridgeError: A system or the database cannot be asked; what was not stored is found by the next poll.
        """
        async with self._lock:
            return await self._poll(hints)

    async def hint(self, hints: Hints) -> None:
        """Poll at once; returns when what is due by it is stored. Hints that come during a poll share the next one.

        Raises:
            CpqBridgeError: The poll failed.
        """
        self._hinted = _joined(self._hinted, hints)
        async with self._lock:
            hinted = self._taken()
            if hinted is None:
                return  # another one's poll, begun after this hint came, has told it
            try:
                await self._poll(hinted)
            except BaseException:
                self._hinted = _joined(self._hinted, hinted)
                raise

    def _taken(self) -> dict[str, set[str]] | None:
        hinted, self._hinted = self._hinted, None
        return hinted

    async def _poll(self, hints: Hints | None) -> int:
        await self._open()
        reason = "poll" if hints is None else "event"
        whole = hints is not None and not hints
        asked = list(self._tracks) if whole else self._turn(hints or {})
        first = set(asked)
        added, shown = await self._arrived(reason), set[str]()
        while asked:
            for start in range(0, len(asked), QUERIES_PER_COMPOSITE):
                step = await self._step(asked[start : start + QUERIES_PER_COMPOSITE], whole=whole)
                added += await self._store(step, reason)
                if hints:
                    shown |= {key.id for page in step.pages.values() for key in page.keys}
            first = {source for source in first if source in self._tracks and self._tracks[source].under_way}
            # what is looked at each time is not kept waiting by another object's many pages
            asked = [source for source in self._tracks if source.always or source in first] if first else []
            whole = False
        return added + await self._named(hints or {}, shown, reason)

    def _turn(self, hints: Mapping[str, Collection[str]]) -> list[Source]:
        """Return what is looked at now: some objects always, those that are named, and others that take turns."""
        always = [source for source in self._tracks if source.always]
        named = [source for source in self._tracks if source.sobject in hints and not source.always]
        rest = [source for source in self._tracks if not source.always and source not in named]
        rest.sort(key=lambda source: (not self._tracks[source].under_way, self._tracks[source].polled))
        room = -(len(always) + len(named)) % QUERIES_PER_COMPOSITE
        return [*always, *named, *rest[:room]]

    async def _step(self, asked: Sequence[Source], *, whole: bool) -> Step:
        """Read one page of each object."""
        now = org_now(self._client)
        moment = self._clock.monotonic()
        overlap = self._settings.overlap_seconds
        begun = {source: self._tracks[source].begin(now, moment, overlap, whole=whole) for source in asked}
        pages = await self._reader.pages({source: position.at for source, position in begun.items() if position.at})
        self._skew.look(self._client)
        for source in set(asked) - set(pages):
            del self._tracks[source]
        return Step(now, moment, pages, {source: begun[source] for source in pages})

    async def _store(self, step: Step, reason: str) -> int:
        """Make due what a step has found, and move the cursors, in one transaction."""
        news = {source: self._tracks[source].sighted.news(page.keys, step.now) for source, page in step.pages.items()}
        found = []
        for source, page in step.pages.items():
            rows = [row for row in page.rows if row["Id"] in news[source]]
            found += await self._reader.found(source, await self._echoes.without(source.sobject, rows))
        admitted = await self._admission.admit(found)
        positions = step.positions(self._settings.overlap_seconds)
        cursors = {_cursor(source): position.document() for source, position in positions.items()}
        added = await self._due.add(_wanted(admitted, reason), cursors)
        await self._stir(found)
        self._pass_over(found, admitted, step.moment)
        for source, position in positions.items():
            self._polls += 1
            self._tracks[source].move(position, news[source], self._polls, step.moment)
        if admitted:
            log.info("changes found", due=len(admitted), new=added, reason=reason)
        return added

    def _pass_over(self, records: Iterable[Found], admitted: Iterable[Found], moment: float) -> None:
        chosen = {(one.object, one.record_id) for one in admitted}
        self._passed.forget(admitted)
        self._passed.note((one for one in records if (one.object, one.record_id) not in chosen), moment)

    async def _arrived(self, reason: str) -> int:
        """Make due what was passed over while it was on its way for the first time, and is known by now."""
        still = self._passed.still(self._clock.monotonic())
        known = await self._admission.known(still) if still else []
        added = await self._due.add(_wanted(known, reason)) if known else 0
        self._passed.forget(known)
        return added

    async def _named(self, hints: Hints, shown: Collection[str], reason: str) -> int:
        """Make due what events named and the poll did not show: what was changed longer ago than the overlap."""
        found = []
        for name, ids in hints.items():
            source = BY_NAME.get(name)
            unseen = {full for one in ids if (full := to_18(one))} - set(shown)
            if source in self._tracks and unseen:
                page = await self._reader.named(source, sorted(unseen))
                news = self._tracks[source].sighted.news(page.keys, org_now(self._client))
                rows = await self._echoes.without(name, [row for row in page.rows if row["Id"] in news])
                found += await self._reader.found(source, rows)
        admitted = await self._admission.admit(found)
        await self._stir(found)
        return await self._due.add(_wanted(admitted, reason)) if admitted else 0

    async def _stir(self, records: Iterable[Found]) -> None:
        """Look again at orders that are held, where their account or a product has changed: it may have been mended."""
        changed = list(records)
        accounts = {one.record_id for one in changed if one.object == "Account"}
        codes = ABOUT_PRODUCTS if any(one.object == "Product2" for one in changed) else ()
        if accounts or codes:
            await self._due.stir(accounts, codes)

    async def _open(self) -> None:
        """Find out what can be read and from where on; done at the start and once an hour."""
        moment = self._clock.monotonic()
        if self._opened_at is not None and moment - self._opened_at < OPEN_FOR:
            return
        kept = await self._due.cursor(CURSOR)
        organization = await same_organization(self._client, kept)
        await check_conditions(self._client, self._all)
        followed = [source for source in SOURCES if self._admission.follows(source.makes)]
        await self._reader.open(followed)
        now = org_now(self._client)
        self._skew.look(self._client)
        positions = {source: await self._position(source, now) for source in followed if self._reader.has(source)}
        cursors = {_cursor(source): position.document() for source, position in positions.items()}
        await self._due.add([], {CURSOR: {"organization": organization}, **cursors})
        self._tracks = {
            source: replace(self._tracks[source], position=position) if source in self._tracks else Track(position)
            for source, position in positions.items()
        }
        self._opened_at = moment

    async def _position(self, source: Source, now: str) -> Position:
        kept = await self._due.cursor(_cursor(source))
        if not isinstance(kept, Mapping):
            return Position.first(now)
        position = Position.of(kept)
        sound = position.not_after(now, self._settings.overlap_seconds)
        if sound is not position:
            log.warning(
                "the org's clock stands before the last poll", object=source.sobject, now=now, last=position.floor
            )
        return sound


def _cursor(source: Source) -> str:
    return f"{CURSOR}:{source.sobject}"


def _wanted(records: Iterable[Found], reason: str) -> list[Wanted]:
    return [Wanted(one.object, one.record_id, one.account, one.number, reason) for one in records]


def _joined(one: Mapping[str, Collection[str]] | None, other: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Return what two hints name; one that names nothing asks for everything, whatever the other names."""
    if one is None:
        return {name: set(ids) for name, ids in other.items()}
    if not one or not other:
        return {}
    return {name: {*one.get(name, ()), *other.get(name, ())} for name in (*one, *other)}
