"""`cpqbridge serve` and `cpqbridge worker`: what runs by itself, until it is stopped."""

from __future__ import annotations

import asyncio
import signal

import structlog

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.options import Config

log = structlog.get_logger(__name__)


def serve(config: Config = None) -> None:
    """Keep Zuora equal to Salesforce by itself, until stopped with Ctrl-C."""
    from cpqbridge.jobs.service import open_serving

    async def do() -> None:
        async with open_serving(settings_for(config)) as service:
            await service.run(_stopped())

    asyncio.run(do())


def worker(config: Config = None) -> None:
    """Help a service with its work, in a process of its own, until stopped with Ctrl-C."""
    from cpqbridge.jobs.engine import open_engine

    async def do() -> None:
        async with open_engine(settings_for(config)) as engine:
            await engine.run(_stopped())

    asyncio.run(do())


def _stopped() -> asyncio.Event:
    """Return what is set by the first Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
