"""Makes, starts and stops the database server of one home. Callers hold the home's mutex."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cpqbridge.history.postgres.binaries import MAJOR
from cpqbridge.history.postgres.home import SOCKET_NAME, Home
from cpqbridge.history.postgres.troubles import explain, unusable

USER = "cpqbridge"
"""The name of the only database user."""

START_SECONDS = 60.0
"""Enough for a recovery after a crash of the machine."""

STOP_SECONDS = 20.0
"""After these it is told to stop without its last checkpoint: safe, but the next start takes longer."""

PAUSE_SECONDS = 0.005

MEMORY_HELD = "pre-existing shared memory block"
"""What a start says while sessions of a killed server still work with its memory; they end at their next wait."""

LINGER_SECONDS = 15.0
LINGER_PAUSE_SECONDS = 0.1

INITDB_OPTIONS = (
    f"--username={USER}",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "synchronous_commit": "on",
    "fsync": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "shared_buffers": "64MB",
    "max_connections": "120",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
}
"""Given at every start, so that a new cpqbridge brings its settings to old data too."""


def make(home: Home, programs: Path) -> None:
    """Make the database files, all or nothing: they appear under their name only when they are complete.

    Raises:
        FixConfiguration: CPQ-306 with the cause.
    """
    work = home.folder / "init"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(mode=0o700)
    password_file = work / "password"
    password_file.write_text(home.new_password())
    home.identity.own(password_file, 0o600)
    home.identity.own(work, 0o700)
    options = (*INITDB_OPTIONS, f"--pwfile={password_file}", f"--pgdata={work / 'pgdata'}")
    ended = subprocess.run(  # noqa: S603 - our own program and options
        [programs / "initdb", *options],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=_environment(),
        **home.identity.child_options(),
    )
    if ended.returncode != 0:
        shutil.rmtree(work, ignore_errors=True)
        raise explain("make its files", home.folder, ended.stdout + ended.stderr)
    (work / "pgdata").rename(home.pgdata)
    shutil.rmtree(work)


def check_version(home: Home) -> None:
    """Refuse data of another major version.

    Raises:
        FixConfiguration: CPQ-306, with both versions.
    """
    try:
        found = (home.pgdata / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise explain("read its files", home.folder, f"PG_VERSION: {error.strerror}") from error
    if found != MAJOR:
        raise unusable(
            f"The data in {home.pgdata} was made by PostgreSQL {found}; this cpqbridge brings PostgreSQL {MAJOR}",
            "Use the cpqbridge version that made it, or move the data with pg_dump.",
        )


def running_pid(home: Home) -> int | None:
    """Return the process id of the server of this home, or None when none runs.

    A stale `postmaster.pid`, whose number may belong to another program by now, is seen through.
    """
    state = _state(home)
    if not state:
        return None
    pid = abs(int(state[0]))
    command = _command_line(pid)
    return pid if "postgres" in command and str(home.pgdata) in command else None


def start(home: Home, programs: Path) -> subprocess.Popen[bytes]:
    """Start the server and wait until it takes connections; sessions of a killed one are given time to end.

    Raises:
        FixConfiguration: CPQ-306 with the cause that the server gave.
    """
    return _start(home, programs, time.monotonic() + LINGER_SECONDS)


def _start(home: Home, programs: Path, patience: float) -> subprocess.Popen[bytes]:
    _mark_as_gone(home)
    log = home.open_log()
    try:
        said_before = os.fstat(log).st_size
        process = subprocess.Popen(  # noqa: S603 - our own program and options
            [programs / "postgres", "-D", home.pgdata, *_options(home)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(),
            start_new_session=True,
            **home.identity.child_options(),
        )
    finally:
        os.close(log)
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(home, process.pid):
        if process.poll() is not None:
            said = home.log.read_text(errors="replace")[said_before:]
            if MEMORY_HELD in said and time.monotonic() < patience:
                time.sleep(LINGER_PAUSE_SECONDS)
                return _start(home, programs, patience)
            raise explain("start", home.folder, said)
        if time.monotonic() > deadline:
            process.send_signal(signal.SIGQUIT)
            raise explain("start", home.folder, f"it was not ready after {START_SECONDS:.0f} seconds")
        time.sleep(PAUSE_SECONDS)
    return process


def _mark_as_gone(home: Home) -> None:
    """Let a start see that the server that its lock files name has ended; it must not run.

    The number may live on: as a child that nobody has asked after, or as another program after a restart of the
    machine or container. A start takes either for the server, but never its own parent. All else in the files stays: by
    it the start makes sure that nothing works with the old server's memory any more.
    """
    for file in (home.pgdata / "postmaster.pid", home.sockets / f"{SOCKET_NAME}.lock"):
        with suppress(FileNotFoundError, NotADirectoryError):
            _, _, rest = file.read_text().partition("\n")
            file.write_text(f"{os.getpid()}\n{rest}")


def wait_ready(home: Home, pid: int) -> None:
    """Wait for a server that somebody else started and perhaps did not live to see ready."""
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(home, pid):
        if running_pid(home) != pid or time.monotonic() > deadline:
            raise explain("start", home.folder, "it ended while it started")
        time.sleep(PAUSE_SECONDS)


def stop(home: Home, pid: int, process: subprocess.Popen[bytes] | None = None) -> None:
    """Stop the server in good order and wait until it has ended.

    Args:
        home: Its home.
        pid: Its process id.
        process: The child, when this process started it.
    """
    for how in (signal.SIGINT, signal.SIGQUIT):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            break
        if _ends(home, process):
            break
    if process is not None:
        process.wait(STOP_SECONDS)


def _ends(home: Home, process: subprocess.Popen[bytes] | None) -> bool:
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None if process else running_pid(home) is None:
            return True
        time.sleep(PAUSE_SECONDS)
    return False


def _options(home: Home) -> Sequence[str]:
    settings = SETTINGS | {"unix_socket_directories": str(home.sockets)}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _environment() -> dict[str, str]:
    """This process's environment without what would steer PostgreSQL or show secrets to it."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _state(home: Home) -> list[str]:
    """Return the lines of `postmaster.pid`: process id, data folder, start, port, socket, address, memory, status."""
    try:
        lines = (home.pgdata / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    return lines if lines and lines[0].strip("-").isdigit() else []


def _is_ready(home: Home, pid: int) -> bool:
    state = _state(home)
    return len(state) > 7 and state[0] == str(pid) and state[7].strip() == "ready"


def _command_line(pid: int) -> str:
    """Return a process's command line, empty when it has ended; readable for every user, unlike its folder."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            return ""
    listed = subprocess.run(  # noqa: S603 - fixed program
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout
