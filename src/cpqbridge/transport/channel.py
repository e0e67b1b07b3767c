"""The way of a request: session, slot, HTTP, understanding the reply, repeating."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import httpx

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.transport import answered
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.closing import AsyncClosing
from cpqbridge.transport.download import Address, Download
from cpqbridge.transport.exchange import Exchange, OnExchange, Reply, Request
from cpqbridge.transport.limiter import Limiter, Sizing
from cpqbridge.transport.lines import ONE, Lines
from cpqbridge.transport.retries import RetryPolicy, Trial
from cpqbridge.transport.session import Session, Sessions, Unauthorized
from cpqbridge.transport.shared import ALONE, Shared
from cpqbridge.transport.wire import encode

T = TypeVar("T")

NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""After these the system has seen nothing of the request."""

NO_PROXY = ("all://127.0.0.1", "all://localhost", "all://[::1]")
"""Systems on this machine are reached without the proxy that the environment may name."""


@lru_cache(maxsize=8)
def _trusted(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Return whose certificates are trusted, by what the environment names; reading them takes long."""
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for each phase of a call.

    Attributes:
        connect: Until the connection stands.
        read: Between two pieces of the answer. Zuora's gateway gives up after 120 seconds, so wait a little longer.
        write: Between two pieces of the request.
        pool: Until a connection is free.
    """

    connect: float = 10
    read: float = 130
    write: float = 30
    pool: float = 60


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a client is plugged into; tests and the ledger bring their own.

    Attributes:
        http: Takes the place of the network.
        clock: Time and chance.
        policy: What is repeated.
        shared: What is shared with other clients of the same system, by the system's name.
    """

    http: httpx.AsyncBaseTransport | None = None
    clock: Clock = field(default_factory=Clock)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    shared: Mapping[str, Shared] = field(default_factory=dict)


class Dialect(Protocol):
    """What differs between the systems."""

    system: str
    """The system's name for people."""

    kinds: Mapping[str, int]
    """The classes in which the system counts calls that run at once, with the limits by its manual."""

    names_pauses: bool
    """Whether the system says for how long to pause when a limit is hit."""

    def kind(self, request: Request) -> str:
        """Return the class in which the system counts a call."""
        ...

    async def sign_in(self, channel: Channel) -> Session:
        """Sign in by `channel.ask`."""
        ...

    def read(self, request: Request, reply: Reply) -> Any:
        """Return what a reply says.

        Raises:
            Unauthorized: The session is not taken.
            CpqBridgeError: Any other refusal.
        """
        ...

    def observe(self, reply: Reply, limiter: Limiter, running: int) -> None:
        """Learn limits from a reply's headers; `running` calls of its class were on their way when it was asked for."""
        ...


class Channel(AsyncClosing):
    """Carries requests to one system.

    Args:
        dialect: What differs between the systems.
        wiring: What it is plugged into.
        timeouts: Seconds for each phase.
        most: Calls at once, when nobody shares.
        share: Part of the system's concurrency limit that this client takes, when nobody shares.
        on_exchange: Told of every attempt.
    """

    def __init__(
        self,
        dialect: Dialect,
        wiring: Wiring,
        *,
        timeouts: Timeouts,
        most: int,
        share: float = 1,
        on_exchange: OnExchange | None = None,
    ) -> None:
        self._dialect = dialect
        self._wiring = wiring
        self._on_exchange = on_exchange
        self._shared = wiring.shared.get(dialect.system, ALONE)
        sizing = self._shared.sizing or Sizing(most, share)
        self.limiter = Limiter(
            dialect.system,
            sizing,
            kinds=dialect.kinds,
            grows=not dialect.names_pauses,
            longest_wait=wiring.policy.longest_wait,
            clock=wiring.clock,
        )
        self._shared.join(self.limiter)
        self._sessions = Sessions(lambda: dialect.sign_in(self), wiring.clock.monotonic)
        self._timeouts = timeouts
        self._lines = Lines(self._line)

    def _line(self) -> httpx.AsyncClient:
        """Return a client of one connection."""
        seconds = self._timeouts
        return httpx.AsyncClient(
            transport=self._wiring.http,
            verify=_trusted(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")),
            mounts=dict.fromkeys(NO_PROXY),
            timeout=httpx.Timeout(seconds.read, connect=seconds.connect, write=seconds.write, pool=seconds.pool),
            limits=ONE,
            headers={"User-Agent": "cpqbridge", "Accept": "application/json"},
        )

    @property
    def clock(self) -> Clock:
        """Time and chance."""
        return self._wiring.clock

    @property
    def policy(self) -> RetryPolicy:
        """What is repeated."""
        return self._wiring.policy

    async def aclose(self) -> None:
        """Close all connections."""
        await self._lines.aclose()

    async def session(self, stale: Session | None = None) -> Session:
        """Return the session, signing in first when there is none; a passing failure is repeated.

        Args:
            stale: A session that was refused elsewhere; another one is wanted.

        Raises:
            CpqBridgeError: The sign-in failed.
        """

        async def once(_request: Request, _attempt: int) -> Session:
            return await (self._sessions.renew(stale) if stale else self._sessions.get())

        return await self._repeat(Request("POST", "/", reads=True), once)

    async def send(self, request: Request, then: Callable[[Any], T]) -> T:
        """Send with the session, repeat what may be repeated, and return what the reply says.

        Args:
            request: What to send.
            then: Makes the result of what the dialect read; its errors count like those of the reply itself.

        Raises:
            RetryLater: It may work later; `unknown_result` says whether the work may have been done.
            CpqBridgeError: Any other refusal.
        """

        async def once(current: Request, attempt: int) -> T:
            return await self._with_session(current, attempt, then)

        return await self._repeat(request, once)

    async def ask(self, base_url: str, request: Request, read: Callable[[Reply], T], attempt: int = 1) -> T:
        """Send once, without session, to sign in.

        Raises:
            CpqBridgeError: No answer, or what `read` raises.
        """
        self._shared.check()
        try:
            return read(await self._exchange(base_url, request, attempt))
        except CpqBridgeError as error:
            self._shared.heard(request, error)
            raise

    async def download(self, address: Address) -> AsyncGenerator[bytes]:
        """Give the bytes of a file at a pre-signed address, without the session; see `Download`."""

        def tell(request: Request, started: float, reply: Reply | None, error: str | None) -> None:
            self._tell(request, 1, started, reply, error)

        system, clock, policy = self._dialect.system, self.clock, self.policy
        with self._lines.take() as line:
            download = Download(line, address, system=system, clock=clock, policy=policy, tell=tell)
            async with aclosing(download.pieces()) as pieces:
                async for piece in pieces:
                    yield piece

    async def _with_session(self, request: Request, attempt: int, then: Callable[[Any], T]) -> T:
        session = await self._sessions.get()
        try:
            return then(await self._authorized(session, request, attempt))
        except Unauthorized:
            session = await self._sessions.renew(session)
        try:
            return then(await self._authorized(session, request, attempt))
        except Unauthorized as error:
            message = f"{self._dialect.system} refused the session after a new sign-in"
            raise SignInRefused("CPQ-202", message, detail={"said": str(error)}) from error

    async def _authorized(self, session: Session, request: Request, attempt: int) -> Any:
        async with self.limiter.slot(self._dialect.kind(request)) as running:
            await self._shared.take()
            try:
                reply = await self._exchange(session.base_url, request, attempt, session.token)
                self._dialect.observe(reply, self.limiter, running)
                document = self._dialect.read(request, reply)
            except CpqBridgeError as error:
                self._shared.heard(request, error)
                raise
        self.limiter.accepted()
        self._shared.heard(request, None)
        return document

    async def _repeat(self, request: Request, once: Callable[[Request, int], Awaitable[T]]) -> T:
        trial = Trial(request, self._wiring.policy)
        while True:
            try:
                return await once(trial.request, trial.attempt)
            except (RetryLater, SignInRefused) as error:
                pause = self._pause_after(error, trial)
                if pause is None:
                    final = trial.final(error)
                    if final is error:
                        raise
                    raise final from error
            await self.clock.sleep(pause)

    def _pause_after(self, error: CpqBridgeError, trial: Trial) -> float | None:
        if not isinstance(error, RetryLater):
            return None
        if error.code == "CPQ-103":
            self.limiter.refused(error.retry_after)
        return trial.after(error, self.clock.jitter())

    async def _exchange(self, base_url: str, request: Request, attempt: int, token: str | None = None) -> Reply:
        started = self.clock.monotonic()

        try:
            with self._lines.take() as line:
                reply = Reply.of(await line.send(_build(line, base_url, request, token)))
        except httpx.RequestError as error:
            self._tell(request, attempt, started, error=type(error).__name__)
            raise self._no_answer(request, error) from error
        self._tell(request, attempt, started, reply)
        answered.note(request, reply)
        return reply

    def _tell(
        self, request: Request, attempt: int, started: float, reply: Reply | None = None, error: str | None = None
    ) -> None:
        if self._on_exchange is None:
            return
        told = Exchange(
            system=self._dialect.system,
            method=request.method,
            path=request.path.partition("?")[0],
            status=reply.status if reply else None,
            elapsed=self.clock.monotonic() - started,
            attempt=attempt,
            reads=request.reads,
            request_id=reply.request_id if reply else None,
            error=error,
        )
        self._on_exchange(told)

    def _no_answer(self, request: Request, error: httpx.RequestError) -> CpqBridgeError:
        system, kind = self._dialect.system, type(error).__name__
        detail = {"error": kind, "address": f"{error.request.url.scheme}://{error.request.url.netloc.decode('ascii')}"}
        if isinstance(error, NOTHING_SENT):
            message = f"{system} cannot be reached at {detail['address']}: {str(error) or kind}"
            return RetryLater("CPQ-101", message, detail=detail)
        message = f"{system} gave no answer to {request.method} {request.path.partition('?')[0]} ({kind})"
        return RetryLater("CPQ-102", message, detail=detail, unknown_result=not request.reads)


def _build(line: httpx.AsyncClient, base_url: str, request: Request, token: str | None) -> httpx.Request:
    headers = dict(request.headers)
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    content = None
    if request.body is not None:
        content = encode(request.body)
        headers.setdefault("Content-Type", "application/json")
    return line.build_request(
        request.method,
        base_url + request.path,
        params=list(request.params) or None,
        content=content,
        data=dict(request.form) if request.form is not None else None,
        headers=headers,
    )
