"""Processes of cpqbridge as users start them: killed, frozen, woken and stopped by signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

LONGEST_STOP = 60.0
"""Seconds that a process may take to end after SIGTERM."""


class Program:
    """One process of cpqbridge.

    Args:
        kind: `serve` or `worker`.
        config: The configuration file.
        log: The file that takes what it says.
    """

    def __init__(self, kind: str, config: Path, log: Path) -> None:
        self.kind = kind
        self.log = log
        with log.open("ab") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "cpqbridge", kind, "--config", config],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=config.parent,
                env={**os.environ, "NO_COLOR": "1"},
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Let it stand still, as a machine that is put to sleep."""
        os.kill(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def tell(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Tell it to end, also when it stands still."""
        if self.lives:
            os.kill(self.pid, how)
            self.wake()

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = LONGEST_STOP) -> int:
        """Tell it to end, wait, and return its exit status.

        Raises:
            subprocess.TimeoutExpired: It does not end; it is killed.
        """
        self.tell(how)
        return self.ended(seconds)

    def ended(self, seconds: float = LONGEST_STOP) -> int:
        """Wait for its end and return its exit status.

        Raises:
            subprocess.TimeoutExpired: It does not end; it is killed.
        """
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def megabytes(self) -> float:
        """Return the memory that it holds, without what it shares."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Crew:
    """The processes of one configuration.

    Args:
        config: The configuration file.
        kinds: What each one is.
    """

    def __init__(self, config: Path, *kinds: str) -> None:
        self._config = config
        self._started = 0
        self.members = [self._start(kind) for kind in kinds]

    def _start(self, kind: str) -> Program:
        self._started += 1
        return Program(kind, self._config, self._config.parent / f"{kind}-{self._started}.log")

    def check(self) -> None:
        """Make sure that all live.

        Raises:
            ChildProcessError: One has ended by itself; all that they said is in the message.
        """
        if not all(member.lives for member in self.members):
            raise ChildProcessError(self.said()[-3000:])

    def kill(self, number: int) -> None:
        """Kill one for good."""
        self.members[number].kill()

    def replace(self, number: int) -> None:
        """Start another one in the place of one that was killed."""
        self.members[number] = self._start(self.members[number].kind)

    def stop(self) -> list[int]:
        """Tell all to end, and return their exit statuses."""
        living = [member for member in self.members if member.lives]
        for member in living:
            member.tell()
        return [member.ended() for member in living]

    def end(self) -> None:
        """Kill whatever still lives."""
        for member in self.members:
            if member.lives:
                member.kill()

    def said(self) -> str:
        """Return all that they have said."""
        return "\n".join(f"--- {path.name}\n{path.read_text()}" for path in sorted(self._config.parent.glob("*.log")))
