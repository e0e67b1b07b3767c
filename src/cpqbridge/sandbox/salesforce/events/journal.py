"""The events that an org still has, in order, in a table beside its records: a rolled back write leaves no event.

A replay id is opaque to clients: which journal it is of, and the number of the event in it. An id of another journal,
or of events that are kept no longer, is refused as stale. As with Salesforce, the first eight of its ten bytes suffice,
and fit into a floating-point number: there are clients that make one of them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import msgspec

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.store import Store

RETENTION: Final = timedelta(hours=72)
"""How long events are kept."""

MOST: Final = 20_000
"""Events that are kept at most; Salesforce has no such bound, a sandbox in memory needs one."""

_TRIM_EVERY: Final = 500
_REPLAY: Final = struct.Struct(">IIH")
_SHORT: Final = 8
_EPOCHS: Final = 2**20
_NOTE: Final = "events"


class Change(msgspec.Struct, frozen=True, tag="c", array_like=True):
    """A change event as it is kept.

    Attributes:
        sobject: Object.
        change: `changeType` of the header.
        record_ids: The records; all had the same change.
        values: What columns hold, by field name.
        commit: Number of the transaction.
        sequence: Place in the transaction, from 1.
        user: Who wrote.
        origin: `changeOrigin` of the header.
    """

    sobject: str
    change: str
    record_ids: Sequence[str]
    values: dict[str, Any]
    commit: int
    sequence: int
    user: str
    origin: str


class Message(msgspec.Struct, frozen=True, tag="m", array_like=True):
    """A platform event as it is kept: as its publisher wrote it.

    Attributes:
        id: The publisher's id of the event.
        schema_id: Schema that the payload was written with.
        payload: Avro bytes.
    """

    id: str
    schema_id: str
    payload: bytes


class Kept(msgspec.Struct, frozen=True):
    """An event with its place.

    Attributes:
        number: Place in the journal.
        topic: Name of the topic.
        at: When it was published, milliseconds since 1970.
        event: What happened.
    """

    number: int
    topic: str
    at: int
    event: Change | Message


class Journal:
    """The kept events of one org.

    Attributes:
        last: Number of the newest event; 0 before the first one.
        floor: Lowest number that a replay id may have.
    """

    def __init__(self, store: Store, now: datetime) -> None:
        """Open the journal of a store, or start one."""
        self._store = store
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Change | Message)
        store.execute("CREATE TABLE IF NOT EXISTS _event (n INTEGER PRIMARY KEY, topic TEXT, at INTEGER, body BLOB)")
        known = store.noted(_NOTE)
        self._epoch = known["epoch"] if known else crc32(now.isoformat().encode()) % _EPOCHS
        self.floor: int = known["floor"] if known else 0
        self.last: int = max(self.floor, store.fetch("SELECT COALESCE(MAX(n), 0) FROM _event", ())[0][0])
        if not known:
            self._note()

    def add(self, topic: str, event: Change | Message, now: datetime) -> int:
        """Keep an event and return its number."""
        number = self.last + 1
        at = int(now.timestamp() * 1000)
        self._store.execute("INSERT INTO _event VALUES (?, ?, ?, ?)", (number, topic, at, self._encoder.encode(event)))
        self.last = number
        if number % _TRIM_EVERY == 0:
            self._trim(now)
        return number

    def after(self, number: int, topics: frozenset[str], most: int) -> list[Kept]:
        """Return the oldest events of some topics after a number, at most so many."""
        marks = ", ".join("?" * len(topics))
        sql = f"SELECT n, topic, at, body FROM _event WHERE n > ? AND topic IN ({marks}) ORDER BY n LIMIT ?"  # noqa: S608 - marks only
        rows = self._store.fetch(sql, (number, *topics, most))
        return [Kept(n, topic, at, self._decoder.decode(body)) for n, topic, at, body in rows]

    def expire(self) -> None:
        """Forget all events, as if they were older than is kept; every replay id given so far is stale."""
        self.last += 1
        self.floor = self.last
        self._store.execute("DELETE FROM _event", ())
        self._note()

    def replay_id(self, number: int) -> bytes:
        """Return the replay id of a number."""
        return _REPLAY.pack(self._epoch, number, 0)

    def number_of(self, replay_id: bytes) -> int | None:
        """Return the number that a replay id stands for, or None when it is stale or another journal's."""
        if len(replay_id) not in {_SHORT, _REPLAY.size}:
            return None
        epoch, number, rest = _REPLAY.unpack(replay_id.ljust(_REPLAY.size, b"\0"))
        return int(number) if epoch == self._epoch and not rest and self.floor <= number <= self.last else None

    def _trim(self, now: datetime) -> None:
        oldest = int((now - RETENTION).timestamp() * 1000)
        self._store.execute("DELETE FROM _event WHERE n <= ? OR at < ?", (self.last - MOST, oldest))
        first = self._store.fetch("SELECT COALESCE(MIN(n), 0) FROM _event", ())[0][0]
        if first > self.floor + 1:
            self.floor = first - 1
            self._note()

    def _note(self) -> None:
        self._store.note(_NOTE, {"epoch": self._epoch, "floor": self.floor})
