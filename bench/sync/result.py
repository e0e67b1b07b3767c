"""What the benchmark has measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.sync.workload import Pass


@dataclass(frozen=True)
class Scripted:
    """What the user's script took.

    Attributes:
        orders: How many it carried over.
        seconds: The time it took.
        zuora: Calls to the tenant.
        salesforce: Calls to the org.
    """

    orders: int
    seconds: float
    zuora: int
    salesforce: int


@dataclass(frozen=True)
class Measured:
    """What the engine took.

    Attributes:
        slots: Calls to Zuora that were made at once.
        workers: Processes.
        latency: Seconds that each answer was held back.
        first: All orders are new.
        again: All orders are as they were.
        outcomes: Orders by outcome.
        ceiling: Orders per second that the tenant can take at most, without latency.
        script: The user's script, where it ran.
    """

    slots: int
    workers: int
    latency: float
    first: Pass
    again: Pass
    outcomes: Mapping[str, int]
    ceiling: float
    script: Scripted | None
