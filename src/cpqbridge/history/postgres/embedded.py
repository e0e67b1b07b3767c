"""The embedded server as its users see it: start it or join it, get its address, leave it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import ClassVar
from urllib.parse import quote

from cpqbridge.history.postgres import server
from cpqbridge.history.postgres.binaries import programs
from cpqbridge.history.postgres.home import ROOT_BASE, locate
from cpqbridge.history.postgres.sharing import Held, Membership
from cpqbridge.history.postgres.troubles import cannot_use, stands_still

DATABASE = "postgres"
"""The database that every cluster has from the start."""

LONGEST_START = 120.0
"""Seconds that a start waits for another process that makes or starts the server: the first time it may take long."""

LONGEST_TURN = 10.0
"""The same, of those who have it running: who leaves does not wait for one that stands still, nor who revives it."""


class EmbeddedPostgres:
    """A PostgreSQL server of cpqbridge's own, shared by all processes that use the same data folder.

    The first one starts it, the last one stops it. A killed process does not disturb the others; a server whose last
    user was killed is joined by the next one. It listens on a Unix socket only and asks for a generated password.

    Args:
        data_dir: The data folder, or None for the usual place (see `home.locate`).
    """

    _children: ClassVar[list[subprocess.Popen[bytes]]] = []
    """Servers that others use on: kept, so that the interpreter does not warn of a forgotten child."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self.home = locate(data_dir)
        self._membership = Membership(self.home.folder)
        self._joined = False
        self._busy = Lock()  # a release waits for a start in another thread, so that none is left running
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Start or join the server and return the address of its database, `postgresql://…` with the password.

        Raises:
            FixConfiguration: CPQ-306 with the cause and the remedy.
        """
        with self._busy:
            try:
                self.home.prepare()
                with self._membership.one_at_a_time(LONGEST_START):
                    self.home.make_sockets()
                    return self._join()
            except Held:
                raise stands_still(self.home.folder) from None
            except OSError as error:
                raise cannot_use(self.home.folder, error) from error

    def _join(self) -> str:
        self._membership.join()
        try:
            self._run()
            dsn = self.dsn()
        except BaseException:
            self._leave()
            raise
        self._joined = True
        return dsn

    def _run(self) -> None:
        """Make sure that the server runs."""
        if self._process is not None:
            self._process.poll()  # a child that nobody asks after stays in the system's table of processes
        server_pid = server.running_pid(self.home)
        if server_pid is not None:
            server.wait_ready(self.home, server_pid)
            return
        tools = programs(self.home.identity, ROOT_BASE)
        if not self.home.pgdata.exists():
            server.make(self.home, tools)
        server.check_version(self.home)
        self._process = server.start(self.home, tools)

    def revive(self) -> None:
        """Make sure that the server runs, for one who has joined it: it may have been killed.

        Raises:
            FixConfiguration: CPQ-306 with the cause and the remedy.
        """
        with self._busy:
            if self._joined:
                try:
                    with self._membership.one_at_a_time(LONGEST_TURN):
                        self._run()
                except Held:
                    raise stands_still(self.home.folder) from None

    def dsn(self, database: str = DATABASE) -> str:
        """Return the address of one of the server's databases, in libpq's URI form; it contains the password."""
        password = quote(self.home.password(), safe="")
        return f"postgresql://{server.USER}:{password}@/{database}?host={quote(str(self.home.sockets), safe='')}"

    def release(self) -> None:
        """Leave the server; the last one out stops it. Calling it twice is harmless.

        Where another process stands still in the midst of its own start or end, the server is left running: who uses
        it next joins it.
        """
        with self._busy:
            if self._joined:
                self._joined = False
                try:
                    with self._membership.one_at_a_time(LONGEST_TURN):
                        self._leave()
                except Held:
                    self._membership.drop()
                    self._keep(self._process)

    def _leave(self) -> None:
        with self._membership.leave() as last:
            process, self._process = self._process, None
            pid = server.running_pid(self.home)
            if last and pid is not None:
                server.stop(self.home, pid, process)
            else:
                self._keep(process)

    def _keep(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None and process.poll() is None:
            self._children.append(process)

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
