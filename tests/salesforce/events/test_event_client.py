"""The client of the Pub/Sub API against a server that plays it, over TLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import grpc
import pytest
import trustme

from cpqbridge.errors import CpqBridgeError
from cpqbridge.eventbus.pubsub_pb2 import CUSTOM, LATEST
from cpqbridge.salesforce.events.client import EventClient
from cpqbridge.salesforce.events.endpoint import Endpoint
from cpqbridge.salesforce.events.event import Batch, Event
from tests.salesforce.events.bus import ORDERS, PREFIX, READY, Bus, change, order_id, running, until


@asynccontextmanager
async def talking(endpoint: Endpoint | None = None, silence: float = 300) -> AsyncIterator[tuple[Bus, EventClient]]:
    async with (
        running() as bus,
        bus.salesforce() as salesforce,
        EventClient(salesforce, endpoint or bus.endpoint, silence=silence) as client,
    ):
        yield bus, client


def play(work: Callable[[Bus, EventClient], Awaitable[Any]], **options: Any) -> Any:
    async def story() -> Any:
        async with talking(**options) as (bus, client):
            return await work(bus, client)

    return asyncio.run(story())


async def take(client: EventClient, topic: str, after: bytes | None, count: int) -> list[Event]:
    """Return the next events."""
    found: list[Event] = []
    async with asyncio.timeout(10), aclosing(client.subscribe(topic, after)) as batches:
        async for batch in batches:
            found += batch.events
            if len(found) >= count:
                break
    return found


def start(number: int) -> bytes:
    return (7_000 + number).to_bytes(8, "big")


def refused(work: Callable[[Bus, EventClient], Awaitable[Any]], **options: Any) -> CpqBridgeError:
    with pytest.raises(CpqBridgeError) as caught:
        play(work, **options)
    return caught.value


def test_a_change_event_is_read_with_its_bitmaps() -> None:
    async def work(bus: Bus, client: EventClient) -> list[Event]:
        origin = "com/salesforce/api/rest/62.0;client=astro"
        bus.publish(
            ORDERS,
            change([order_id(1), order_id(2)[:15]], changedFields=["0x44", "4-0x06"], changeOrigin=origin)
            | {"TotalAmount": 12.5},
        )
        return await take(client, ORDERS, start(0), 1)

    (event,) = play(work)
    assert event.problem is None
    assert event.change.entity == "Order"
    assert event.change.record_ids == (order_id(1), order_id(2))
    assert event.change.fields == {"Status", "LastModifiedDate", "BillingAddress.City", "BillingAddress.Country"}
    assert event.change.client == "astro"
    assert event.change.committed == datetime(2026, 1, 1, tzinfo=UTC)
    assert event.fields == {}


def test_a_platform_event_keeps_its_fields_and_has_no_floats() -> None:
    async def work(bus: Bus, client: EventClient) -> list[Event]:
        bus.publish(READY, {"CreatedDate": 1, "CreatedById": "005", "OrderId__c": order_id(1), "Amount__c": 0.1})
        return await take(client, READY, start(0), 1)

    (event,) = play(work)
    assert event.change is None
    assert event.fields["OrderId__c"] == order_id(1)
    assert event.fields["Amount__c"] == Decimal("0.1")
    assert isinstance(event.fields["Amount__c"], Decimal)


def test_the_first_start_is_at_the_newest_end_and_a_later_one_after_the_position() -> None:
    async def work(bus: Bus, client: EventClient) -> tuple[Bus, Batch, list[Event]]:
        bus.publish(ORDERS, change([order_id(1)]), change([order_id(2)]))
        async with aclosing(client.subscribe(ORDERS, None)) as batches:
            begun = await anext(batches)
            waiting = asyncio.ensure_future(anext(batches))
            await until(lambda: bus.started)
            bus.publish(ORDERS, change([order_id(3)]))
            fresh = await asyncio.wait_for(waiting, 10)
        return bus, begun, [*fresh.events, *await take(client, ORDERS, start(1), 2)]

    bus, begun, events = play(work)
    assert begun.newest
    assert [event.change.record_ids for event in events] == [(order_id(n),) for n in (3, 2, 3)]
    assert bus.started == [(ORDERS, LATEST, b""), (ORDERS, CUSTOM, start(1))]


def test_never_more_than_a_hundred_events_are_under_way_and_a_schema_is_read_once() -> None:
    async def work(bus: Bus, client: EventClient) -> tuple[Bus, list[Event]]:
        bus.size = 7
        bus.publish(ORDERS, *[change([order_id(number)]) for number in range(1, 1_001)])
        return bus, await take(client, ORDERS, start(0), 1_000)

    bus, events = play(work)
    assert [event.change.record_ids[0] for event in events] == [order_id(number) for number in range(1, 1_001)]
    assert bus.most == 100
    assert bus.calls.count("GetSchema") == 1


def test_a_sign_of_life_moves_the_position() -> None:
    async def work(bus: Bus, client: EventClient) -> Batch:
        async with aclosing(client.subscribe(ORDERS, start(0))) as batches:
            waiting = asyncio.ensure_future(anext(batches))
            await until(lambda: bus.started)
            bus.keep_alive()
            return await asyncio.wait_for(waiting, 10)

    assert play(work) == Batch((), start(0))


def test_what_cannot_be_read_says_so_and_the_stream_goes_on() -> None:
    async def work(bus: Bus, client: EventClient) -> list[Event]:
        bus.publish(ORDERS, b"", b"\xff" * 40, change()["ChangeEventHeader"]["commitUser"].encode())
        bus.publish(ORDERS, change(), schema="never-heard-of")
        bus.publish(ORDERS, change(["not an id"]), change(changedFields=["0xffffff"]), change(changedFields=["1-0x01"]))
        bus.publish(ORDERS, change([order_id(9)]))
        return await take(client, ORDERS, start(0), 8)

    *bad, good = play(work)
    assert [bool(event.problem) for event in bad] == [True] * 7
    assert "never-heard-of" in bad[3].problem
    assert [event.replay_id for event in bad] == [start(number) for number in range(1, 8)]
    assert good.change.record_ids == (order_id(9),)


@pytest.mark.parametrize("call", ["GetTopic", "GetSchema", "Subscribe"])
def test_a_session_that_has_ended_is_renewed_once(call: str) -> None:
    async def work(bus: Bus, client: EventClient) -> Bus:
        bus.refuse(call, grpc.StatusCode.UNAUTHENTICATED, "service.auth.error")
        bus.publish(ORDERS, change())
        assert (await client.topic(ORDERS)).can_subscribe
        assert len(await take(client, ORDERS, start(0), 1)) == 1
        return bus

    assert play(work).signed_in == 2


def test_a_session_that_ends_between_two_streams_is_renewed_and_nothing_is_lost() -> None:
    async def work(bus: Bus, client: EventClient) -> tuple[Bus, list[Event]]:
        bus.publish(ORDERS, change([order_id(1)]))
        found = await take(client, ORDERS, start(0), 1)
        bus.tokens.clear()
        bus.publish(ORDERS, change([order_id(2)]), change([order_id(3)]))
        return bus, found + await take(client, ORDERS, found[-1].replay_id, 2)

    bus, events = play(work)
    found = [event.change.record_ids[0] for event in events]
    assert found == [order_id(1), order_id(2), order_id(3)]
    assert bus.signed_in == 2


@pytest.mark.parametrize(
    ("status", "own", "code"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, "subscription.fetch.replayid.corrupted", "CPQ-112"),
        (grpc.StatusCode.INVALID_ARGUMENT, "subscription.fetch.replayid.validation.failed", "CPQ-112"),
        (grpc.StatusCode.INVALID_ARGUMENT, "", "CPQ-901"),
        (grpc.StatusCode.NOT_FOUND, "topic.not.found", "CPQ-303"),
        (grpc.StatusCode.PERMISSION_DENIED, "", "CPQ-303"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "", "CPQ-103"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "subscription.limit.exceeded", "CPQ-103"),
        (grpc.StatusCode.UNAVAILABLE, "service.unavailable", "CPQ-101"),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "", "CPQ-102"),
        (grpc.StatusCode.INTERNAL, "", "CPQ-104"),
        (grpc.StatusCode.UNKNOWN, "", "CPQ-104"),
    ],
)
def test_each_refusal_is_an_error_with_a_remedy(status: grpc.StatusCode, own: str, code: str) -> None:
    async def work(bus: Bus, client: EventClient) -> None:
        bus.refuse("Subscribe", status, own)
        await take(client, ORDERS, start(0), 1)

    error = refused(work)
    assert error.code == code
    assert error.remedy
    assert error.detail["status"] == status.name
    assert error.detail.get("code", PREFIX + own) == PREFIX + own
    assert "00D" not in str(error.as_dict())


def test_a_session_that_is_refused_twice_is_a_sign_in_error() -> None:
    async def work(bus: Bus, client: EventClient) -> None:
        bus.refuse("Subscribe", grpc.StatusCode.UNAUTHENTICATED, "service.auth.error", times=2)
        await take(client, ORDERS, start(0), 1)

    assert refused(work).code == "CPQ-202"


def test_a_stream_without_a_sign_of_life_is_given_up() -> None:
    async def work(_bus: Bus, client: EventClient) -> None:
        await take(client, ORDERS, start(0), 1)

    error = refused(work, silence=0.05)
    assert error.code == "CPQ-102"
    assert "no sign of life" in error.message


def test_a_certificate_of_another_authority_is_refused_with_the_setting_to_mend() -> None:
    async def story() -> None:
        async with running() as bus, bus.salesforce() as salesforce:
            wrong = Endpoint(bus.endpoint.address, trustme.CA().cert_pem.bytes())
            async with EventClient(salesforce, wrong) as client:
                await client.topic(ORDERS)

    with pytest.raises(CpqBridgeError) as caught:
        asyncio.run(story())
    assert caught.value.code == "CPQ-301"
    assert caught.value.field == "auto_sync.events.ca_certificate"
    assert "certificate" in caught.value.message


def test_nobody_at_the_address_is_an_error_that_may_pass() -> None:
    async def story() -> None:
        async with running() as bus, bus.salesforce() as salesforce:
            nobody = bus.endpoint
            await bus.stop()
            async with EventClient(salesforce, nobody) as client:
                await client.topic(ORDERS)

    with pytest.raises(CpqBridgeError) as caught:
        asyncio.run(story())
    assert caught.value.code == "CPQ-101"
