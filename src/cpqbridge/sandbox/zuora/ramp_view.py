"""How a ramp looks when it is read."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.store import Row


def ramp_view(row: Row) -> dict[str, Any]:
    """A ramp as in ``GET /v1/ramps/{number}``, in its order and in its subscription."""
    names = ("id", "number", "name", "description", "intervals", "subscriptionNumber")
    return {name: row.get(name) for name in names} | {"charges": [{"chargeNumber": key} for key in row["charges"]]}
