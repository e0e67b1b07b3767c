"""An event, and what is read of it: the header of a change, or the fields of a platform event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cpqbridge.salesforce.events.bitmaps import names
from cpqbridge.salesforce.events.schema import EventSchema, Unreadable
from cpqbridge.salesforce.ids import to_18

HEADER = "ChangeEventHeader"
_LISTS = ("changedFields", "nulledFields", "diffFields")


@dataclass(frozen=True, slots=True)
class Change:
    """What a change event is about.

    Attributes:
        entity: Name of the object, such as `Order`.
        record_ids: Its records, of 18 characters; none where the event stands for all of them.
        kind: `CREATE`, `UPDATE`, `DELETE`, `UNDELETE`, or one that begins with `GAP_`.
        origin: What made the change, such as `com/salesforce/api/rest/62.0;client=cpqbridge`.
        fields: Names of the fields that were changed, emptied ones too.
        committed: When it was committed.
    """

    entity: str
    record_ids: tuple[str, ...]
    kind: str
    origin: str
    fields: frozenset[str]
    committed: datetime | None

    @property
    def gap(self) -> bool:
        """Whether Salesforce could not tell what has changed."""
        return self.kind.startswith("GAP_")

    @property
    def client(self) -> str | None:
        """The name by which the client that made the change called itself."""
        marks = (part.partition("=") for part in self.origin.split(";"))
        return next((value for name, _, value in marks if name.strip() == "client"), None)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream.

    Attributes:
        replay_id: Where it is in the stream.
        change: What it is about, for a change event.
        fields: Fields of a platform event; empty for a change event, whose record is read anew in any case.
        problem: Why it cannot be read; then it says nothing else.
    """

    replay_id: bytes
    change: Change | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What came together.

    Attributes:
        events: In their order; none for a sign of life, and when a stream begins.
        position: Where to go on after all of them; None while nobody said.
        newest: Whether the stream has just begun at its newest end, so that what came before is not in it.
    """

    events: tuple[Event, ...] = ()
    position: bytes | None = None
    newest: bool = False


def read_event(replay_id: bytes, payload: bytes, schema: EventSchema) -> Event:
    """Return what an event says; one that cannot be read says why."""
    try:
        document = schema.read(payload)
        header = document.get(HEADER)
        if header is None:
            return Event(replay_id, fields={name: _exact(value) for name, value in document.items()})
        return Event(replay_id, change=_change(header, schema))
    except ValueError as error:
        return Event(replay_id, problem=str(error))


def _change(header: Any, schema: EventSchema) -> Change:
    if not isinstance(header, Mapping):
        raise Unreadable("the header of the change is no record")
    entity, kind, ids = header.get("entityName"), header.get("changeType"), header.get("recordIds")
    if (
        not isinstance(entity, str)
        or not isinstance(kind, str)
        or not isinstance(ids, Sequence)
        or isinstance(ids, str)
    ):
        raise Unreadable("the header of the change lacks its object, its kind or its records")
    bitmaps = [text for name in _LISTS for text in header.get(name) or () if isinstance(text, str)]
    return Change(
        entity=entity,
        record_ids=tuple(dict.fromkeys(_record_id(one) for one in ids if not _wildcard(one))),
        kind=kind,
        origin=str(header.get("changeOrigin") or ""),
        fields=frozenset(names(bitmaps, schema.fields, schema.within)),
        committed=_time(header.get("commitTimestamp")),
    )


def _wildcard(value: object) -> bool:
    """Tell the id of an event that stands for all records of its object, `000000000000000AAA`."""
    return isinstance(value, str) and value[3:15] == "0" * 12


def _record_id(value: object) -> str:
    found = to_18(value) if isinstance(value, str) else None
    if found is None:
        raise Unreadable("the header of the change names a record by something that is no id")
    return found


def _time(value: object) -> datetime | None:
    """Return the time of milliseconds since 1970, or of a reader that has turned them into one already."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, int):
        return None
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise Unreadable("the header of the change has a time that is none") from error


def _exact(value: Any) -> Any:
    """Return a number with the digits that were meant, since Avro has no exact ones in these events."""
    return Decimal(repr(value)) if isinstance(value, float) else value
