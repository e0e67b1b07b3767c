"""Who uses the embedded server: counted by the kernel's file locks, so that a killed process counts no more.

Everybody who uses the server holds a shared lock on `users.lock`. Joining and leaving happen one at a time under an
exclusive lock on `mutex.lock`. Whoever leaves and then gets `users.lock` exclusively was the last one.

A process that stands still (stopped by a debugger, or put to sleep) keeps its locks: nobody waits for it without end.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE = 0.02
"""Seconds between two tries to get a lock."""


class Held(TimeoutError):
    """Somebody else has been joining or leaving for too long."""


class Membership:
    """One user's place in `users.lock`; several of one process count each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._users = -1

    @contextmanager
    def one_at_a_time(self, longest: float) -> Iterator[None]:
        """Hold off everybody else who joins or leaves.

        Args:
            longest: Seconds to wait for somebody else who does.

        Raises:
            Held: It took longer.
        """
        descriptor = _open(self._folder / "mutex.lock")
        deadline = time.monotonic() + longest
        try:
            while not _alone(descriptor):
                if time.monotonic() > deadline:
                    raise Held
                time.sleep(PAUSE)
            yield
        finally:
            os.close(descriptor)

    def join(self) -> None:
        """Count as a user from now on, until `leave` or the end of the process, however it comes."""
        self._users = _open(self._folder / "users.lock")
        fcntl.flock(self._users, fcntl.LOCK_SH)

    @contextmanager
    def leave(self) -> Iterator[bool]:
        """Stop counting as a user; gives whether nobody else is left, while nobody can join."""
        descriptor, self._users = self._users, -1
        try:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            yield _alone(descriptor)
        finally:
            os.close(descriptor)

    def drop(self) -> None:
        """Stop counting as a user, without asking who is left."""
        descriptor, self._users = self._users, -1
        os.close(descriptor)


def _alone(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open(path: Path) -> int:
    """Open a lock file; the descriptor is not inherited by children, the server above all."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
