"""Receivers of webhooks on an ephemeral port: good ones, and hostile ones that answer byte by byte as they like."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec

TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Received:
    """One request that came in."""

    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return msgspec.json.decode(self.body)


Answer = Callable[[Received], AsyncIterator[bytes]]


def saying(*parts: bytes, pause: float = 0) -> Answer:
    """Answer with these bytes, with a pause before each."""

    async def answer(_received: Received) -> AsyncIterator[bytes]:
        for part in parts:
            await asyncio.sleep(pause)
            yield part

    return answer


def status(code: int, body: bytes = b"", *headers: str) -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", *headers])
    return saying(head.encode() + b"\r\n\r\n" + body)


class Receiver:
    """Keeps what it is sent, and answers as `answer` says; the server runs in a thread of its own."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.received: list[Received] = []
        self.answer: Answer = saying(TAKEN)
        self.port = 0
        self.sent = 0
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Its address, with a path that is a secret."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://localhost:{self.port}/services/T0/B0/hidden-path"

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(20)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        made = asyncio.start_server(self._handle, "127.0.0.1", 0, ssl=self._tls)
        server = self._loop.run_until_complete(made)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in headers.items()}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            received = Received(head[0].split(" ")[1], headers, body)
            self.received.append(received)
            async for part in self.answer(received):
                writer.write(part)
                await writer.drain()
                self.sent += len(part)
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
