"""What is old goes; what cpqbridge knows of each record stays."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from cpqbridge.history import retention
from cpqbridge.history.database import open_database
from cpqbridge.history.ledger import History
from cpqbridge.history.retention import Removed, Retention
from cpqbridge.settings import DatabaseSettings
from cpqbridge.values import Outcome

RECORDS = 7


async def attempts(database: DatabaseSettings, outcome: Outcome) -> None:
    """Try each record once, with one call each, in a run of its own."""
    async with History.open(database, scope="a > b") as history:
        run = await history.start_run("sync order", {})
        for number in range(RECORDS):
            attempt = await history.begin_record(run, f"Order:{number}", str(number))
            operation = await history.intend(
                attempt, position=0, name="create_order", key=f"order:{number}", method="POST", path="/v1/orders",
                body={}, idempotency_key=None,
            )  # fmt: skip
            await history.done(attempt, operation, status=200, answer={}, request_id=None)
            await history.finish_record(attempt, outcome=outcome, plan=[{"name": "x"}], zuora={"orderNumber": "1"})
        await history.end_run(run)


def make_old(url: str, days: int = 500) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        for sql in (
            "UPDATE cpqbridge.record SET started_at = now() - make_interval(days => %s), ended_at = NULL",
            "UPDATE cpqbridge.run SET started_at = now() - make_interval(days => %s), ended_at = NULL",
        ):
            session.execute(sql, [days])


def ask(url: str, sql: str) -> list[Any]:
    with psycopg.connect(url) as session:
        return session.execute(sql).fetchall()


async def sweep(database: DatabaseSettings, days: int = 400) -> Removed:
    async with open_database(database) as opened:
        return await Retention(opened, days).sweep()


def test_the_latest_outcome_of_each_record_stays(
    database: DatabaseSettings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SOME", 3)
    asyncio.run(attempts(database, Outcome.HELD))
    asyncio.run(attempts(database, Outcome.SYNCED))
    make_old(database_url)
    removed = asyncio.run(sweep(database))
    assert (removed.records, removed.operations, removed.others) == (RECORDS, RECORDS * 2, 1)
    rows = ask(database_url, "SELECT outcome, plan, zuora->>'orderNumber', attempt FROM cpqbridge.record")
    assert rows == [("synced", None, "1", 2)] * RECORDS
    assert ask(database_url, "SELECT count(*) FROM cpqbridge.run") == [(1,)]
    assert asyncio.run(sweep(database)) == Removed(), "nothing is left to do"


def test_what_is_not_old_stays_whole(database: DatabaseSettings, database_url: str) -> None:
    asyncio.run(attempts(database, Outcome.HELD))
    asyncio.run(attempts(database, Outcome.SYNCED))
    make_old(database_url, days=399)
    assert asyncio.run(sweep(database)) == Removed()
    assert ask(database_url, "SELECT count(*), count(plan) FROM cpqbridge.record") == [(RECORDS * 2, RECORDS * 2)]


def test_the_next_attempt_still_takes_a_higher_number(database: DatabaseSettings, database_url: str) -> None:
    asyncio.run(attempts(database, Outcome.SYNCED))
    asyncio.run(attempts(database, Outcome.SYNCED))
    make_old(database_url)
    asyncio.run(sweep(database))
    asyncio.run(attempts(database, Outcome.UNCHANGED))
    assert ask(database_url, "SELECT max(attempt), count(*) FROM cpqbridge.record") == [(3, RECORDS * 2)]


def test_old_back_fills_go_with_their_records(
    database: DatabaseSettings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "SOME", 3)
    asyncio.run(sweep(database))
    with psycopg.connect(database_url, autocommit=True) as session:
        session.execute("""
            INSERT INTO cpqbridge.backfill (scope, asked, state, ended_at) VALUES
                ('a', '{}', 'done', now() - interval '401 days'), ('a', '{}', 'done', now()),
                ('a', '{}', 'working', NULL)
        """)
        session.execute("""
            INSERT INTO cpqbridge.backfill_record (backfill_id, object, record_id, account, outcome)
            SELECT backfill.id, 'Order', n, 'a', 'synced' FROM cpqbridge.backfill, generate_series(1, 8) AS n
        """)
    removed = asyncio.run(sweep(database))
    assert removed.others == 9
    assert ask(database_url, "SELECT backfill_id, count(*) FROM cpqbridge.backfill_record GROUP BY 1 ORDER BY 1") == [
        (2, 8),
        (3, 8),
    ]
