"""Publish requests: each event of a batch is taken or refused by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cpqbridge.eventbus.pubsub_pb2 import (
    PUBLISH,
    Error,
    ProducerEvent,
    PublishRequest,
    PublishResponse,
    PublishResult,
)
from cpqbridge.sandbox.salesforce.events import refusals
from cpqbridge.sandbox.salesforce.events.payloads import Malformed, decode

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.events.bus import Topic
    from cpqbridge.sandbox.salesforce.events.schemas import Schema
    from cpqbridge.sandbox.salesforce.org import Org

LARGEST_EVENT: Final = 1_048_576
"""Bytes of one event."""


def published(org: Org, request: PublishRequest, rpc_id: str) -> PublishResponse:
    """Publish a batch.

    Raises:
        Refusal: The topic is unknown or not open to publishers, or there is no event.
    """
    topic = org.events.topic(request.topic_name)
    if topic is None:
        raise refusals.no_topic(request.topic_name, org.organization_id)
    if not topic.can_publish or topic.schema is None:
        raise refusals.no_publishing(topic.name)
    if not request.events:
        raise refusals.nothing_to_publish()
    results = [_result(org, topic, topic.schema, event) for event in request.events]
    return PublishResponse(results=results, schema_id=topic.schema.id, rpc_id=rpc_id)


def _result(org: Org, topic: Topic, schema: Schema, event: ProducerEvent) -> PublishResult:
    trouble = _trouble(schema, event)
    if trouble:
        return PublishResult(error=Error(code=PUBLISH, msg=trouble), correlation_key=event.id)
    number = org.events.accept(topic.name, schema.id, event.payload, event.id)
    return PublishResult(replay_id=org.events.journal.replay_id(number), correlation_key=event.id)


def _trouble(schema: Schema, event: ProducerEvent) -> str | None:
    """Return why an event is refused, or None."""
    if event.schema_id != schema.id:
        return f"Schema validation failed. The schema with ID {event.schema_id or '(none)'} isn't that of the topic."
    if len(event.payload) > LARGEST_EVENT:
        return f"The event message is {len(event.payload)} bytes long. The maximum is {LARGEST_EVENT} bytes."
    try:
        decode(schema.json, event.payload)
    except Malformed as malformed:
        return f"The event message can't be deserialized with the schema: {malformed}"
    return None
