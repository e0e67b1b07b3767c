"""The ledger's statements for many records at once, and before each of them a joint for those who have one record.

Rows go in as JSON objects by the names of the statements' columns (see `statements`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, TextClause

import cpqbridge
from cpqbridge.errors import ERRORS
from cpqbridge.history import statements
from cpqbridge.history.database import Database
from cpqbridge.history.rows import Latest, OperationId, RunId
from cpqbridge.transport.joint import Joint
from cpqbridge.values import JSON, JSONObject

CUT_OFF = "This attempt was cut off before its end, and a later one took the record over"


class Writes:
    """The statements of one pair of systems; two writes that hold the same row of the fence never go together.

    Args:
        database: The ledger's database.
        scope: The pair of systems.

    Attributes:
        starts: Begins a run; gives its number.
        ends: Ends a run.
        begins: Takes a record in hand; gives its row.
        intents: Notes a call that is about to be made; gives its number, or None where the record is not ours.
        endings: Notes how a call ended; gives whether the record was still ours.
        finishes: Notes what became of a record; gives whether it was still ours.
        looks: Gives what was last written, of the keys that somebody asks for and others.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope
        self.starts = Joint(self._start_runs)
        self.ends = Joint(self._end_runs, regardless=True)
        self.begins = Joint(self.begin_records, apart=_record_key)
        self.intents = Joint(self._intend, apart=_record_key)
        self.endings = Joint(self._end_operations, apart=_record_key, regardless=True)
        self.finishes = Joint(self.finish_records, apart=_record_key, regardless=True)
        self.looks = Joint(self._latest)

    async def begin_records(self, records: Sequence[JSONObject]) -> list[Row[Any]]:
        """Take records in hand; gives their rows in the order given."""
        rows = await self._all(
            statements.BEGIN_RECORDS, records, code="CPQ-107", message=CUT_OFF, remedy=ERRORS["CPQ-107"].remedy
        )
        begun = {row.record_key: row for row in rows}
        return [begun[record["record_key"]] for record in records]

    async def finish_records(self, endings: Sequence[JSONObject]) -> list[bool]:
        """Note what became of records; gives for each whether it was still ours."""
        ours = {row.id for row in await self._all(statements.FINISH_RECORDS, endings)}
        return [ending["record_id"] in ours for ending in endings]

    async def _start_runs(self, runs: Sequence[JSONObject]) -> list[RunId]:
        rows = await self._all(statements.START_RUNS, runs, version=cpqbridge.__version__)
        return [RunId(row.id) for row in rows]

    async def _end_runs(self, runs: Sequence[RunId]) -> list[None]:
        await self._database.run(lambda connection: connection.execute(statements.END_RUNS, {"ids": list(runs)}))
        return [None for _ in runs]

    async def _intend(self, operations: Sequence[JSONObject]) -> list[OperationId | None]:
        rows = await self._all(statements.INTEND, operations)
        noted = {row.record_id: OperationId(row.id) for row in rows}
        return [noted.get(operation["record_id"]) for operation in operations]

    async def _end_operations(self, endings: Sequence[JSONObject]) -> list[bool]:
        noted = {row.id for row in await self._all(statements.END_OPERATIONS, endings)}
        return [ending["operation_id"] in noted for ending in endings]

    async def _latest(self, asked: Sequence[Sequence[str]]) -> list[Latest]:
        values = {"scope": self._scope, "keys": sorted({key for keys in asked for key in keys})}
        rows = await self._database.run(lambda connection: connection.execute(statements.LATEST, values).all())
        return [Latest.of(rows)] * len(asked)

    async def _all(self, statement: TextClause, records: Sequence[JSONObject], **parameters: str) -> Sequence[Row[Any]]:
        values = {"scope": self._scope, "records": records, **parameters}
        return await self._database.run(lambda connection: connection.execute(statement, values).all())


def _record_key(row: JSONObject) -> list[JSON]:
    """Return the row of the fence that a write holds."""
    return [row["record_key"]]
