"""The feed of events: what the poll is told, and that a position never goes ahead of what is stored."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
import trustme
from structlog.testing import capture_logs

from cpqbridge.eventbus.pubsub_pb2 import CUSTOM, LATEST
from cpqbridge.jobs.feed.event_meaning import OWN
from cpqbridge.jobs.feed.event_teller import Rhythm
from cpqbridge.jobs.feed.events import EventFeed
from cpqbridge.salesforce.client import _HEADERS
from tests.jobs.feed.event_stage import Clients, Connection, Poll, Scene, Store, scene, settings
from tests.salesforce.events.bus import ORDERS, READY, change, order_id, until

OURS = f"com/salesforce/api/rest/62.0;client={OWN}"
STATUS, SYNC_STATUS, LAST_MODIFIED = "0x04", "0x80", "0x40"


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Callable[[Scene], Awaitable[Any]]], Any]:
    def run(work: Callable[[Scene], Awaitable[Any]]) -> Any:
        async def story() -> Any:
            async with asyncio.timeout(50), scene(tmp_path) as one:
                return await work(one)

        return asyncio.run(story())

    return run


def test_the_poll_is_told_of_the_records_and_the_position_is_kept(play: Any) -> None:
    async def work(one: Scene) -> None:
        feed = one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1), order_id(2)]))
        await until(lambda: one.store.at() == 1)
        assert one.poll.records() == {order_id(1), order_id(2)}
        assert one.bus.started == [(ORDERS, LATEST, b"")]
        assert (feed.counts.events, feed.counts.own, feed.counts.unreadable) == (1, 0, 0)
        assert 0 < feed.teller.delay < 5

    play(work)


def test_the_first_start_looks_at_everything_since_the_stream_begins_at_its_newest_end(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.bus.publish(ORDERS, change([order_id(1)]))
        one.feed()
        await until(lambda: one.poll.told)
        assert one.poll.told == [{}]

    play(work)


def test_a_position_is_kept_only_when_what_is_due_is_stored(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.store.values[f"events:{ORDERS}"] = {"replay_id": (7_000).to_bytes(8, "big").hex()}
        one.poll.holds = asyncio.Event()
        one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)]))
        await until(one.poll.records)
        await asyncio.sleep(0.1)
        assert one.store.at() == 0
        one.poll.holds.set()
        await until(lambda: one.store.at() == 1)

    play(work)


@pytest.mark.parametrize("killed_at", range(1, 6))
def test_killed_between_events_nothing_is_lost(play: Any, killed_at: int) -> None:
    async def work(one: Scene) -> None:
        one.store.values[f"events:{ORDERS}"] = {"replay_id": (7_000).to_bytes(8, "big").hex()}
        one.bus.size = 1
        one.bus.publish(ORDERS, *[change([order_id(number)]) for number in range(1, 4)])
        stored: set[str] = set()
        hints = 0

        def dies() -> None:
            nonlocal hints
            hints += 1
            if hints == killed_at:
                one.tasks[0].cancel()

        one.poll.before = dies
        one.feed(Rhythm(apart=0.001, quiet=0.01))
        await until(lambda: one.tasks[0].done() or one.store.at() == 3)
        await one.stop()
        stored = {order_id(number + 1) for number in range(one.store.at() or 0)}
        one.poll = Poll()
        one.bus.publish(ORDERS, change([order_id(4)]))
        one.feed()
        await until(lambda: one.store.at() == 4)
        assert stored | one.poll.records() == {order_id(number) for number in range(1, 5)}
        assert one.poll.everything == 0

    play(work)


def test_a_restart_goes_on_after_the_position(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)]))
        await until(lambda: one.store.at() == 1)
        await one.stop()
        one.bus.publish(ORDERS, change([order_id(2)]))
        one.poll.told.clear()
        one.feed()
        await until(lambda: one.store.at() == 2)
        assert one.poll.told == [{"Order": [order_id(2)]}]
        assert one.bus.started[-1][1] == CUSTOM

    play(work)


def test_a_server_that_restarts_is_found_again_and_nothing_is_lost(play: Any) -> None:
    async def work(one: Scene) -> None:
        feed = one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)]))
        await until(lambda: one.store.at() == 1)
        for number in range(2, 5):
            await one.bus.stop()
            one.bus.publish(ORDERS, change([order_id(number)]))
            await one.bus.start()
            await until(lambda number=number: one.store.at() == number)
        assert one.poll.records() == {order_id(number) for number in range(1, 5)}
        assert feed.counts.breaks >= 3
        assert feed.counts.lost == 0

    with capture_logs() as logs:
        play(work)
    assert all("poll works alone meanwhile" in line["event"] for line in logs if line["log_level"] == "warning")


def test_a_lost_position_is_said_and_everything_is_looked_at(play: Any) -> None:
    async def work(one: Scene) -> EventFeed:
        one.bus.publish(ORDERS, *[change([order_id(number)]) for number in range(1, 4)])
        one.bus.first_kept = 2
        one.store.values[f"events:{ORDERS}"] = {"replay_id": (7_001).to_bytes(8, "big").hex()}
        feed = one.feed()
        await one.following(2)
        assert [start[1] for start in one.bus.started] == [CUSTOM, LATEST]
        await until(lambda: one.store.values[f"events:{ORDERS}"] == {"replay_id": None})
        assert one.poll.everything
        one.bus.publish(ORDERS, change([order_id(9)]))
        await until(lambda: one.store.at() == 4)
        assert order_id(9) in one.poll.records()
        return feed

    with capture_logs() as logs:
        feed = play(work)
    (lost,) = [line for line in logs if line.get("code") == "CPQ-112"]
    assert lost["topic"] == ORDERS
    assert lost["replay_id"] == f"{7_001:016x}"
    assert feed.counts.lost == 1


@pytest.mark.parametrize("value", ["text", {"replay_id": "no hex"}, {"replay_id": 7}, [], {}])
def test_a_position_that_is_none_begins_anew(play: Any, value: Any) -> None:
    async def work(one: Scene) -> None:
        one.store.values[f"events:{ORDERS}"] = value
        one.feed()
        await one.following()
        assert one.bus.started == [(ORDERS, LATEST, b"")]

    play(work)


def test_ten_thousand_events_are_a_few_hints_of_bounded_size(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.store.values[f"events:{ORDERS}"] = {"replay_id": (7_000).to_bytes(8, "big").hex()}
        one.bus.publish(ORDERS, *[change([order_id(number)]) for number in range(1, 10_001)])
        feed = one.feed(Rhythm(apart=0.2, quiet=0.05))
        await until(lambda: one.store.at() == 10_000, 45)
        assert feed.counts.events == 10_000
        assert one.bus.most == 100
        assert max(len(hints.get("Order", ())) for hints in one.poll.told) <= 2_000
        assert len(one.poll.told) <= 100
        named = one.poll.records()
        assert one.poll.everything or len(named) == 10_000

    play(work)


def test_a_burst_while_the_poll_is_busy_is_one_hint(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.poll.holds = asyncio.Event()
        feed = one.feed()
        await one.following()
        await until(lambda: one.poll.told)
        one.bus.publish(ORDERS, *[change([order_id(number)]) for number in range(1, 1_001)])
        await until(lambda: feed.counts.events == 1_000)
        one.poll.holds.set()
        await until(lambda: one.store.at() == 1_000)
        assert len(one.poll.told) == 2
        assert len(one.poll.records()) == 1_000

    play(work)


def test_a_hint_that_fails_is_given_again_with_what_came_in_meanwhile(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.store.values[f"events:{ORDERS}"] = {"replay_id": (7_000).to_bytes(8, "big").hex()}
        one.poll.fails = 3
        one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)]))
        await until(lambda: one.poll.told)
        one.bus.publish(ORDERS, change([order_id(2)]))
        await until(lambda: one.store.at() == 2)
        assert len(one.poll.told) >= 4
        assert one.poll.told[-1] in ({"Order": [order_id(1), order_id(2)]}, {"Order": [order_id(2)]})
        assert one.poll.told[3]["Order"][0] == order_id(1)

    play(work)


def test_the_echo_of_own_writes_is_left_out_and_its_position_kept(play: Any) -> None:
    async def work(one: Scene) -> None:
        feed = one.feed(own_fields=("Zuora_Sync_Status__c",))
        await one.following()
        await until(lambda: one.poll.told)
        echo = change([order_id(1)], changeOrigin=OURS, changedFields=["0xC0"])
        one.bus.publish(ORDERS, echo)
        await until(lambda: one.store.at() == 1)
        assert one.poll.told == [{}]
        assert feed.counts.own == 1

    play(work)


@pytest.mark.parametrize(
    "header",
    [
        {"changeOrigin": OURS, "changedFields": ["0xC4"]},  # a flow changed the status in the same transaction
        {"changeOrigin": OURS, "changedFields": ["0x80"], "nulledFields": [STATUS]},
        {"changeOrigin": OURS, "changedFields": []},
        {"changeOrigin": "com/salesforce/api/rest/62.0;client=cpqbridge2", "changedFields": [SYNC_STATUS]},
        {"changeOrigin": "com/salesforce/api/rest/62.0", "changedFields": [SYNC_STATUS]},
        {"changeOrigin": "", "changedFields": [SYNC_STATUS, LAST_MODIFIED]},
        {"changeOrigin": OURS, "kind": "DELETE", "changedFields": [SYNC_STATUS]},
    ],
)
def test_what_others_changed_is_no_echo(play: Any, header: dict[str, Any]) -> None:
    async def work(one: Scene) -> None:
        one.feed(own_fields=("Zuora_Sync_Status__c",))
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)], **header))
        await until(one.poll.records)

    play(work)


def test_the_connector_calls_itself_as_the_echo_says() -> None:
    assert _HEADERS["Sforce-Call-Options"] == f"client={OWN}"


@pytest.mark.parametrize("kind", ["GAP_UPDATE", "GAP_CREATE", "GAP_OVERFLOW"])
def test_after_a_gap_everything_is_looked_at(play: Any, kind: str) -> None:
    async def work(one: Scene) -> None:
        feed = one.feed()
        await one.following()
        await until(lambda: one.poll.told)
        one.bus.publish(ORDERS, change([order_id(1)], kind))
        await until(lambda: one.store.at() == 1)
        assert one.poll.told == [{}, {}]
        assert feed.counts.gaps == 1

    play(work)


def test_what_cannot_be_read_is_said_and_everything_is_looked_at(play: Any) -> None:
    async def work(one: Scene) -> None:
        feed = one.feed()
        await one.following()
        await until(lambda: one.poll.told)
        one.bus.publish(ORDERS, b"\xff\xff", change([order_id(1)], kind="DELETE"))
        one.bus.publish(ORDERS, change([order_id(2)]), schema="never-heard-of")
        await until(lambda: one.store.at() == 3)
        assert one.poll.everything >= 2
        assert feed.counts.unreadable == 2

    with capture_logs() as logs:
        play(work)
    said = [line for line in logs if line["event"] == "an event cannot be read"]
    assert [line["replay_id"] for line in said] == [f"{7_001:016x}", f"{7_003:016x}"]


def test_a_platform_event_names_its_order_in_any_field(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.feed(topics=[READY])
        await one.following()
        ready = {"CreatedDate": 1, "CreatedById": "005000000000001AAA", "OrderId__c": order_id(7)[:15]}
        one.bus.publish(READY, ready)
        await until(lambda: one.poll.records() == {order_id(7)})
        told = len(one.poll.told)
        one.bus.publish(READY, ready | {"OrderId__c": None})
        await until(lambda: one.store.at(READY) == 2)
        assert not one.poll.told[told]

    play(work)


def test_signs_of_life_keep_the_position_young(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.bus.publish(ORDERS, change())
        one.feed()
        await one.following()
        one.bus.keep_alive()
        await until(lambda: one.store.at() == 1)
        assert one.poll.told == [{}]

    play(work)


def test_topics_that_the_org_does_not_offer_are_said_in_one_line(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.bus.add("/data/AccountChangeEvent", "{}", can_subscribe=False)
        one.feed(topics=[ORDERS, READY, "/data/AccountChangeEvent", "/data/ContactChangeEvent"])
        await one.following(2)
        assert {start[0] for start in one.bus.started} == {ORDERS, READY}

    with capture_logs() as logs:
        play(work)
    (said,) = [line for line in logs if line["log_level"] == "info" and "following" in line["event"]]
    assert said["event"] == f"events: following {ORDERS}, {READY}"
    assert set(said["not_offered"]) == {"/data/AccountChangeEvent", "/data/ContactChangeEvent"}
    assert "may not subscribe" in said["not_offered"]["/data/AccountChangeEvent"]


def test_a_session_that_ends_in_the_middle_is_renewed(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)]))
        await until(lambda: one.store.at() == 1)
        one.bus.tokens.clear()
        one.bus.disconnect()
        one.bus.publish(ORDERS, change([order_id(2)]))
        await until(lambda: one.store.at() == 2)
        assert one.bus.signed_in == 2

    play(work)


def test_each_failure_is_said_once_however_often_it_comes(play: Any) -> None:
    async def work(one: Scene) -> None:
        one.bus.refuse("GetTopic", grpc.StatusCode.UNAVAILABLE, times=4)
        one.bus.refuse("Subscribe", grpc.StatusCode.INTERNAL, times=4)
        one.feed()
        await one.following()
        one.bus.publish(ORDERS, change([order_id(1)]))
        await until(lambda: one.store.at() == 1)

    with capture_logs() as logs:
        play(work)
    assert [line["code"] for line in logs if line["log_level"] == "warning"] == ["CPQ-101", "CPQ-104"]
    assert [line["event"] for line in logs].count("events are back") == 2


def test_a_break_or_two_are_not_worth_a_word(play: Any) -> None:
    async def work(one: Scene) -> None:
        feed = one.feed(topics=[ORDERS, READY])
        await one.following(2)
        for number in (1, 2):
            one.bus.disconnect()
            await until(lambda number=number: feed.counts.breaks == 2 * number)
            await one.following(2 + 2 * number)
            one.bus.keep_alive()

    with capture_logs() as logs:
        play(work)
    assert not [line for line in logs if line["log_level"] == "warning"]


def test_a_wrong_authority_is_said_with_the_setting_and_never_ends_the_feed(play: Any) -> None:
    async def work(one: Scene) -> None:
        other = one.folder / "other.pem"
        other.write_bytes(trustme.CA().cert_pem.bytes())
        one.feed(ca_certificate=str(other))
        with capture_logs() as logs:
            await until(lambda: any(line.get("code") == "CPQ-301" for line in logs))
        assert not one.bus.calls

    play(work)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_of_certificates_that_is_none_is_an_error_of_the_settings(play: Any, content: str | None) -> None:
    async def work(one: Scene) -> None:
        file = one.folder / "none.pem"
        if content:
            file.write_text(content)
        connection = Connection(
            settings(one.bus, one.folder, ca_certificate=str(file)), Clients(one.bus.salesforce()), one.store
        )
        with pytest.raises(Exception, match=r"CPQ-301.*none\.pem"):
            await EventFeed(connection, one.poll).run()

    play(work)


@pytest.mark.parametrize(
    ("events", "login", "why"),
    [
        ({"mode": "off"}, "https://acme.my.salesforce.com", "turned off"),
        ({"topics": []}, "https://acme.my.salesforce.com", "turned off"),
        ({}, "http://127.0.0.1:8101", "no address"),
    ],
)
def test_without_events_the_feed_says_why_and_does_nothing(
    tmp_path: Path, events: dict[str, Any], login: str, why: str
) -> None:
    chosen = settings(None, tmp_path, login, **events)

    async def story() -> None:
        connection = Connection(chosen, Clients(None), Store())
        async with asyncio.timeout(0.05):
            await EventFeed(connection, Poll()).run()

    with capture_logs() as logs, pytest.raises(TimeoutError):
        asyncio.run(story())
    assert [why in line["event"] for line in logs] == [True]


def test_who_has_no_events_does_not_load_grpc_or_avro() -> None:
    code = (
        "import sys, cpqbridge.jobs.feed.events, cpqbridge.salesforce.events.event;"
        "print([name for name in ('grpc', 'fastavro', 'google.protobuf') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
