"""A tenant played by a handler: signs in, then answers as told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import httpx

from cpqbridge.errors import CpqBridgeError
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.connection import ZuoraConnection
from tests.transport.stage import Answer, Stage, playing, reply

T = TypeVar("T")

CONNECTION = ZuoraConnection("https://rest.test.zuora.com", "client", "s3cret")
REQUEST_ID = "11111111-2222-3333-4444-555555555555"


def signed_in(_: httpx.Request) -> Answer:
    return reply({"access_token": "t0ken", "token_type": "bearer", "expires_in": 3599})


def play(
    answers: Iterable[Answer] | Callable[[httpx.Request], Answer],
    work: Callable[[ZuoraClient], Awaitable[T]],
    connection: ZuoraConnection = CONNECTION,
) -> tuple[T, Stage]:
    """Do some work with a client whose calls get these answers."""
    if callable(answers):
        given = answers
        stage = Stage(lambda request: signed_in(request) if request.url.path == "/oauth/token" else given(request))
    else:
        stage = Stage(playing(answers, token=signed_in))

    async def story() -> T:
        async with ZuoraClient(connection, stage.wiring()) as client:
            return await work(client)

    return asyncio.run(story()), stage


def attempt(work: Callable[[ZuoraClient], Awaitable[Any]]) -> Callable[[ZuoraClient], Awaitable[Any]]:
    """Make the error of some work its result."""

    async def story(client: ZuoraClient) -> Any:
        try:
            return await work(client)
        except CpqBridgeError as error:
            return error

    return story


def refused(*codes: int | str, status: int = 200, message: str = "what was wrong", **headers: str) -> httpx.Response:
    """A refusal of the REST family."""
    reasons = [{"code": code, "message": message} for code in codes]
    document = {"success": False, "processId": "P", "requestId": REQUEST_ID, "reasons": reasons}
    return reply(document, status, Zuora_Request_Id=REQUEST_ID, **headers)


def sent(request: httpx.Request) -> Any:
    return json.loads(request.content)
