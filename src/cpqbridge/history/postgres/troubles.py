"""What PostgreSQL's own words mean for the person who has to mend it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cpqbridge.errors import FixConfiguration

OWN_DATABASE = "Or use your own PostgreSQL: set `database.url` or CPQBRIDGE_DATABASE_URL."
"""What always helps when the embedded server cannot run."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One row: words in PostgreSQL's output, what they mean, and the next thing to do."""

    words: re.Pattern[str]
    meaning: str
    remedy: str


def _trouble(words: str, meaning: str, remedy: str) -> Trouble:
    return Trouble(re.compile(words, re.IGNORECASE), meaning, remedy)


TROUBLES = (
    _trouble(
        r"No space left on device|Disk quota exceeded|File too large",
        "The disk is full",
        "Free space on it and run the command again.",
    ),
    _trouble(
        r"has wrong ownership|must be owned by",
        "The data folder belongs to another user",
        "Give it back to the user that made it.",
    ),
    _trouble(
        r"has group or world access|has invalid permissions",
        "The data folder is open to other users",
        "Close it: chmod 700.",
    ),
    _trouble(
        r"database files are incompatible|not compatible with this version",
        "The data was made by another version of PostgreSQL",
        "Use the cpqbridge version that made it.",
    ),
    _trouble(
        r"could not (create|map|resize) .*shared memory|Cannot allocate memory",
        "The machine has too little shared memory",
        "Give it more memory (in a container: --shm-size).",
    ),
    _trouble(
        r"lock file .* already exists|is another postmaster",
        "Another server holds the data folder",
        "Stop it, or use another data folder.",
    ),
    _trouble(
        r"Read-only file system",
        "The data folder is on a read-only disk",
        "Choose another folder with `database.data_dir`.",
    ),
    _trouble(
        r"Permission denied|Operation not permitted",
        "The data folder cannot be used",
        "Choose a folder of your own with `database.data_dir`.",
    ),
)
"""Looked through in this order; the first row whose words appear explains the failure."""


_FATAL = re.compile(r"\b(FATAL|PANIC|error):")


def explain(action: str, folder: object, output: str) -> FixConfiguration:
    """Return the CPQ-306 error for a failed step of the embedded server.

    Args:
        action: What was tried, such as `start`.
        folder: The data folder concerned.
        output: What PostgreSQL wrote; the line that matters is quoted.
    """
    found = next((row for row in TROUBLES if row.words.search(output)), None)
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    words = found.words if found else _FATAL
    said = next((line for line in lines if words.search(line)), lines[-1] if lines else "")
    meaning = found.meaning if found else "It ended with an error"
    return unusable(
        f"The embedded PostgreSQL in {folder} could not {action}. {meaning}: {said or 'it said nothing'}",
        found.remedy if found else "Read postgres.log in that folder.",
    )


def cannot_use(folder: object, error: OSError) -> FixConfiguration:
    """Return the CPQ-306 error for a data folder that the operating system does not let be used."""
    said = f"{error.strerror} ({error.filename})" if error.filename else str(error.strerror)
    found = next((row for row in TROUBLES if row.words.search(said)), None)
    remedy = found.remedy if found else "Choose a folder of your own with `database.data_dir`."
    return unusable(f"The data folder {folder} cannot be used: {said}", remedy)


def stands_still(folder: object) -> FixConfiguration:
    """Return the CPQ-306 error where another process holds the server's door and does not go on."""
    return unusable(
        f"Another process of cpqbridge stands still while it starts or leaves the embedded PostgreSQL in {folder}",
        "Let that process go on, or end it (`fuser` tells who holds mutex.lock there); then run the command again.",
    )


def unusable(message: str, remedy: str) -> FixConfiguration:
    """Return a CPQ-306 error about the embedded server, with the way round it in the remedy."""
    return FixConfiguration("CPQ-306", message, field="database", remedy=f"{remedy} {OWN_DATABASE}")
