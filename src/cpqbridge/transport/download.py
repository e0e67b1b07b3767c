"""A large file from a pre-signed address: streamed, and taken up again where it broke off.

Such an address carries its own permission, so the session's token must not go there: it would leave the system, and
the store refuses requests with two kinds of permission.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import httpx

from cpqbridge.errors import CallForHelp, RetryLater
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.exchange import Reply, Request
from cpqbridge.transport.retries import RetryPolicy, Trial

Address = Callable[[], Awaitable[str]]
"""Gives the file's address; asked again when the address is no longer good."""

Tell = Callable[[Request, float, Reply | None, str | None], None]
"""Told of an attempt: what was asked, when it began, the answer's head, the failure."""

_GONE = frozenset({404, 410, 412})
_ADDRESS_EXPIRED = frozenset({400, 401, 403})
_NOTHING_MORE = 416
_IN_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_AS_STORED = {"Accept": "*/*", "Accept-Encoding": "identity"}


class FileGone(Exception):
    """The file is no longer there, or is another one than that whose beginning was read."""


class AddressExpired(Exception):
    """The address is no longer good; the file may still be there."""


class Download:
    """One file, piece by piece.

    Args:
        http: The connections.
        address: Gives the file's address.
        system: Name for errors.
        clock: Time and chance.
        policy: How failures are repeated; after progress they are counted anew.
        tell: Told of every attempt.
    """

    def __init__(
        self, http: httpx.AsyncClient, address: Address, *, system: str, clock: Clock, policy: RetryPolicy, tell: Tell
    ) -> None:
        self._http = http
        self._address = address
        self._system = system
        self._clock = clock
        self._policy = policy
        self._tell = tell
        self._place = 0
        self._etag: str | None = None

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Give the file's bytes as they are stored, in order.

        Raises:
            FileGone: There is no such file (any more).
            RetryLater: It did not come in spite of repetitions.
        """
        url, renewed = await self._address(), False
        trial, before = self._trial(url), 0
        while True:
            try:
                async with aclosing(self._attempt(url)) as pieces:
                    async for piece in pieces:
                        self._place += len(piece)
                        yield piece
            except AddressExpired as error:
                if renewed and self._place == before:
                    raise FileGone(str(error)) from error
                url, renewed, before = await self._address(), True, self._place
            except RetryLater as error:
                if self._place > before:
                    trial, before = self._trial(url), self._place
                pause = trial.after(error, self._clock.jitter())
                if pause is None:
                    raise
                await self._clock.sleep(pause)
            else:
                return

    def _trial(self, url: str) -> Trial:
        return Trial(Request("GET", httpx.URL(url).path, reads=True), self._policy)

    async def _attempt(self, url: str) -> AsyncGenerator[bytes]:
        request, started = Request("GET", httpx.URL(url).path, reads=True), self._clock.monotonic()
        reply: Reply | None = None
        try:
            async with self._http.stream("GET", url, headers=self._headers()) as response:
                reply = Reply(response.status_code, response.headers, None, is_json=False)
                surplus = self._judge(reply)
                async for piece in response.aiter_raw():
                    if len(piece) > surplus:
                        yield piece[surplus:]
                    surplus = max(0, surplus - len(piece))
        except httpx.RequestError as error:
            kind = type(error).__name__
            self._tell(request, started, None, kind)
            message = f"{self._system}'s file of results broke off after {self._place} bytes ({kind})"
            raise RetryLater("CPQ-102", message, detail={"error": kind}) from error
        except (RetryLater, AddressExpired, FileGone, CallForHelp):
            self._tell(request, started, reply, None)
            raise
        self._tell(request, started, reply, None)

    def _headers(self) -> dict[str, str]:
        if not self._place:
            return _AS_STORED
        same = {"If-Match": self._etag} if self._etag else {}
        return {**_AS_STORED, **same, "Range": f"bytes={self._place}-"}

    def _judge(self, reply: Reply) -> int:
        """Return how many bytes of this answer's beginning are known already."""
        status = reply.status
        if status in {200, 206}:
            self._etag = self._etag or reply.headers.get("etag")
            return self._place if status == 200 else 0
        if status == _NOTHING_MORE and self._place:
            return sys.maxsize
        message = f"{self._system}'s file of results answered HTTP {status}"
        if status in _ADDRESS_EXPIRED:
            raise AddressExpired(message)
        if status in _GONE:
            raise FileGone(message)
        if status in _IN_PASSING:
            raise RetryLater("CPQ-104", message, detail=reply.detail, retry_after=reply.retry_after)
        raise CallForHelp("CPQ-901", message, detail=reply.detail)
