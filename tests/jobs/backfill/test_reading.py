"""Reading what a back-fill has: page by page, in each way that Salesforce gives it, and gone on with after any kill."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.database import Database
from cpqbridge.jobs.backfill import reading
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore, RecordOutcome, State
from tests.jobs.backfill.conftest import Stage
from tests.world import Line

ALL = Asked(since=date(2000, 1, 1))


async def read(stage: Stage, asked: Asked) -> tuple[Backfill, list[RecordOutcome], list[Any]]:
    async with stage.reading() as (store, reader, database):
        opened, _ = await store.open(asked)
        await reader.read(opened)
        found = await store.get(opened.id)
        return found, await store.read_records(found, list), await due(database)


async def due(database: Database) -> list[Any]:
    sql = "SELECT number, lane, reason, backfill_id, due_at = 'infinity' AS aside FROM cpqbridge.due ORDER BY number"
    return list(await database.run(lambda connection: connection.execute(text(sql)).all()))


def activated(stage: Stage) -> list[str]:
    rows = stage.sandbox.org.store.find("Order", "StatusCode", "Activated")
    return sorted(row["OrderNumber"] for row in rows)


@pytest.mark.parametrize("bulk", [False, True])
def test_all_pages_are_due_below_live_work(demo: Stage, bulk: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 5)
    monkeypatch.setattr(reading, "BULK_PAGE", 5)
    monkeypatch.setattr(reading, "MANY", 10 if bulk else 10_000)
    found, records, rows = asyncio.run(read(demo, ALL))
    numbers = activated(demo)
    assert len(numbers) > 20
    assert (found.state, found.total) == (State.WORKING, len(numbers))
    assert sorted(record.number or "" for record in records) == numbers
    assert [row.number for row in rows] == numbers
    assert {(row.lane, row.reason, row.backfill_id, row.aside) for row in rows} == {(1, "backfill", found.id, False)}
    asked_for = [one["path"] for one in requests(demo)]
    assert any("jobs/query" in path for path in asked_for) is bulk


def requests(stage: Stage) -> list[dict[str, Any]]:
    import httpx

    answer: list[dict[str, Any]] = httpx.get(f"{stage.sandbox.salesforce_url}/_sandbox/requests", timeout=30).json()
    return answer


@pytest.mark.parametrize("bulk", [False, True])
def test_at_most_so_many(demo: Stage, bulk: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 4)
    monkeypatch.setattr(reading, "MANY", 5 if bulk else 10_000)
    found, records, _ = asyncio.run(read(demo, Asked(limit=7)))
    assert (found.total, len(records)) == (7, 7)


def test_only_what_is_asked_for(empty: Stage) -> None:
    world = empty.world
    product = world.product()
    first, second = world.account("One"), world.account("Two")
    old = world.order(first, [Line(product)], start="2025-02-01", end="2026-01-31")
    new = world.order(first, [Line(product)])
    other = world.order(second, [Line(product)])
    by: dict[Any, Asked] = {
        (new, other): Asked(since=date(2026, 2, 1)),
        (old, new): Asked(accounts=(first,)),
        (other,): Asked(where=f"Account.Name = 'Two' OR OrderNumber = '{new}x'"),
        (new,): Asked(since=date(2026, 2, 1), accounts=(first,)),
        (): Asked(since=date(2030, 1, 1)),
    }
    for numbers, asked in by.items():
        _, records, _ = asyncio.run(read(empty, asked))
        assert sorted(record.number or "" for record in records) == sorted(numbers), asked


def test_an_order_that_salesforce_does_not_have_has_its_outcome_at_once(demo: Stage) -> None:
    found, records, rows = asyncio.run(read(demo, Asked(orders=("00000101", "99999999"))))
    outcomes = {record.number: (record.outcome, record.code) for record in records}
    assert outcomes == {"00000101": (None, None), "99999999": ("failed", "CPQ-419")}
    assert [row.number for row in rows] == ["00000101"]
    assert found.total == 2


def test_without_any_order_it_is_done(demo: Stage) -> None:
    async def do() -> Backfill:
        async with demo.reading() as (store, reader, _):
            opened, _ = await store.open(Asked(since=date(2099, 1, 1)))
            await reader.read(opened)
            return await store.settle(await store.get(opened.id))

    found = asyncio.run(do())
    assert (found.state, found.total) == (State.DONE, 0)
    assert found.ended_at is not None


@pytest.mark.parametrize(
    ("where", "said"),
    [("Foo = 3", "No such column 'Foo'"), ("Name = 'a' LIMIT 3", "LIMIT"), ("Name =", "MALFORMED_QUERY")],
)
def test_a_wrong_condition_is_told_in_the_words_of_salesforce(demo: Stage, where: str, said: str) -> None:
    with pytest.raises(FixConfiguration, match=said) as caught:
        asyncio.run(read(demo, Asked(where=where)))
    assert (caught.value.code, caught.value.field) == ("CPQ-307", "--where")


def test_a_lost_bulk_result_is_read_anew_and_nothing_twice(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BULK_PAGE", 5)
    monkeypatch.setattr(reading, "MANY", 10)

    async def do() -> tuple[Backfill, list[RecordOutcome]]:
        async with demo.reading() as (store, reader, _):
            opened, _ = await store.open(ALL)
            pages: list[Any] = []
            keep = store.take_up

            async def take_up(backfill: Backfill, was: Any, position: Any, found: Any) -> bool:
                pages.append(position)
                if len(pages) == 3:  # a stop within the result, which is gone when it is gone on with
                    await keep(backfill, was, {**position, "job": "750gK000000000zQAA"}, found)
                    return False
                return await keep(backfill, was, position, found)

            monkeypatch.setattr(store, "take_up", take_up)
            await reader.read(opened)
            monkeypatch.undo()
            monkeypatch.setattr(reading, "MANY", 10)
            await reader.read(await store.get(opened.id))
            found = await store.get(opened.id)
            return found, await store.read_records(found, list)

    found, records = asyncio.run(do())
    assert sorted(record.number or "" for record in records) == activated(demo)
    assert (found.state, found.total) == (State.WORKING, len(records))


def test_two_that_read_at_once_take_each_page_once(demo: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)

    async def do() -> tuple[Backfill, list[RecordOutcome]]:
        async with demo.reading() as (store, reader, _), demo.reading() as (_, other, _):
            opened, _ = await store.open(ALL)
            await asyncio.gather(reader.read(opened), other.read(opened))
            for one in (reader, other):
                await one.read_all()
            found = await store.get(opened.id)
            return found, await store.read_records(found, list)

    found, records = asyncio.run(do())
    assert sorted(record.number or "" for record in records) == activated(demo)
    assert (found.position or {})["read"] == len(records)


CHILD = """
import asyncio, os, signal, sys
from datetime import date
from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.history.database import open_database
from cpqbridge.jobs.backfill import reading
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.store import BackfillStore
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.sync.connect import open_clients, scope_of

org, tenant, url, when = sys.argv[1:]
reading.PAGE = 13
settings = sandbox_settings(int(org), int(tenant))

class Killed(BackfillStore):
    async def take_up(self, *arguments):
        return await self.die_around(super().take_up(*arguments))

    async def release(self, *arguments):
        return await self.die_around(super().release(*arguments))

    async def die_around(self, write):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await write
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with open_clients(settings) as clients, open_database(DatabaseSettings.at(url)) as database:
        store = Killed(database, scope_of(settings))
        opened, _ = await store.open(Asked(since=date(2000, 1, 1)))
        if opened.state != "reading":
            return print(opened.state)
        await reading.BackfillReader(clients.salesforce, store).read(opened)

asyncio.run(main())
"""


def test_killed_at_every_page_it_goes_on_and_has_nothing_twice(demo: Stage, database_url: str) -> None:
    ports = [url.rpartition(":")[2] for url in (demo.sandbox.salesforce_url, demo.sandbox.zuora_url)]
    statuses: list[int] = []
    for turn in range(20):
        when = "before" if turn % 2 == 0 else "after"
        child = subprocess.run(
            [sys.executable, "-c", CHILD, *ports, database_url, when], capture_output=True, text=True, check=False
        )
        assert child.stderr == ""
        statuses.append(child.returncode)
        if child.returncode == 0:
            break
    pages = -(-len(activated(demo)) // 13)
    assert statuses == [-9] * 2 * (pages + 1) + [0], "each page and the release, before and after"
    assert child.stdout.strip() == "working"

    async def look() -> tuple[list[Backfill], list[RecordOutcome], list[Any]]:
        async with demo.reading() as (store, _, database):
            [found] = await store.latest(5)
            return [found], await store.read_records(found, list), await due(database)

    _, records, rows = asyncio.run(look())
    assert sorted(record.number or "" for record in records) == activated(demo)
    assert [row.number for row in rows] == activated(demo)


def test_what_is_live_work_already_stays_that(demo: Stage) -> None:
    async def do() -> tuple[list[Any], BackfillStore]:
        async with demo.reading() as (store, reader, database):
            insert = """
                INSERT INTO cpqbridge.due (scope, object, record_id, number, account, reason)
                VALUES (:scope, 'Order', :id, '00000101', 'a', 'poll')
            """
            [order] = demo.sandbox.org.store.find("Order", "OrderNumber", "00000101")
            values = {"scope": store._scope, "id": order["Id"]}
            await database.run(lambda connection: connection.execute(text(insert), values))
            opened, _ = await store.open(Asked(orders=("00000101", "00000102")))
            await reader.read(opened)
            await store.pause(opened.id)
            return await due(database), store

    rows, _ = asyncio.run(do())
    assert [(row.number, row.lane, row.aside) for row in rows] == [("00000101", 0, False), ("00000102", 1, True)]
