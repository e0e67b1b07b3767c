"""Processes by fork: a copy of everything as it stands, in a few milliseconds, and no import anew."""

from __future__ import annotations

import faulthandler
import os
import pickle
import select
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

LONGEST_LIFE = 120
"""Seconds after which a process that hangs is ended by the system."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended.

    Attributes:
        killed_by: The signal that ended it, or None.
        told: What it told on its way, in order.
        error: The trace of what went wrong in it.
    """

    killed_by: int | None
    told: list[Any]
    error: str | None = None


class Child:
    """A process made by fork; it may tell its parent things, and what it told before its death arrives.

    Args:
        work: What it does, with a function to tell with. The process ends when this returns.
    """

    def __init__(self, work: Callable[[Callable[[Any], None]], None]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._ear, mouth = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._ear)
            _live(work, mouth)
        os.close(mouth)
        self._heard = b""

    def first(self) -> Any:
        """Wait for the first thing it tells, and return that; the rest is not to be told."""
        while (found := _messages(self._heard)) == []:
            more = os.read(self._ear, 1 << 20)
            if not more:
                raise ChildProcessError(f"process {self.pid} ended without a word")
            self._heard += more
        return found[0]

    def ended(self) -> Ended:
        """Wait for its end."""
        while more := os.read(self._ear, 1 << 20):
            self._heard += more
        os.close(self._ear)
        _, status = os.waitpid(self.pid, 0)
        told = _messages(self._heard)
        errors = [message.trace for message in told if isinstance(message, _Trouble)]
        rest = [message for message in told if not isinstance(message, _Trouble)]
        return Ended(os.WTERMSIG(status) if os.WIFSIGNALED(status) else None, rest, errors[0] if errors else None)

    @property
    def speaks(self) -> bool:
        """Whether there is something to hear, be it the end."""
        return bool(select.select([self._ear], [], [], 0)[0])


@dataclass(frozen=True, slots=True)
class _Trouble:
    trace: str


def _live(work: Callable[[Callable[[Any], None]], None], mouth: int) -> NoReturn:
    """Do the work and end, without anything that the parent had in mind for its own end."""

    def tell(message: Any) -> None:
        data = _packed(message)
        while data:
            data = data[os.write(mouth, data) :]

    faulthandler.register(signal.SIGALRM, chain=True)
    signal.alarm(LONGEST_LIFE)
    try:
        work(tell)
    except BaseException:  # noqa: BLE001 - whatever it was, the parent must hear of it
        tell(_Trouble(traceback.format_exc()))
        os._exit(1)
    os._exit(0)


def _packed(message: Any) -> bytes:
    data = pickle.dumps(message)
    return len(data).to_bytes(4) + data


def _messages(heard: bytes) -> list[Any]:
    found = []
    while len(heard) >= 4 and len(heard) >= (end := 4 + int.from_bytes(heard[:4])):
        found.append(pickle.loads(heard[4:end]))  # noqa: S301 - of a process of ours
        heard = heard[end:]
    return found


class Record:
    """What many processes note down, in one file; each note is one write, so that none is torn."""

    def __init__(self) -> None:
        made, path = tempfile.mkstemp()
        os.close(made)
        self._file = os.open(path, os.O_RDWR | os.O_APPEND)
        Path(path).unlink()

    def note(self, message: Any) -> None:
        """Note one thing."""
        os.write(self._file, _packed(message))

    def read(self) -> list[Any]:
        """Return all that was noted."""
        return _messages(os.pread(self._file, os.fstat(self._file).st_size, 0))


class Tokens:
    """Things that processes take and give back; whoever wants one when there is none waits.

    Args:
        count: How many; they are numbered from 0.
    """

    def __init__(self, count: int) -> None:
        self._taken, self._given = os.pipe()
        os.write(self._given, bytes(range(count)))

    def take(self) -> int:
        """Wait for one."""
        return os.read(self._taken, 1)[0]

    def give(self, token: int) -> None:
        """Give it back."""
        os.write(self._given, bytes([token]))
