"""The fingerprint of a request: equal for equal work, whatever the order of the keys."""

from __future__ import annotations

import hashlib

import msgspec

from cpqbridge.values import JSON

_canonical = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def request_hash(method: str, path: str, body: JSON) -> str:
    """Return 64 hexadecimal digits that are the same exactly when method, path and body are.

    Decimals differ when their digits do (`1.0` and `1.00`): the plan renders them, and renders them always alike.
    """
    canonical = b"\n".join((method.upper().encode(), path.encode(), _canonical.encode(body)))
    return hashlib.sha256(canonical).hexdigest()
