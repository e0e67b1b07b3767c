"""A sandbox with its Pub/Sub API, and a plain gRPC client of it."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import fastavro
import grpc
import httpx
import msgspec
import pytest

from cpqbridge.eventbus.pubsub_pb2 import (
    LATEST,
    ConsumerEvent,
    FetchRequest,
    FetchResponse,
    ReplayPreset,
    SchemaRequest,
    TopicRequest,
)
from cpqbridge.eventbus.service import PubSubStub
from cpqbridge.sandbox.salesforce.settings import OrgSettings
from cpqbridge.sandbox.server import LocalSandbox

API = "/services/data/v62.0"
Call = Any
_LOOPS: list[asyncio.Runner] = []


@dataclass
class Client:
    """A signed-in client with one channel.

    Attributes:
        stub: The remote calls.
        metadata: Who calls.
    """

    stub: PubSubStub
    metadata: Sequence[tuple[str, str]]
    schemas: dict[str, Any] = field(default_factory=dict)

    async def open(
        self,
        topic: str,
        preset: ReplayPreset = LATEST,
        replay_id: bytes = b"",
        count: int = 100,
        metadata: Sequence[tuple[str, str]] | None = None,
    ) -> Call:
        """Open a subscription and ask for events; the server has seen the request when this returns."""
        call = self.stub.subscribe(metadata=metadata or self.metadata)
        request = FetchRequest(topic_name=topic, replay_preset=preset, replay_id=replay_id, num_requested=count)
        await call.write(request)
        await call.initial_metadata()
        return call

    async def decode(self, event: ConsumerEvent) -> dict[str, Any]:
        """Return what an event says, with its own schema."""
        schema_id = event.event.schema_id
        if schema_id not in self.schemas:
            info = await self.stub.get_schema(SchemaRequest(schema_id=schema_id), metadata=self.metadata)
            self.schemas[schema_id] = fastavro.parse_schema(msgspec.json.decode(info.schema_json))
        return fastavro.schemaless_reader(io.BytesIO(event.event.payload), self.schemas[schema_id], None)

    async def take(self, call: Call, count: int) -> list[dict[str, Any]]:
        """Return the next events of a stream."""
        return [await self.decode(event) for event in await events_of(call, count)]


async def events_of(call: Call, count: int) -> list[ConsumerEvent]:
    """Return the next events of a stream as they came."""
    found: list[ConsumerEvent] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            response: FetchResponse = await call.read()
            assert response is not grpc.aio.EOF, "the stream ended"
            found.extend(response.events)
    assert len(found) == count
    return found


async def refused_stream(call: Call) -> tuple[str, str, str]:
    """As `refused`, for a stream that the server ends."""
    return await refused(call.read())


async def refused(call: Awaitable[Any]) -> tuple[str, str, str]:
    """Return status, Salesforce's code without its prefix, and text of a refused call."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async with asyncio.timeout(20):
            await call
    trailing = {str(key): str(value) for key, value in caught.value.trailing_metadata() or ()}
    text = caught.value.details() or ""
    assert text.endswith(f" rpcId: {trailing['rpc-id']}")
    return caught.value.code().name, trailing["error-code"].removeprefix("sfdc.platform.eventbus.grpc."), text


@contextlib.asynccontextmanager
async def connected(sandbox: LocalSandbox, **changes: str) -> AsyncIterator[Client]:
    """A client of a sandbox; `changes` replace metadata."""
    org = sandbox.credentials["salesforce"]
    metadata = {
        "accesstoken": org["access_token"],
        "instanceurl": sandbox.salesforce_url,
        "tenantid": sandbox.org.organization_id,
    } | changes
    trust = grpc.ssl_channel_credentials(org["pubsub_ca_certificate"].encode())
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.secure_channel(org["pubsub_address"], trust, options=options) as channel:
        yield Client(PubSubStub(channel), tuple(metadata.items()))


def playing(sandbox: LocalSandbox, play: Callable[[Client], Awaitable[None]], **changes: str) -> None:
    """Play a scene with a client; `changes` replace metadata."""

    async def scene() -> None:
        async with connected(sandbox, **changes) as client:
            await play(client)

    _LOOPS[0].run(scene())


@pytest.fixture(scope="package", autouse=True)
def _loop() -> Iterator[None]:
    """Keep one event loop of the client for all tests: gRPC looks after calls a little longer than they last."""
    with asyncio.Runner() as runner:
        _LOOPS[:] = [runner]
        yield


@pytest.fixture(scope="module")
def running() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as started:
        yield started


@pytest.fixture
def sandbox(running: LocalSandbox) -> Iterator[LocalSandbox]:
    yield running
    running.org.events.delay_ms = 0
    running.org.settings.apply(OrgSettings().as_json())
    running.org.events.select()


@pytest.fixture
def http(sandbox: LocalSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.credentials['salesforce']['access_token']}"}
    with httpx.Client(base_url=sandbox.salesforce_url, headers=headers) as client:
        yield client


def create(http: httpx.Client, sobject: str, **fields: Any) -> str:
    """Create a record over REST and return its id."""
    answer = http.post(f"{API}/sobjects/{sobject}", json=fields)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def configure(http: httpx.Client, **settings: Any) -> None:
    """Change settings of the org."""
    answer = http.post("/_sandbox/settings", json=settings)
    assert answer.status_code == 200, answer.text


def order_events(http: httpx.Client, **orders: Any) -> None:
    """Order something of the event bus."""
    answer = http.post("/_sandbox/events", json=orders)
    assert answer.status_code == 200, answer.text


async def topic_schema(client: Client, topic: str) -> dict[str, Any]:
    """Return the schema of a topic."""
    info = await client.stub.get_topic(TopicRequest(topic_name=topic), metadata=client.metadata)
    found = await client.stub.get_schema(SchemaRequest(schema_id=info.schema_id), metadata=client.metadata)
    assert found.schema_id == info.schema_id
    return dict(msgspec.json.decode(found.schema_json))
