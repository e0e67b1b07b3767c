"""The session that a sign-in gave: got when first needed, renewed once for all callers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Session:
    """What a sign-in gave.

    Attributes:
        base_url: Where the API is, without a slash at the end.
        token: The bearer token.
        expires_at: When to sign in anew, in the clock's monotonic seconds; None when nobody said.
    """

    base_url: str
    token: str = field(repr=False)
    expires_at: float | None = None


class Unauthorized(Exception):
    """The system did not take the session; sign in and repeat once."""


class Sessions:
    """Hands out the session; however many callers need a new one, there is one sign-in.

    Args:
        sign_in: Signs in.
        monotonic: The time in seconds.
    """

    def __init__(self, sign_in: Callable[[], Awaitable[Session]], monotonic: Callable[[], float]) -> None:
        self._sign_in = sign_in
        self._monotonic = monotonic
        self._current: Session | None = None
        self._pending: asyncio.Task[Session] | None = None

    async def get(self) -> Session:
        """Return a session that is good as far as is known.

        Raises:
            CpqBridgeError: The sign-in failed.
        """
        current = self._current
        if current is None or (current.expires_at is not None and current.expires_at <= self._monotonic()):
            return await self.renew(current)
        return current

    async def renew(self, stale: Session | None) -> Session:
        """Return another session than the stale one.

        Raises:
            CpqBridgeError: The sign-in failed; everybody who waited for it gets the error.
        """
        if self._current is not None and self._current is not stale:
            return self._current
        if self._pending is None:
            self._pending = asyncio.ensure_future(self._run())
            self._pending.add_done_callback(self._done)
        return await asyncio.shield(self._pending)

    async def _run(self) -> Session:
        return await self._sign_in()

    def _done(self, task: asyncio.Task[Session]) -> None:
        self._pending = None
        if not task.cancelled() and task.exception() is None:
            self._current = task.result()
