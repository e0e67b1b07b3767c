"""The service: an engine that works, and, in the one process that leads, what finds work and tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cpqbridge.history.retention import Retention
from cpqbridge.jobs.backfill.loop import BackfillLoop
from cpqbridge.jobs.connection import Connection, HooksOf, no_hooks
from cpqbridge.jobs.engine import Engine, open_engine
from cpqbridge.jobs.feed.events import EventFeed
from cpqbridge.jobs.feed.poll import Poller
from cpqbridge.jobs.leader import Leader, Loop
from cpqbridge.jobs.routing import extra_condition
from cpqbridge.jobs.supervise import BRIEF_PAUSE, keep_going
from cpqbridge.jobs.watch.courier import Courier
from cpqbridge.jobs.watch.watch import Watch
from cpqbridge.jobs.write_back import WriteBackLoop
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.write_back import written_fields


class Service:
    """Keeps Zuora equal to Salesforce.

    Args:
        engine: Works through what is due.

    Attributes:
        engine: The engine.
        leaders: By connection, whether this process leads.
        feeds: By connection, the events that come in.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.feeds: dict[str, EventFeed] = {}
        self.leaders = {
            connection.name: Leader(engine.database, connection.scope, connection.name, self._loops(connection))
            for connection in engine.connections
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop; calls in flight are finished, and the rest is given back.

        Args:
            stop: Set when the service shall end.
        """
        leading = [
            asyncio.ensure_future(keep_going(f"leading {name}", leader.run, longest=BRIEF_PAUSE))
            for name, leader in self.leaders.items()
        ]
        self.engine.tasks |= {f"leading {name}": task for name, task in zip(self.leaders, leading, strict=True)}
        try:
            await self.engine.run(stop)
        finally:
            for task in leading:
                task.cancel()
            await asyncio.gather(*leading, return_exceptions=True)

    def _loops(self, connection: Connection) -> dict[str, Loop]:
        """Return what only the leader does for a connection."""
        loops: dict[str, Loop] = {
            "write-back": WriteBackLoop(connection).run,
            "back-fill": BackfillLoop(connection).run,
            "watch": Watch(connection).run,
            "alerts": Courier(connection).run,
            "retention": Retention(connection.database, connection.settings.database.keep_days).run,
        }
        if connection.settings.auto_sync.enabled:
            poller = Poller(
                connection, further=lambda kind: extra_condition(connection.settings, connection.name, kind)
            )
            own = frozenset(field for fields in written_fields(connection.settings).values() for field in fields)
            self.feeds[connection.name] = EventFeed(connection, poller.hint, own_fields=own)
            loops |= {"poll": poller.run, "events": self.feeds[connection.name].run}
        return loops


@asynccontextmanager
async def open_serving(settings: Settings, hooks: HooksOf = no_hooks) -> AsyncIterator[Service]:
    """Open everything that the service needs; it serves when `run` is called.

    Args:
        settings: The whole configuration.
        hooks: Who is told of what goes on, by the settings of a connection.

    Raises:
        CpqBridgeError: A secret is missing, or the database cannot be used.
    """
    async with open_engine(settings, kind="serve", hooks=hooks) as engine:
        yield Service(engine)
