"""JSON as the ledger keeps it: exact decimals both ways."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


def dumps(document: Any) -> str:
    """Return the JSON text of a document; a `Decimal` becomes a number with all its digits."""
    return _encoder.encode(document).decode()


def loads(text: str | bytes) -> Any:
    """Return the document of a JSON text; numbers are `int`, or `Decimal` when they have a fraction."""
    return _decoder.decode(text)
