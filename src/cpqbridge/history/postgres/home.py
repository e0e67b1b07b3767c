"""Where the embedded server lives: its files, their owners and rights.

    home/                 0700 as a normal user; 0711 and root's as root
      pgdata/             0700, the server user's
      socket/             0700, the server user's (a short folder in /tmp when the path is too long for a socket)
      password            0600, ours
      mutex.lock          held while somebody joins or leaves
      users.lock          held, shared, by everybody who uses the server
      postgres.log        what the server says

No permission of a folder that was there before is ever changed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from cpqbridge.history.postgres.identity import Identity, server_identity
from cpqbridge.history.postgres.troubles import cannot_use, unusable

ROOT_BASE = Path("/var/lib/cpqbridge")
"""As root: the folder made for cpqbridge, which every user may enter."""

SOCKET_NAME = ".s.PGSQL.5432"
LONGEST_SOCKET = 100
"""Bytes that the path of a Unix socket may have everywhere (Linux 107, macOS 103), with some room."""

LARGEST_LOG = 10_000_000
"""Bytes after which the log is moved aside at the next start."""


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one embedded server and the user that runs it."""

    folder: Path
    identity: Identity

    @property
    def pgdata(self) -> Path:
        """The database files."""
        return self.folder / "pgdata"

    @property
    def password_file(self) -> Path:
        """The password of the user `cpqbridge` in the database."""
        return self.folder / "password"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.folder / "postgres.log"

    @property
    def sockets(self) -> Path:
        """The folder of the Unix socket: short, and closed to other users."""
        inside = self.folder / "socket"
        if len(os.fsencode(inside / SOCKET_NAME)) <= LONGEST_SOCKET:
            return inside
        return Path("/tmp") / f"cpqbridge-{self.identity.uid}-{_digest(self.folder)}"  # noqa: S108 - checked when used

    def prepare(self) -> None:
        """Make the folders that are missing.

        Raises:
            FixConfiguration: CPQ-306, a folder belongs to somebody else or cannot be entered by the server user.
        """
        try:
            _make(
                self.folder,
                0o700 if self.identity.is_self else 0o711,
                0o700 if self.identity.is_self else 0o755,
            )
        except OSError as error:
            raise cannot_use(self.folder, error) from error
        if not self.identity.can_enter(self.folder):
            raise unusable(
                f"The user {self.identity.uid}, which runs the database, cannot enter {self.folder}",
                f"Choose another folder with `database.data_dir`, such as {ROOT_BASE}/data.",
            )
        if self.identity.is_self and self.folder.stat().st_uid != os.geteuid():
            raise unusable(
                f"The data folder {self.folder} belongs to another user ({self.folder.stat().st_uid})",
                "Run cpqbridge as that user, or choose a folder of your own with `database.data_dir`.",
            )

    def make_sockets(self) -> None:
        """Make the folder of the socket; only one process may do so at a time, as it is made and then handed over.

        Raises:
            FixConfiguration: CPQ-306, somebody else has made it.
        """
        try:
            self.sockets.mkdir(mode=0o700)
        except FileExistsError:
            status = self.sockets.lstat()
            if not stat.S_ISDIR(status.st_mode) or status.st_uid != self.identity.uid or status.st_mode & 0o077:
                raise unusable(
                    f"The folder {self.sockets} is not safe: another user made it or may enter it",
                    f"Remove it: rm -r {self.sockets}.",
                ) from None
        else:
            self.identity.own(self.sockets, 0o700)

    def open_log(self) -> int:
        """Return a descriptor that appends to the log; a large log is moved aside first."""
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        return os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)

    def new_password(self) -> str:
        """Make, keep (mode 0600) and return a password."""
        password = secrets.token_urlsafe(24)
        self.password_file.unlink(missing_ok=True)
        descriptor = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password)
        return password

    def password(self) -> str:
        """Return the kept password.

        Raises:
            FixConfiguration: CPQ-306, it is lost.
        """
        try:
            return self.password_file.read_text().strip()
        except OSError as error:
            raise unusable(
                f"The password of the database cannot be read from {self.password_file}: {error.strerror}",
                "Restore the file from a backup.",
            ) from error


def locate(data_dir: Path | None) -> Home:
    """Return the home of the server for a configured data folder, or for none.

    As root the configured folder is used when the server user can enter it; else (a folder below a home) the data goes
    to a folder of its own below `ROOT_BASE`. Where data is already, it stays.
    """
    if os.geteuid() != 0:
        folder = data_dir or platformdirs.user_data_path("cpqbridge", appauthor=False)
        return _home(folder.absolute() / "postgresql")
    if data_dir is None:
        return _home(ROOT_BASE / "data")
    here = data_dir.absolute() / "postgresql"
    apart = ROOT_BASE / f"{data_dir.absolute().name or 'data'}-{_digest(data_dir.absolute())}"
    in_place = _home(here)
    if not next(place for place in (here, *here.parents) if place.exists()).is_dir():
        return in_place  # a file stands in the way: said when it is used
    if in_place.pgdata.exists() or (not (apart / "pgdata").exists() and in_place.identity.can_enter(here)):
        return in_place
    return _home(apart)


def _home(folder: Path) -> Home:
    return Home(folder, server_identity(folder / "pgdata"))


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def _make(folder: Path, mode: int, parents: int) -> None:
    """Make a folder and those above it that are missing; only what is made here gets its mode set."""
    if folder.is_dir():
        return
    _make(folder.parent, parents, parents)
    try:
        folder.mkdir(mode=mode)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(mode)
