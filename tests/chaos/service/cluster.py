"""A database server that can be killed: cpqbridge's own, which it starts again, or one that stands for the user's."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psycopg

from cpqbridge.history.postgres import EmbeddedPostgres, server
from tests.chaos.service.waiting import wait_for


class Cluster:
    """A PostgreSQL server in a folder.

    Args:
        folder: Where its data are; made when missing.
        own: Whether it stands for a server of the user's, which cpqbridge does not start.
    """

    def __init__(self, folder: Path, *, own: bool = False) -> None:
        self._own = own
        self._folder = folder
        self._server = EmbeddedPostgres(folder)
        self.address = self._server.start() if own else ""

    def section(self) -> dict[str, Any]:
        """Return the section `database` of a configuration."""
        return {"url": self.address} if self._own else {"data_dir": str(self._folder)}

    def address_of(self, database: str) -> str:
        """Return the address of one of the server's databases."""
        return self._server.dsn(database)

    def join(self) -> None:
        """Use the server that cpqbridge has started: so it is not this process that must ask after its end."""
        if not self.address:
            wait_for(lambda: server.running_pid(self._server.home), what="a database server")
            self.address = self._server.start()

    def connect(self) -> psycopg.Connection[Any]:
        """Return a session, as soon as the server gives one."""

        def tried() -> psycopg.Connection[Any] | None:
            self.join()
            try:
                return psycopg.connect(self.address, autocommit=True, connect_timeout=5)
            except psycopg.OperationalError:
                return None

        return wait_for(tried)

    def kill(self) -> None:
        """Kill the server's first process, as the system does when memory runs out; one that is dead stays so."""
        if (pid := server.running_pid(self._server.home)) is not None:
            os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        """Start the user's server again; cpqbridge's own is started by those who use it."""
        if self._own:
            wait_for(self._revived)

    def _revived(self) -> bool:
        try:
            self._server.revive()
        except Exception:  # noqa: BLE001 - backends of the killed server may hold its memory for a moment
            return False
        return True

    def close(self) -> None:
        """Stop it."""
        self._server.release()
