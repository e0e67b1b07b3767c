"""Platform events: published by gRPC, by REST, and what is refused."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import fastavro
import grpc
import httpx
import pytest

from cpqbridge.eventbus.pubsub_pb2 import (
    EARLIEST,
    ManagedFetchRequest,
    ProducerEvent,
    PublishRequest,
    SchemaRequest,
    TopicRequest,
)
from cpqbridge.sandbox.salesforce.events.platform import ORDER_EVENT
from cpqbridge.sandbox.salesforce.events.service import PubSubService
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.salesforce.events.conftest import (
    API,
    Client,
    events_of,
    playing,
    refused,
    refused_stream,
    topic_schema,
)

TOPIC = "/event/CpqBridge_Order__e"
EVENT = {"CreatedDate": 1, "CreatedById": "005000000000001AAA", "OrderId__c": "801000000000001AAA", "Reason__c": "X"}


def avro(record: dict[str, Any], schema: dict[str, Any]) -> bytes:
    target = io.BytesIO()
    fastavro.schemaless_writer(target, fastavro.parse_schema(schema), record)
    return target.getvalue()


def test_published_events_are_delivered_as_they_are(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        info = await client.stub.get_topic(TopicRequest(topic_name=TOPIC), metadata=client.metadata)
        assert (info.can_publish, info.can_subscribe) == (True, True)
        payload = avro(EVENT, await topic_schema(client, TOPIC))
        call = await client.open(TOPIC)
        event = ProducerEvent(id="mine", schema_id=info.schema_id, payload=payload)
        answer = await client.stub.publish(
            PublishRequest(topic_name=TOPIC, events=[event, event]), metadata=client.metadata
        )
        assert [result.correlation_key for result in answer.results] == ["mine", "mine"]
        found = await events_of(call, 2)
        assert [event.replay_id for event in found] == [result.replay_id for result in answer.results]
        assert (found[0].event.id, found[0].event.payload) == ("mine", payload)
        assert await client.decode(found[0]) == EVENT

    playing(sandbox, play)


def test_each_event_of_a_batch_is_refused_by_itself(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        schema_id = ORDER_EVENT.schema.id
        good = avro(EVENT, await topic_schema(client, TOPIC))
        events = [
            ProducerEvent(schema_id=schema_id, payload=good),
            ProducerEvent(schema_id="", payload=good),
            ProducerEvent(schema_id=schema_id, payload=b"\xff" * 30),
            ProducerEvent(schema_id=schema_id, payload=good + b"more"),
            ProducerEvent(schema_id=schema_id, payload=good[:-1]),
            ProducerEvent(schema_id=schema_id, payload=bytes(1_100_000)),
        ]
        answer = await client.stub.publish(PublishRequest(topic_name=TOPIC, events=events), metadata=client.metadata)
        messages = [result.error.msg for result in answer.results]
        assert answer.results[0].replay_id
        assert messages[0] == ""
        assert "schema with ID (none)" in messages[1]
        assert all("can't be deserialized" in message for message in messages[2:5])
        assert "maximum is 1048576" in messages[5]

    playing(sandbox, play)


@pytest.mark.parametrize(
    ("topic", "events", "status", "code"),
    [
        ("/event/No__e", 1, "NOT_FOUND", "topic.notfound"),
        ("/data/AccountChangeEvent", 1, "PERMISSION_DENIED", "topic.publish.denied"),
        (TOPIC, 0, "INVALID_ARGUMENT", "publish.events.invalid"),
    ],
)
def test_refused_publish_requests(sandbox: LocalSandbox, topic: str, events: int, status: str, code: str) -> None:
    async def play(client: Client) -> None:
        request = PublishRequest(topic_name=topic, events=[ProducerEvent()] * events)
        found = await refused(client.stub.publish(request, metadata=client.metadata))
        assert found[:2] == (status, code)

    playing(sandbox, play)


def test_a_request_of_more_than_four_megabytes(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        request = PublishRequest(topic_name=TOPIC, events=[ProducerEvent(payload=bytes(4_300_000))])
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client.stub.publish(request, metadata=client.metadata)
        assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED

    playing(sandbox, play)


def test_a_publish_stream(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        payload = avro(EVENT, await topic_schema(client, TOPIC))
        events = [ProducerEvent(id="a", schema_id=ORDER_EVENT.schema.id, payload=payload)]
        stream = client.stub.publish_stream(metadata=client.metadata)
        await stream.write(PublishRequest(topic_name=TOPIC, events=events))
        await stream.write(PublishRequest(events=events))
        answers = [await stream.read(), await stream.read()]
        assert all(answer.results[0].replay_id for answer in answers)
        await stream.write(PublishRequest(topic_name="/data/ChangeEvents", events=events))
        assert (await refused_stream(stream))[:2] == ("INVALID_ARGUMENT", "topic.mismatch")
        done = client.stub.publish_stream(metadata=client.metadata)
        await done.done_writing()
        assert await done.read() is grpc.aio.EOF

    playing(sandbox, play)


def test_a_silent_publish_stream_is_closed(sandbox: LocalSandbox) -> None:
    service = PubSubService(lambda: sandbox.org, publish_idle_seconds=0.01)
    aborted: list[tuple[object, ...]] = []

    class Context:
        def invocation_metadata(self) -> None:
            return None

        async def abort(self, *refusal: object) -> None:
            aborted.append(refusal)

    async def silence() -> Any:
        await asyncio.Event().wait()
        yield PublishRequest()

    async def scene() -> list[object]:
        return [answer async for answer in service.publish_stream(silence(), Context())]

    assert asyncio.run(scene()) == []
    assert aborted[0][0] is grpc.StatusCode.DEADLINE_EXCEEDED


def test_rest_publishes_too(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open(TOPIC)
        answer = post(http, {"orderid__c": "801000000000001AAA", "Reason__c": ""})
        assert answer.status_code == 201
        body = answer.json()
        assert body["success"] is True
        assert body["errors"][0]["statusCode"] == "OPERATION_ENQUEUED"
        (event,) = await client.take(call, 1)
        assert event["OrderId__c"] == "801000000000001AAA"
        assert event["Reason__c"] is None
        assert event["CreatedById"] == sandbox.org.user_id

    playing(sandbox, play)


def post(http: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    return http.post(f"{API}/sobjects/CpqBridge_Order__e", json=body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"Nothing__c": "x"}, "INVALID_FIELD"),
        ({"OrderId__c": "8" * 19}, "STRING_TOO_LONG"),
        ({"Reason__c": 7}, "JSON_PARSER_ERROR"),
    ],
)
def test_rest_refuses(sandbox: LocalSandbox, http: httpx.Client, body: dict[str, Any], code: str) -> None:
    last = sandbox.org.events.journal.last
    answer = post(http, body)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert sandbox.org.events.journal.last == last


def test_platform_events_are_no_records(http: httpx.Client) -> None:
    assert http.get(f"{API}/sobjects/CpqBridge_Order__e/e01000000000001").status_code == 404
    assert http.get(f"{API}/sobjects/CpqBridge_Order__e").status_code == 405
    assert http.get(f"{API}/event/eventSchema/unknown").status_code == 404


def test_unknown_schemas_and_managed_subscriptions(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        def ask(schema_id: str) -> Any:
            return refused(client.stub.get_schema(SchemaRequest(schema_id=schema_id), metadata=client.metadata))

        assert (await ask(""))[:2] == ("INVALID_ARGUMENT", "schema.validation.failed")
        assert (await ask("unknown"))[:2] == ("NOT_FOUND", "schema.notfound")
        managed = client.stub.managed_subscribe(metadata=client.metadata)
        await managed.write(ManagedFetchRequest(developer_name="Mine", num_requested=1))
        assert (await refused_stream(managed))[:2] == ("NOT_FOUND", "managed.subscription.notfound")
        unsigned = client.stub.publish(PublishRequest(topic_name=TOPIC))
        assert (await refused(unsigned))[:2] == ("UNAUTHENTICATED", "service.auth.error")

    playing(sandbox, play)


def test_earliest_brings_what_was_published_before(sandbox: LocalSandbox) -> None:
    sandbox.org.events.expire()
    sandbox.org.events.publish(ORDER_EVENT, {"OrderId__c": "801000000000001AAA"})

    async def play(client: Client) -> None:
        call = await client.open(TOPIC, EARLIEST)
        (event,) = await client.take(call, 1)
        assert event["OrderId__c"] == "801000000000001AAA"

    playing(sandbox, play)
