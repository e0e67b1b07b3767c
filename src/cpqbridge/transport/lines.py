"""The connections to a system: one HTTP client for each, taken by whoever has a call to make.

A pool looks through all of its connections at every call and asks the operating system about each idle one: with
some forty calls at once that takes several times as long as the calls. Here the connection that was given back last
is taken again, whatever their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=30)
"""What each client may have: one connection, which is opened anew after so many seconds without a call."""


class Lines:
    """Hands out HTTP clients of one connection each; how many calls run at once is the limiter's affair.

    Args:
        new: Makes a client.
    """

    def __init__(self, new: Callable[[], httpx.AsyncClient]) -> None:
        self._new = new
        self._all: list[httpx.AsyncClient] = []
        self._free: list[httpx.AsyncClient] = []

    @contextmanager
    def take(self) -> Iterator[httpx.AsyncClient]:
        """Give a client for one call at a time."""
        client = self._free.pop() if self._free else self._another()
        try:
            yield client
        finally:
            self._free.append(client)

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._all:
            await client.aclose()

    def _another(self) -> httpx.AsyncClient:
        client = self._new()
        self._all.append(client)
        return client
