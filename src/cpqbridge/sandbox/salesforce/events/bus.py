"""The org's event bus: makes events of committed writes, and hands out what a topic has after a replay id."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.api_usage import ApiUsage
from cpqbridge.sandbox.salesforce.events import flow
from cpqbridge.sandbox.salesforce.events.journal import Change, Journal, Kept, Message
from cpqbridge.sandbox.salesforce.events.payloads import change_payload, encode
from cpqbridge.sandbox.salesforce.events.platform import ORDER_EVENT, PLATFORM_EVENTS, PlatformEvent
from cpqbridge.sandbox.salesforce.events.schemas import Schema, change_event, change_schema
from cpqbridge.sandbox.salesforce.events.writes import UPDATE, Write, current_origin

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.settings import OrgSettings
    from cpqbridge.sandbox.salesforce.store import Store

ALL_CHANGES: Final = "/data/ChangeEvents"
"""Topic of the changes of all selected objects."""

NOBODY: Final = "000000000000000AAA"
"""The id that stands for no certain record in an overflow event."""


@dataclass(frozen=True)
class Topic:
    """What can be subscribed to.

    Attributes:
        name: Name.
        sources: Topics under which its events are kept.
        schema: Schema of its events; None where they have several.
        can_publish: Clients may publish on it.
    """

    name: str
    sources: frozenset[str]
    schema: Schema | None
    can_publish: bool = False


class EventBus:
    """The events of one org.

    Attributes:
        journal: What is kept.
        deliveries: Events delivered in the last 24 hours.
        delay_ms: Milliseconds by which delivery is held back.
        breaks: How many times all streams were cut.
        subscribers: How many streams are open.
    """

    def __init__(self, store: Store, settings: OrgSettings, clock: Callable[[], datetime]) -> None:
        """Open the bus of an org and have its store tell of committed writes."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self._listeners: set[Callable[[], object]] = set()
        self._schemas: dict[str, Schema] = {event.schema.id: event.schema for event in PLATFORM_EVENTS.values()}
        self._current: dict[str, tuple[object, Schema]] = {}
        self.journal = Journal(store, clock())
        self.deliveries = ApiUsage()
        self.delay_ms = 0
        self.breaks = 0
        self.subscribers = 0
        store.on_commit = self._committed
        self.select()

    def select(self) -> None:
        """Have the store tell of the objects that the settings select."""
        flow_objects = {flow.WATCHED} if self._settings.order_events else set()
        self._store.watched = frozenset({*self._settings.change_data_entities, *flow_objects})

    def quiet(self) -> None:
        """Tell of no writes until `select`: what is written meanwhile is older than any event."""
        self._store.watched = frozenset()

    def listen(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Have a listener called, from any thread, when there is news; return how to stop that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    # Topics and schemas

    def topic(self, name: str) -> Topic | None:
        """Return a topic, or None when the org has none of that name."""
        if name == ALL_CHANGES:
            return Topic(name, frozenset(map(_topic_of, self._settings.change_data_entities)), None)
        for sobject in self._settings.change_data_entities:
            if name == _topic_of(sobject):
                return Topic(name, frozenset({name}), self.change_schema(sobject))
        event = PLATFORM_EVENTS.get(name.removeprefix("/event/")) if name.startswith("/event/") else None
        return Topic(name, frozenset({name}), event.schema, can_publish=True) if event else None

    def topics(self) -> list[str]:
        """Return the names of all topics."""
        changes = [ALL_CHANGES, *map(_topic_of, self._settings.change_data_entities)]
        return changes + [event.topic for event in PLATFORM_EVENTS.values()]

    def schema(self, schema_id: str) -> Schema | None:
        """Return a schema by its id."""
        for sobject in self._settings.change_data_entities:
            self.change_schema(sobject)
        return self._schemas.get(schema_id)

    def change_schema(self, sobject: str) -> Schema:
        """Return the schema of an object's change events, as the object is now.

        Raises:
            KeyError: The org has no such object.
        """
        table = self._store.catalogue.require(sobject)
        known = self._current.get(sobject)
        if known is None or known[0] is not table:
            made = change_schema(table)
            known = self._current[sobject] = (table, made)
            self._schemas[made.id] = made
        return known[1]

    # Publishing

    def publish(self, event: PlatformEvent, values: Mapping[str, Any]) -> int:
        """Publish a platform event of the org itself and return its number."""
        stamps = {"CreatedDate": int(self._clock().timestamp() * 1000), "CreatedById": self._store.user_id}
        record = {**dict.fromkeys(event.fields), **values, **stamps}
        return self.accept(event.topic, event.schema.id, encode(event.schema.json, record))

    def accept(self, topic: str, schema_id: str, payload: bytes, event_id: str = "") -> int:
        """Keep an event whose bytes are ready and return its number."""
        number = self._keep(topic, Message(event_id or str(uuid.uuid4()), schema_id, payload))
        self._news()
        return number

    def gap(self, sobject: str, change: str, record_ids: Sequence[str]) -> None:
        """Publish a gap event: something changed, and Salesforce cannot say what.

        Raises:
            KeyError: The org has no such object.
        """
        self.change_schema(sobject)
        commit = self.journal.last + 1
        user = self._store.user_id
        self._keep(_topic_of(sobject), Change(sobject, change, list(record_ids) or [NOBODY], {}, commit, 1, user, ""))
        self._news()

    def garble(self, topic: Topic) -> None:
        """Publish an event whose bytes are no Avro of its schema."""
        self.accept(topic.name, topic.schema.id if topic.schema else "", b"\xff" * 24)

    # Reading

    def written(self, kept: Kept) -> tuple[str, str, bytes]:
        """Return an event's id, the id of its schema, and its bytes."""
        if isinstance(kept.event, Message):
            return kept.event.id, kept.event.schema_id, kept.event.payload
        schema = self.change_schema(kept.event.sobject)
        event_id = str(uuid.uuid5(uuid.NAMESPACE_OID, self.journal.replay_id(kept.number).hex()))
        return event_id, schema.id, change_payload(schema, kept.event, kept.at)

    # What a check orders

    def expire(self) -> None:
        """Make every replay id given so far stale."""
        self.journal.expire()
        self._news()

    def disconnect(self) -> None:
        """End all streams."""
        self.breaks += 1
        self._news()

    # Writes

    def _committed(self, writes: list[Write]) -> None:
        selected = self._settings.change_data_entities
        commit, origin, user = self.journal.last + 1, current_origin(), self._store.user_id
        for sequence, (first, ids) in enumerate(_gathered(w for w in writes if w.sobject in selected), start=1):
            values = dict(first.values)
            self._keep(
                _topic_of(first.sobject),
                Change(first.sobject, first.change, ids, values, commit, sequence, user, origin),
            )
        if self._settings.order_events:
            for order in flow.contracted_orders(self._store, writes):
                self.publish(ORDER_EVENT, {"OrderId__c": order, "Reason__c": flow.REASON})
        self._news()

    def _keep(self, topic: str, event: Change | Message) -> int:
        return self.journal.add(topic, event, self._clock())

    def _news(self) -> None:
        for listener in list(self._listeners):
            listener()


def _topic_of(sobject: str) -> str:
    return f"/data/{change_event(sobject)}"


def _gathered(writes: Iterable[Write]) -> list[tuple[Write, list[str]]]:
    """Gather the records of a transaction that had the same change; each group stands where its first record did."""
    groups: dict[object, tuple[Write, list[str]]] = {}
    for place, write in enumerate(writes):
        same = write.change == UPDATE or not write.values
        key = (write.sobject, write.change, tuple(sorted(write.values.items()))) if same else place
        ids = groups.setdefault(key, (write, []))[1]
        if write.record_id not in ids:
            ids.append(write.record_id)
    return list(groups.values())
