"""Whatever dies or fails, no change is lost: pages, kills, faults of the org, other orgs and clocks, hidden objects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from cpqbridge.errors import FixConfiguration, RetryLater
from cpqbridge.jobs.due import DueStore, Wanted
from cpqbridge.transport.clock import Clock
from cpqbridge.values import JSON
from tests.jobs.feed.polling import ONCE, Feed, Stage, orders

SMALL = {"rows": 3}
"""Pages of three rows."""


class Killed(Exception):
    """The process is gone."""


class Dying(DueStore):
    """Dies at a page: before it is stored, or just after."""

    def __init__(self, store: DueStore, page: int, *, stored: bool) -> None:
        self._store, self._left, self._stored = store, page, stored

    async def add(self, wanted: Iterable[Wanted], cursors: Mapping[str, JSON] | None = None) -> int:
        self._left -= 1
        if self._left == 0 and not self._stored:
            raise Killed
        added = await self._store.add(wanted, cursors)
        if self._left == 0:
            raise Killed
        return added

    async def cursor(self, name: str) -> JSON:
        return await self._store.cursor(name)

    async def known(self, object_name: str, ids: Iterable[str]) -> set[str]:
        return await self._store.known(object_name, list(ids))

    async def stir(self, accounts: Iterable[str], codes: Iterable[str] = ()) -> None:
        await self._store.stir(accounts, codes)


def test_many_changes_of_one_second_are_read_page_by_page(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed(poller=SMALL) as feed:
            await feed.poller.poll()
            made = stage.activated(account, 11)
            before = len(stage.calls())
            assert await feed.new() == orders(made)
            assert len(stage.calls()) - before == 4, "eleven rows, three a page"

    asyncio.run(do())


@pytest.mark.parametrize("stored", [False, True])
def test_a_kill_at_any_page_loses_nothing_and_reading_goes_on_there(stage: Stage, stored: bool) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed() as feed:
            await feed.poller.poll()
        for page in range(2, 6):  # the first `add` stores where to begin
            made = stage.activated(account, 10)
            async with stage.feed(poller=SMALL) as feed:
                feed.poller._due = Dying(feed.connection.due, page, stored=stored)
                with pytest.raises(Killed):
                    await feed.poller.poll()
                kept = set(await feed.due())
            async with stage.feed(poller=SMALL) as feed:
                await feed.poller.poll()
                assert orders(made) <= set(await feed.due())
                assert kept <= set(await feed.due())
                await feed.taken()

    asyncio.run(do())


def test_rows_that_change_while_pages_are_read_are_found(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed(poller=SMALL) as feed:
            await feed.poller.poll()
            made = stage.activated(account, 9)
            reads = feed.poller._reader.pages

            async def busy(asked):
                pages = await reads(asked)
                for one in made[:2]:
                    stage.touch("Order", one, -1)
                return pages

            feed.poller._reader.pages = busy
            assert await feed.new() == orders(made)

    asyncio.run(do())


def test_a_change_that_is_committed_late_is_found(stage: Stage) -> None:
    """A stamp that is older than the last poll, by less than the overlap."""

    async def do() -> None:
        with stage.ago(1000):
            account = stage.world.account()
        async with stage.feed(overlap_seconds=120) as feed:
            await feed.poller._open()
            long_ago = (datetime.now(UTC) - timedelta(seconds=200)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            cursor = {"floor": long_ago, "last": long_ago, "at": None, "began": "", "whole": True}
            await feed.connection.due.add([], {"poll:Order": cursor})
        async with stage.feed(overlap_seconds=120) as feed:
            await feed.poller.poll()
            late = stage.activated(account, 2, seconds=100)
            assert await feed.new() == orders(late)

    asyncio.run(do())


FAULTS = {
    "request lost": {"fault": "drop_request"},
    "answer lost": {"fault": "drop_response"},
    "503 with HTML": {"fault": "status", "status": 503, "body": "<html>Service unavailable</html>"},
    "429": {"fault": "status", "status": 429, "body": []},
    "day's calls used up": {
        "fault": "status",
        "status": 403,
        "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}],
    },
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_org_loses_nothing(stage: Stage, name: str) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed(ONCE) as feed:
            await feed.poller.poll()
            made = stage.activated(account, 2)
            stage.fault(**FAULTS[name])
            with pytest.raises(RetryLater):
                await feed.poller.poll()
            assert await feed.due() == {}
            assert await _after_pause(stage, feed) == orders(made)

    asyncio.run(do())


async def _after_pause(stage: Stage, feed: Feed) -> set[tuple[str, str]]:
    """Poll with a new client, as after a restart: the old one may leave the org alone for minutes."""
    async with stage.feed(ONCE) as later:
        assert later.connection.scope == feed.connection.scope
        return await later.new()


def test_an_expired_session_is_renewed(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed(ONCE) as feed:
            await feed.poller.poll()
            made = stage.activated(account, 1)
            stage.fault(fault="status", status=401, body=[{"errorCode": "INVALID_SESSION_ID", "message": "expired"}])
            assert await feed.new() == orders(made)

    asyncio.run(do())


def test_another_org_at_the_same_address_is_refused(stage: Stage) -> None:
    async def do() -> None:
        async with stage.feed() as feed:
            await feed.poller.poll()
            await feed.connection.due.add([], {"poll": {"organization": "00D000000000001AAA"}})
        async with stage.feed() as feed:
            with pytest.raises(FixConfiguration) as refused:
                await feed.poller.poll()
        assert refused.value.code == "CPQ-312"
        assert "another org than before" in refused.value.message

    asyncio.run(do())


def test_a_cursor_from_the_future_is_brought_back(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        made = stage.activated(account, 1, seconds=60)
        async with stage.feed() as feed:
            await feed.poller._open()
            ahead = {"floor": "2999-01-01T00:00:00.000Z", "last": "2999-01-01T00:05:00.000Z", "at": None, "began": ""}
            await feed.connection.due.add([], {"poll:Order": {**ahead, "whole": True}})
        async with stage.feed() as feed:
            with capture_logs() as logs:
                assert orders(made) <= await feed.new()
        assert "the org's clock stands before the last poll" in [entry["event"] for entry in logs]

    asyncio.run(do())


def test_a_clock_that_is_wrong_here_is_said_once_and_changes_nothing(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        wrong = Clock(now=lambda: datetime.now(UTC) + timedelta(hours=3))
        async with stage.feed(poller={"clock": wrong}) as feed:
            with capture_logs() as logs:
                await feed.poller.poll()
                made = stage.activated(account, 1)
                assert await feed.new() == orders(made)
        said = [entry for entry in logs if "clock differs" in entry["event"]]
        assert len(said) == 1
        assert 3 * 3600 - 5 < said[0]["seconds"] < 3 * 3600 + 5

    asyncio.run(do())


def test_what_the_org_hides_is_left_out_and_said_once(stage: Stage) -> None:
    async def do() -> None:
        stage.hide("SBQQ__Subscription__c.SBQQ__OrderProduct__c", "ConsumptionRate.ConsumptionScheduleId")
        account = stage.world.account()
        async with stage.feed() as feed:
            with capture_logs() as logs:
                await feed.poller.poll()
                made = stage.activated(account, 1)
                assert await feed.new() == orders(made)
        left = {entry["object"] for entry in logs if entry["event"] == "changes are not followed"}
        assert left == {"SBQQ__Subscription__c", "ConsumptionRate"}

    asyncio.run(do())


def test_hidden_orders_are_an_error(stage: Stage) -> None:
    async def do() -> None:
        stage.hide("Order.StatusCode")
        async with stage.feed() as feed:
            with pytest.raises(FixConfiguration, match=r"Order\.StatusCode"):
                await feed.poller.poll()

    asyncio.run(do())


def test_what_is_hidden_later_does_not_stop_the_rest(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed() as feed:
            await feed.poller.poll()
            stage.hide("OrderItem.OrderId")
            made = stage.activated(account, 1)
            assert await feed.all_turns() == orders(made)
            before = len(stage.calls())
            await feed.poller.poll()
            assert len(stage.calls()) - before == 1

    asyncio.run(do())
