"""Writes back at the end of a command's run, and says to how many records."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from cpqbridge.errors import ERRORS, CpqBridgeError
from cpqbridge.history.database import Database
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.run import OnEnd, Run, nothing
from cpqbridge.sync.write_back.marks import Marks
from cpqbridge.sync.write_back.outbox import Outbox
from cpqbridge.sync.write_back.writer import Writer

log = structlog.get_logger(__name__)

Say = Callable[[str], None]
"""Takes one line for people."""


class AtEnd:
    """Notes what a run has come to, and writes it back; whatever goes wrong is a warning.

    Args:
        outbox: What is to be written.
        writer: What writes it at once; None where a loop does.
        say: Told to how many records was written.
        retried: Whether what failed for now is tried again by itself: then it is not told.
    """

    def __init__(
        self, outbox: Outbox, writer: Writer | None, say: Say = lambda _line: None, *, retried: bool = False
    ) -> None:
        self._outbox = outbox
        self._writer = writer
        self._say = say
        self._retried = retried

    async def tell(self, run: Run) -> None:
        """Note what a run has come to and write it; never raises."""
        try:
            await self._outbox.note(run, retried=self._retried)
            written = (await self._writer.flush()).written if self._writer else 0
        except CpqBridgeError as error:
            _warn(run, error.message)
        except Exception as fault:
            log.debug("fault", run=run.id, exc_info=True)
            _warn(run, f"{type(fault).__name__} in the write-back")
        else:
            if written:
                self._say(f"written back to {written} record{'s' if written > 1 else ''}")


def at_end(
    settings: Settings, client: SalesforceClient, database: Database, scope: str, say: Say = lambda _line: None
) -> OnEnd:
    """Return what writes back at the end of each run of a command; nothing where it is off in the settings.

    Args:
        settings: The fields.
        client: The org.
        database: The database of the history.
        scope: The pair of systems.
        say: Told to how many records was written.
    """
    if not settings.write_back.enabled:
        return nothing
    outbox = Outbox(database, scope, Marks(settings).of)
    return AtEnd(outbox, Writer(client, outbox, settings), say).tell


def after_jobs(settings: Settings, database: Database, scope: str) -> OnEnd:
    """Return what notes at the end of each run of the service what its loop writes back."""
    if not settings.write_back.enabled:
        return nothing
    return AtEnd(Outbox(database, scope, Marks(settings).of), None, retried=True).tell


def _warn(run: Run, message: str) -> None:
    log.warning(f"CPQ-114 not written back for now: {message}", run=run.id, remedy=ERRORS["CPQ-114"].remedy)
