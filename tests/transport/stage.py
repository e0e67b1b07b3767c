"""A stage for client tests: a clock that only sleeping moves, and a network that plays prepared answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.retries import RetryPolicy
from cpqbridge.transport.wire import encode

Answer = httpx.Response | Exception | type[httpx.RequestError]
Handler = Callable[[httpx.Request], Answer]


def reply(document: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    """A JSON answer; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if document is None:
        return httpx.Response(status, headers=named)
    return httpx.Response(status, content=encode(document), headers={"Content-Type": "application/json", **named})


def html(status: int) -> httpx.Response:
    return httpx.Response(status, text="<html><body>Bad gateway</body></html>")


@dataclass
class Stage:
    """The network as a handler; everything that was sent and slept is kept."""

    handler: Handler
    seconds: float = 1000.0
    slept: list[float] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    def wiring(self, policy: RetryPolicy | None = None) -> Wiring:
        clock = Clock(monotonic=lambda: self.seconds, now=self._now, sleep=self._sleep, jitter=lambda: 1.0)
        return Wiring(http=httpx.MockTransport(self._answer), clock=clock, policy=policy or RetryPolicy())

    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self.handler(request)
        if isinstance(answer, type):
            raise answer("cut", request=request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        await asyncio.sleep(0)

    def _now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=self.seconds)


def playing(answers: Iterable[Answer], *, token: Callable[[httpx.Request], Answer]) -> Handler:
    """Answer sign-ins by `token`, everything else by the prepared answers, one after the other."""
    waiting = iter(list(answers))

    def handler(request: httpx.Request) -> Answer:
        return token(request) if request.url.path.endswith("/token") else next(waiting)

    return handler
