"""The file of a data query's results: JSON Lines, perhaps compressed, read as it comes."""

from __future__ import annotations

import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from cpqbridge.transport.pages import Row
from cpqbridge.transport.wire import decode_lines

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_AT_ONCE = 1 << 20
"""Most bytes that are unpacked at once, however well the file is packed."""


async def rows_of(pieces: AsyncGenerator[bytes], size: int, skip: int = 0) -> AsyncGenerator[list[Row]]:
    """Give the rows of a file in lists of `size`, the last one shorter, without the first `skip` rows.

    An empty text is None, as the tenant's tables have the one or the other for a field without a value.

    Raises:
        ValueError: A line is no JSON, or the file ends too early.
    """
    lines, waiting = _Lines(skip), list[Row]()
    unpacked = _Unpacked()
    async with aclosing(pieces):
        async for piece in pieces:
            for text in unpacked.add(piece):
                waiting += lines.add(text)
                while len(waiting) >= size:
                    yield waiting[:size]
                    waiting = waiting[size:]
    unpacked.finish()
    waiting += lines.finish()
    for start in range(0, len(waiting), size):
        yield waiting[start : start + size]


class _Unpacked:
    """Bytes after unpacking, when they begin like a gzip file, else as they are."""

    def __init__(self) -> None:
        self._head: bytes | None = b""
        self._gzip: zlib._Decompress | None = None

    def add(self, piece: bytes) -> Iterator[bytes]:
        if self._head is not None:
            self._head += piece
            if len(self._head) < len(_GZIP):
                return
            piece, self._head = self._head, None
            if piece.startswith(_GZIP):
                self._gzip = zlib.decompressobj(_GZIP_WINDOW)
        if self._gzip is None:
            yield piece
            return
        while piece:
            if self._gzip.eof:  # several packed files in a row are one
                self._gzip = zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield self._gzip.decompress(piece, _AT_ONCE)
            except zlib.error as error:
                raise ValueError(f"it is damaged ({error})") from error
            piece = self._gzip.unconsumed_tail or self._gzip.unused_data

    def finish(self) -> None:
        if self._gzip is not None and not self._gzip.eof:
            raise ValueError("it ends too early")


class _Lines:
    """Whole lines out of pieces, as rows."""

    def __init__(self, skip: int) -> None:
        self._skip = skip
        self._rest = b""

    def add(self, text: bytes) -> list[Row]:
        end = text.rfind(b"\n") + 1
        if not end:
            self._rest += text
            return []
        whole, self._rest = self._rest + text[:end], text[end:]
        return self._rows(whole)

    def finish(self) -> list[Row]:
        return self._rows(self._rest + b"\n") if self._rest.strip() else []

    def _rows(self, whole: bytes) -> list[Row]:
        if self._skip:
            count = whole.count(b"\n")
            if count <= self._skip:
                self._skip -= count
                return []
            whole = whole.split(b"\n", self._skip)[self._skip]
            self._skip = 0
        return [{name: None if value == "" else value for name, value in row.items()} for row in decode_lines(whole)]
