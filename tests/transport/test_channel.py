"""The retry table, row by row; doubt; single-flight sign-in; what is told of exchanges."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import httpx
import pytest

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixData, RetryLater, SignInRefused
from cpqbridge.transport.channel import Channel, Timeouts
from cpqbridge.transport.exchange import Exchange, Reply, Request
from cpqbridge.transport.limiter import Limiter
from cpqbridge.transport.retries import NEVER, RETRIES, RetryPolicy
from cpqbridge.transport.session import Session, Unauthorized
from tests.transport.stage import Answer, Stage, playing, reply

ERRORS = {
    401: lambda _: Unauthorized("expired"),
    400: lambda _: FixData("CPQ-420", "refused"),
    423: lambda _: RetryLater("CPQ-105", "locked"),
    429: lambda answer: RetryLater("CPQ-103", "too many", retry_after=answer.retry_after),
    500: lambda _: RetryLater("CPQ-104", "a fault"),
    502: lambda _: RetryLater("CPQ-104", "a gateway's fault", unknown_result=True),
}


class Plain:
    """A dialect as simple as can be: the status is the error."""

    system = "Plain"
    kinds: Mapping[str, int] = MappingProxyType({})
    names_pauses = True

    def kind(self, request: Request) -> str:  # noqa: ARG002 - the protocol's signature
        return ""

    async def sign_in(self, channel: Channel) -> Session:
        def read(answer: Reply) -> Session:
            if answer.status != 200:
                raise SignInRefused("CPQ-201", "no")
            return Session("http://plain", answer.document["token"], None)

        return await channel.ask("http://plain", Request("POST", "/token", form={"secret": "s3cret"}, reads=True), read)

    def read(self, request: Request, answer: Reply) -> Any:  # noqa: ARG002 - the protocol's signature
        if answer.status in ERRORS:
            raise ERRORS[answer.status](answer)
        return answer.document

    def observe(self, answer: Reply, limiter: Limiter, running: int) -> None:
        """Nothing to learn."""


def token(_: httpx.Request) -> Answer:
    return reply({"token": "t0ken"})


class Told(list[Exchange]):
    """What the event hook was told."""


def send(
    answers: Iterable[Answer], request: Request, policy: RetryPolicy | None = None
) -> tuple[Any, Stage, list[Exchange]]:
    """Send one request; the result is the document, or the error."""
    stage, told = Stage(playing(answers, token=token)), Told()

    async def story() -> Any:
        channel = Channel(Plain(), stage.wiring(policy), timeouts=Timeouts(), most=4, on_exchange=told.append)
        async with channel:
            try:
                return await channel.send(request, lambda document: document)
            except CpqBridgeError as error:
                return error

    return asyncio.run(story()), stage, told


READ = Request("GET", "/thing", reads=True)
WRITE = Request("POST", "/thing", body={"a": 1})
KEYED = Request("POST", "/thing", body={"a": 1}, idempotency_key="key")
OK = reply({"done": True})


@pytest.mark.parametrize(
    "cause", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError], ids=lambda c: c.__name__
)
@pytest.mark.parametrize("request_", [READ, WRITE, KEYED], ids=["read", "write", "keyed"])
def test_nothing_was_sent_so_anything_is_repeated(cause: type[httpx.RequestError], request_: Request) -> None:
    result, stage, _ = send([cause, cause, OK], request_)
    assert result == {"done": True}
    assert stage.slept == [0.4, 0.8]

    error, stage, _ = send([cause] * 9, request_)
    assert isinstance(error, RetryLater)
    assert (error.code, error.unknown_result) == ("CPQ-101", False)
    assert len(stage.requests) == 1 + RETRIES["CPQ-101"].attempts


@pytest.mark.parametrize(
    "cause",
    [httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError, httpx.WriteTimeout],
    ids=lambda c: c.__name__,
)
def test_an_unknown_result_is_repeated_only_where_nothing_can_be_doubled(cause: type[httpx.RequestError]) -> None:
    error, stage, _ = send([cause, OK], WRITE)
    assert isinstance(error, RetryLater)
    assert (error.code, error.unknown_result) == ("CPQ-102", True)
    assert stage.paths() == ["POST /token", "POST /thing"]

    for request in (READ, KEYED, Request("PATCH", "/thing", harmless=True)):
        result, _, _ = send([cause, OK], request)
        assert result == {"done": True}

    error, _, _ = send([cause] * 9, READ)
    assert (error.code, error.unknown_result) == ("CPQ-102", False)
    error, _, _ = send([cause] * 9, KEYED)
    assert (error.code, error.unknown_result) == ("CPQ-102", True)


@pytest.mark.parametrize(
    ("status", "code", "unknown"),
    [(423, "CPQ-105", False), (500, "CPQ-104", False), (502, "CPQ-104", True), (429, "CPQ-103", False)],
)
def test_each_row_of_the_retry_table(status: int, code: str, unknown: bool) -> None:
    retry = RETRIES[code]
    result, _, _ = send([reply({}, status)] * (retry.attempts - 1) + [OK], READ)
    assert result == {"done": True}
    error, stage, _ = send([reply({}, status)] * 20, KEYED)
    assert (error.code, error.unknown_result) == (code, unknown)
    assert len(stage.requests) == 1 + retry.attempts
    pauses = [pause for pause in stage.slept if pause]
    assert all(pause <= retry.longest for pause in pauses)
    assert pauses == sorted(pauses)
    error, stage, _ = send([reply({}, status)] * 20, WRITE)
    assert len(stage.requests) == 1 + (1 if unknown else retry.attempts)


def test_what_is_refused_for_good_is_sent_once() -> None:
    error, stage, _ = send([reply({}, 400), OK], KEYED)
    assert error.code == "CPQ-420"
    assert len(stage.requests) == 2


def test_a_policy_may_repeat_nothing() -> None:
    error, stage, _ = send([httpx.ConnectError, OK], READ, NEVER)
    assert error.code == "CPQ-101"
    assert stage.slept == []


def test_retry_after_is_obeyed_and_a_long_one_goes_to_the_caller() -> None:
    result, stage, _ = send([reply({}, 429, Retry_After="60"), OK], WRITE)
    assert result == {"done": True}
    assert sum(stage.slept) >= 60

    error, stage, _ = send([reply({}, 429, Retry_After="600"), OK], WRITE)
    assert (error.code, error.retry_after) == ("CPQ-103", 600)
    assert stage.slept == []


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("86400", 3600),
        ("99999999999999", 3600),
        ("9" * 400, 3600),
        ("0", None),
        ("-5", None),
        ("NaN", None),
        ("1e9", None),
        ("Wed, 21 Oct 2099 07:28:00 GMT", None),
    ],
)
def test_no_retry_after_holds_back_for_longer_than_an_hour(said: str, asked: float | None) -> None:
    end, stage, _ = send([reply({}, 429, Retry_After=said), OK], WRITE)
    if asked is None:
        assert end == {"done": True}
        assert sum(stage.slept) < 10
    else:
        assert (end.code, end.retry_after) == ("CPQ-103", asked)
        assert "60 minutes" in end.remedy


def test_a_pause_holds_back_everybody_else_too() -> None:
    stage = Stage(playing([reply({}, 429, Retry_After="600"), OK], token=token))

    async def story() -> None:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=4) as channel:
            for _ in range(2):
                with pytest.raises(RetryLater, match="CPQ-103"):
                    await channel.send(WRITE, lambda document: document)

    asyncio.run(story())
    assert stage.paths() == ["POST /token", "POST /thing"]


def keys(stage: Stage) -> list[str | None]:
    return [request.headers.get("Idempotency-Key") for request in stage.requests[1:]]


@pytest.mark.parametrize(
    ("answers", "sent"),
    [
        ([httpx.ReadTimeout, OK], ["key", "key"]),
        ([httpx.ConnectError, OK], ["key", "key"]),
        ([reply({}, 502), OK], ["key", "key"]),
        ([reply({}, 429, Retry_After="1"), OK], ["key", "key"]),
        ([reply({}, 423), OK], ["key", "key-2"]),
        ([reply({}, 423), reply({}, 500), OK], ["key", "key-2", "key-3"]),
        ([httpx.ReadTimeout, reply({}, 423), OK], ["key", "key", "key-2"]),
        ([reply({}, 423), httpx.ReadTimeout, OK], ["key", "key-2", "key-2"]),
    ],
)
def test_a_key_that_holds_a_refusal_is_not_used_again(answers: list[Answer], sent: list[str]) -> None:
    result, stage, _ = send(answers, KEYED)
    assert result == {"done": True}
    assert keys(stage) == sent


@pytest.mark.parametrize(
    ("answers", "unknown"),
    [
        ([httpx.ReadTimeout, *[httpx.ConnectError] * 9], True),
        ([httpx.ReadTimeout, reply({}, 429, Retry_After="600")], True),
        ([httpx.ReadTimeout, *[reply({}, 423)] * 9], False),
        ([httpx.ReadTimeout, reply({}, 401), reply({}, 401)], True),
        ([reply({}, 423), *[httpx.ConnectError] * 9], False),
    ],
)
def test_giving_up_keeps_the_doubt_of_earlier_attempts(answers: list[Answer], unknown: bool) -> None:
    error, _, _ = send(answers, KEYED)
    assert isinstance(error, RetryLater)
    assert error.unknown_result is unknown


def test_a_refused_session_is_renewed_once_and_the_call_repeated() -> None:
    result, stage, _ = send([reply({}, 401), OK], WRITE)
    assert result == {"done": True}
    assert stage.paths() == ["POST /token", "POST /thing", "POST /token", "POST /thing"]

    error, stage, _ = send([reply({}, 401)] * 5, WRITE)
    assert isinstance(error, SignInRefused)
    assert error.code == "CPQ-202"
    assert stage.paths().count("POST /thing") == 2


def test_many_callers_share_one_sign_in_and_one_renewal() -> None:
    good: set[str] = set()

    def handler(request: httpx.Request) -> Answer:
        if request.url.path == "/token":
            good.add(f"t{len(good)}")
            return reply({"token": f"t{len(good) - 1}"})
        return OK if request.headers["Authorization"] == "Bearer t1" else reply({}, 401)

    stage = Stage(handler)

    async def story() -> None:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=50) as channel:
            await asyncio.gather(*(channel.send(WRITE, lambda document: document) for _ in range(40)))

    asyncio.run(story())
    assert stage.paths().count("POST /token") == 2


def test_a_failed_sign_in_reaches_all_callers_and_can_be_tried_again() -> None:
    answers = iter([reply({}, 400), reply({"token": "late"})])
    stage = Stage(lambda request: next(answers) if request.url.path == "/token" else OK)

    async def story() -> None:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=50) as channel:
            calls = (channel.send(READ, lambda document: document) for _ in range(5))
            failed = await asyncio.gather(*calls, return_exceptions=True)
            assert all(isinstance(error, SignInRefused) for error in failed)
            assert await channel.send(READ, lambda document: document) == {"done": True}

    asyncio.run(story())
    assert stage.paths().count("POST /token") == 2


def test_a_call_that_is_cancelled_does_not_cancel_the_sign_in_of_others() -> None:
    stage = Stage(playing([OK, OK], token=token))

    async def story() -> None:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=50) as channel:
            first = asyncio.create_task(channel.send(READ, lambda document: document))
            second = asyncio.create_task(channel.send(READ, lambda document: document))
            await asyncio.sleep(0)
            first.cancel()
            assert await second == {"done": True}

    asyncio.run(story())
    assert stage.paths().count("POST /token") == 1


def test_an_unreachable_token_endpoint_is_repeated_and_is_no_unknown_result() -> None:
    stage = Stage(lambda _: httpx.ReadTimeout("late"))

    async def story() -> None:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=4) as channel:
            with pytest.raises(RetryLater) as caught:
                await channel.send(WRITE, lambda document: document)
        assert (caught.value.code, caught.value.unknown_result) == ("CPQ-102", False)

    asyncio.run(story())
    assert len(stage.requests) == RETRIES["CPQ-102"].attempts


def test_what_the_reader_of_an_answer_raises_counts_like_the_answer() -> None:
    stage = Stage(playing([reply({"n": 1}), reply({"n": 2})], token=token))

    def then(document: dict[str, int]) -> int:
        if document["n"] == 1:
            raise RetryLater("CPQ-105", "a part is locked")
        return document["n"]

    async def story() -> int:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=4) as channel:
            return await channel.send(READ, then)

    assert asyncio.run(story()) == 2


def test_every_attempt_is_told_without_secrets() -> None:
    answers = [httpx.ReadTimeout, reply({"done": True}, Zuora_Request_Id="id-1")]
    _, _, told = send(answers, Request("GET", "/thing?q=private", params=[("name", "private")], reads=True))
    assert [(one.method, one.path, one.status, one.attempt, one.error) for one in told] == [
        ("POST", "/token", 200, 1, None),
        ("GET", "/thing", None, 1, "ReadTimeout"),
        ("GET", "/thing", 200, 2, None),
    ]
    assert told[-1].request_id == "id-1"
    assert not any(secret in repr(told) for secret in ("s3cret", "t0ken", "private"))


def test_secrets_do_not_show_in_text_forms() -> None:
    shown = repr(Session("http://x", "t0ken")) + repr(
        Request("POST", "/token", form={"client_secret": "s3cret"}, headers={"Authorization": "s3cret"})
    )
    assert "s3cret" not in shown
    assert "t0ken" not in shown


def test_an_error_that_is_no_passing_one_leaves_at_once() -> None:
    stage = Stage(playing([OK], token=token))

    def then(_: object) -> None:
        raise CallForHelp("CPQ-901", "what is that?")

    async def story() -> None:
        async with Channel(Plain(), stage.wiring(), timeouts=Timeouts(), most=4) as channel:
            with pytest.raises(CallForHelp):
                await channel.send(READ, then)

    asyncio.run(story())
    assert stage.slept == []


def test_a_real_refused_connection_is_told_with_its_address() -> None:
    async def story() -> CpqBridgeError:
        stage = Stage(lambda _: OK)
        wiring = stage.wiring(NEVER)
        channel = Channel(Plain(), type(wiring)(None, wiring.clock, NEVER), timeouts=Timeouts(), most=4)
        async with channel:
            with pytest.raises(RetryLater) as caught:
                await channel.ask("http://127.0.0.1:1", READ, lambda answer: answer)
            return caught.value

    error = asyncio.run(story())
    assert error.code == "CPQ-101"
    assert "http://127.0.0.1:1" in error.message
