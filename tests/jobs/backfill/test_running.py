"""A back-fill at work: to its end, paused, cancelled, killed, beside another one; each record has one outcome."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text

from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.loop import BackfillLoop
from cpqbridge.jobs.backfill.opening import Carrying
from cpqbridge.jobs.backfill.run import Standing
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore, State
from tests.jobs.backfill.conftest import Stage
from tests.world import Line

ALL = Asked(since=date(2000, 1, 1))
OUTCOMES = {"synced": 20, "held": 3, "waiting": 1}
"""What becomes of the demo's activated orders."""


async def carried(carrying: Carrying, asked: Asked, tell: Callable[[Standing], None] = lambda _: None) -> Backfill:
    opened, _ = await carrying.store.open(asked)
    return await asyncio.wait_for(carrying.carry(opened, tell), 60)


def test_to_its_end_and_again(demo: Stage) -> None:
    standings: list[Standing] = []

    async def do() -> tuple[Any, ...]:
        async with demo.carrying() as carrying:
            first = await carried(carrying, ALL, standings.append)
        async with demo.carrying() as carrying:
            again = await carried(carrying, ALL)
            return first, await carrying.store.counts(first), again, await carrying.store.counts(again)

    first, outcomes, again, later = asyncio.run(do())
    assert (first.state, again.state) == (State.DONE, State.DONE)
    assert again.id != first.id
    assert outcomes == OUTCOMES
    assert later == {"unchanged": 20, "held": 3, "waiting": 1}
    assert len(demo.orders()) == len(set(demo.orders()))
    assert [one.done for one in standings] == sorted(one.done for one in standings)
    assert (standings[-1].done, standings[-1].open) == (24, 0)


def test_paused_it_keeps_what_is_done_and_goes_on_when_it_is_resumed(demo: Stage) -> None:
    async def do() -> tuple[Any, ...]:
        async with demo.carrying() as carrying:
            held, _ = await carrying.store.open(Asked(since=date(2000, 1, 1), held=True))
            paused = await carrying.carry(held, lambda _: None)
            before = await carrying.store.counts(paused)
        assert demo.orders() == []
        async with demo.carrying() as carrying:
            resumed = await carrying.store.resume(paused.id)
            ended = await asyncio.wait_for(carrying.carry(resumed, lambda _: None), 60)
            return paused, before, ended, await carrying.store.counts(ended)

    paused, before, ended, after = asyncio.run(do())
    assert (paused.state, before) == (State.PAUSED, {None: 24})
    assert (ended.state, after) == (State.DONE, OUTCOMES)


@pytest.mark.parametrize("what", ["pause", "cancel"])
def test_stopped_from_another_terminal_in_the_middle(demo: Stage, what: str) -> None:
    latency(demo, 60)

    async def do() -> tuple[Any, ...]:
        async with demo.carrying() as carrying, demo.reading() as (store, _, database):
            opened, _ = await carrying.store.open(ALL)
            going = asyncio.ensure_future(carrying.carry(opened, lambda _: None))
            await until(lambda: some_done(store, opened))
            await (store.pause(opened.id) if what == "pause" else store.cancel(opened.id))
            ended = await asyncio.wait_for(going, 60)
            rows = await database.run(lambda session: session.execute(text(OWN_DUE), {"id": opened.id}).all())
            return ended, await store.counts(ended), rows

    ended, counts, rows = asyncio.run(do())
    assert sum(counts.values()) == 24
    if what == "pause":
        assert ended.state is State.PAUSED
        assert counts[None] == len(rows) > 0
        assert {row.aside for row in rows} == {True}, "also what was given back in the middle of its work"
    else:
        assert ended.state is State.CANCELLED
        assert counts["cancelled"] > 0
        assert None not in counts
        assert rows == []


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        for pause in itertools.repeat(0.05):
            if await condition():
                return
            await asyncio.sleep(pause)


async def some_done(store: BackfillStore, backfill: Backfill) -> bool:
    return sum(records for outcome, records in (await store.counts(backfill)).items() if outcome) >= 3


OWN_DUE = "SELECT number, due_at = 'infinity' AS aside FROM cpqbridge.due WHERE backfill_id = :id"


def latency(stage: Stage, milliseconds: int) -> None:
    url = f"{stage.sandbox.zuora_url}/_sandbox/faults"
    httpx.delete(url, timeout=30).raise_for_status()
    if milliseconds:
        rule = {"match": {"method": "POST", "path": "*"}, "times": 10_000, "fault": "delay", "delay_ms": milliseconds}
        httpx.post(url, json=[rule], timeout=30).raise_for_status()


def test_two_that_ask_for_the_same_orders_both_come_to_their_end(demo: Stage) -> None:
    async def do() -> tuple[Any, ...]:
        async with demo.carrying() as carrying, demo.carrying() as other:
            first, second = await asyncio.gather(carried(carrying, ALL), carried(other, Asked(where="Name = null")))
            return await carrying.store.counts(first), await other.store.counts(second)

    first, second = asyncio.run(do())
    for counts in (first, second):
        assert sum(counts.values()) == 24
        assert (counts.get("held"), counts.get("waiting")) == (3, 1)
    assert len(demo.orders()) == len(set(demo.orders()))


def test_what_was_taken_away_is_due_again(demo: Stage) -> None:
    async def do() -> dict[str | None, int]:
        async with demo.carrying() as carrying:
            opened, _ = await carrying.store.open(Asked(since=date(2000, 1, 1), held=True))
            await carrying.carry(opened, lambda _: None)
            sql = text("DELETE FROM cpqbridge.due WHERE number < '00000110'")
            await carrying.engine.database.run(lambda session: session.execute(sql))
        async with demo.carrying() as carrying:
            ended = await carrying.carry(await carrying.store.resume(opened.id), lambda _: None)
            return await carrying.store.counts(ended)

    assert asyncio.run(do()) == OUTCOMES


def test_where_a_service_runs_it_is_only_watched(demo: Stage) -> None:
    async def do() -> tuple[Backfill, list[Standing]]:
        standings: list[Standing] = []
        async with demo.carrying() as carrying, demo.carrying() as service:
            service.engine.processes._kind = "serve"
            stop = asyncio.Event()
            serving = asyncio.ensure_future(service.engine.run(stop))
            await until(carrying.served)
            ended = await carried(carrying, ALL, standings.append)
            stop.set()
            await serving
            return ended, standings

    ended, standings = asyncio.run(do())
    assert ended.state is State.DONE
    assert not any(one.here for one in standings if one.backfill.state is State.WORKING)


def test_many_orders_of_one_account_let_the_next_account_have_its_turn(empty: Stage) -> None:
    world = empty.world
    product, big, small = world.product(), world.account("Big"), world.account("Small")
    numbers = [world.order(big, [Line(product)]) for _ in range(70)]
    numbers.append(world.order(small, [Line(product)]))

    async def do() -> Any:
        async with empty.carrying() as carrying:
            ended = await carried(carrying, ALL)
            return await carrying.store.counts(ended)

    assert asyncio.run(do()) == {"synced": 71}
    assert empty.orders() == sorted(numbers)


def test_the_leader_of_a_service_reads_and_ends_what_was_asked_for(demo: Stage) -> None:
    async def do() -> dict[str | None, int]:
        async with demo.carrying() as service, demo.reading() as (store, _, _):
            stop = asyncio.Event()
            serving = asyncio.ensure_future(service.engine.run(stop))
            leading = asyncio.ensure_future(BackfillLoop(service.engine.connections[0]).run())
            opened, _ = await store.open(ALL)
            await until(lambda: is_done(store, opened))
            leading.cancel()
            stop.set()
            await asyncio.gather(serving, leading, return_exceptions=True)
            return await store.counts(opened)

    assert asyncio.run(do()) == OUTCOMES


async def is_done(store: BackfillStore, backfill: Backfill) -> bool:
    return (await store.get(backfill.id)).state is State.DONE


@pytest.fixture
def start(demo: Stage, database_url: str, tmp_path: Path) -> Callable[[], subprocess.Popen[str]]:
    """Give a function that starts the command in a process of its own."""
    environment = {
        **os.environ,
        "CPQBRIDGE_DATABASE_URL": database_url,
        "CPQBRIDGE_WORKER_TAKEOVER_SECONDS": "3",
        "CPQBRIDGE_WORKER_CONCURRENCY": "3",
    }
    for name, url in (("SALESFORCE", demo.sandbox.salesforce_url), ("ZUORA", demo.sandbox.zuora_url)):
        environment[f"CPQBRIDGE_SANDBOX_{name}_PORT"] = url.rpartition(":")[2]
    command = [sys.executable, "-m", "cpqbridge", "backfill", "--since", "2000-01-01", "--json"]
    pipe = subprocess.PIPE
    return lambda: subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True)


def test_killed_at_work_it_goes_on_and_each_record_has_one_outcome(
    demo: Stage, database_url: str, start: Callable[[], subprocess.Popen[str]]
) -> None:
    latency(demo, 40)
    for done in (3, 12):
        child = start()
        wait_for(lambda least=done: outcomes(database_url) >= least, child)
        child.send_signal(signal.SIGKILL)
        child.communicate()
    latency(demo, 0)
    last = start()
    _, said = last.communicate(timeout=120)
    assert last.returncode == 3, said
    assert "was asked for alike and has not ended: it goes on" in said
    one_outcome_each(demo, database_url)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_says_how_to_go_on(
    demo: Stage, database_url: str, start: Callable[[], subprocess.Popen[str]], number: signal.Signals
) -> None:
    latency(demo, 200)  # so much that the end cannot come before the signal
    child = start()
    wait_for(lambda: outcomes(database_url) >= 3, child)
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    assert "goes on with `cpqbridge backfill resume" in said
    with psycopg.connect(database_url) as session:
        sql = "SELECT count(*), count(*) FILTER (WHERE begun > 0) FROM cpqbridge.due WHERE lane = 1"
        [[left, begun]] = session.execute(sql).fetchall()
        [[cut_off]] = session.execute("SELECT count(*) FROM cpqbridge.record WHERE outcome IS NULL").fetchall()
    assert (left > 0, begun, cut_off) == (True, 0, 0), "what was in flight is finished, the rest is given back"
    latency(demo, 0)
    last = start()
    last.communicate(timeout=120)
    one_outcome_each(demo, database_url)


def one_outcome_each(demo: Stage, url: str) -> None:
    with psycopg.connect(url) as session:
        rows = session.execute("SELECT number, outcome FROM cpqbridge.backfill_record").fetchall()
        [[backfills]] = session.execute("SELECT count(*) FROM cpqbridge.backfill").fetchall()
    assert (len(rows), len({number for number, _ in rows}), backfills) == (24, 24, 1)
    counted = Counter(outcome for _, outcome in rows)
    assert counted["synced"] + counted["unchanged"] == 20, counted
    assert (counted["held"], counted["waiting"]) == (3, 1)
    assert len(demo.orders()) == len(set(demo.orders()))


def outcomes(url: str) -> int:
    try:
        with psycopg.connect(url) as session:
            sql = "SELECT count(*) FROM cpqbridge.backfill_record WHERE outcome IS NOT NULL"
            [[count]] = session.execute(sql).fetchall()
            return int(count)
    except psycopg.errors.UndefinedTable:
        return 0


def wait_for(condition: Callable[[], bool], child: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
