"""The limits in a command of a person: counted and kept like the service's, but no system is given up as down."""

from __future__ import annotations

from cpqbridge.history.database import Database
from cpqbridge.jobs.limits.board import SharedLimits
from cpqbridge.settings.settings import Settings
from cpqbridge.transport.channel import Wiring


async def shared_wiring(settings: Settings, database: Database, wiring: Wiring | None) -> Wiring:
    """Return what a command's clients are plugged into: its calls count, and pauses that others were told of hold."""
    limits = SharedLimits(database, circuits=False)
    shares = limits.join(settings)
    await limits.look()
    return shares.wiring(wiring)
