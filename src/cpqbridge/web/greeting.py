"""Signs in to both systems of every connection at the start, so that wrong credentials show before there is work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from cpqbridge.errors import CpqBridgeError
from cpqbridge.jobs.connection import Connection
from cpqbridge.transport.clock import Clock

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between two attempts: doubled with each."""


async def greet(connections: Iterable[Connection], clock: Clock | None = None) -> None:
    """Sign in everywhere; what fails is said and tried again, until each system has taken a session."""
    chosen = clock or Clock()
    systems: list[tuple[str, str, Callable[[], Awaitable[object]]]] = []
    for one in connections:
        systems.append((one.name, "Salesforce", one.clients.salesforce.session))
        systems.append((one.name, "Zuora", one.clients.zuora.session))
    await asyncio.gather(*(_sign_in(*system, chosen) for system in systems))


async def _sign_in(connection: str, system: str, session: Callable[[], Awaitable[object]], clock: Clock) -> None:
    pause = FIRST_PAUSE
    while True:
        try:
            await session()
        except CpqBridgeError as error:
            said = {"code": error.code, "remedy": error.remedy}
            log.warning(f"{system}: {error.message}", connection=connection, system=system, **said)
        else:
            log.info(f"{system} has signed us in", connection=connection, system=system)
            return
        await clock.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
