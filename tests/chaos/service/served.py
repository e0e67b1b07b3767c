"""Both systems of a connection on ports of their own, which can go down and come back as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from cpqbridge.sandbox.credentials import credentials
from cpqbridge.sandbox.salesforce.events.server import PubSubServer
from cpqbridge.sandbox.server import Systems
from cpqbridge.sandbox.serving import BackgroundServers
from cpqbridge.sandbox.zuora.entities import Entities
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.chaos.books import Books, tenant_books
from tests.world import World

T = TypeVar("T")

KEYS = ("client_id", "client_secret")


class Served:
    """An org and a tenant that answer.

    Args:
        seed: `demo` or `empty`.
        latency_ms: Milliseconds that every answer is held back.

    Attributes:
        systems: The org and the tenant.
        up: Whether they answer.
        org_calls: How many calls of its API the org has had, without sign-ins.
    """

    def __init__(self, seed: str = "empty", latency_ms: int = 0) -> None:
        self.systems = Systems(seed, latency_ms=latency_ms)
        self._ports = [0, 0]
        self._events_port = 0
        self.up = False
        self.org_calls = 0
        self.start()

    def start(self) -> None:
        """Answer, on the same ports as before."""
        self._servers = BackgroundServers(self._ports)
        self._ports = self._servers.ports
        self._events = PubSubServer(self._events_port)
        self._events_port = self._events.port
        self._servers.start([self._counted(self.systems.salesforce_app), self.systems.zuora_app], self._beside)
        self.up = True

    def _counted(self, app: ASGIApp) -> ASGIApp:
        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            self.org_calls += scope.get("path", "").startswith("/services/data")
            await app(scope, receive, send)

        return counting

    @asynccontextmanager
    async def _beside(self) -> AsyncIterator[None]:
        self._loop = asyncio.get_running_loop()
        async with self._events.answering(lambda: self.systems.org):
            yield

    def stop(self) -> None:
        """Answer no more; what both systems hold stays."""
        self._servers.stop()
        self._events.close()
        self.up = False

    def close(self) -> None:
        """Stop, and forget everything."""
        if self.up:
            self.stop()
        self.systems.close()

    def do(self, work: Callable[[World], T]) -> T:
        """Change the org between two requests, and return what the change gives."""

        async def between() -> T:
            return work(World(self.systems.org))

        if not self.up:
            return work(World(self.systems.org))
        return asyncio.run_coroutine_threadsafe(between(), self._loop).result(120)

    def books(self) -> Books:
        """Return what the tenant holds."""
        return self.do(lambda _world: tenant_books(self.systems.tenant))

    def count(self, kind: str) -> int:
        """Return how many of a thing the tenant holds."""
        return self.do(lambda _world: sum(1 for _ in self.systems.tenant.store.rows(kind)))

    def empty_tenant(self) -> None:
        """Put an empty tenant in the place of the one that is."""

        def exchange(_world: World) -> None:
            self.systems.tenant.close()
            self.systems.tenant = Tenant.open(None)
            self.systems._tenant_app = Entities(self.systems.tenant)

        self.do(exchange)

    def fault(self, system: str, *faults: dict[str, Any]) -> None:
        """Let the next requests to a system suffer; it must answer."""
        httpx.post(f"{self._url(system)}/_sandbox/faults", json=list(faults), timeout=30).raise_for_status()

    def heal(self) -> None:
        """Let no more requests suffer."""
        for system in ("salesforce", "zuora"):
            httpx.delete(f"{self._url(system)}/_sandbox/faults", timeout=30).raise_for_status()

    def _url(self, system: str) -> str:
        return f"http://127.0.0.1:{self._ports[system == 'zuora']}"

    def sections(self) -> dict[str, Any]:
        """Return the sections `salesforce` and `zuora` of a configuration, with clear secrets."""
        known = credentials(*self._ports)
        return {
            system: {address: known[system][address], **{key: known[system][key] for key in KEYS}}
            for system, address in (("salesforce", "login_url"), ("zuora", "base_url"))
        }

    @property
    def events_address(self) -> str:
        """Host and port of the org's Pub/Sub API."""
        return f"127.0.0.1:{self._events_port}"
