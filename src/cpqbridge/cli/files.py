"""Writes the files that a command was told to write."""

from __future__ import annotations

from pathlib import Path

from cpqbridge.errors import FixConfiguration


def save(file: Path, content: bytes, option: str) -> None:
    """Write a file, with the folders above it.

    Args:
        file: The file.
        content: What it is to hold.
        option: The option that names the file, for the message.

    Raises:
        FixConfiguration: CPQ-307, it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    except OSError as error:
        said = (error.strerror or "unknown reason").lower()
        raise FixConfiguration("CPQ-307", f"{file} cannot be written: {said}", field=option) from error
