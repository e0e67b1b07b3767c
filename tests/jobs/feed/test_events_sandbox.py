"""Events of the sandbox's org, over its own Pub/Sub API with TLS, through the feed and the poll into what is due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from cpqbridge.jobs.feed.events import EventFeed
from cpqbridge.jobs.feed.hints import Hints
from cpqbridge.settings.events import TOPICS
from tests.jobs.feed.event_stage import PAUSES, RHYTHM
from tests.jobs.feed.polling import Feed, Stage
from tests.salesforce.events.bus import until
from tests.world import Line


def order(stage: Stage, **parts: Any) -> None:
    httpx.post(f"{stage.sandbox.salesforce_url}/_sandbox/events", json=parts).raise_for_status()


@dataclass
class Running:
    """A feed of events that runs, and the poll behind it."""

    stage: Stage
    feed: Feed
    events: EventFeed
    told: list[Hints]
    asked: int = 0

    def order(self, **parts: Any) -> None:
        """Give the org's event bus an order of the checks."""
        order(self.stage, **parts)

    async def position(self) -> Any:
        value = await self.feed.connection.due.cursor("events:/data/OrderChangeEvent")
        return value["replay_id"] if isinstance(value, dict) else None

    async def moved(self, *others: Any) -> Any:
        """Wait until the position of orders is another one, and return it."""
        async with asyncio.timeout(20):
            while (found := await self.position()) in (None, *others):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.02)
            return found

    async def settled(self) -> None:
        """Wait until all that has come in is told."""
        teller = self.events.teller
        await until(lambda: self.asked == len(self.told) and not teller._heard.wanted, 20)


@pytest.fixture
def events(stage: Stage, tmp_path: Path) -> Callable[..., Any]:
    certificate = tmp_path / "ca.pem"
    certificate.write_text(stage.sandbox.credentials["salesforce"]["pubsub_ca_certificate"])
    chosen = {"address": stage.sandbox.pubsub_address, "ca_certificate": str(certificate)}

    @asynccontextmanager
    async def run(streams: int = 6, **more: Any) -> AsyncIterator[Running]:
        async with stage.feed(events=chosen) as feed:
            told: list[Hints] = []

            async def hint(hints: Hints) -> None:
                one.asked += 1
                await feed.poller.hint(hints)
                told.append(hints)

            quick = replace(RHYTHM, apart=0.05)
            running = EventFeed(feed.connection, hint, rhythm=quick, pauses=PAUSES, **more)
            one = Running(stage, feed, running, told)
            task = asyncio.ensure_future(running.run())
            try:
                await until(lambda: stage.sandbox.org.events.subscribers == streams)
                await until(lambda: told)
                await one.settled()
                yield one
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                await until(lambda: stage.sandbox.org.events.subscribers == 0)

    return run


def test_a_contracted_order_is_due_at_once(stage: Stage, events: Any) -> None:
    async def story() -> None:
        async with events() as one:
            began = time.monotonic()
            number = await asyncio.to_thread(stage.world.order, stage.world.account(), [Line(stage.world.product())])
            order = ("Order", stage.order(number))
            while order not in await one.feed.due():
                assert time.monotonic() - began < 5
                await asyncio.sleep(0.02)
            row = (await one.feed.due())[order]
            assert row.reason == "event"
            await one.settled()
        assert one.events.counts.unreadable == 0
        assert any(order[1] in hints.get("Order", ()) for hints in one.told)

    asyncio.run(story())


def test_events_of_a_time_without_the_service_are_told_when_it_is_back(stage: Stage, events: Any) -> None:
    async def story() -> None:
        draft = stage.draft(stage.world.account())
        async with events() as one:
            stage.touch("Order", draft)
            await one.moved()
        stage.touch("Order", draft)
        async with events() as two:
            await until(lambda: two.events.counts.events == 1)
            assert two.events.counts.lost == 0

    asyncio.run(story())


def test_stale_positions_make_everything_looked_at(stage: Stage, events: Any) -> None:
    async def story() -> None:
        draft = stage.draft(stage.world.account())
        async with events() as one:
            stage.touch("Order", draft)
            await until(lambda: any("Order" in hints for hints in one.told))
            before = await one.moved()
        stage.touch("Order", draft)
        order(stage, expire=True)
        async with events() as two:
            await until(lambda: two.events.counts.lost >= 1)
            await until(lambda: {} in two.told)
            stage.touch("Order", draft)
            await until(lambda: two.events.counts.events >= 1)
            await two.moved(before)

    with capture_logs() as logs:
        asyncio.run(story())
    assert {line["code"] for line in logs if line["log_level"] == "warning"} == {"CPQ-112"}


def test_gaps_malformed_events_and_breaks_make_everything_looked_at(stage: Stage, events: Any) -> None:
    async def story() -> None:
        draft = stage.draft(stage.world.account())
        async with events() as one:
            for orders, count in (
                ({"gap": "Order"}, lambda: one.events.counts.gaps == 2),
                ({"malformed": "/data/OrderChangeEvent"}, lambda: one.events.counts.unreadable == 1),
            ):
                told = len(one.told)
                one.order(**orders)
                await until(count)
                await until(lambda told=told: {} in one.told[told:])
                await one.settled()
            one.order(disconnect=True)
            await until(lambda: one.events.counts.breaks >= 6)
            count, told = one.events.counts.events, len(one.told)
            stage.touch("Order", draft)
            await until(lambda: one.events.counts.events > count)
            await until(lambda: any(not hints or draft in hints.get("Order", ()) for hints in one.told[told:]))

    asyncio.run(story())


def test_a_session_that_ends_in_the_middle_is_renewed(stage: Stage, events: Any) -> None:
    async def story() -> None:
        account = stage.world.account()
        async with events() as one:
            stage.touch("Account", account)
            await until(lambda: any(account in hints.get("Account", ()) for hints in one.told))
            await one.settled()
            stage.sandbox.org.sessions.expire_all()
            count = one.events.counts.events
            stage.touch("Account", account)
            await until(lambda: one.events.counts.events > count)
            assert one.events.counts.breaks == 0

    asyncio.run(story())


def test_own_writes_are_no_reason_to_look(stage: Stage, events: Any) -> None:
    async def story() -> None:
        account = stage.world.account()
        async with events(own_fields=["AccountNumber"]) as one:
            told = len(one.told)
            client = one.feed.connection.clients.salesforce
            await client.update_collection("Account", [{"Id": account, "AccountNumber": "A-1"}])
            await until(lambda: one.events.counts.own == 1)
            await one.settled()
            assert len(one.told) == told
            await client.update_collection("Account", [{"Id": account, "Name": "Another"}])
            await until(lambda: any(account in hints.get("Account", ()) for hints in one.told))

    asyncio.run(story())


def test_an_org_with_fewer_topics_is_followed_as_far_as_it_goes(stage: Stage, events: Any) -> None:
    url = f"{stage.sandbox.salesforce_url}/_sandbox/settings"
    httpx.post(url, json={"changeDataEntities": ["Order"]}).raise_for_status()
    offered = sorted(set(stage.sandbox.org.events.topics()) & set(TOPICS))

    async def story() -> None:
        async with events(streams=len(offered)):
            pass

    with capture_logs() as logs:
        asyncio.run(story())
    (said,) = [line for line in logs if "events: following" in line["event"]]
    assert sorted(said["event"].removeprefix("events: following ").split(", ")) == offered
    assert set(said["not_offered"]) == set(TOPICS) - set(offered)
