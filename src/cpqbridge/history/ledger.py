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

import cpqbridge
from cpqbridge.errors import ERRORS
from cpqbridge.history import look, statements
from cpqbridge.history.database import Database, open_database
from cpqbridge.history.locks import DatabaseLocks
from cpqbridge.history.redact import redact
from cpqbridge.history.requests import request_hash
from cpqbridge.history.rows import (
    DoneOperation,
    Ending,
    InDoubt,
    KnownOrder,
    OperationId,
    RecordAttempt,
    RecordDetail,
    RecordRow,
    RunDetail,
    RunId,
    RunRow,
    TakenOver,
)
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.values import JSON, JSONObject, Outcome


class History:
    """The ledger of one pair of systems, safe to use from many tasks and processes at once."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope
        self._locks = DatabaseLocks(database, scope)

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
        rows = await self._all(
            statements.START_RUN,
            scope=self._scope,
            command=command,
            version=cpqbridge.__version__,
            options=redact(options),
        )
        return RunId(rows[0].id)

    async def end_run(self, run: RunId) -> None:
        """Note the end of a run."""
        await self._database.run(lambda connection: connection.execute(statements.END_RUN, {"id": run}))

    async def begin_record(
        self, run: RunId, record_key: str, number: str | None, session: str | None = None
    ) -> RecordAttempt:
        """Take one record in hand (see `begin_records`)."""
        return (await self.begin_records(run, {record_key: number}, session))[0]

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
        rows = await self._all(
            statements.BEGIN_RECORDS,
            run_id=run,
            scope=self._scope,
            records=[_identity(key) | {"number": number} for key, number in records.items()],
            code="CPQ-107",
            message="This attempt was cut off before its end, and a later one took the record over",
            remedy=ERRORS["CPQ-107"].remedy,
        )
        taken = {row.record_key: RecordAttempt(row.id, row.record_key, row.attempt, session) for row in rows}
        return [taken[key] for key in records]

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
        rows = await self._all(
            statements.INTEND,
            **self._fence(attempt),
            position=position,
            name=name,
            key=key,
            method=method,
            path=path,
            request_hash=request_hash(method, path, body),
            idempotency_key=idempotency_key,
            request=redact(body),
            session=attempt.session,
        )
        return OperationId(_still_ours(rows, attempt).id)

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
        _still_ours(rows, attempt)

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
        if await self.finish_records([Ending(attempt, outcome, code, message, remedy, plan, zuora)]):
            raise TakenOver(attempt.record_key, attempt.attempt)

    async def finish_records(self, endings: Sequence[Ending]) -> list[RecordAttempt]:
        """Write down what became of records, in one call for all; a success closes earlier attempts that were none.

        Returns:
            The attempts that were taken over by later ones, whose outcomes count: nothing was written for them.
        """
        rows = await self._all(
            statements.FINISH_RECORDS, scope=self._scope, records=[_ending(ending) for ending in endings]
        )
        ours = {row.id for row in rows}
        return [ending.attempt for ending in endings if ending.attempt.record_id not in ours]

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

    async def last_done(self, keys: Sequence[str]) -> dict[str, DoneOperation]:
        """Return the latest operation done under each natural key that has one, in one call."""
        rows = await self._all(statements.LAST_DONE, scope=self._scope, keys=list(keys))
        return {row.key: DoneOperation(**row._asdict()) for row in rows}

    async def in_doubt(self, keys: Sequence[str]) -> dict[str, InDoubt]:
        """Return, of these natural keys, those whose latest operation may or may not have happened."""
        rows = await self._all(statements.IN_DOUBT, scope=self._scope, keys=list(keys))
        return {row.key: InDoubt(**row._asdict()) for row in rows}

    async def known_orders(self, *, but_done_by: str) -> list[KnownOrder]:
        """Return every order that was ever looked at, by number.

        Args:
            but_done_by: A command; orders whose latest attempt is a success of it are left out.
        """
        rows = await self._all(statements.KNOWN_ORDERS, scope=self._scope, command=but_done_by)
        return [KnownOrder(row.number, row.salesforce_id, row.outcome in statements.SUCCESSES) for row in rows]

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
        rows = await self._all(
            statements.END_OPERATION,
            **self._fence(attempt),
            id=operation,
            state=state,
            status=status,
            answer=redact(answer),
            request_id=request_id,
            code=code,
            unknown_result=unknown_result,
        )
        _still_ours(rows, attempt)

    def _fence(self, attempt: RecordAttempt) -> dict[str, Any]:
        return {
            "scope": self._scope,
            "record_id": attempt.record_id,
            "record_key": attempt.record_key,
            "attempt": attempt.attempt,
        }

    async def _all(self, statement: TextClause, **parameters: Any) -> Sequence[Row[Any]]:
        return await self._database.run(lambda connection: connection.execute(statement, parameters).all())


def _identity(record_key: str) -> dict[str, str]:
    kind, _, salesforce_id = ":".join(record_key.split(":")[-2:]).rpartition(":")
    return {"record_key": record_key, "kind": kind, "salesforce_id": salesforce_id}


def _ending(ending: Ending) -> dict[str, Any]:
    return {
        "record_id": ending.attempt.record_id,
        "record_key": ending.attempt.record_key,
        "attempt": ending.attempt.attempt,
        "success": ending.outcome in statements.SUCCESSES,
        "outcome": ending.outcome.value,
        "code": ending.code,
        "message": redact(ending.message),
        "remedy": ending.remedy,
        "plan": redact(ending.plan),
        "zuora": redact(ending.zuora),
    }


def _still_ours(rows: Sequence[Row[Any]], attempt: RecordAttempt) -> Row[Any]:
    if not rows:
        raise TakenOver(attempt.record_key, attempt.attempt)
    return rows[0]
