"""JSON on the wire: numbers with a fraction are ``Decimal``, never floats."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def decode(data: bytes | str) -> Any:
    """Parse a JSON document; integers stay ``int``, other numbers become ``Decimal``.

    Raises:
        ValueError: The text is not valid JSON, or nested too deeply.
    """
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def encode(value: Any) -> bytes:
    """Write a JSON document; ``Decimal`` as a JSON number, dates and datetimes in ISO form."""
    return _ENCODER.encode(value)
