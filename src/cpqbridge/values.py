"""Small value types that every room may read: outcomes, JSON, lineage.

Nothing here does I/O. JSON numbers are `int` or `Decimal`, never `float`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

JSON: TypeAlias = "None | bool | int | Decimal | str | Sequence[JSON] | Mapping[str, JSON]"
"""A parsed JSON document; numbers with a fraction are `Decimal`."""

JSONObject: TypeAlias = Mapping[str, JSON]
"""A parsed JSON object."""


PLAIN = frozenset({str, int, float, bool, Decimal, type(None)})
"""Types of values that have no parts: most of what a walk through a document meets."""


class Outcome(StrEnum):
    """What became of one record in one run; never silence.

    Exit status of a command: 0 for `SYNCED` and `UNCHANGED`, 3 for `HELD` and `WAITING`, 4 for `FAILED`.
    """

    SYNCED = "synced"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    HELD = "held"
    FAILED = "failed"


SUCCESSES = (Outcome.SYNCED, Outcome.UNCHANGED)
"""The outcomes of a record that is in Zuora as it should be; they close what went wrong with it before."""
