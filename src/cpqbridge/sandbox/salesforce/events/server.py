"""The Pub/Sub API's server: gRPC with TLS on a port of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.events.tls import server_certificate

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

HOST: Final = "127.0.0.1"

_OPTIONS: Final = {
    "grpc.max_receive_message_length": 4 * 1024 * 1024,
    "grpc.max_concurrent_streams": 1000,
    # clients ask at intervals whether the connection still stands, also while nothing else is sent
    "grpc.http2.min_ping_interval_without_data_ms": 10_000,
    "grpc.keepalive_permit_without_calls": 1,
}


class PubSubServer:
    """A port, and the server that answers on it.

    Attributes:
        port: The port.
        address: Host and port.
    """

    def __init__(self, port: int = 0) -> None:
        """Take the port; 0 takes a free one.

        Raises:
            OSError: The port is taken.
        """
        self._held = _hold(port)
        self.port: int = self._held.getsockname()[1]
        self.address = f"{HOST}:{self.port}"

    @contextlib.asynccontextmanager
    async def answering(self, org: Callable[[], Org]) -> AsyncIterator[None]:
        """Answer calls for an org while inside.

        Args:
            org: Returns the org as it is now.
        """
        import grpc

        from cpqbridge.eventbus.service import handler
        from cpqbridge.sandbox.salesforce.events.service import PubSubService

        asyncio.get_running_loop().set_exception_handler(_report)
        server = grpc.aio.server(options=list(_OPTIONS.items()))
        server.add_generic_rpc_handlers((handler(PubSubService(org)),))
        server.add_secure_port(self.address, grpc.ssl_server_credentials([server_certificate()]))
        await server.start()
        try:
            yield
        finally:
            await server.stop(grace=0)

    def close(self) -> None:
        """Give the port back."""
        self._held.close()


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what goes wrong in the loop, but for the end of a client in another loop of this process.

    gRPC has one queue for all loops of a process: this one may find the last events of a loop that is closed.
    """
    closed = isinstance(context.get("exception"), RuntimeError) and "PollerCompletionQueue" in context["message"]
    if not closed:
        loop.default_exception_handler(context)


def _hold(port: int) -> socket.socket:
    """Take a port for gRPC, which binds it itself later: nobody else gets it meanwhile."""
    if port:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was just given back is free
            probe.bind((HOST, port))  # without sharing, so that a port in use is refused
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        held.bind((HOST, port))
    except OSError:
        held.close()
        raise
    return held
