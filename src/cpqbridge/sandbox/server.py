"""Both systems on the loopback address: in a background thread for tests and the demo, or until stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from starlette.types import ASGIApp, Receive, Scope, Send

from cpqbridge.sandbox.control import Control
from cpqbridge.sandbox.credentials import credentials
from cpqbridge.sandbox.salesforce.app import create_app as create_org_app
from cpqbridge.sandbox.salesforce.events.server import PubSubServer
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed import apply_seed
from cpqbridge.sandbox.serving import BackgroundServers
from cpqbridge.sandbox.zuora.entities import Entities
from cpqbridge.sandbox.zuora.tenant import Tenant


class Systems:
    """The org and the tenant, with the files that keep them, and both applications.

    A reset makes both anew; the applications handed to the servers stay the same and pass on to the new ones.

    Attributes:
        org: The Salesforce org as it is now.
        tenant: The Zuora tenant as it is now.
    """

    def __init__(self, seed: str, data: Path | None = None, latency_ms: int = 0) -> None:
        """Open kept data, or make both systems from a seed.

        Args:
            seed: ``demo`` or ``empty``; not used when `data` holds both systems already.
            data: Folder of the two files; None keeps everything in memory.
            latency_ms: Milliseconds that every answer is held back.
        """
        self._data = data
        self._salesforce = Control(reset=self.reset, latency_ms=latency_ms)
        self._zuora = Control(reset=self.reset, settings=self._configure, latency_ms=latency_ms)
        self._open()
        if self.tenant.store.document("seed") is None:
            self._start_anew(seed)

    @property
    def salesforce_app(self) -> ASGIApp:
        """The org's application with control around it."""
        return self._salesforce.wrap(self._pass_to_org)

    @property
    def zuora_app(self) -> ASGIApp:
        """The tenant's application with control around it."""
        return self._zuora.wrap(self._pass_to_tenant)

    def reset(self, seed: str) -> None:
        """Throw both systems away and make them from a seed; logs and faults are forgotten too."""
        self._salesforce.clear()
        self._zuora.clear()
        self._start_anew(seed)

    def close(self) -> None:
        """Close the files."""
        self.org.close()
        self.tenant.close()

    def _start_anew(self, seed: str) -> None:
        self.org.events.disconnect()
        self.close()
        for path in self._data.glob("*.sqlite*") if self._data else ():
            path.unlink()
        self._open()
        self.org.events.quiet()  # what a seed holds is older than any event that is kept
        apply_seed(self.org, self.tenant, seed)
        self.org.events.select()
        self.tenant.store.set_document("seed", seed)

    def _open(self) -> None:
        if self._data:
            self._data.mkdir(parents=True, exist_ok=True)
        self.org = Org.open(self._data / "salesforce.sqlite" if self._data else None)
        self.tenant = Tenant.open(self._data / "zuora.sqlite" if self._data else None)
        self._org_app = create_org_app(self.org)
        self._tenant_app = Entities(self.tenant)

    def _configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        return self.tenant.configure(changes)

    async def _pass_to_org(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._org_app(scope, receive, send)

    async def _pass_to_tenant(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._tenant_app(scope, receive, send)


class LocalSandbox:
    """Both servers in a background thread, as a context manager.

    Attributes:
        salesforce_url: Address of the org.
        zuora_url: Address of the tenant.
        pubsub_address: Host and port of the org's Pub/Sub API.
        credentials: How to sign in, in the shape of ``cpqbridge sandbox credentials --json``.
    """

    def __init__(
        self,
        seed: str = "demo",
        data: Path | None = None,
        salesforce_port: int = 0,
        zuora_port: int = 0,
        latency_ms: int = 0,
        pubsub_port: int = 0,
    ) -> None:
        """Make the systems and take the ports; nothing is answered before `start`.

        Args:
            seed: ``demo`` or ``empty``.
            data: Folder that keeps the data; None keeps everything in memory.
            salesforce_port: Port of the org; 0 takes a free one.
            zuora_port: Port of the tenant; 0 takes a free one.
            latency_ms: Milliseconds that every answer is held back.
            pubsub_port: Port of the org's Pub/Sub API; 0 takes a free one.

        Raises:
            OSError: A port is taken.
        """
        self._servers = BackgroundServers([salesforce_port, zuora_port])
        self.salesforce_url, self.zuora_url = self._servers.urls
        try:
            self._pubsub = PubSubServer(pubsub_port)
        except BaseException:
            self._servers.stop()
            raise
        self.pubsub_address = self._pubsub.address
        ports = self._servers.ports[0], self._servers.ports[1]
        self.credentials: dict[str, dict[str, Any]] = credentials(*ports, pubsub_port=self._pubsub.port)
        try:
            self._systems = Systems(seed, data, latency_ms)
        except BaseException:
            self._servers.stop()
            self._pubsub.close()
            raise

    @property
    def org(self) -> Org:
        """The Salesforce org; another one after a reset."""
        return self._systems.org

    @property
    def tenant(self) -> Tenant:
        """The Zuora tenant; another one after a reset."""
        return self._systems.tenant

    def start(self) -> None:
        """Start both servers and return when they answer.

        Raises:
            RuntimeError: They do not start.
        """
        apps = [self._systems.salesforce_app, self._systems.zuora_app]
        self._servers.start(apps, lambda: self._pubsub.answering(lambda: self.org))

    def stop(self) -> None:
        """Stop both servers and close the files."""
        self._servers.stop()
        self._pubsub.close()
        self._systems.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def say_ready(salesforce: str, zuora: str, pubsub: str) -> None:
    """Say in one line on standard output where both systems answer."""
    sys.stdout.write(f"sandbox ready salesforce={salesforce} zuora={zuora} pubsub={pubsub}\n")
    sys.stdout.flush()


async def serve(
    *,
    salesforce_port: int = 8101,
    zuora_port: int = 8102,
    data: Path | None = None,
    seed: str = "demo",
    latency_ms: int = 0,
    pubsub_port: int = 0,
    ready: Callable[[str, str, str], None] = say_ready,
) -> None:
    """Run both servers until SIGINT or SIGTERM.

    Args:
        salesforce_port: Port of the org.
        zuora_port: Port of the tenant.
        data: Folder that keeps the data; None keeps everything in memory.
        seed: ``demo`` or ``empty``.
        latency_ms: Milliseconds that every answer is held back.
        pubsub_port: Port of the org's Pub/Sub API; 0 takes a free one.
        ready: Called with the addresses of the org, the tenant and the Pub/Sub API when they answer.

    Raises:
        OSError: A port is taken.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    with LocalSandbox(seed, data, salesforce_port, zuora_port, latency_ms, pubsub_port) as sandbox:
        ready(sandbox.salesforce_url, sandbox.zuora_url, sandbox.pubsub_address)
        await stopped.wait()
