"""`/_sandbox/events`, the certificate and the port."""

from __future__ import annotations

import socket
import time
from typing import Any

import grpc
import httpx
import pytest
import trustme

from cpqbridge.eventbus.pubsub_pb2 import TopicRequest
from cpqbridge.eventbus.service import PubSubStub
from cpqbridge.sandbox.credentials import credentials
from cpqbridge.sandbox.salesforce.events import journal
from cpqbridge.sandbox.salesforce.events.payloads import Malformed, decode
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.salesforce.events.conftest import Client, configure, events_of, order_events, playing, refused_stream

HEADER = "ChangeEventHeader"


def test_gap_events(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open("/data/OrderChangeEvent")
        order_events(http, gap="Order")
        update, overflow = await client.take(call, 2)
        assert (update[HEADER]["changeType"], overflow[HEADER]["changeType"]) == ("GAP_UPDATE", "GAP_OVERFLOW")
        assert overflow[HEADER]["recordIds"] == ["000000000000000AAA"]
        assert {name for name, value in update.items() if value is not None} == {HEADER}
        order_events(http, gap="Order", changeType="GAP_DELETE", recordIds=["801000000000001AAA"])
        (gone,) = await client.take(call, 1)
        assert (gone[HEADER]["changeType"], gone[HEADER]["recordIds"]) == ("GAP_DELETE", ["801000000000001AAA"])

    playing(sandbox, play)


def test_an_event_that_is_no_avro(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open("/data/ChangeEvents")
        order_events(http, malformed="/data/OrderChangeEvent")
        (event,) = await events_of(call, 1)
        schema = sandbox.org.events.schema(event.event.schema_id)
        assert schema is not None
        with pytest.raises(Malformed):
            decode(schema.json, event.event.payload)

    playing(sandbox, play)


def test_disconnect_ends_all_streams(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        calls = [await client.open("/data/ChangeEvents"), await client.open("/data/OrderChangeEvent")]
        order_events(http, disconnect=True)
        for call in calls:
            assert (await refused_stream(call))[:2] == ("UNAVAILABLE", "service.unavailable")
        again = await client.open("/data/ChangeEvents")
        sandbox.org.store.insert("Account", {"Name": "back"})
        assert (await client.take(again, 1))[0]["Name"] == "back"

    playing(sandbox, play)


def test_delivery_can_be_held_back(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open("/data/AccountChangeEvent")
        order_events(http, delayMs=150)
        start = time.monotonic()
        sandbox.org.store.insert("Account", {"Name": "late"})
        await client.take(call, 1)
        assert time.monotonic() - start >= 0.15

    playing(sandbox, play)


def test_the_state_is_shown(sandbox: LocalSandbox, http: httpx.Client) -> None:
    configure(http, changeDataEntities=["Account"])
    state = http.get("/_sandbox/events").json()
    assert state["topics"] == ["/data/ChangeEvents", "/data/AccountChangeEvent", "/event/CpqBridge_Order__e"]
    assert state["last"] == sandbox.org.events.journal.last


@pytest.mark.parametrize(
    "orders",
    [
        {"gap": "Lead"},
        {"gap": "Order", "changeType": "UPDATE"},
        {"malformed": "/data/None"},
        {"delayMs": "x"},
        {"no": 1},
    ],
)
def test_wrong_orders_are_refused(http: httpx.Client, orders: dict[str, Any]) -> None:
    answer = http.post("/_sandbox/events", json=orders)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


def test_the_certificate_is_good_for_this_machine_only(sandbox: LocalSandbox) -> None:
    port = sandbox.pubsub_address.rpartition(":")[2]
    known = sandbox.credentials["salesforce"]
    assert known["pubsub_address"] == sandbox.pubsub_address
    own = known["pubsub_ca_certificate"].encode()
    other = trustme.CA().cert_pem.bytes()

    async def reach(address: str, trust: bytes | None) -> str:
        channel = grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(trust))
        async with channel:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await PubSubStub(channel).get_topic(TopicRequest(topic_name="/data/ChangeEvents"), timeout=10)
        return f"{caught.value.code().name} {caught.value.details()}"

    async def play(client: Client) -> None:
        assert client.metadata
        assert "UNAUTHENTICATED" in await reach(sandbox.pubsub_address, own)
        assert "UNAUTHENTICATED" in await reach(f"localhost:{port}", own)
        assert "CERTIFICATE_VERIFY_FAILED" in await reach(sandbox.pubsub_address, other)
        assert "CERTIFICATE_VERIFY_FAILED" in await reach(sandbox.pubsub_address, None)

    playing(sandbox, play)


def test_credentials_without_a_running_sandbox() -> None:
    known = credentials(1, 2)["salesforce"]
    assert "pubsub_address" not in known
    assert known["pubsub_ca_certificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_a_port_in_use_is_refused(sandbox: LocalSandbox) -> None:
    taken = int(sandbox.pubsub_address.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        LocalSandbox("empty", pubsub_port=taken)


def test_a_chosen_port() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with LocalSandbox("empty", pubsub_port=port) as sandbox:
        assert sandbox.pubsub_address == f"127.0.0.1:{port}"


def test_old_events_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST", 600)
    with LocalSandbox("empty") as sandbox:
        kept = sandbox.org.events.journal
        store = sandbox.org.store
        with store.transaction():
            for number in range(1_200):
                store.insert("Account", {"Name": str(number)})
        topic = frozenset({"/data/AccountChangeEvent"})
        oldest = kept.after(0, topic, 1)[0].number
        assert oldest == kept.floor + 1 == 401
        assert kept.number_of(kept.replay_id(400)) == 400
        assert kept.number_of(kept.replay_id(399)) is None
        assert len(kept.after(0, topic, 5_000)) == 800
