"""The ledger on a real PostgreSQL: order of writes, fencing, closing, look-ups."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from cpqbridge.errors import FixConfiguration, RetryLater
from cpqbridge.history.ledger import History
from cpqbridge.history.requests import request_hash
from cpqbridge.history.rows import Ending, OperationId, RecordAttempt, RecordDetail, RunDetail, RunId, TakenOver
from cpqbridge.settings import DatabaseSettings
from cpqbridge.values import Outcome

ORDER = "Order:801000000000001AAA"
BODY = {"orderNumber": "00000105", "price": Decimal("1.50"), "quantity": 3}


def on_history(database: DatabaseSettings, work: Callable[[History], Awaitable[Any]], scope: str = "") -> Any:
    async def main() -> Any:
        async with History.open(database, scope=scope) as history:
            return await work(history)

    return asyncio.run(main())


async def begin(history: History, key: str = ORDER) -> RecordAttempt:
    return await history.begin_record(await history.start_run("sync order", {}), key, "00000105")


async def intend(history: History, attempt: RecordAttempt, key: str = "order:00000105") -> OperationId:
    return await history.intend(
        attempt,
        position=0,
        name="create order",
        key=key,
        method="POST",
        path="/v1/orders",
        body=BODY,
        idempotency_key="k-1",
    )


def test_a_record_from_begin_to_end(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        run = await history.start_run("sync order", {"numbers": ["00000105"], "client_secret": "s3cret"})
        attempt = await history.begin_record(run, ORDER, "00000105")
        operation = await intend(history, attempt)
        await history.done(
            attempt, operation, status=200, answer={"total": Decimal("10.00"), "access_token": "t"}, request_id="r-1"
        )
        await history.finish_record(
            attempt, outcome=Outcome.SYNCED, plan={"operations": [BODY]}, zuora={"orderNumber": "O-1"}
        )
        await history.end_run(run)
        detail = await history.show(attempt.record_id)
        assert isinstance(detail, RecordDetail)
        assert (detail.record.kind, detail.record.salesforce_id) == ("Order", "801000000000001AAA")
        assert (detail.record.outcome, detail.record.number) == (Outcome.SYNCED, "00000105")
        assert detail.record.zuora == {"orderNumber": "O-1"}
        assert detail.plan == {"operations": [BODY]}
        (stored,) = detail.operations
        assert (stored.state, stored.status, stored.request_id, stored.attempt) == ("done", 200, "r-1", 1)
        assert stored.answer == {"total": Decimal("10.00"), "access_token": "[redacted]"}
        assert str(stored.answer["total"]) == "10.00"
        assert stored.ended_at is not None
        assert stored.ended_at >= stored.intended_at
        shown = await history.show(run)
        assert isinstance(shown, RunDetail)
        assert (shown.command, [row.id for row in shown.records]) == ("sync order", [attempt.record_id])
        assert shown.options == {"numbers": ["00000105"], "client_secret": "[redacted]"}
        assert shown.ended_at is not None

    on_history(database, work)


def test_show_of_an_unknown_number(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        assert await history.show(123456) is None

    on_history(database, work)


def test_intended_is_committed_before_the_call(database: DatabaseSettings, database_url: str) -> None:
    async def work(history: History) -> None:
        await intend(history, await begin(history))
        with psycopg.connect(database_url) as other:
            state = other.execute("SELECT state FROM cpqbridge.operation").fetchall()
        assert state == [("intended",)]

    on_history(database, work)


@pytest.mark.parametrize("write", ["intend", "done", "fail", "finish"])
def test_every_write_of_an_outdated_attempt_is_refused(database: DatabaseSettings, write: str) -> None:
    async def work(history: History) -> None:
        old = await begin(history)
        operation = await intend(history, old)
        new = await begin(history)
        assert new.attempt == old.attempt + 1
        writes: dict[str, Callable[[], Awaitable[Any]]] = {
            "intend": lambda: intend(history, old),
            "done": lambda: history.done(old, operation, status=200, answer={}, request_id=None),
            "fail": lambda: history.fail(old, operation, status=None, answer=None, code="CPQ-102", unknown_result=True),
            "finish": lambda: history.finish_record(old, outcome=Outcome.SYNCED),
        }
        with pytest.raises(TakenOver, match="was taken over") as caught:
            await writes[write]()
        assert isinstance(caught.value, RetryLater)
        detail = await history.show(old.record_id)
        assert isinstance(detail, RecordDetail)
        assert [row.state for row in detail.operations] == ["intended"]
        assert (detail.record.outcome, detail.record.code) == (Outcome.FAILED, "CPQ-107")
        await intend(history, new)

    on_history(database, work)


def test_other_records_and_scopes_are_not_fenced(database: DatabaseSettings) -> None:
    async def work(history: History) -> RecordAttempt:
        attempt = await begin(history)
        await begin(history, "Order:801000000000002AAA")
        async with History.open(database, scope="other tenant") as other:
            assert (await begin(other)).attempt == 1
            assert (await other.latest(["order:00000105"])).done == {}
            assert await other.show(attempt.record_id) is None
        await intend(history, attempt)
        return attempt

    on_history(database, work)


def test_attempts_taken_at_once_are_all_different(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        run = await history.start_run("sync order", {})
        attempts = await asyncio.gather(*(history.begin_record(run, ORDER, None) for _ in range(20)))
        assert sorted(attempt.attempt for attempt in attempts) == list(range(1, 21))
        results = await asyncio.gather(*(intend(history, one) for one in attempts), return_exceptions=True)
        assert sum(not isinstance(result, TakenOver) for result in results) == 1

    on_history(database, work)


def test_a_later_success_closes_earlier_errors(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        held, cut_off, failed = [await begin(history) for _ in range(3)]
        assert held.attempt < cut_off.attempt
        await history.finish_record(
            failed, outcome=Outcome.FAILED, code="CPQ-101", message="Bearer abcdef123456 refused", remedy="Again."
        )
        stranger = await begin(history, "Order:801000000000002AAA")
        await history.finish_record(stranger, outcome=Outcome.HELD, code="CPQ-501", message="not activated")
        unsettled = await history.list_records(limit=10, open_only=True)
        assert {row.id for row in unsettled} == {
            held.record_id,
            cut_off.record_id,
            failed.record_id,
            stranger.record_id,
        }
        assert next(row for row in unsettled if row.id == failed.record_id).message == "Bearer [redacted] refused"
        good = await begin(history)
        await history.finish_record(good, outcome=Outcome.UNCHANGED)
        assert [row.id for row in await history.list_records(limit=10, open_only=True)] == [stranger.record_id]
        closed = await history.list_records(limit=10, outcome=Outcome.FAILED, record="00000105")
        assert {row.closed_by for row in closed if row.record_key == ORDER} == {good.record_id}

    on_history(database, work)


def test_an_unsuccessful_attempt_closes_nothing(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        for outcome in (Outcome.FAILED, Outcome.WAITING):
            await history.finish_record(await begin(history), outcome=outcome)
        assert len(await history.list_records(limit=10, open_only=True)) == 2

    on_history(database, work)


def test_records_in_batches(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        run = await history.start_run("back-fill", {})
        keys = {f"Order:80{place:04}": f"N{place:04}" for place in reversed(range(1000))}
        attempts = await history.begin_records(run, keys)
        assert [attempt.record_key for attempt in attempts] == list(keys)
        assert all(await history.finish_records([Ending(one, Outcome.HELD, "CPQ-501", "not yet") for one in attempts]))
        again = await history.begin_records(run, keys)
        lost = again[7]
        await history.begin_record(run, lost.record_key, None)
        plan = {"price": Decimal("1.50")}
        noted = await history.finish_records([Ending(one, Outcome.UNCHANGED, plan=plan) for one in again])
        assert noted == [one is not lost for one in again]
        unsettled = await history.list_records(limit=5000, open_only=True)
        assert {row.record_key for row in unsettled} == {lost.record_key}
        detail = await history.show(again[0].record_id)
        assert isinstance(detail, RecordDetail)
        assert detail.plan == plan
        assert await history.begin_records(run, {}) == []
        assert await history.finish_records([]) == []

    on_history(database, work)


def test_list_records_by_record_outcome_and_limit(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        run = await history.start_run("sync order", {})
        for place, outcome in enumerate([Outcome.SYNCED, Outcome.HELD, Outcome.SYNCED]):
            attempt = await history.begin_record(run, f"Order:80{place}", f"N{place}")
            await history.finish_record(attempt, outcome=outcome)
        listed = {
            "all": await history.list_records(limit=10),
            "limit": await history.list_records(limit=1),
            "outcome": await history.list_records(limit=10, outcome=Outcome.HELD),
            "number": await history.list_records(limit=10, record="N0"),
            "id": await history.list_records(limit=10, record="801"),
            "key": await history.list_records(limit=10, record="Order:802"),
        }
        assert {name: [row.number for row in rows] for name, rows in listed.items()} == {
            "all": ["N2", "N1", "N0"],
            "limit": ["N2"],
            "outcome": ["N1"],
            "number": ["N0"],
            "id": ["N1"],
            "key": ["N2"],
        }

    on_history(database, work)


def test_last_done_is_the_latest_with_its_request_hash(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        for total in ("1.00", "2.50"):
            attempt = await begin(history)
            answer = {"total": Decimal(total)}
            await history.done(attempt, await intend(history, attempt), status=200, answer=answer, request_id=None)
            await intend(history, attempt, key="only intended")
        done = (await history.latest(["order:00000105", "only intended", "never"])).done
        assert list(done) == ["order:00000105"]
        assert done["order:00000105"].answer == {"total": Decimal("2.50")}
        assert done["order:00000105"].request_hash == request_hash("post", "/v1/orders", dict(reversed(BODY.items())))

    on_history(database, work)


def test_in_doubt_is_what_has_no_known_result(database: DatabaseSettings) -> None:
    async def work(history: History) -> None:
        attempt = await begin(history)
        await intend(history, attempt, key="intended")
        for key, unknown in (("unknown", True), ("refused", False)):
            operation = await intend(history, attempt, key=key)
            await history.fail(attempt, operation, status=None, answer=None, code="CPQ-102", unknown_result=unknown)
        operation = await intend(history, attempt, key="done")
        await history.done(attempt, operation, status=200, answer={}, request_id=None)
        doubtful = (await history.latest(["intended", "unknown", "refused", "done", "never"])).doubts
        assert {key: row.idempotency_key for key, row in doubtful.items()} == {"intended": "k-1", "unknown": "k-1"}

    on_history(database, work)


CRASHING = """
import asyncio, os, signal, sys
from cpqbridge.history.ledger import History
from cpqbridge.settings import DatabaseSettings

async def main():
    async with History.open(DatabaseSettings.at(sys.argv[1])) as history:
        attempt = await history.begin_record(await history.start_run("sync order", {}), sys.argv[2], None)
        await history.intend(attempt, position=0, name="create order", key="order:1", method="POST", path="/v1/orders",
                             body={}, idempotency_key="k-9")
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_what_a_killed_process_intended_is_in_doubt(database: DatabaseSettings, database_url: str) -> None:
    ended = subprocess.run([sys.executable, "-c", CRASHING, database_url, ORDER], check=False)
    assert ended.returncode == -signal.SIGKILL

    async def work(history: History) -> None:
        doubtful = (await history.latest(["order:1"])).doubts
        assert doubtful["order:1"].idempotency_key == "k-9"
        (cut_off,) = await history.list_records(limit=10)
        assert cut_off.outcome is None
        attempt = await begin(history)
        assert attempt.attempt == cut_off.attempt + 1
        (cut_off,) = await history.list_records(limit=10, outcome=Outcome.FAILED)
        assert cut_off.code == "CPQ-107"

    on_history(database, work)


def test_a_lost_connection_is_worth_another_try_and_then_works(database: DatabaseSettings, database_url: str) -> None:
    async def work(history: History) -> RunId:
        await history.start_run("first", {})
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'cpqbridge'"
            )
        with pytest.raises(RetryLater, match="CPQ-101"):
            await history.start_run("second", {})
        return await history.start_run("third", {})

    assert on_history(database, work) == 2


@pytest.mark.parametrize(
    ("address", "said", "remedy"),
    [
        ("mysql://x/y", "not one of a PostgreSQL", "Write it as postgresql://"),
        ("postgresql://u:secret-pw@127.0.0.1:1/db", "refused", None),
        ("{known}_absent", "does not exist", "Create the database"),
        ("{wrong}", "password authentication failed", "Check the user and the password"),
        ("postgresql://u:secret-pw", "not one of a PostgreSQL", "Write it as postgresql://"),
        ("postgresql://u:secret-pw/db", "not one of a PostgreSQL", "Write it as postgresql://"),
        ("postgresql://u:pass@secret-pw@127.0.0.1:1/db", "more than one @", "as %40"),
        ("{read_only}", "takes no writes", "primary server"),
    ],
)
def test_a_database_that_cannot_be_used(database_url: str, address: str, said: str, remedy: str | None) -> None:
    base, _, query = database_url.partition("?")
    name, _, rest = base.removeprefix("postgresql://cpqbridge:").partition("@")
    address = address.replace("{known}_absent", f"{base}_absent?{query}")
    address = address.replace("{read_only}", f"{database_url}&options=-cdefault_transaction_read_only%3Don")
    address = address.replace("{wrong}", f"postgresql://cpqbridge:wrong-pw@{rest}?{query}")

    async def work(_: History) -> None:
        raise AssertionError("opened")

    with pytest.raises(FixConfiguration, match=said) as caught:
        on_history(DatabaseSettings.at(address), work)
    assert caught.value.code == "CPQ-306"
    assert (remedy or "Check the database address") in caught.value.remedy
    told = "".join(traceback.format_exception(caught.value))
    assert not any(secret in told for secret in (name, "wrong-pw", "secret-pw"))


def test_the_right_to_write_is_lost_with_a_later_attempt_or_with_the_session(database: DatabaseSettings) -> None:
    async def scenario() -> None:
        async with History.open(database) as history:
            run = await history.start_run("sync order", {})
            async with history.hold(["order:1"]) as session:
                attempt = await history.begin_record(run, "Order:801", "1", session)
                await history.still_ours(attempt)
                stranger = replace(attempt, session=session.replace(" ", " 9"))
                with pytest.raises(TakenOver):
                    await history.still_ours(stranger)
                with pytest.raises(TakenOver):
                    await history.intend(stranger, position=0, name="x", key="x", method="POST", path="/", body=None,
                                         idempotency_key=None)  # fmt: skip
            await history.begin_record(run, "Order:801", "1")
            with pytest.raises(TakenOver):
                await history.still_ours(attempt)

    asyncio.run(scenario())
