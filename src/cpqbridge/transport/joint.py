"""Calls that many ask for at about the same time, joined into one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Generic, TypeVar

from cpqbridge.errors import RetryLater

A = TypeVar("A")
R = TypeVar("R")

MOST = 200
"""What is done in one call at most."""


@dataclass(frozen=True, slots=True)
class _Asked(Generic[A, R]):
    what: A
    answer: asyncio.Future[R]


def nothing_apart(_what: object) -> Iterable[Hashable]:
    """Let anything go together."""
    return ()


class Joint(Generic[A, R]):
    """Does what many ask for: one call at a time, and who asks while it is under way goes along with the next one.

    Nobody waits for others to come: whoever asks while nothing is under way is served at once, so a call costs no more
    time where few ask, and a fraction of it where many do. What makes a joint call fail may be in one asker's part
    alone, unless the other side is away: then each part is done by itself. Who has gone away before its turn, and may
    have let go of what gave it the right to ask, has no part any more.

    Args:
        do: Does several parts in one call; gives an answer for each, in the same order.
        apart: Gives what no two parts of one call may have in common, such as the rows that they change.
        most: Parts of one call.
        regardless: A part is done also where its asker has gone away: it only notes what has happened.
    """

    def __init__(
        self,
        do: Callable[[Sequence[A]], Awaitable[Sequence[R]]],
        apart: Callable[[A], Iterable[Hashable]] = nothing_apart,
        most: int = MOST,
        *,
        regardless: bool = False,
    ) -> None:
        self._do = do
        self._apart = apart
        self._most = most
        self._regardless = regardless
        self._asked: list[_Asked[A, R]] = []
        self._serving: asyncio.Task[None] | None = None

    async def ask(self, what: A) -> R:
        """Return the answer to one part.

        Raises:
            Exception: Whatever the call raised.
        """
        asked: _Asked[A, R] = _Asked(what, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._serving is None:
            self._begin()
        return await asked.answer

    def _begin(self) -> None:
        serving = self._serve()
        self._serving = asyncio.get_running_loop().create_task(serving, context=Context())  # it is nobody's own

    async def _serve(self) -> None:
        chosen: list[_Asked[A, R]] = []
        try:
            while chosen := self._next():
                await self._together(chosen)
        finally:  # whatever ends this, nobody waits for ever
            self._serving = None
            for one in chosen:
                if not one.answer.done():
                    one.answer.set_exception(RetryLater("CPQ-102", "The call was cut off"))
            if self._asked:
                self._begin()

    def _next(self) -> list[_Asked[A, R]]:
        """Return what is done now; the rest has its turn after it."""
        chosen: list[_Asked[A, R]] = []
        rest: list[_Asked[A, R]] = []
        taken: set[Hashable] = set()
        for asked in self._asked:
            if asked.answer.done() and not self._regardless:
                continue
            its = set(self._apart(asked.what))
            if len(chosen) < self._most and taken.isdisjoint(its):
                chosen.append(asked)
            else:
                rest.append(asked)
            taken |= its
        self._asked = rest
        return chosen

    async def _together(self, asked: Sequence[_Asked[A, R]]) -> None:
        try:
            answers = await self._do([one.what for one in asked])
        except Exception as error:  # noqa: BLE001 - it goes to those who asked
            if len(asked) > 1 and not isinstance(error, RetryLater):
                for one in asked:
                    await self._together([one])
                return
            for one in asked:
                if not one.answer.done():
                    one.answer.set_exception(error)
            return
        for one, answer in zip(asked, answers, strict=True):
            if not one.answer.done():
                one.answer.set_result(answer)
