"""Subscriptions: where they start, how much they bring, and how they end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest

from cpqbridge.eventbus.pubsub_pb2 import CUSTOM, EARLIEST, LATEST, FetchRequest, ReplayPreset, TopicRequest
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.salesforce.events.conftest import (
    Client,
    configure,
    create,
    events_of,
    order_events,
    playing,
    refused,
    refused_stream,
)

ACCOUNTS = "/data/AccountChangeEvent"


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["Name"] for event in events]


def insert(sandbox: LocalSandbox, *accounts: str) -> None:
    for name in accounts:
        sandbox.org.store.insert("Account", {"Name": name})


def test_latest_earliest_and_custom(sandbox: LocalSandbox) -> None:
    sandbox.org.events.expire()
    insert(sandbox, "before")

    async def play(client: Client) -> None:
        latest = await client.open(ACCOUNTS)
        insert(sandbox, "one", "two", "three")
        first = await events_of(latest, 3)
        assert names([await client.decode(event) for event in first]) == ["one", "two", "three"]
        earliest = await client.open(ACCOUNTS, EARLIEST)
        assert names(await client.take(earliest, 4)) == ["before", "one", "two", "three"]
        short = await client.open(ACCOUNTS, CUSTOM, first[1].replay_id[:8])
        assert names(await client.take(short, 1)) == ["three"]
        after = await client.open(ACCOUNTS, CUSTOM, first[0].replay_id)
        assert names(await client.take(after, 2)) == ["two", "three"]
        insert(sandbox, "four")
        assert names(await client.take(after, 1)) == ["four"]

    playing(sandbox, play)


def test_no_more_comes_than_was_asked_for(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS, count=2)
        insert(sandbox, *"abcde")
        first = [await call.read()]
        while first[-1].pending_num_requested:
            first.append(await call.read())
        assert names([await client.decode(event) for response in first for event in response.events]) == ["a", "b"]
        assert first[-1].latest_replay_id == first[-1].events[-1].replay_id
        await call.write(FetchRequest(num_requested=1))
        await call.write(FetchRequest(topic_name=ACCOUNTS, num_requested=2))
        assert names(await client.take(call, 3)) == ["c", "d", "e"]

    playing(sandbox, play)


def test_a_silent_stream_gets_signs_of_life(sandbox: LocalSandbox, http: httpx.Client) -> None:
    configure(http, eventKeepAliveMs=50)

    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS)
        create(http, "Contact", LastName="elsewhere")
        response = await call.read()
        assert (list(response.events), response.pending_num_requested) == ([], 100)
        while response.latest_replay_id != sandbox.org.events.journal.replay_id(sandbox.org.events.journal.last):
            response = await call.read()
        call.cancel()
        again = await client.open(ACCOUNTS, CUSTOM, response.latest_replay_id)
        insert(sandbox, "later")
        assert names(await client.take(again, 1)) == ["later"]

    playing(sandbox, play)


def test_a_client_that_is_done_gets_the_rest(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS, count=1)
        await call.done_writing()
        insert(sandbox, "last", "never seen")
        assert names(await client.take(call, 1)) == ["last"]
        assert await call.read() is grpc.aio.EOF
        assert await call.code() == grpc.StatusCode.OK

    playing(sandbox, play)


def test_a_burst_is_delivered_whole_and_in_order(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS)
        with sandbox.org.store.transaction():
            insert(sandbox, *(f"n{number}" for number in range(2_000)))
        found: list[str] = []
        while len(found) < 2_000:
            response = await call.read()
            assert len(response.events) <= 100
            found += names([await client.decode(event) for event in response.events])
            await call.write(FetchRequest(num_requested=len(response.events)))
        assert found == [f"n{number}" for number in range(2_000)]

    playing(sandbox, play)


@pytest.mark.parametrize(
    ("topic", "preset", "replay_id", "count", "status", "code"),
    [
        ("/data/LeadChangeEvent", LATEST, b"", 1, "NOT_FOUND", "topic.notfound"),
        ("/data/ContractChangeEvent", LATEST, b"", 1, "NOT_FOUND", "topic.notfound"),
        ("/event/Unknown__e", LATEST, b"", 1, "NOT_FOUND", "topic.notfound"),
        ("data/AccountChangeEvent", LATEST, b"", 1, "NOT_FOUND", "topic.notfound"),
        (ACCOUNTS, LATEST, b"", 0, "INVALID_ARGUMENT", "subscription.fetch.requested.events.invalid"),
        (ACCOUNTS, LATEST, b"", -1, "INVALID_ARGUMENT", "subscription.fetch.requested.events.invalid"),
        (ACCOUNTS, LATEST, b"", 101, "INVALID_ARGUMENT", "subscription.fetch.requested.events.invalid"),
        (ACCOUNTS, CUSTOM, b"", 1, "INVALID_ARGUMENT", "subscription.fetch.replayid.validation.failed"),
        (ACCOUNTS, CUSTOM, b"nonsense", 1, "INVALID_ARGUMENT", "subscription.fetch.replayid.corrupted"),
        (ACCOUNTS, CUSTOM, bytes(10), 1, "INVALID_ARGUMENT", "subscription.fetch.replayid.corrupted"),
    ],
)
def test_refused_requests(
    sandbox: LocalSandbox, topic: str, preset: ReplayPreset, replay_id: bytes, count: int, status: str, code: str
) -> None:
    async def play(client: Client) -> None:
        found = await refused_stream(await client.open(topic, preset, replay_id, count))
        assert found[:2] == (status, code)

    playing(sandbox, play)


def test_a_later_request_is_checked_too(sandbox: LocalSandbox) -> None:
    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS)
        await call.write(FetchRequest(topic_name="/data/OrderChangeEvent", num_requested=1))
        assert (await refused_stream(call))[:2] == ("INVALID_ARGUMENT", "topic.mismatch")
        call = await client.open(ACCOUNTS)
        await call.write(FetchRequest(num_requested=200))
        assert (await refused_stream(call))[0] == "INVALID_ARGUMENT"

    playing(sandbox, play)


def test_an_expired_replay_id_is_stale(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS)
        insert(sandbox, "kept")
        (event,) = await events_of(call, 1)
        order_events(http, expire=True)
        stale = await refused_stream(await client.open(ACCOUNTS, CUSTOM, event.replay_id))
        assert stale[:2] == ("INVALID_ARGUMENT", "subscription.fetch.replayid.corrupted")
        assert "retention" in stale[2]
        earliest = await client.open(ACCOUNTS, EARLIEST)
        insert(sandbox, "new")
        assert names(await client.take(earliest, 1)) == ["new"]
        assert names(await client.take(call, 1)) == ["new"]

    playing(sandbox, play)


@pytest.mark.parametrize(
    "changes",
    [{"accesstoken": "00D!wrong"}, {"accesstoken": ""}, {"tenantid": "00D000000000001"}, {"instanceurl": "nowhere"}],
)
def test_who_is_not_signed_in(sandbox: LocalSandbox, changes: dict[str, str]) -> None:
    async def play(client: Client) -> None:
        expected = ("UNAUTHENTICATED", "service.auth.error")
        request = TopicRequest(topic_name=ACCOUNTS)
        assert (await refused(client.stub.get_topic(request, metadata=client.metadata)))[:2] == expected
        assert (await refused_stream(await client.open(ACCOUNTS)))[:2] == expected

    playing(sandbox, play, **changes)


def test_a_session_that_ends_ends_its_streams(sandbox: LocalSandbox, http: httpx.Client) -> None:
    session = sandbox.org.sessions.issue(sandbox.org.user_id, sandbox.org.clock())

    async def play(client: Client) -> None:
        call = await client.open(ACCOUNTS)
        insert(sandbox, "seen")
        assert names(await client.take(call, 1)) == ["seen"]
        configure(http, expireSessions=True)
        insert(sandbox, "unseen")
        assert (await refused_stream(call))[:2] == ("UNAUTHENTICATED", "service.auth.error")

    playing(sandbox, play, accesstoken=session.token)


def test_limits_of_the_org(sandbox: LocalSandbox, http: httpx.Client) -> None:
    async def play(client: Client) -> None:
        configure(http, maxEventSubscribers=sandbox.org.events.subscribers + 1)
        call = await client.open(ACCOUNTS)
        many = await refused_stream(await client.open(ACCOUNTS))
        assert many[:2] == ("RESOURCE_EXHAUSTED", "concurrent.client.limit.exceeded")
        insert(sandbox, "one")
        await client.take(call, 1)
        configure(http, maxDailyEventDeliveries=1)
        insert(sandbox, "two")
        spent = await refused_stream(call)
        assert spent[:2] == ("RESOURCE_EXHAUSTED", "subscription.limit.exceeded")

    playing(sandbox, play)


def test_a_reset_ends_all_streams_and_makes_replay_ids_stale(tmp_path: Path) -> None:
    with LocalSandbox("empty", data=tmp_path) as sandbox, httpx.Client(base_url=sandbox.salesforce_url) as http:

        async def play(client: Client) -> None:
            call = await client.open(ACCOUNTS)
            insert(sandbox, "old")
            (event,) = await events_of(call, 1)
            reset(http)
            assert (await refused_stream(call))[:2] == ("UNAVAILABLE", "service.unavailable")
            assert (await refused_stream(await client.open(ACCOUNTS, CUSTOM, event.replay_id)))[0] == "INVALID_ARGUMENT"
            call = await client.open(ACCOUNTS)
            insert(sandbox, "new")
            assert names(await client.take(call, 1)) == ["new"]

        playing(sandbox, play)


def reset(http: httpx.Client) -> None:
    assert http.post("/_sandbox/reset", json={"seed": "empty"}).status_code == 200


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    found: list[bytes] = []

    async def before(client: Client) -> None:
        call = await client.open(ACCOUNTS)
        insert(first, "one", "two")
        found.append((await events_of(call, 2))[0].replay_id)

    async def after(client: Client) -> None:
        call = await client.open(ACCOUNTS, CUSTOM, found[0])
        insert(second, "three")
        assert names(await client.take(call, 2)) == ["two", "three"]

    with LocalSandbox("empty", data=tmp_path) as first:
        playing(first, before)
    with LocalSandbox("empty", data=tmp_path) as second:
        playing(second, after)
