"""Workers, feeds, back-fills, crashes and take-overs in any order: nothing that was asked for is lost or stands still.

The machine plays all parts over the real tables: what is due, the queue's jobs, the ledger's fence, back-fills. Records
have one value in Salesforce and one in Zuora; in the end both are equal, whatever has happened on the way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import text

from cpqbridge.history.database import Database, open_database
from cpqbridge.history.ledger import History
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore, Found, State
from cpqbridge.jobs.due import Due, DueStore, Settled, Wanted, queue_of
from cpqbridge.jobs.statements import JOBS_PATH
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.values import Outcome
from tests.jobs.conftest import SCOPE

EXAMPLES = int(os.environ.get("CPQBRIDGE_TEST_EXAMPLES", "15"))
"""Enough for every test run; some hundreds were run while this was written."""

RECORDS = {f"80100000000000{number}AAA": f"00100000000000{number // 2}AAA" for number in range(2)}
WORKERS = (0, 1)
TABLES = ("due", "seen", "backfill", "backfill_record", "fence", "record", "run", "operation")

FETCH = text(
    """
    UPDATE cpqbridge_jobs.procrastinate_jobs SET status = 'doing' WHERE id = (
        SELECT id FROM cpqbridge_jobs.procrastinate_jobs AS job WHERE status = 'todo' AND NOT EXISTS (
            SELECT FROM cpqbridge_jobs.procrastinate_jobs AS other
            WHERE other.lock = job.lock AND other.status = 'doing'
        )
        ORDER BY priority DESC, id LIMIT 1
    ) RETURNING id, args ->> 'account' AS account
    """
)
FINISH = text("DELETE FROM cpqbridge_jobs.procrastinate_jobs WHERE id = :id")
HURRY = text("UPDATE cpqbridge.due SET due_at = clock_timestamp() WHERE due_at < 'infinity'")


@dataclass
class Hand:
    """What a worker has in hand: its job, the rows that it took with the values that it read, and their endings."""

    job: int | None = None
    rows: list[tuple[Due, int, Any]] = field(default_factory=list)
    endings: list[Settled] = field(default_factory=list)


class Machine(RuleBasedStateMachine):
    """See the module."""

    runner: asyncio.Runner
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.due = DueStore(self.database, SCOPE, queue_of(SCOPE))
        self.history = History(self.database, SCOPE)
        self.backfills = BackfillStore(self.database, SCOPE)
        for table in TABLES:
            self.sql(text(f"TRUNCATE cpqbridge.{table} CASCADE"))
        self.sql(text("TRUNCATE cpqbridge_jobs.procrastinate_jobs CASCADE"))
        self.salesforce = dict.fromkeys(RECORDS, 0)
        self.zuora: dict[str, int] = {}
        self.changed: set[str] = set()
        self.asked: set[str] = set()
        self.hands = {worker: Hand() for worker in WORKERS}
        self.lost: list[int] = []
        self.backfill: Backfill | None = None

    @initialize()
    def everything_is_known(self) -> None:
        for record in RECORDS:
            self.change(record, told=True)
        self.go_through(0)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def sql(self, statement: Any, **values: Any) -> list[Any]:
        def execute(session: Any) -> list[Any]:
            session.execute(JOBS_PATH)
            found = session.execute(statement, values)
            return list(found.all()) if found.returns_rows else []

        rows: list[Any] = self.do(self.database.transact(execute))
        return rows

    @rule(record=st.sampled_from(sorted(RECORDS)), told=st.booleans())
    def change(self, record: str, told: bool) -> None:
        self.salesforce[record] = 1 - self.salesforce[record]
        self.changed.add(record)
        if told:
            self.poll()

    @rule()
    def poll(self) -> None:
        self.do(self.due.add([Wanted("Order", one, RECORDS[one], one[-5:], "poll") for one in sorted(self.changed)]))
        self.asked |= self.changed
        self.changed = set()

    @rule(worker=st.sampled_from(WORKERS), most=st.integers(1, 2))
    def take(self, worker: int, most: int) -> None:
        hand = self.hands[worker]
        if hand.job is not None or hand.rows or hand.endings:
            return
        self.do(self.due.wake())
        for job in self.sql(FETCH):
            hand.job = job.id
            taken = self.do(self.due.take(job.account, most))
            now = self.do(self.history.now())
            hand.rows = [(row, self.salesforce[row.wanted.record_id], now) for row in taken]

    @rule(worker=st.sampled_from(WORKERS), ends=st.sampled_from(["done", "done", "answer lost", "killed", "held"]))
    def work(self, worker: int, ends: str) -> None:
        hand = self.hands[worker]
        if hand.rows:
            row, value, read_at = hand.rows.pop(0)
            ending = self.do(self.look(row, value, read_at, ends))
            if ending is None:
                self.hands[worker] = Hand()
                self.lost += [hand.job] if hand.job is not None else []
            else:
                hand.endings.append(ending)

    async def look(self, row: Due, value: int, read_at: Any, ends: str, *, anew: bool = False) -> Settled | None:
        key = row.wanted.record_id
        mark: str | None = str(value)
        if not anew and (await self.due.fingerprints("Order", [key])).get(key) == mark:
            return Settled(row, Outcome.UNCHANGED, fingerprint=mark)
        attempt = await self.history.begin_record(await self.history.start_run("machine", {}), f"Order:{key}", None)
        if await self.history.overtaken(attempt, read_at):
            value, mark = self.salesforce[key], None
        if ends == "held":
            await self.history.finish_record(attempt, outcome=Outcome.HELD)
            return Settled(row, Outcome.HELD, delay=86_400, attempts=1, code="CPQ-435")
        call: dict[str, Any] = {"name": "write", "key": f"order:{key}", "method": "PUT", "path": "/", "body": None}
        operation = await self.history.intend(attempt, position=0, **call, idempotency_key=None)
        self.zuora[key] = value
        if ends == "killed":
            return None
        if ends == "answer lost":
            await self.history.finish_record(attempt, outcome=Outcome.FAILED, code="CPQ-102")
            return Settled(row, None, delay=0, attempts=1, code="CPQ-102", counts=False)
        await self.history.done(attempt, operation, status=200, answer=None, request_id=None)
        await self.history.finish_record(attempt, outcome=Outcome.SYNCED)
        return Settled(row, Outcome.SYNCED, fingerprint=mark)

    @rule(record=st.sampled_from(sorted(RECORDS)))
    def sync_by_hand(self, record: str) -> None:
        row = Due(Wanted("Order", record, RECORDS[record]), 1, 0, 1)
        self.do(self.look(row, self.salesforce[record], self.do(self.history.now()), "done", anew=True))

    @rule(worker=st.sampled_from(WORKERS))
    def go_through(self, worker: int) -> None:
        """Do a whole job without trouble."""
        self.take(worker, 2)
        while self.hands[worker].rows:
            self.work(worker, "done")
        self.settle(worker, False)

    @rule(worker=st.sampled_from(WORKERS), stopped=st.booleans())
    def settle(self, worker: int, stopped: bool) -> None:
        """End a job: it is through, or it was stopped and gives the rest back."""
        hand = self.hands[worker]
        if not hand.rows or stopped:
            self.do(self.due.settle(hand.endings))
            self.do(self.due.give_back([row for row, _, _ in hand.rows]))
            self.sql(FINISH, id=hand.job)
            self.hands[worker] = Hand()

    @rule(worker=st.sampled_from(WORKERS))
    def cancel(self, worker: int) -> None:
        """Cut a job off in the moment in which its endings are noted: they are, and it gives all back too."""
        hand = self.hands[worker]
        rows = [row for row, _, _ in hand.rows] + [ending.due for ending in hand.endings]
        self.do(self.due.settle(hand.endings))
        self.do(self.due.give_back(rows))
        self.sql(FINISH, id=hand.job)
        self.hands[worker] = Hand()

    @rule(worker=st.sampled_from(WORKERS))
    def kill(self, worker: int) -> None:
        hand, self.hands[worker] = self.hands[worker], Hand()
        self.lost += [hand.job] if hand.job is not None else []

    @rule(worker=st.sampled_from([None, *WORKERS]))
    def take_over(self, worker: int | None) -> None:
        """Drop the jobs of dead workers, or of one that only stands still and will go on later."""
        if worker is None:
            for job in self.lost:
                self.sql(FINISH, id=job)
            self.lost = []
        elif self.hands[worker].job is not None:
            self.sql(FINISH, id=self.hands[worker].job)
            self.hands[worker].job = None

    @precondition(lambda self: self.backfill is None)
    @rule(count=st.integers(1, 2), held=st.booleans())
    def open_backfill(self, count: int, held: bool) -> None:
        self.backfill, _ = self.do(self.backfills.open(Asked(held=held)))
        found = [Found(key, key[-5:], account) for key, account in list(RECORDS.items())[:count]]
        self.do(self.backfills.take_up(self.backfill, None, {"part": 1}, found))

    @precondition(lambda self: self.backfill is not None)
    @rule(change=st.sampled_from(["release", "pause", "resume", "cancel", "sweep", "mend"]))
    def change_backfill(self, change: str) -> None:
        assert self.backfill is not None
        now = self.do(self.backfills.get(self.backfill.id))
        if change == "sweep":
            self.do(self.backfills.sweep())
        elif change == "mend":
            self.do(self.backfills.mend(now))
        elif now.state not in (State.DONE, State.CANCELLED):
            if change == "release":
                self.do(self.backfills.release(now, now.position))
            else:
                self.do(getattr(self.backfills, change)(now.id))

    def teardown(self) -> None:
        """Let everything go on that stands still, and nothing more go wrong: then all must be right."""
        for worker in WORKERS:
            while self.hands[worker].rows:
                self.work(worker, "done")
            self.settle(worker, False)
        self.poll()
        for _ in range(30):
            self.take_over(None)
            if self.backfill is not None:
                for change in ("resume", "release", "sweep", "mend"):
                    self.change_backfill(change)
            self.sql(HURRY)
            self.go_through(0)
            if not self.sql(text("SELECT record_id FROM cpqbridge.due")):
                break
        assert self.sql(text("SELECT * FROM cpqbridge.due")) == []
        for record in self.asked:
            assert self.zuora.get(record) == self.salesforce[record], record
        open_still = text("SELECT record_id FROM cpqbridge.backfill_record WHERE outcome IS NULL")
        assert self.sql(open_still) == []
        if self.backfill is not None:
            self.change_backfill("mend")
            ended = self.do(self.backfills.get(self.backfill.id))
            assert ended.state in (State.DONE, State.CANCELLED)


def test_whatever_happens_salesforce_and_zuora_are_equal_in_the_end(jobs_database: str) -> None:
    chosen = settings(
        max_examples=EXAMPLES, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
    )
    with asyncio.Runner() as runner:
        opened = open_database(DatabaseSettings.at(jobs_database), "machine")
        database = runner.run(opened.__aenter__())
        try:
            machine = type("Machine", (Machine,), {"runner": runner, "database": database})
            run_state_machine_as_test(machine, settings=chosen)
        finally:
            runner.run(opened.__aexit__(None, None, None))
