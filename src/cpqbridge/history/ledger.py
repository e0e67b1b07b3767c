"""The history: what the durable sync writes down before and after everything it does.

    async with History.open(settings.database) as history:
        run = await history.start_run("sync order", {})
        attempt = await history.begin_record(run, "Order:801…", "00000105")
        operation = await history.intend(attempt, position=0, name="create order", …)   # committed before the call
        …                                                                              # the call
        await history.done(attempt, operation, status=200, answer=answer, request_id=…)
        await history.finish_record(attempt, outcome=Outcome.SYNCED, …)

Every attempt at a record takes a higher number; from then on each write of an older attempt raises `TakenOver`.
Secrets are taken out of everything that is stored.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause

from cpqbridge.history import look, statements
from cpqbridge.history.database import Database, open_database
from cpqbridge.history.locks import DatabaseLocks
from cpqbridge.history.redact import redact
from cpqbridge.history.requests import request_hash
from cpqbridge.history.rows import (
    Ending,
    KnownOrder,
    Latest,
    OperationId,
    RecordAttempt,
    RecordDetail,
    RecordRow,
    RunDetail,
    RunId,
    RunRow,
    TakenOver,
)
from cpqbridge.history.writes import Writes
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.values import JSON, SUCCESSES, JSONObject, Outcome


class History:
    """The ledger of one pair of systems, safe to use from many tasks and processes at once."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope
        self._locks = DatabaseLocks(database, scope)
        self._writes = Writes(database, scope)

    @classmethod
    @asynccontextmanager
    async def open(cls, database: DatabaseSettings, *, scope: str = "") -> AsyncIterator[History]:
        """Open the ledger; the embedded database is started, and the tables are brought up to date.

        Args:
            database: Which database.
            scope: Names the pair of systems (such as the Zuora address and the Salesforce organization): keys, attempts
                and answers of another scope are never seen.

        Raises:
            FixConfiguration: CPQ-302, CPQ-306 or CPQ-308, with the remedy.
        """
        async with open_database(database) as opened:
            yield cls(opened, scope)

    async def start_run(self, command: str, options: Mapping[str, Any]) -> RunId:
        """Begin a run of a command and return its number."""
        return await self._writes.starts.ask({"command": command, "options": redact(options)})

    async def end_run(self, run: RunId) -> None:
        """Note the end of a run."""
        await self._writes.ends.ask(run)

    async def begin_record(
        self, run: RunId, record_key: str, number: str | None, session: str | None = None
    ) -> RecordAttempt:
        """Take one record in hand (see `begin_records`)."""
        row = await self._writes.begins.ask(_identity(record_key) | {"run_id": run, "number": number})
        return RecordAttempt(row.id, record_key, row.attempt, session)

    async def begin_records(
        self, run: RunId, records: Mapping[str, str | None], session: str | None = None
    ) -> list[RecordAttempt]:
        """Take records in hand, and away from whoever had them, in one call for all.

        Args:
            run: The run that works on them.
            records: The number that people know each by, under its key, which ends in object and id: `Order:801…`.
            session: The mark of the session that holds the locks for them (see `hold`), if any does.

        Returns:
            The attempts, in the order given.
        """
        rows = await self._writes.begin_records(
            [_identity(key) | {"run_id": run, "number": number} for key, number in records.items()]
        )
        return [RecordAttempt(row.id, row.record_key, row.attempt, session) for row in rows]

    async def intend(
        self,
        attempt: RecordAttempt,
        *,
        position: int,
        name: str,
        key: str,
        method: str,
        path: str,
        body: JSON,
        idempotency_key: str | None,
    ) -> OperationId:
        """Write down, durably, the call that is about to be made.

        Args:
            attempt: The attempt it belongs to.
            position: Its place in the plan, from 0.
            name: What it is called in the plan, such as `create order`.
            key: The natural key of what it writes, such as `order:00000105`.
            method: The HTTP method.
            path: The path and query.
            body: The request body; stored without secrets.
            idempotency_key: The key that goes with it, when it has one.

        Raises:
            TakenOver: A later attempt has begun, or the locks are lost: do not make the call.
        """
        number = await self._writes.intents.ask(
            {
                **_fence(attempt),
                "session": attempt.session,
                "position": position,
                "name": name,
                "key": key,
                "method": method,
                "path": path,
                "request_hash": request_hash(method, path, body),
                "idempotency_key": idempotency_key,
                "request": redact(body),
            }
        )
        if number is None:
            raise TakenOver(attempt.record_key, attempt.attempt)
        return number

    async def still_ours(self, attempt: RecordAttempt) -> None:
        """Make sure that the right to write for a record still holds.

        Raises:
            TakenOver: A later attempt has begun, or the locks are lost: do not make the call.
        """
        rows = await self._all(
            statements.STILL_OURS,
            scope=self._scope,
            record_key=attempt.record_key,
            attempt=attempt.attempt,
            session=attempt.session,
        )
        if not rows:
            raise TakenOver(attempt.record_key, attempt.attempt)

    async def done(
        self, attempt: RecordAttempt, operation: OperationId, *, status: int, answer: JSON, request_id: str | None
    ) -> None:
        """Write down that the call was answered with success.

        Raises:
            TakenOver: A later attempt has begun: send nothing more.
        """
        await self._end(attempt, operation, "done", status=status, answer=answer, request_id=request_id)

    async def fail(
        self,
        attempt: RecordAttempt,
        operation: OperationId,
        *,
        status: int | None,
        answer: JSON,
        code: str,
        unknown_result: bool,
        request_id: str | None = None,
    ) -> None:
        """Write down that the call failed; `unknown_result` when the work may have been done all the same.

        Raises:
            TakenOver: A later attempt has begun: send nothing more.
        """
        await self._end(
            attempt,
            operation,
            "failed",
            status=status,
            answer=answer,
            request_id=request_id,
            code=code,
            unknown_result=unknown_result,
        )

    async def finish_record(
        self,
        attempt: RecordAttempt,
        *,
        outcome: Outcome,
        code: str | None = None,
        message: str | None = None,
        remedy: str | None = None,
        plan: Any = None,
        zuora: JSONObject | None = None,
    ) -> None:
        """Write down what became of one record (see `Ending` and `finish_records`).

        Raises:
            TakenOver: A later attempt has begun; its outcome counts.
        """
        if not await self._writes.finishes.ask(_ending(Ending(attempt, outcome, code, message, remedy, plan, zuora))):
            raise TakenOver(attempt.record_key, attempt.attempt)

    async def finish_records(self, endings: Sequence[Ending]) -> list[bool]:
        """Write down what became of records, in one call for all; a success closes earlier attempts that were none.

        Returns:
            For each whether it was written down; not where a later attempt has begun, whose outcome counts.
        """
        return await self._writes.finish_records([_ending(ending) for ending in endings])

    async def overtaken(self, attempt: RecordAttempt, since: datetime) -> bool:
        """Return whether another attempt at the record began after a moment and before this one."""
        if attempt.attempt == 1:
            return False
        values = {"record_key": attempt.record_key, "attempt": attempt.attempt, "moment": since}
        return bool((await self._all(statements.BEGUN_SINCE, scope=self._scope, **values))[0][0])

    async def now(self) -> datetime:
        """Return the database's time, by which the ledger's entries are dated."""
        return await self._database.run(lambda connection: connection.execute(statements.NOW).scalar_one())

    def hold(self, keys: Iterable[str]) -> AbstractAsyncContextManager[str]:
        """Hold the locks of natural keys against other processes; inside this one a key is asked for once at a time.

        Gives the mark of the session that holds them, for `begin_record`.

        Raises:
            RetryLater: CPQ-105, another process has held one of them for very long.
        """
        return self._locks.hold(keys)

    async def latest(self, keys: Sequence[str]) -> Latest:
        """Return what was last written under natural keys."""
        known = await self._writes.looks.ask(keys)
        return Latest(
            {key: known.done[key] for key in keys if key in known.done},
            {key: known.doubts[key] for key in keys if key in known.doubts},
        )

    async def known_orders(self, *, but_done_by: str) -> list[KnownOrder]:
        """Return every order that was ever looked at, by number.

        Args:
            but_done_by: A command; orders whose latest attempt is a success of it are left out.
        """
        rows = await self._all(statements.KNOWN_ORDERS, scope=self._scope, command=but_done_by)
        return [KnownOrder(row.number, row.salesforce_id, row.outcome in SUCCESSES) for row in rows]

    async def list_records(
        self,
        *,
        limit: int,
        outcome: Outcome | None = None,
        record: str | None = None,
        open_only: bool = False,
        since: datetime | None = None,
    ) -> list[RecordRow]:
        """Return attempts at records, the latest first.

        Args:
            limit: At most so many.
            outcome: Only those with this outcome.
            record: Only those of this record: its key, number or Salesforce id.
            open_only: Only those that are no success and that no later success has closed.
            since: Only those that began at or after this time.
        """
        wanted = look.records(
            self._scope, limit=limit, outcome=outcome, record=record, open_only=open_only, since=since
        )
        return await self._database.run(lambda connection: look.record_rows(connection, wanted))

    async def list_runs(self, *, limit: int, since: datetime | None = None) -> list[RunRow]:
        """Return runs, the latest first.

        Args:
            limit: At most so many.
            since: Only those that began at or after this time.
        """
        return await self._database.run(lambda connection: look.runs(connection, self._scope, limit=limit, since=since))

    async def show(self, number: int) -> RecordDetail | RunDetail | None:
        """Return the record or run of this number with all that belongs to it, or None when there is none."""
        return await self._database.run(lambda connection: look.detail(connection, self._scope, number))

    async def _end(
        self,
        attempt: RecordAttempt,
        operation: OperationId,
        state: str,
        *,
        status: int | None,
        answer: JSON,
        request_id: str | None,
        code: str | None = None,
        unknown_result: bool = False,
    ) -> None:
        ending = {
            **_fence(attempt),
            "operation_id": operation,
            "state": state,
            "status": status,
            "answer": redact(answer),
            "request_id": request_id,
            "code": code,
            "unknown_result": unknown_result,
        }
        if not await self._writes.endings.ask(ending):
            raise TakenOver(attempt.record_key, attempt.attempt)

    async def _all(self, statement: TextClause, **parameters: Any) -> Sequence[Row[Any]]:
        return await self._database.run(lambda connection: connection.execute(statement, parameters).all())


def _identity(record_key: str) -> dict[str, str]:
    kind, _, salesforce_id = ":".join(record_key.split(":")[-2:]).rpartition(":")
    return {"record_key": record_key, "kind": kind, "salesforce_id": salesforce_id}


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        **_fence(ending.attempt),
        "success": ending.outcome in SUCCESSES,
        "outcome": ending.outcome.value,
        "code": ending.code,
        "message": redact(ending.message),
        "remedy": ending.remedy,
        "plan": redact(ending.plan),
        "zuora": redact(ending.zuora),
    }


def _fence(attempt: RecordAttempt) -> dict[str, Any]:
    return {"record_id": attempt.record_id, "record_key": attempt.record_key, "attempt": attempt.attempt}
