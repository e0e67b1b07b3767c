"""ASGI applications on loopback ports, served by one background thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from cpqbridge.sandbox.control import TRANSPORT

HOST = "127.0.0.1"

#: Longest request line and headers taken, bytes; queries in the address may be long.
MAX_HEADER_BYTES = 256 * 1024

#: Seconds that a server waits for its open requests when it stops.
GRACE_SECONDS = 1

_START_SECONDS = 30


class BackgroundServers:
    """HTTP servers in one thread with one event loop, so that applications may share state without locks.

    Attributes:
        ports: The port of each application.
        urls: The address of each application.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        """Take the ports; 0 takes a free one.

        Raises:
            OSError: A port is taken.
        """
        self._sockets = _listen_all(ports)
        self.ports: list[int] = [item.getsockname()[1] for item in self._sockets]
        self.urls = [f"http://{HOST}:{port}" for port in self.ports]
        self._servers: list[_Server] = []
        self._thread: threading.Thread | None = None

    def start(
        self, apps: Sequence[ASGIApp], beside: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext
    ) -> None:
        """Serve one application on each port and return when all answer.

        Args:
            apps: The applications.
            beside: What else runs in the loop; it is entered before the applications answer.

        Raises:
            RuntimeError: They do not start.
        """
        ready = threading.Semaphore(0)
        self._servers = [_Server(_config(app), ready.release) for app in apps]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(beside)), name="sandbox", daemon=True)
        self._thread.start()
        if not all(ready.acquire(timeout=_START_SECONDS) for _ in self._servers):
            raise RuntimeError("The sandbox's servers did not start.")

    def stop(self) -> None:
        """Stop the servers and give the ports back."""
        for server in self._servers:
            server.should_exit = True
        if self._thread:
            self._thread.join()
        for item in self._sockets:
            item.close()

    async def _serve(self, beside: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        pairs = zip(self._servers, self._sockets, strict=True)
        async with beside():
            await asyncio.gather(*(server.serve(sockets=[item]) for server, item in pairs))


class _Server(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_started()


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application cut the connection: the transport stands in the scope's state."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.app_state = {**self.app_state, TRANSPORT: transport}
            super().connection_made(transport)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=MAX_HEADER_BYTES,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _listen_all(ports: Sequence[int]) -> list[socket.socket]:
    """Take all ports, or none where one is taken."""
    with contextlib.ExitStack() as taken:
        listening = [taken.enter_context(_listen(port)) for port in ports]
        taken.pop_all()
    return listening


def _listen(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off: otherwise every answer takes 40 ms more.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    with contextlib.suppress(OSError):
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError:
        listening.close()
        raise
    listening.listen(1024)
    return listening
