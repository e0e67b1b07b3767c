"""Whether a system is taken to be down, as one process sees it and as all share it.

A process that meets failures in a row opens the circuit for all. While it is open nothing is sent but probes, from one
process at a time; the first success of any process closes it for all.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.jobs.limits.cause import CAUSES, FAULT, Cause, cause_of, is_outage

_PROBING: ContextVar[bool] = ContextVar("cpqbridge_probing", default=False)

REFUSED_SIGN_INS = 2
"""Refused sign-ins in a row after which no more are tried but probes: too many lock a user out."""

FIRST_PROBE = 2.0
"""Seconds from the opening to the first probe."""

LONGEST_PAUSE = 30.0
"""Most seconds between two probes of a system that is down."""

SIGN_IN_PAUSES = (60.0, 600.0)
"""Fewest and most seconds between two probes where the sign-in is refused."""


@contextmanager
def probing() -> Iterator[None]:
    """Let calls through although the circuit is open."""
    token = _PROBING.set(True)
    try:
        yield
    finally:
        _PROBING.reset(token)


@dataclass(frozen=True, slots=True)
class CircuitState:
    """The circuit as the shared table has it.

    Attributes:
        open: Whether the system is taken to be down.
        cause: What kind of outage it is.
        message: The error that opened it, or that the last probe met.
        since: Since when it is open or closed; None when it never was open.
        age: Seconds since then.
        to_probe: Whether a probe is due.
    """

    open: bool = False
    cause: Cause = FAULT
    message: str = ""
    since: datetime | None = None
    age: float = 0.0
    to_probe: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """Failures that open the circuit for all."""

    failures: int
    cause: Cause
    message: str


class Circuit:
    """Counts failures in a row of one system in one process.

    Args:
        system: The system's name for errors.
        down_after: Failures in a row, of different requests, after which it is taken to be down; None for never: then
            calls are also made while other processes take it to be down.
        client: Who signs in, for people.
    """

    def __init__(self, system: str, down_after: int | None, client: str = "") -> None:
        self._system = system
        self._client = client
        self._down_after = down_after
        self._failed: set[Hashable] = set()
        self._refused = 0
        self.state = CircuitState()
        self.opening: Opening | None = None
        self.closing = False

    @property
    def open(self) -> bool:
        """Whether the system is taken to be down."""
        return self.state.open

    def heard(self, request: Hashable | None, error: CpqBridgeError | None) -> None:
        """Count how a call ended; any answer that is no outage closes the circuit.

        Args:
            request: What was asked, alike for the same request: one that fails over and over counts once, so that a
                broken record is not taken for a system that is down. None counts each time.
            error: None for success.
        """
        if error is None or not is_outage(error):
            self._succeeded()
            return
        if self._down_after is None or self.open:
            return
        if isinstance(error, SignInRefused):
            self._refused += 1
        else:
            self._failed.add(("number", len(self._failed)) if request is None else request)
        if self._refused >= REFUSED_SIGN_INS or len(self._failed) >= self._down_after:
            cause, message = self.told(error)
            self.opening = Opening(len(self._failed) + self._refused, cause, message)
            self.closing = False
            self.state = CircuitState(open=True, cause=cause, message=message)

    def told(self, error: CpqBridgeError) -> tuple[Cause, str]:
        """Return what an outage is and what people are told of it: of a refused sign-in, also whose it is."""
        cause = cause_of(error)
        return cause, str(error) if cause.passes else f"{self._client}: {error}"

    def _succeeded(self) -> None:
        self._failed.clear()
        self._refused = 0
        if self.open:
            self.closing, self.opening = True, None
            self.state = CircuitState()

    def settled(self) -> bool:
        """Return whether all that this process knows is in the shared table."""
        return self.opening is None and not self.closing

    def see(self, state: CircuitState) -> None:
        """Take over what the shared table says."""
        if self.state.open and not state.open:
            self._failed.clear()
            self._refused = 0
        self.state = state

    def refusal(self) -> RetryLater | None:
        """Return the error of a call that is not made because the system is down; None when it may be made."""
        if not self.open or self._down_after is None or _PROBING.get():
            return None
        message = f"{self._system} is taken to be down: {self.state.cause.text} ({self.state.message})"
        remedy = None if self.state.cause.passes else self.state.cause.remedy
        return RetryLater("CPQ-111", message, remedy=remedy, detail={"cause": self.state.cause.name})

    def probe_pause(self) -> float:
        """Return the seconds from this probe to the next: they grow with the outage."""
        if self.state.cause.passes:
            return min(LONGEST_PAUSE, max(5.0, self.state.age / 2))
        fewest, most = SIGN_IN_PAUSES
        return min(most, max(fewest, self.state.age / 2))

    def first_probe(self) -> float:
        """Return the seconds from the opening to the first probe."""
        return FIRST_PROBE if self.state.cause.passes else SIGN_IN_PAUSES[0]


def state_of(row: Row[Any]) -> CircuitState:
    """Return a row of the shared table as a state."""
    return CircuitState(
        open=row.open,
        cause=CAUSES.get(row.cause or "", FAULT),
        message=row.message or "",
        since=row.changed_at,
        age=row.age,
        to_probe=row.open and row.to_probe,
    )
