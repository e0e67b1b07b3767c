"""Locks by natural key: nothing with one key is made by two records at once, in this process or another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

Shared = Callable[[Iterable[str]], AbstractAsyncContextManager[str]]
"""Holds locks against other processes."""


class KeyedLocks:
    """Hands out locks; several are always taken in the same order, so that nobody waits in a circle.

    Args:
        shared: Holds the same keys against other processes, once they are held in this one.
    """

    def __init__(self, shared: Shared | None = None) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # those in use
        self._shared = shared

    @asynccontextmanager
    async def hold(self, keys: Iterable[str]) -> AsyncIterator[str | None]:
        """Hold the locks of all keys; gives the mark of what holds them against other processes."""
        wanted = sorted(set(keys))
        async with AsyncExitStack() as stack:
            for key in wanted:
                lock = self._locks.setdefault(key, asyncio.Lock())
                await stack.enter_async_context(lock)
            yield await stack.enter_async_context(self._shared(wanted)) if self._shared is not None else None
