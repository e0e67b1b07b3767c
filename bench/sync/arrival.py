"""From the moment at which an order is contracted in Salesforce until Zuora has it: by events, and by the poll."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.sync.process import Child, child, commands, open_folder
from bench.sync.workload import configure
from cpqbridge.cli.configure import sandbox_certificate

PAUSES = (0.15, 0.4, 0.7, 0.25, 0.9)
"""Seconds between two orders, over and over."""


PATIENCE = 120
"""Seconds after which an order is no longer waited for."""

TRIES = 10


@dataclass(frozen=True)
class Arrivals:
    """How long orders took, in seconds, from the shortest to the longest."""

    way: str
    seconds: Sequence[float]

    def at(self, part: float) -> float:
        """Return the seconds that this part of them took at most."""
        return self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))]


def by_events(orders: int) -> Arrivals:
    """Return how long orders take when the org sends events."""
    return Arrivals("events", _measure(orders, {}))


def by_poll(orders: int, interval: int) -> Arrivals:
    """Return how long orders take when the org is only looked at every so many seconds."""
    alone = {"interval_seconds": interval, "events": {"mode": "off"}}
    return Arrivals(f"poll every {interval} s", _measure(orders, alone))


def _measure(orders: int, more: dict[str, Any]) -> list[float]:
    with open_folder() as folder, child("both", "0", "0") as systems:
        addresses = systems.ready
        events = {"mode": "auto", "address": addresses["events"], "ca_certificate": sandbox_certificate()}
        configure(folder, addresses["org"], addresses["tenant"], {"auto_sync": {"events": events} | more})
        with commands(1, "serve --no-web", folder):
            _warm(systems)
            return sorted(_sold(systems, orders))


def _warm(systems: Child) -> None:
    """Sell until an order arrives: the service stands, and the products are made."""
    for number in range(TRIES):
        if systems.ask(f"arrived {systems.ask(f'sell first {number}')} {PATIENCE / TRIES}") is not None:
            return
    raise SystemExit("the service carries nothing over")


def _sold(systems: Child, orders: int) -> list[float]:
    numbers = []
    for number in range(orders):
        numbers.append(systems.ask(f"sell {number}"))
        time.sleep(PAUSES[number % len(PAUSES)])
    found = [systems.ask(f"arrived {number} {PATIENCE}") for number in numbers]
    missing = [number for number, seconds in zip(numbers, found, strict=True) if seconds is None]
    if missing:
        raise SystemExit(f"the service has not carried over {', '.join(missing)}")
    return [seconds for seconds in found if seconds is not None]
