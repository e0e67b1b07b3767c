"""What both servers of the sandbox have in common: request log, faults, latency, reset and settings.

`Control.wrap` stands around a whole ASGI application. It answers ``/_sandbox/requests``, ``/_sandbox/faults``,
``/_sandbox/reset`` and (when it was given settings) ``/_sandbox/settings`` itself, logs every other request that
is not under ``/_sandbox``, and makes requests slow or fail as ordered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.faults import Fault, parse_fault
from cpqbridge.sandbox.requestlog import RequestLog

Settings = Callable[[dict[str, Any]], Mapping[str, Any]]

#: Key of the connection's transport in the ASGI scope's ``state``; `server` puts it there.
TRANSPORT = "sandbox.transport"


class Control:
    """Log, faults and control calls of one server.

    Attributes:
        routes: The ``/_sandbox`` calls that the control answers itself.
        latency_ms: Milliseconds that every answer is held back.
        log: The requests so far.
    """

    def __init__(self, *, reset: Callable[[str], None], settings: Settings | None = None, latency_ms: int = 0) -> None:
        """Make the control.

        Args:
            reset: Brings both systems into the state of a seed, ``demo`` or ``empty``.
            settings: Changes settings and returns all of them; raises ValueError for what it does not know.
            latency_ms: Milliseconds that every answer is held back.
        """
        self.latency_ms = latency_ms
        self.log = RequestLog()
        self._reset = reset
        self._settings = settings
        self._faults: list[Fault] = []
        self.routes = [
            Route("/_sandbox/requests", self._requests, methods=["GET"]),
            Route("/_sandbox/reset", self._reset_state, methods=["POST"]),
            Route("/_sandbox/faults", self._order_faults, methods=["GET", "POST", "DELETE"]),
        ]
        if settings:
            self.routes.append(Route("/_sandbox/settings", self._change_settings, methods=["GET", "POST"]))

    def clear(self) -> None:
        """Forget the log and the faults."""
        self.log.clear()
        self._faults.clear()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application with log, faults, latency and control calls around it."""
        own = Starlette(routes=self.routes)
        paths = {route.path for route in self.routes}

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
            elif scope["path"] in paths:
                await own(scope, receive, send)
            elif scope["path"].startswith("/_sandbox"):
                await app(scope, receive, send)
            else:
                try:
                    await self._observe(app, scope, receive, send)
                except asyncio.CancelledError:  # the server ends, and waits for nobody any more
                    await _cut(scope)

        return wrapped

    async def _observe(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if body is None:
            return
        entry = self.log.add(scope, body)
        fault = self._strike(scope["method"], scope["path"])
        exchange = _Exchange(send, (fault.delay_ms if fault else 0) + self.latency_ms)
        if fault and fault.fault == "drop_request":
            await exchange.wait()
            await _cut(scope)
            return
        if fault and fault.fault == "status":
            await _fault_answer(fault)(scope, receive, exchange.send)
        elif fault and fault.fault == "drop_response":
            await app(scope, _replay(body, receive), exchange.swallow)
        else:
            await app(scope, _replay(body, receive), exchange.send)
        self.log.finish(entry, exchange.status, exchange.headers, exchange.body)
        if fault and fault.fault == "drop_response":
            await _cut(scope)

    def _strike(self, method: str, path: str) -> Fault | None:
        for fault in self._faults:
            if fault.matches(method, path):
                fault.times -= 1
                if fault.times == 0:
                    self._faults.remove(fault)
                return fault
        return None

    async def _requests(self, request: Request) -> Response:
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            return _json({"message": "'after' must be a number."}, 400)
        return _json(self.log.after(int(after)))

    async def _reset_state(self, request: Request) -> Response:
        body = await _object(request)
        seed = body.get("seed", "demo") if body is not None else None
        if seed not in {"demo", "empty"} or set(body or {}) - {"seed"}:
            return _json({"message": 'The body must be {"seed": "demo"} or {"seed": "empty"}.'}, 400)
        self.clear()
        self._reset(seed)
        return _json({"seed": seed})

    async def _order_faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self._faults.clear()
        if request.method == "POST":
            try:
                orders = wire.decode(await request.body())
                faults = [parse_fault(order) for order in (orders if isinstance(orders, list) else [orders])]
            except ValueError as error:
                return _json({"message": str(error)}, 400)
            self._faults.extend(faults)
        return _json([fault.as_dict() for fault in self._faults])

    async def _change_settings(self, request: Request) -> Response:
        body = {} if request.method == "GET" else await _object(request)
        if body is None or self._settings is None:
            return _json({"message": "The body must be a JSON object."}, 400)
        try:
            return _json(dict(self._settings(body)))
        except ValueError as error:
            return _json({"message": str(error)}, 400)


class _Exchange:
    """The answer on its way out: held back for a while, and kept for the log."""

    def __init__(self, send: Send, delay_ms: int) -> None:
        self._send = send
        self._delay = delay_ms / 1000
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []

    @property
    def body(self) -> bytes:
        return b"".join(self._chunks)

    async def wait(self) -> None:
        if self._delay:
            await asyncio.sleep(self._delay)

    async def swallow(self, message: Message) -> None:
        # The wait is here and not around the application: a request counts as running until it is answered.
        if message["type"] == "http.response.start":
            await self.wait()
            self.status = message["status"]
            self.headers = list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self._chunks.append(message.get("body", b""))

    async def send(self, message: Message) -> None:
        await self.swallow(message)
        await self._send(message)


async def _cut(scope: Scope) -> None:
    """Cut the client's connection without an answer.

    Raises:
        ConnectionResetError: The application is called without a server around it.
    """
    transport = scope.get("state", {}).get(TRANSPORT)
    if transport is None:
        raise ConnectionResetError("the sandbox cut the connection as ordered")
    transport.abort()
    # The server learns of the cut in the loop's next turn; it must know before the application returns.
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def _read(receive: Receive) -> bytes | None:
    """Return a request's body; None where the client went away in the midst of it, which is no request at all."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    pending = [body]

    async def replayed() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replayed


def _fault_answer(fault: Fault) -> Response:
    if fault.body is None or isinstance(fault.body, str):
        return Response(fault.body or "", fault.status, fault.headers)
    return Response(wire.encode(fault.body), fault.status, fault.headers, "application/json")


async def _object(request: Request) -> dict[str, Any] | None:
    try:
        body = wire.decode(await request.body() or b"{}")
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _json(body: Any, status: int = 200) -> Response:
    return Response(wire.encode(body), status, media_type="application/json")
