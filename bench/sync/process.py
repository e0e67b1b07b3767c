"""Processes of the benchmark: those that serve the systems, and the workers; what they need is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

from cpqbridge.sandbox.credentials import SALESFORCE, ZUORA

ROOT = Path(__file__).parents[2]
SECRETS = ("CPQBRIDGE_SALESFORCE_CLIENT_SECRET", "CPQBRIDGE_ZUORA_CLIENT_SECRET")
"""Where the commands find the sandbox's secrets."""

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """What a process has used: seconds of processor time, and its memory at its highest in MB."""

    seconds: float
    memory: float


class Child:
    """A process that answers each line with a line of JSON (see `bench.sync.systems`)."""

    def __init__(self, *words: str) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.sync.systems", *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._process = process
        self._input, self._output = cast(TextIO, process.stdin), cast(TextIO, process.stdout)
        self.ready: Any = self._answer()["ready"]

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, command: str) -> Any:
        """Give a command and return its answer."""
        self._input.write(command + "\n")
        self._input.flush()
        return self._answer()

    def stop(self) -> None:
        """End the process."""
        self._input.close()
        self._process.wait(30)

    def _answer(self) -> Any:
        line = self._output.readline()
        if not line:
            raise SystemExit("a process of the benchmark has ended: its words are above")
        return json.loads(line)


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder for a database and logs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)  # the embedded database runs under a user of its own
        yield folder


@contextmanager
def child(*words: str) -> Iterator[Child]:
    """Run a process that answers."""
    made = Child(*words)
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def commands(count: int, command: str, folder: Path) -> Iterator[list[int]]:
    """Run a command of cpqbridge in so many processes; gives their numbers. The last words of each are in a file."""
    running = []
    for number in range(count):
        with (folder / f"{command.partition(' ')[0]}-{number}.log").open("w") as words:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "cpqbridge", *command.split()],
                    cwd=folder,
                    env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **_secrets()},
                    stdout=words,
                    stderr=words,
                )
            )
    try:
        yield [process.pid for process in running]
        if ended := [process.args for process in running if process.poll() is not None]:
            raise SystemExit(f"a process of the benchmark has ended: {ended}")
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)


def _secrets() -> dict[str, str]:
    return dict(zip(SECRETS, (SALESFORCE.client_secret, ZUORA.client_secret), strict=True))


def used_by_database(folder: Path) -> float:
    """Return the seconds of processor time that the embedded database in a folder has used, ended sessions included."""
    server = int((folder / "postgresql" / "pgdata" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    return _seconds(server, ended=True) + sum(_seconds(int(pid)) for pid in children)


def _seconds(pid: int, *, ended: bool = False) -> float:
    """Return the seconds of processor time of a process, with those of its ended children where they are asked for."""
    try:
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # it has ended meanwhile, and counts for its parent
        return 0.0
    return sum(int(ticks) for ticks in times[11 : 15 if ended else 13]) / TICKS


def is_running(pid: int) -> bool:
    """Return whether a child of this process has not ended."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def used(pid: int) -> Used:
    """Return what a running process has used so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return Used(_seconds(pid), int(memory) / 1024)
