"""JSON on the wire: numbers with a fraction are `Decimal` both ways, never `float`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(document: Any) -> bytes:
    """Return a document as JSON; decimals keep their digits (`1.10` stays `1.10`), dates are ISO text.

    Raises:
        TypeError: It holds something that JSON has no place for.
    """
    return _encoder.encode(document)


def decode_lines(content: bytes) -> list[Any]:
    """Return the documents of JSON Lines.

    Raises:
        ValueError: A line is no JSON.
    """
    return _decoder.decode_lines(content)


def decode(content: bytes) -> Any:
    """Return the document in a JSON text; whole numbers are `int`, others `Decimal`.

    Raises:
        ValueError: It is no JSON.
    """
    return _decoder.decode(content)
