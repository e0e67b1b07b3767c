"""What is asked before a call and told after it: the hooks by which processes share the limits of a system."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.transport.channel import Channel, Timeouts
from cpqbridge.transport.exchange import Request
from cpqbridge.transport.limiter import Limiter, Sizing
from cpqbridge.transport.retries import NEVER
from tests.transport.stage import Answer, Stage, playing, reply
from tests.transport.test_channel import OK, READ, WRITE, Plain, token


class Watching:
    """Keeps what it is asked and told; refuses when it is told to."""

    sizing = Sizing(7, 0.5)
    down = False

    def __init__(self, *refusals: RetryLater) -> None:
        self.refusals = list(refusals)
        self.taken = 0
        self.told: list[str] = []
        self.limiter: Limiter | None = None

    def join(self, limiter: Limiter) -> None:
        self.limiter = limiter

    async def take(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)
        self.taken += 1

    def check(self) -> None:
        if self.down:
            raise RetryLater("CPQ-111", "down")

    def heard(self, request: Request, error: CpqBridgeError | None) -> None:
        self.told.append(f"{request.method} {request.path} {error.code if error else 'done'}")


def send(
    shared: Watching, answers: Iterable[Answer], request: Request = READ, *, once: bool = False, sign_in: Any = token
) -> tuple[Any, Stage]:
    stage = Stage(playing(answers, token=sign_in))

    async def story() -> Any:
        wiring = replace(stage.wiring(NEVER if once else None), shared={"Plain": shared, "Other": Watching()})
        async with Channel(Plain(), wiring, timeouts=Timeouts(), most=4) as channel:
            try:
                return await channel.send(request, lambda document: document)
            except CpqBridgeError as error:
                return error

    return asyncio.run(story()), stage


def test_each_call_is_taken_once_and_its_end_told() -> None:
    shared = Watching()
    found, _ = send(shared, [OK])
    assert found == {"done": True}
    assert shared.taken == 1
    assert shared.told == ["GET /thing done"]
    assert shared.limiter is not None
    assert shared.limiter.size == 7


def test_repetitions_are_calls_too() -> None:
    shared = Watching()
    send(shared, [httpx.ConnectError, reply(status=500), OK])
    assert shared.taken == 3
    assert shared.told == ["GET /thing CPQ-101", "GET /thing CPQ-104", "GET /thing done"]


def test_a_session_that_has_ended_tells_nothing_and_costs_a_call() -> None:
    shared = Watching()
    send(shared, [reply(status=401), OK])
    assert shared.taken == 2
    assert shared.told == ["GET /thing done"]


@pytest.mark.parametrize("code", ["CPQ-110", "CPQ-111"])
def test_a_refused_call_is_not_sent_and_not_repeated(code: str) -> None:
    shared = Watching(RetryLater(code, "no", retry_after=60))
    found, stage = send(shared, [OK], WRITE)
    assert isinstance(found, RetryLater)
    assert (found.code, found.retry_after, found.unknown_result) == (code, 60, False)
    assert stage.paths() == ["POST /token"]
    assert shared.told == []


def test_a_call_refused_after_one_of_unknown_result_leaves_the_result_unknown() -> None:
    class Late(Watching):
        async def take(self) -> None:
            if self.taken:
                raise RetryLater("CPQ-111", "down")
            self.taken += 1

    keyed = Request("POST", "/thing", body={}, idempotency_key="k")
    found, _ = send(Late(), [httpx.ReadTimeout], keyed)
    assert isinstance(found, RetryLater)
    assert (found.code, found.unknown_result) == ("CPQ-111", True)


def test_a_database_that_is_away_is_not_taken_for_the_system() -> None:
    shared = Watching(RetryLater("CPQ-101", "The database does not answer"))
    found, _ = send(shared, [OK])
    assert found == {"done": True}
    assert shared.told == ["GET /thing done"]


def test_sign_ins_that_fail_are_told_and_cost_no_call() -> None:
    shared = Watching()
    found, _ = send(shared, [], once=True, sign_in=lambda _: reply(status=400))
    assert found.code == "CPQ-201"
    assert shared.taken == 0
    assert shared.told == ["POST /token CPQ-201"]


def test_another_answer_than_an_outage_is_told_as_it_is() -> None:
    shared = Watching()
    send(shared, [reply(status=400)])
    assert shared.told == ["GET /thing CPQ-420"]


def test_nobody_signs_in_to_a_system_that_is_taken_to_be_down() -> None:
    shared = Watching()
    shared.down = True
    found, stage = send(shared, [])
    assert found.code == "CPQ-111"
    assert stage.paths() == []
    assert shared.told == []
