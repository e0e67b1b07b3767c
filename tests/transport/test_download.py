"""Large files: taken up where they broke off, given up when nothing comes, never told with their permission."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from cpqbridge.errors import CallForHelp, CpqBridgeError, RetryLater
from cpqbridge.transport.channel import Channel, Timeouts
from cpqbridge.transport.download import FileGone
from cpqbridge.transport.exchange import Exchange, Reply
from cpqbridge.transport.polling import Polling, until
from cpqbridge.zuora.dialect import ZuoraDialect
from tests.transport.stage import Answer, Stage
from tests.zuora.tenant import CONNECTION

ADDRESS = "https://files.example.com/one.gz?signature=s3cret"


class Body(httpx.AsyncByteStream):
    """A body in pieces; an exception among them breaks it off."""

    def __init__(self, *pieces: bytes | httpx.RequestError) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece


CUT = httpx.ReadError("cut")


def body(*pieces: bytes | httpx.RequestError, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, stream=Body(*pieces), headers=headers)


def fetched(answers: list[Answer]) -> tuple[bytes | Exception, Stage, list[Exchange]]:
    """Download a file that is answered like this; a failure is the result."""
    waiting, told = iter(answers), list[Exchange]()
    stage = Stage(lambda _: next(waiting))

    async def address() -> str:
        return ADDRESS

    async def story() -> bytes | Exception:
        dialect, wiring = ZuoraDialect(CONNECTION), stage.wiring()
        async with Channel(dialect, wiring, timeouts=Timeouts(), most=1, on_exchange=told.append) as channel:
            try:
                return b"".join([piece async for piece in channel.download(address)])
            except (CpqBridgeError, FileGone) as error:
                return error

    return asyncio.run(story()), stage, told


def test_a_file_comes_as_it_is_stored() -> None:
    content, stage, told = fetched([body(b"a", b"b", ETag='"1"')])
    assert content == b"ab"
    assert stage.requests[0].headers["accept-encoding"] == "identity"
    assert "authorization" not in stage.requests[0].headers
    assert [(one.path, one.status, one.reads) for one in told] == [("/one.gz", 200, True)]
    assert "s3cret" not in repr(told)


def test_failures_are_counted_anew_after_progress() -> None:
    parts = [body(bytes([65 + number]), CUT, status=206 if number else 200) for number in range(12)]
    content, stage, told = fetched([*parts, body(b"end", status=206)])
    assert content == b"ABCDEFGHIJKLend"
    assert [request.headers.get("range") for request in stage.requests[:3]] == [None, "bytes=1-", "bytes=2-"]
    assert len({*stage.slept}) == 1
    assert told[0].error == "ReadError"


def test_without_progress_it_is_given_up() -> None:
    error, stage, _ = fetched([body(b"a", CUT), *[httpx.ConnectError for _ in range(9)]])
    assert isinstance(error, RetryLater)
    assert "after 1 bytes" in error.message
    assert len(stage.requests) < 6


def test_a_file_that_was_whole_when_it_broke_off_is_whole() -> None:
    assert fetched([body(b"abc", CUT), body(b"<Error/>", status=416)])[0] == b"abc"


@pytest.mark.parametrize(("status", "kind"), [(404, FileGone), (410, FileGone), (301, CallForHelp), (416, CallForHelp)])
def test_other_answers_are_final(status: int, kind: type[Exception]) -> None:
    error, stage, told = fetched([body(b"said", status=status)])
    assert isinstance(error, kind)
    assert not stage.slept
    assert [one.status for one in told] == [status]


def test_a_table_is_no_json() -> None:
    response = httpx.Response(200, text='"Id"\n', headers={"Content-Type": "Text/CSV; charset=UTF-8"})
    reply = Reply.of(response)
    assert (reply.is_csv, reply.is_json, reply.content) == (True, False, b'"Id"\n')


def test_looks_grow_rarer() -> None:
    stage = Stage(lambda _: CUT)
    seen = iter([None, None, None, "done"])

    async def look() -> str | None:
        return next(seen)

    polling = Polling(first=1, growth=3, longest=5, most=100)
    assert asyncio.run(until(look, polling, stage.wiring().clock)) == "done"
    assert stage.slept == [1, 3, 5]
