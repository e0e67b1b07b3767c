"""Locks by natural key: nothing with one key is made by two records at once, in this process or another."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

Shared = Callable[[Iterable[str]], AbstractAsyncContextManager[None]]
"""Holds locks against other processes."""


class KeyedLocks:
    """Hands out locks; several are always taken in the same order, so that nobody waits in a circle.

    Args:
        shared: Holds the same keys against other processes, once they are held in this one.
    """

    def __init__(self, shared: Shared | None = None) -> None:
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._shared = shared

    @asynccontextmanager
    async def hold(self, keys: Iterable[str]) -> AsyncIterator[None]:
        """Hold the locks of all keys."""
        wanted = sorted(set(keys))
        async with AsyncExitStack() as stack:
            for key in wanted:
                await stack.enter_async_context(self._locks[key])
            if self._shared is not None:
                await stack.enter_async_context(self._shared(wanted))
            yield
