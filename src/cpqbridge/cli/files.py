"""Writes the files that a command was told to write."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    with _writing(file, option):
        file.write_bytes(content)


def save_csv(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the file of the option `--csv`, row by row: there may be more than fit into memory.

    Args:
        file: The file; the folders above it are made.
        columns: The names in its first line.
        rows: Its rows by these names.

    Raises:
        FixConfiguration: CPQ-307, it cannot be written.
    """
    with _writing(file, "--csv"), file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _harmless(value) for name, value in row.items()} for row in rows)


def _harmless(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "@", "\t", "\r"} else value


@contextmanager
def _writing(file: Path, option: str) -> Iterator[None]:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        said = (error.strerror or "unknown reason").lower()
        raise FixConfiguration("CPQ-307", f"{file} cannot be written: {said}", field=option) from error
