"""Joint statements about what is due: rows that change while they are waited for, and endings of many accounts."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from cpqbridge.history.database import Database
from cpqbridge.jobs.due import DueStore, Settled, Wanted
from cpqbridge.values import Outcome
from tests.jobs.conftest import SCOPE, due_store, rows, until

A, B = "001000000000001AAA", "001000000000002AAA"
ORDER = Wanted("Order", "801000000000001AAA", A, "00000101")
OTHER = Wanted("Order", "801000000000002AAA", B, "00000102")
PEN = Wanted("Product2", "01t000000000001AAA", "01t000000000001AAA")
INK = Wanted("Product2", "01t000000000002AAA", "01t000000000002AAA")

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


async def waiting(database: Database, number: int) -> None:
    """Wait until so many statements wait for a lock."""

    async def are() -> bool:
        return bool(await database.run(lambda one: one.execute(WAITING).scalar_one()) >= number)

    await until(are)


@pytest.mark.parametrize("change", [f"account = '{B}'", "due_at = 'infinity'", "due_at = clock_timestamp() + '1 day'"])
def test_what_changes_while_it_is_waited_for_is_not_taken(jobs_database: str, change: str) -> None:
    async def scenario() -> None:
        async with due_store(jobs_database) as (store, database):
            await store.add([ORDER])
            with psycopg.connect(jobs_database) as other:
                other.execute(f"UPDATE cpqbridge.due SET {change}")  # noqa: S608 - a constant above
                taking = [asyncio.ensure_future(store.take(account, 10)) for account in (A, B)]
                await waiting(database, 1)
            assert await asyncio.gather(*taking) == [[], []]
            begun = text("SELECT begun FROM cpqbridge.due")
            assert await database.run(lambda one: one.scalars(begun).all()) == [0]

    asyncio.run(scenario())


async def taken(store: DueStore, *wanted: Wanted) -> list[Any]:
    return [(await store.take(one.account, 10))[0] for one in wanted]


async def at_once(store: DueStore, *groups: list[Settled]) -> None:
    """Settle groups in one call."""
    await asyncio.gather(*(store.settle(group) for group in groups))


def test_endings_of_two_processes_do_not_wait_for_each_other(jobs_database: str) -> None:
    async def scenario() -> None:
        async with due_store(jobs_database) as (one, database), due_store(jobs_database) as (two, _):
            await one.add([ORDER, OTHER, PEN, INK])
            order, ink = await taken(one, ORDER, INK)
            other, pen = await taken(two, OTHER, PEN)
            with psycopg.connect(jobs_database) as slow:
                new = "INSERT INTO cpqbridge.seen (scope, object, record_id, outcome) VALUES (%s, %s, %s, 'synced')"
                slow.execute(new, [SCOPE, "Account", A])
                touched = (("Account", A), PEN.key)
                first = [Settled(ink, Outcome.SYNCED)], [Settled(order, Outcome.UNCHANGED, touched=touched)]
                settling = asyncio.ensure_future(at_once(one, *first))
                await waiting(database, 1)
                second = [Settled(pen, Outcome.SYNCED)], [Settled(other, Outcome.UNCHANGED, touched=(INK.key,))]
                more = asyncio.ensure_future(at_once(two, *second))
                await asyncio.wait([more], timeout=0.3)
                slow.rollback()
            await asyncio.gather(settling, more)
            assert [row["reason"] for row in await rows(database, "cpqbridge.due")] == ["arrival"]
            assert await one.known("Product2", [PEN.record_id, INK.record_id]) == {PEN.record_id, INK.record_id}
            assert await one.known("Account", [A]) == {A}

    asyncio.run(scenario())


def test_what_went_over_with_an_order_is_known_though_its_own_look_failed(jobs_database: str) -> None:
    async def scenario() -> None:
        async with due_store(jobs_database) as (store, _):
            await store.add([ORDER, PEN])
            order, pen = await taken(store, ORDER, PEN)
            went = Settled(order, Outcome.SYNCED, touched=(PEN.key,))
            failed = Settled(pen, None, delay=5, attempts=1, code="CPQ-101", counts=False)
            await at_once(store, [failed], [went])
            assert await store.known("Product2", [PEN.record_id]) == {PEN.record_id}

    asyncio.run(scenario())


def test_what_is_known_already_stays_as_it_is_when_an_order_goes_over(jobs_database: str) -> None:
    async def scenario() -> None:
        async with due_store(jobs_database) as (store, database):
            await store.add([ORDER, PEN])
            order, pen = await taken(store, ORDER, PEN)
            await store.settle([Settled(pen, Outcome.UNCHANGED, fingerprint="f")])
            [before] = await rows(database, "cpqbridge.seen")
            await store.settle([Settled(order, Outcome.SYNCED, touched=(PEN.key,))])
            assert before in await rows(database, "cpqbridge.seen")

    asyncio.run(scenario())
