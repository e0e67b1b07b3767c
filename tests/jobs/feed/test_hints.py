"""What events make the poll do: look at once, at what they name, together."""

from __future__ import annotations

import asyncio

import pytest

from cpqbridge.errors import RetryLater
from tests.jobs.feed.polling import ONCE, Stage, orders


def test_a_hint_polls_at_once_and_returns_when_it_is_stored(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed() as feed:
            await feed.poller.poll()
            [made] = stage.activated(account, 1)
            before = len(stage.calls())
            await feed.poller.hint({"Order": [made]})
            assert len(stage.calls()) - before == 1
            due = await feed.due()
            assert set(due) == orders([made])
            assert due["Order", made].reason == "event"

    asyncio.run(do())


def test_a_record_that_an_event_names_is_looked_at_outside_the_window_too(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        with stage.ago(3600):
            old, other = stage.activated(account, 2)
        async with stage.feed() as feed:
            await feed.poller.poll()
            await feed.poller.hint({"Order": [old[:15]], "Lead": ["00Q000000000001AAA"]})
            assert await feed.taken() == orders([old]), other

    asyncio.run(do())


def test_an_object_that_an_event_names_does_not_wait_for_its_turn(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        contact = stage.world.contact(account)
        async with stage.feed() as feed:
            await feed.arrive(("Account", account))
            await feed.all_turns()
            with stage.ago(-2):
                stage.update("Contact", contact, Title="CFO")
            await feed.poller.hint({"Contact": [contact]})
            assert await feed.taken() == {("Account", account)}

    asyncio.run(do())


def test_a_hint_that_names_nothing_looks_at_every_object(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        product = stage.world.product()
        async with stage.feed() as feed:
            await feed.arrive(("Product2", product))
            await feed.all_turns()
            made = stage.activated(account, 1)
            with stage.ago(-2):
                stage.update("PricebookEntry", stage.find("PricebookEntry", "Product2Id", product)[0]["Id"])
            before = len(stage.calls())
            await feed.poller.hint({})
            assert len(stage.calls()) - before == 3
            assert await feed.taken() == {*orders(made), ("Product2", product)}

    asyncio.run(do())


def test_hints_that_come_during_a_poll_share_the_next_one(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        with stage.ago(3600):
            old = stage.activated(account, 20)
        async with stage.feed() as feed:
            await feed.poller.poll()
            before = len(stage.calls())
            await asyncio.gather(*(feed.poller.hint({"Order": [one]}) for one in old))
            assert await feed.taken() == orders(old)
            assert len(stage.calls()) - before <= 4, "two polls, each with one call for what was named"

    asyncio.run(do())


def test_a_hint_fails_when_its_poll_does_and_the_next_one_makes_up_for_it(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        with stage.ago(3600):
            first, second = stage.activated(account, 2)
        async with stage.feed(ONCE) as feed:
            await feed.poller.poll()
            stage.fault(fault="drop_response")
            with pytest.raises(RetryLater):
                await feed.poller.hint({"Order": [first]})
            await feed.poller.hint({"Order": [second]})
            assert await feed.taken() == orders([first, second])

    asyncio.run(do())


def test_hints_and_polls_at_once_do_not_disturb_each_other(stage: Stage) -> None:
    async def do() -> None:
        account = stage.world.account()
        async with stage.feed(poller={"rows": 2}) as feed:
            await feed.poller.poll()
            made = stage.activated(account, 9)
            polls = [feed.poller.poll() for _ in range(3)]
            await asyncio.gather(*polls, *(feed.poller.hint({"Order": [one]}) for one in made))
            assert await feed.taken() == orders(made)

    asyncio.run(do())
