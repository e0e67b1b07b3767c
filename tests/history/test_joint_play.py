"""Two ledgers on one database, played at random against a simple model: who holds a record, and what was noted.

In each round many ask at once, so their parts go in joint statements of whatever groups come about.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from cpqbridge.history.database import open_database
from cpqbridge.history.ledger import History
from cpqbridge.history.rows import OperationId, RecordAttempt, RecordDetail, RunId, TakenOver
from cpqbridge.settings import DatabaseSettings
from cpqbridge.values import Outcome

KEYS = [f"Order:80100000000{number:04}AAA" for number in range(12)]
ROUNDS, ASKERS = 15, 30
GONE = "1 1.5"
"""The mark of a session that there never was."""


@dataclass
class Mine:
    """An attempt, whose ledger it is, and what was noted for it: the state and answer of each operation."""

    history: History
    attempt: RecordAttempt
    operations: dict[OperationId, tuple[str, Any]] = field(default_factory=dict)
    outcome: str | None = None


class Play:
    """The model, and the moves."""

    def __init__(self, histories: list[History], runs: list[RunId], session: str, seed: int) -> None:
        self.chance = random.Random(seed)
        self._sides = list(zip(histories, runs, strict=True))
        self._sessions = (None, session, GONE)
        self._tokens = 0
        self.attempts: dict[str, list[Mine]] = {key: [] for key in KEYS}

    async def round(self) -> None:
        """Let many ask at once, each for one record; what began before the round holds as long as nobody takes over."""
        holding = {key: mine[-1] for key, mine in self.attempts.items() if mine}
        begun = [key for key in KEYS if self.chance.random() < 0.3]
        moves = [self._begin(key) for key in begun for _ in range(self.chance.randint(1, 2))]
        for _ in range(ASKERS):
            if mine := self.chance.choice(list(self.attempts.values())):
                one = self.chance.choice(mine[-3:])
                taken = one.attempt.record_key in begun
                moves.append(self._write(one, holds=holding[one.attempt.record_key] is one, perhaps_taken=taken))
        self.chance.shuffle(moves)
        await asyncio.gather(*moves)
        for key in begun:
            self.attempts[key].sort(key=lambda one: one.attempt.attempt)

    async def _begin(self, key: str) -> None:
        history, run = self.chance.choice(self._sides)
        attempt = await history.begin_record(run, key, key[-7:], self.chance.choice(self._sessions))
        assert attempt.record_key == key
        self.attempts[key].append(Mine(history, attempt))

    async def _write(self, one: Mine, *, holds: bool, perhaps_taken: bool) -> None:
        self._tokens += 1
        done: Callable[[Mine, int], Awaitable[None]] = self.chance.choice([self._intend, self._done, self._finish])
        may = holds and not (done == self._intend and one.attempt.session == GONE)
        refused: TakenOver | None = None
        try:
            await done(one, self._tokens)
        except TakenOver as error:
            refused = error
        assert may if refused is None else perhaps_taken or not may
        assert refused is None or refused.record == one.attempt.record_key

    async def _intend(self, one: Mine, token: int) -> None:
        number = await one.history.intend(
            one.attempt,
            position=token,
            name="create order",
            key=f"order:{token}",
            method="POST",
            path="/v1/orders",
            body={"said": token},
            idempotency_key=None,
        )
        assert number not in one.operations
        one.operations[number] = ("intended", token)

    async def _done(self, one: Mine, token: int) -> None:
        if not one.operations:
            return await self._intend_or_refuse(one, token)
        number = self.chance.choice(list(one.operations))
        await one.history.done(one.attempt, number, status=200, answer={"said": token}, request_id=None)
        one.operations[number] = ("done", token)
        return None

    async def _intend_or_refuse(self, one: Mine, token: int) -> None:
        if one.attempt.session == GONE:
            return await self._finish(one, token)
        return await self._intend(one, token)

    async def _finish(self, one: Mine, token: int) -> None:
        await one.history.finish_record(one.attempt, outcome=Outcome.HELD, message=str(token))
        one.outcome = str(token)

    async def check(self) -> None:
        """Compare all that the ledger says with the model."""
        for mine in self.attempts.values():
            assert [one.attempt.attempt for one in mine] == list(range(1, len(mine) + 1))
            for one in mine:
                detail = await one.history.show(one.attempt.record_id)
                assert isinstance(detail, RecordDetail)
                noted = {row.id: (row.state, (row.answer or row.request)["said"]) for row in detail.operations}
                assert noted == one.operations
                if one.outcome is not None and one is mine[-1]:
                    assert detail.record.message == one.outcome


@pytest.mark.parametrize("seed", range(3))
def test_two_ledgers_do_as_the_model_does(database: DatabaseSettings, seed: int) -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            histories = [
                History(await stack.enter_async_context(open_database(database, name)), "") for name in ("one", "two")
            ]
            session = await stack.enter_async_context(histories[0].hold(["order:any"]))
            runs = [await history.start_run("sync order", {}) for history in histories]
            play = Play(histories, runs, session, seed)
            for _ in range(ROUNDS):
                await play.round()
            await play.check()

    asyncio.run(scenario())
