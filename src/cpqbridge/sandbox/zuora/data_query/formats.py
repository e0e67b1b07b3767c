"""The file of a query's results: JSON Lines, CSV, TSV or values between any sign, plain or compressed."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.data_query.engine import Result

#: Ending of the file's name by output format, and by compression.
ENDINGS = {"JSON": "jsonl", "CSV": "csv", "TSV": "tsv", "DSV": "dsv"}
COMPRESSED = {"NONE": "", "GZIP": ".gz", "ZIP": ".zip"}

_SEPARATORS = {"CSV": ",", "TSV": "\t"}


def render(result: Result, output: str, compression: str, separator: str | None, name: str) -> bytes:
    """The file of a result.

    Args:
        result: Columns and rows.
        output: ``JSON``, ``CSV``, ``TSV`` or ``DSV``.
        compression: ``NONE``, ``GZIP`` or ``ZIP``.
        separator: Sign between the values of ``DSV``.
        name: Name of the file inside a ZIP.
    """
    plain = _lines(result) if output == "JSON" else _table(result, _SEPARATORS.get(output) or separator or ",")
    return _PACKED[compression](plain, name)


def _lines(result: Result) -> bytes:
    """One object a line; columns of the same name become one list, as real results have them."""
    repeated = len(set(result.columns)) < len(result.columns)
    if not repeated:
        return b"".join(wire.encode(dict(zip(result.columns, row, strict=True))) + b"\n" for row in result.rows)
    lines: list[bytes] = []
    for row in result.rows:
        values: dict[str, list[Any]] = {}
        for column, value in zip(result.columns, row, strict=True):
            values.setdefault(column, []).append(value)
        lines.append(wire.encode({name: all_[0] if len(all_) == 1 else all_ for name, all_ in values.items()}) + b"\n")
    return b"".join(lines)


def _table(result: Result, separator: str) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows([_cell(value) for value in row] for row in result.rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _zip(content: bytes, name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


_PACKED: dict[str, Callable[[bytes, str], bytes]] = {
    "NONE": lambda content, _: content,
    "GZIP": lambda content, _: gzip.compress(content, 1, mtime=0),
    "ZIP": _zip,
}
