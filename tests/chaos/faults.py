"""Faults at writes: each write to Zuora suffers a fault of one kind, once or as long as the process lives.

The sandbox does it, over the wire: it is told right before the request, while all other writes wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx

from cpqbridge.settings.settings import Settings
from tests.chaos.kill import writes_of
from tests.chaos.lab import Came, Tell, Trouble
from tests.chaos.processes import Ended
from tests.chaos.writes import Handle, watch

PATIENCE = 0.05
"""Seconds that a process waits for an answer that is late on purpose."""

FAULTS: Mapping[str, Mapping[str, Any]] = {
    "request lost": {"fault": "drop_request"},
    "answer lost": {"fault": "drop_response"},
    "429": {"fault": "status", "status": 429, "headers": {"Retry-After": "1"}},
    "500": {"fault": "status", "status": 500, "body": "Internal Server Error"},
    "503 with HTML": {"fault": "status", "status": 503, "body": "<html><h1>503 Service Unavailable</h1></html>"},
    "slow beyond time-out": {"fault": "delay", "delay_ms": 150},
    "token expired": {"expireTokens": True},
}
"""What the sandbox is told, by the name of the fault."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A write that suffered the fault: which one, and what it writes."""

    who: str
    what: str


class Faulty:
    """Lets each write to Zuora suffer a fault that has not suffered it in an earlier life.

    Args:
        tell: Takes each write that is struck.
        fault: One of `FAULTS`.
        lasting: Also all repetitions of the write by this process suffer.
        spared: The writes that were struck in earlier lives.
        zuora: The tenant's address.
    """

    def __init__(self, tell: Tell, fault: str, *, lasting: bool, spared: set[str], zuora: str) -> None:
        self._tell = tell
        self._fault = fault
        self._lasting = lasting
        self._spared = spared
        self._zuora = httpx.URL(zuora)
        self._struck: set[str] = set()
        self._turn = asyncio.Lock()

    def before(self, what: str) -> str:
        """Let the ledger write."""
        return what

    def after(self, write: str) -> None:
        """Let the ledger write."""

    async def request(self, handle: Handle, request: httpx.Request, what: str) -> httpx.Response:
        """Carry out a request, or let it suffer."""
        who = sha256(f"{request.method} {request.url}".encode() + request.content).hexdigest()
        async with self._turn:
            if request.url.port != self._zuora.port or who in self._spared or not self._meets(who, what):
                return await handle(request)
            await self._order(handle)
            if self._fault == "slow beyond time-out":
                request.extensions["timeout"] = {**request.extensions["timeout"], "read": PATIENCE}
            return await handle(request)

    def _meets(self, who: str, what: str) -> bool:
        if who in self._struck:
            return self._lasting
        self._struck.add(who)
        self._tell(Struck(who, what))
        return True

    async def _order(self, handle: Handle) -> None:
        order = dict(FAULTS[self._fault])
        place = "settings" if "expireTokens" in order else "faults"
        answer = await handle(httpx.Request("POST", self._zuora.join(f"/_sandbox/{place}"), json=order))
        await answer.aread()
        if answer.status_code != 200:
            raise AssertionError(answer.text)


def suffering(fault: str, *, lasting: bool, wanted: Mapping[str, str]) -> Callable[[Sequence[Ended]], Trouble | None]:
    """Return what happens life after life, until all orders are what they shall be.

    Args:
        fault: One of `FAULTS`.
        lasting: A write suffers as long as the process lives, so that only the next one can do it.
        wanted: Outcomes by order number.
    """

    def next_one(lives: Sequence[Ended]) -> Trouble | None:
        if lives and _is_through(lives[-1], wanted):
            return None
        spared = {struck.who for struck in struck_in(lives)}

        def prepare(tell: Tell, settings: Settings) -> None:
            watch(Faulty(tell, fault, lasting=lasting, spared=spared, zuora=settings.zuora.base_url))

        return prepare

    return next_one


def struck_in(lives: Sequence[Ended]) -> list[Struck]:
    """Return the writes that were struck, in all lives."""
    return [told for life in lives for told in life.told if isinstance(told, Struck)]


def _is_through(life: Ended, wanted: Mapping[str, str]) -> bool:
    found = life.told[-1] if life.told and isinstance(life.told[-1], Mapping) else {}
    done = {"synced", "unchanged"}
    return all(
        found.get(number) == outcome or {found.get(number), outcome} <= done for number, outcome in wanted.items()
    )


@dataclass(frozen=True, slots=True)
class Suffered:
    """What a trial with one fault came to: the writes that suffered, the lives it took, and what was wrong."""

    fault: str
    lasting: bool
    struck: Counter[str]
    lives: int
    wrong: Sequence[str]


def suffered(fault: str, came: Came, clean: Came, *, lasting: bool) -> Suffered:
    """Judge a trial: every write of the undisturbed run must have suffered, and all be as if none had."""
    struck = Counter(one.what for one in struck_in(came.lives))
    writes = Counter(write.what for write in writes_of(clean) if write.what.partition(" ")[0].isupper())
    wrong = came.wrong(clean)
    if struck != writes:
        wrong.append(f"other writes suffered than there are: {(writes - struck)!r} not, {(struck - writes)!r} besides")
    wrong += [f"a process ended by itself: {life}" for life in came.lives if life.killed_by or life.error]
    return Suffered(fault, lasting, struck, len(came.lives), wrong)
