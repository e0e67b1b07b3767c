"""How the Pub/Sub API refuses: a gRPC status, and Salesforce's own code in the trailing metadata.

Source: Pub/Sub API guide, "Handle Errors". Where the guide names no code, the code is this sandbox's (*).
"""

from __future__ import annotations

from dataclasses import dataclass

import grpc

_PREFIX = "sfdc.platform.eventbus.grpc."


@dataclass
class Refusal(Exception):
    """A refusal of a remote call.

    Attributes:
        status: gRPC status.
        code: Salesforce's code.
        text: What is said.
    """

    status: grpc.StatusCode
    code: str
    text: str


def not_signed_in(text: str = "An authentication exception occurred. Provide valid authentication.") -> Refusal:
    """The metadata names no live session of this org."""
    return Refusal(grpc.StatusCode.UNAUTHENTICATED, _PREFIX + "service.auth.error", text)


def unavailable() -> Refusal:
    """The service went away."""
    text = "The service is unavailable. Try again later."
    return Refusal(grpc.StatusCode.UNAVAILABLE, _PREFIX + "service.unavailable", text)


def no_topic(name: str, organization: str) -> Refusal:
    """The org has no such topic (*)."""
    text = (
        f"The topic information for org CORE/prod/{organization} and topic {name} not found. "
        "Ensure the topic name is correct and that the topic exists."
    )
    return Refusal(grpc.StatusCode.NOT_FOUND, _PREFIX + "topic.notfound", text)


def other_topic() -> Refusal:
    """A later request of a stream names another topic than the first one (*)."""
    text = "The topic name in the request differs from the topic name of the first request of the stream."
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, _PREFIX + "topic.mismatch", text)


def no_publishing(name: str) -> Refusal:
    """Clients cannot publish on that topic (*)."""
    text = f"Publishing isn't allowed on topic {name}."
    return Refusal(grpc.StatusCode.PERMISSION_DENIED, _PREFIX + "topic.publish.denied", text)


def nothing_to_publish() -> Refusal:
    """A publish request has no events (*)."""
    text = "The publish request contains no events."
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, _PREFIX + "publish.events.invalid", text)


def idle_publisher(seconds: float) -> Refusal:
    """A publish stream brought no request for too long (*)."""
    text = f"The stream is closed because no publish request was received in {seconds:g} seconds."
    return Refusal(grpc.StatusCode.DEADLINE_EXCEEDED, _PREFIX + "publish.stream.timeout", text)


def no_schema(schema_id: str) -> Refusal:
    """There is no schema of that id (*)."""
    if not schema_id:
        text = "Schema validation failed. The schema ID can't be blank."
        return Refusal(grpc.StatusCode.INVALID_ARGUMENT, _PREFIX + "schema.validation.failed", text)
    text = f"The schema with ID {schema_id} was not found."
    return Refusal(grpc.StatusCode.NOT_FOUND, _PREFIX + "schema.notfound", text)


def wrong_count(count: int, most: int) -> Refusal:
    """A request asks for no events, or for too many at a time."""
    text = f"The number of requested events is {count}. Specify a number from 1 to {most}."
    code = _PREFIX + "subscription.fetch.requested.events.invalid"
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, code, text)


def no_replay_id() -> Refusal:
    """The preset `CUSTOM` goes without a replay id."""
    text = "The Replay ID validation failed. The replay preset CUSTOM requires a Replay ID."
    code = _PREFIX + "subscription.fetch.replayid.validation.failed"
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, code, text)


def stale_replay_id() -> Refusal:
    """A replay id is older than the events that are kept, or was never given."""
    text = (
        "The Replay ID validation failed. Ensure that the Replay ID is valid and is of an event within the retention "
        "window."
    )
    code = _PREFIX + "subscription.fetch.replayid.corrupted"
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, code, text)


def too_many_clients() -> Refusal:
    """More streams are open than the org may have."""
    text = "The maximum number of concurrent clients across all topics has been exceeded."
    return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, _PREFIX + "concurrent.client.limit.exceeded", text)


def too_many_events() -> Refusal:
    """More events were delivered in 24 hours than the org may have."""
    text = "You have exceeded the event delivery limit for your org."
    return Refusal(grpc.StatusCode.RESOURCE_EXHAUSTED, _PREFIX + "subscription.limit.exceeded", text)


def no_managed_subscription(name: str) -> Refusal:
    """The org has no managed subscription of that name or id (*)."""
    text = f"The managed subscription {name or '(none)'} was not found."
    return Refusal(grpc.StatusCode.NOT_FOUND, _PREFIX + "managed.subscription.notfound", text)
