"""Runs a service or a worker until it is stopped: its HTTP, its signals, and what it says when it is ready."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import msgspec
import structlog
import typer
from sqlalchemy.engine import make_url

import cpqbridge
from cpqbridge.cli.output import out
from cpqbridge.errors import FixConfiguration
from cpqbridge.history.clocks import wrong_clock
from cpqbridge.jobs.connection import HooksOf
from cpqbridge.jobs.engine import Engine, open_engine
from cpqbridge.jobs.feed.events import EventFeed
from cpqbridge.jobs.leader import Leader
from cpqbridge.jobs.service import open_serving
from cpqbridge.settings.settings import Settings
from cpqbridge.telemetry.otel import traces
from cpqbridge.web.app import make_app
from cpqbridge.web.gauges import Observed
from cpqbridge.web.greeting import greet
from cpqbridge.web.health import Health
from cpqbridge.web.meters import Meters
from cpqbridge.web.server import address_of, is_loopback, listen, serving
from cpqbridge.web.standing import StandingReader
from cpqbridge.web.telling import Teller

log = structlog.get_logger(__name__)

AT_ONCE = 3.0
"""Seconds after the second signal until the process is ended, whatever it does."""

KNOWN = 5.0
"""Seconds that the ready line waits for to know who leads."""

STOPPED = 130
"""Exit status of a process that was stopped at once."""


PORT = 8100
"""Where a service answers, unless a port is named."""


@dataclass(frozen=True, slots=True)
class Web:
    """Where health and metrics answer.

    Attributes:
        host: The address.
        port: The port; 0 takes a free one; None takes the usual one, or a free one where that is taken.
    """

    host: str
    port: int | None


@dataclass(frozen=True, slots=True)
class Work:
    """What runs.

    Attributes:
        kind: `serve` or `worker`.
        engine: The engine.
        run: Runs until its event is set.
        leaders: By connection, whether this process leads.
        feeds: By connection, the events that come in.
    """

    kind: str
    engine: Engine
    run: Callable[[asyncio.Event], Awaitable[None]]
    leaders: Mapping[str, Leader]
    feeds: Mapping[str, EventFeed]


@asynccontextmanager
async def _opened(kind: str, settings: Settings, hooks: HooksOf) -> AsyncIterator[Work]:
    if kind == "worker":
        async with open_engine(settings, hooks=hooks) as engine:
            yield Work(kind, engine, engine.run, {}, {})
        return
    async with open_serving(settings, hooks) as service:
        yield Work(kind, service.engine, service.run, service.leaders, service.feeds)


def run(kind: str, settings: Settings, web: Web | None, *, as_json: bool) -> None:
    """Run until stopped.

    Args:
        kind: `serve` or `worker`.
        settings: The whole configuration.
        web: Where its HTTP answers; None goes without.
        as_json: Print the ready line as JSON.

    Raises:
        CpqBridgeError: The port is taken, the database cannot be used, a secret is missing.
        typer.Abort: It was stopped at once, by a second signal.
    """
    endpoint = settings.telemetry.traces.endpoint if settings.telemetry.traces else None
    with traces(endpoint), _listening(web) as listening:
        asyncio.run(_run(kind, settings, listening, as_json=as_json))


@contextmanager
def _listening(web: Web | None) -> Iterator[socket.socket | None]:
    if web is None:
        yield None
        return
    with _listen(web) as listening:
        if not is_loopback(listening):
            text = (
                "Health and metrics can be read from other machines without signing in: let only yours reach the port"
            )
            log.warning(text, address=address_of(listening))
        yield listening


def _listen(web: Web) -> socket.socket:
    if web.port is not None:
        return listen(web.host, web.port)
    try:
        return listen(web.host, PORT)
    except FixConfiguration as taken:
        listening = listen(web.host, 0)
        log.warning(f"{taken.message}; it answers on another port", address=address_of(listening))
        return listening


async def _run(kind: str, settings: Settings, listening: socket.socket | None, *, as_json: bool) -> None:
    meters = Meters()
    teller = Teller(meters)
    with _stopped() as stop:
        try:
            async with AsyncExitStack() as stack:
                work = await stack.enter_async_context(_opened(kind, settings, teller.hooks))
                observed = Observed(work.engine, work.leaders, work.feeds)
                reader = StandingReader(work.engine.database)
                if listening is not None:
                    app = make_app(Health(observed, teller.answers), meters, reader)
                    await stack.enter_async_context(serving(app, listening))
                _check_clock((await reader.read()).skew)
                await _work(work, stop, settings, listening, as_json=as_json)
        except asyncio.CancelledError:
            raise typer.Abort from None
    log.info("Stopped: what was in flight is finished, and the rest is still due")


async def _work(
    work: Work, stop: asyncio.Event, settings: Settings, listening: socket.socket | None, *, as_json: bool
) -> None:
    running = asyncio.ensure_future(work.run(stop))
    greeting = asyncio.ensure_future(greet(work.engine.connections))
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(KNOWN):
                await asyncio.gather(*(leader.asked.wait() for leader in work.leaders.values()))
        _say_ready(work, settings, address_of(listening) if listening else None, as_json=as_json)
        await running
    finally:
        greeting.cancel()
        running.cancel()
        await asyncio.gather(greeting, running, return_exceptions=True)


def _say_ready(work: Work, settings: Settings, address: str | None, *, as_json: bool) -> None:
    """Print the one line that says that the work goes on, and where to look."""
    roles = {
        one.name: "leads" if one.name in work.leaders and work.leaders[one.name].leads else "helps"
        for one in work.engine.connections
    }
    database = _place(work.engine.database.address, own=settings.database.url is None)
    if as_json:
        known = {"ready": True, "kind": work.kind, "address": address, "connections": roles, "database": database}
        out.file.write(msgspec.json.encode(known).decode() + "\n")
        out.file.flush()
        return
    parts = [
        f"cpqbridge {cpqbridge.__version__} is ready",
        ", ".join(f"{name} ({role})" for name, role in roles.items()),
        *([address] if address else []),
        f"history in {database}",
    ]
    out.print(" · ".join(parts), markup=False, soft_wrap=True)
    out.file.flush()


def _place(address: str, *, own: bool) -> str:
    """Return where the database is, without user and password."""
    url = make_url(address)
    host = url.host or str(url.query.get("host") or "")
    place = f"{host}{f':{url.port}' if url.port else ''}/{url.database}"
    return f"cpqbridge's own PostgreSQL ({place})" if own else f"PostgreSQL at {place}"


def _check_clock(skew: float) -> None:
    if (wrong := wrong_clock(skew)) is not None:
        log.warning(wrong.message, code=wrong.code, remedy=wrong.remedy)


@contextmanager
def _stopped() -> Iterator[asyncio.Event]:
    """Give what is set by the first Ctrl-C or SIGTERM; the second one ends the task, and soon the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()

    def on_signal() -> None:
        if not stop.is_set():
            log.info("Stopping: calls in flight are finished, the rest is given back; once more stops at once")
            stop.set()
        elif task is not None:
            task.cancel()
            loop.call_later(AT_ONCE, os._exit, STOPPED)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
