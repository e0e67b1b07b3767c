"""Both systems and the connector for life after life: one sandbox and one ledger, emptied in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import httpx
import psycopg

from cpqbridge.history.tables import SCHEMA
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.sync.result import SyncResult
from cpqbridge.sync.service import SyncService
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.clock import Clock
from tests.sync.conftest import Both
from tests.world import World


class Hurry:
    """A clock that nobody waits for: whoever sleeps wakes up at once, with the clock put forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        return Clock(monotonic=self._monotonic, sleep=self._sleep, jitter=lambda: 0.5)

    def _monotonic(self) -> float:
        return time.monotonic() + self._ahead

    async def _sleep(self, seconds: float) -> None:
        self._ahead += seconds
        await asyncio.sleep(0)


class Stage:
    """A pair of systems that lives are played on, one after the other.

    Attributes:
        both: Both systems.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._sandbox = LocalSandbox("empty")
        self._sandbox.start()
        self._runner = asyncio.Runner()
        self._open: AsyncExitStack | None = None
        self._service: SyncService | None = None
        self.both = Both(self._sandbox, database_url)

    @property
    def world(self) -> World:
        """Makes records in the org."""
        return self.both.world

    def begin(self, **options: Any) -> None:
        """Empty both systems and the ledger, and open the connector."""
        self.end()
        httpx.post(f"{self._sandbox.zuora_url}/_sandbox/reset", json={"seed": "empty"}, timeout=30).raise_for_status()
        self.both.world = World(self._sandbox.org)
        self.both.exchanges.clear()
        self._empty_ledger()
        self._runner.run(self._start(options))

    async def _start(self, options: dict[str, Any]) -> None:
        self._open = AsyncExitStack()
        service = self.both.service(Wiring(clock=Hurry().clock), **options)
        self._service = await self._open.enter_async_context(service)

    def _empty_ledger(self) -> None:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            query = "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename NOT LIKE 'alembic%%'"
            names = [row[0] for row in connection.execute(query, (SCHEMA,)) if row[0] != "alembic_version"]
            if names:
                connection.execute(f"TRUNCATE {', '.join(f'{SCHEMA}.{name}' for name in names)} CASCADE")

    def sync(self, numbers: Sequence[str]) -> list[SyncResult]:
        """Carry orders over, in this sequence."""
        assert self._service is not None
        return self._runner.run(self._service.orders(numbers))

    @contextmanager
    def troubled(self, faults: Iterable[dict[str, Any]]) -> Iterator[None]:
        """Have requests to Zuora fail meanwhile."""
        for fault in faults:
            self.both.fault(**fault)
        try:
            yield
        finally:
            httpx.delete(f"{self._sandbox.zuora_url}/_sandbox/faults", timeout=30).raise_for_status()

    def last_request(self) -> int:
        """Return the number of the latest request to Zuora."""
        return max((one["n"] for one in self.both.requests()), default=0)

    def writes(self, after: int = 0) -> list[str]:
        """Return method and path of what was written to Zuora after a request."""
        return [f"{one['method']} {one['path']}" for one in self.both.writes() if one["n"] > after]

    def end(self) -> None:
        """Close the connector."""
        if self._open is not None:
            self._runner.run(self._open.aclose())
        self._open = self._service = None

    def close(self) -> None:
        """Close the connector and stop both systems."""
        self.end()
        self._runner.close()
        self._sandbox.stop()
