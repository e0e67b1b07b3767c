"""One system as one client of it sees it, in this process: asked before each call, told after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.jobs.limits.budget import Budget
from cpqbridge.jobs.limits.cause import is_outage
from cpqbridge.jobs.limits.circuit import Circuit
from cpqbridge.jobs.limits.pool import Pool
from cpqbridge.transport.exchange import Request
from cpqbridge.transport.lanes import LANE, LIVE
from cpqbridge.transport.limiter import DailyUse, Limiter, Sizing
from cpqbridge.transport.wire import encode

Probe = Callable[[], Awaitable[object]]
"""A cheap call that shows whether a system is there."""

LONG_PAUSE = 10.0
"""Seconds of pause from which on no work is begun; shorter ones are sat out."""


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """How things stand with one system, for metrics and people.

    Attributes:
        upstream: Its name in the shared tables, and that of the client: what all clients share is alike in all of them.
        system: `Salesforce` or `Zuora`.
        open: Whether it is taken to be down.
        cause: The kind of outage; empty when it is up.
        message: The error that shows it; empty when it is up.
        since: Since when it is up or down; None when it never was down.
        running: Calls of this process and client on their way.
        waiting: Such calls that wait for a place.
        size: Most such calls at once.
        paused: Seconds for which it asked to be left alone.
        budget_used: Calls of 24 hours of all processes, as of the last parcel; None without a budget.
        budget: Most such calls.
        daily: What the system itself says of all its clients.
    """

    upstream: str
    system: str
    open: bool
    cause: str
    message: str
    since: datetime | None
    running: int
    waiting: int
    size: int
    paused: float
    budget_used: int | None
    budget: int | None
    daily: DailyUse | None


class Upstream:
    """A system as one client of it is let in; see `cpqbridge.transport.shared.Shared`.

    Args:
        key: The name of the system and its client in the shared tables.
        pool: What all clients of the system share.
        circuit: Whether it is taken to be down, or does not let this client in.
        wake: Called when there is something to tell the other processes.

    Attributes:
        system: The system's name for people.
        probe: How to look whether it is back; None where nobody probes.
        probing: Whether a probe is on its way.
    """

    def __init__(self, key: str, pool: Pool, circuit: Circuit, wake: Callable[[], None]) -> None:
        self.key = key
        self.pool = pool
        self.system = pool.system
        self.circuit = circuit
        self.probe: Probe | None = None
        self.probing = False
        self._wake = wake
        self._limiters: list[Limiter] = []

    @property
    def sizing(self) -> Sizing | None:
        """See `Shared.sizing`."""
        return self.pool.sizing

    @property
    def budget(self) -> Budget | None:
        """The daily budget, where there is one."""
        return self.pool.budget

    def join(self, limiter: Limiter) -> None:
        """See `Shared.join`."""
        self._limiters.append(limiter)
        self.pool.join(limiter)

    async def take(self) -> None:
        """See `Shared.take`."""
        self.check()
        if self.budget is not None:
            await self.budget.take(LANE.get())

    def check(self) -> None:
        """See `Shared.check`."""
        refused = self.circuit.refusal()
        if refused is not None:
            raise refused

    def heard(self, request: Request, error: CpqBridgeError | None) -> None:
        """See `Shared.heard`."""
        outage = error is not None and is_outage(error)
        self.circuit.heard(_fingerprint(request, error.code) if error and outage else None, error)
        if not self.circuit.settled():
            self._wake()

    def trouble(self, lane: int = LIVE) -> RetryLater | None:
        """Return why work of a lane cannot go on now: no work is to be begun and no attempt counted; else None."""
        refused = self.circuit.refusal() or (self.budget.refusal(lane) if self.budget else None)
        if refused is not None:
            return refused
        paused = self.pool.paused
        if paused < LONG_PAUSE:
            return None
        message = f"{self.system} asked to be left alone for {paused:.0f} more seconds"
        return RetryLater("CPQ-103", message, retry_after=paused)

    def state(self) -> UpstreamState:
        """Return how things stand."""
        circuit, last = self.circuit.state, self.budget.last if self.budget else None
        return UpstreamState(
            self.key,
            self.system,
            circuit.open,
            circuit.cause.name if circuit.open else "",
            circuit.message if circuit.open else "",
            circuit.since,
            running=sum(limiter.running for limiter in self._limiters),
            waiting=sum(limiter.waiting for limiter in self._limiters),
            size=sum(limiter.size for limiter in self._limiters),
            paused=self.pool.paused,
            budget_used=last.used if last else None,
            budget=last.budget if last else None,
            daily=next((limiter.daily for limiter in self._limiters if limiter.daily), None),
        )


def _fingerprint(request: Request, code: str) -> Hashable | None:
    """Return what is alike for the same request, however often it is made; None where it is not to blame."""
    if code == "CPQ-101" or request.form is not None:  # never sent, or a sign-in: no record is behind it
        return None
    body = None if request.body is None else encode(request.body)
    return hash((request.method, request.path, tuple(request.params), body))
