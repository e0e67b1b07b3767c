"""The system user that runs the embedded server: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cpqbridge.history.postgres.troubles import unusable

SERVER_USERS = ("cpqbridge", "postgres", "nobody")
"""As root, the first of these that the machine has runs the server."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of this machine by numbers."""

    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """Whether this process already runs as that user."""
        return self.uid == os.geteuid()

    def child_options(self) -> dict[str, Any]:
        """Return what `subprocess` needs to start a child as this user, without any extra group."""
        return {} if self.is_self else {"user": self.uid, "group": self.gid, "extra_groups": ()}

    def can_enter(self, path: Path) -> bool:
        """Say whether this user may pass every existing folder above `path` and use `path` itself."""
        return all(self._may_pass(place) for place in (path, *path.absolute().parents) if place.exists())

    def _may_pass(self, place: Path) -> bool:
        status = place.stat()
        if status.st_uid == self.uid:
            return bool(status.st_mode & 0o100)
        return bool(status.st_mode & (0o010 if status.st_gid == self.gid else 0o001))

    def own(self, path: Path, mode: int) -> None:
        """Give a file or folder that this process has just made to the user, with `mode`."""
        if not self.is_self:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        path.chmod(mode)


def server_identity(existing_data: Path) -> Identity:
    """Return the user that runs the server: this one, or as root the owner of the data or a user without rights.

    Raises:
        FixConfiguration: CPQ-306, root owns the data, or the machine has no user to run it.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid())
    if existing_data.exists():
        owner = existing_data.stat()
        if owner.st_uid == 0:
            raise unusable(
                f"The database files in {existing_data} belong to root, as whom PostgreSQL refuses to run",
                f"Give them to a user without rights: chown -R {SERVER_USERS[1]} {existing_data}.",
            )
        return Identity(owner.st_uid, owner.st_gid)
    for name in SERVER_USERS:
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(user.pw_uid, user.pw_gid)
    raise unusable(
        f"cpqbridge runs as root, and there is no user {' or '.join(SERVER_USERS)} to run the database",
        "Run cpqbridge as a normal user, or create one of these.",
    )
