"""A stream that takes lines as long as it can: a full disk or a reader that has gone ends no work."""

from __future__ import annotations

from contextlib import suppress
from typing import TextIO


class Sturdy:
    """Writes to a stream; what it does not take is lost.

    Args:
        stream: Such as standard error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if it can be written."""
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, if it can be."""
        with suppress(OSError, ValueError):
            self._stream.flush()
