"""Which failures are repeated, how often and after how long; and when repeating would be wrong.

| code | failure | may the work have been done? |
| --- | --- | --- |
| CPQ-101 | nothing was sent: refused, no such host, no connection in time | no |
| CPQ-102 | sent, but no whole answer came | unknown for a write |
| CPQ-103 | request limit | no |
| CPQ-104 | the system's passing fault | no when it says so itself, unknown from a gateway |
| CPQ-105 | record locked | no |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.transport.exchange import Request

IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class Retry:
    """How one kind of failure is repeated.

    Attributes:
        attempts: How often it is tried in all.
        first: Seconds before the second attempt; doubled for each further one.
        longest: Most seconds between two attempts.
    """

    attempts: int
    first: float
    longest: float

    def pause(self, attempt: int, jitter: float) -> float:
        """Return the seconds to wait after an attempt: between half and all of what is due."""
        due: float = min(self.longest, self.first * 2 ** (attempt - 1))
        return due * (0.5 + jitter / 2)


RETRIES: Mapping[str, Retry] = {
    "CPQ-101": Retry(attempts=4, first=0.4, longest=5),
    "CPQ-102": Retry(attempts=3, first=1, longest=10),
    "CPQ-103": Retry(attempts=4, first=2, longest=60),
    "CPQ-104": Retry(attempts=4, first=1, longest=20),
    "CPQ-105": Retry(attempts=7, first=0.3, longest=15),
}
"""By error code; a `RetryLater` with another code is not repeated here."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a client repeats.

    Attributes:
        retries: By error code.
        longest_wait: Seconds; when a system asks for more, the error goes to the caller with `retry_after`.
    """

    retries: Mapping[str, Retry] = field(default_factory=lambda: RETRIES)
    longest_wait: float = 130

    def pause(self, error: RetryLater, attempt: int, jitter: float) -> float | None:
        """Return the seconds to wait before the next attempt, or None when there shall be none."""
        retry = self.retries.get(error.code)
        if retry is None or attempt >= retry.attempts:
            return None
        if error.retry_after is None:
            return retry.pause(attempt, jitter)
        return error.retry_after + jitter if error.retry_after <= self.longest_wait else None


NEVER = RetryPolicy(retries={})
"""Repeats nothing."""


class Trial:
    """The attempts at one request.

    Two things are kept in mind from attempt to attempt. *Doubt*: an earlier attempt may have done the work, so giving
    up means "unknown". *Refusals*: an answer that came from behind Zuora's idempotency layer is kept for the key and
    would only be replayed, so the next attempt takes the next key; keys are numbered, so that another run that repeats
    the same operation walks over the same keys and meets the success where it is.
    """

    def __init__(self, request: Request, policy: RetryPolicy) -> None:
        self.attempt = 1
        self._first = request
        self._policy = policy
        self._doubt = False
        self._refusals = 0

    @property
    def request(self) -> Request:
        """What to send now."""
        key = self._first.idempotency_key
        if key is None:
            return self._first
        numbered = f"{key}-{self._refusals + 1}" if self._refusals else key
        return replace(self._first, headers={**self._first.headers, IDEMPOTENCY_KEY: numbered})

    def after(self, error: RetryLater, jitter: float) -> float | None:
        """Take a failure in, and return the seconds to wait before the next attempt, or None to give up."""
        if error.unknown_result:
            self._doubt = True
        elif error.code in {"CPQ-104", "CPQ-105"}:
            self._doubt = False
            self._refusals += 1
        if self._doubt and not self._first.repeatable:
            return None
        pause = self._policy.pause(error, self.attempt, jitter)
        self.attempt += 1
        return pause

    def final(self, error: CpqBridgeError) -> CpqBridgeError:
        """Return the error to raise: what was said last, but never less doubtful than the attempts were."""
        if not self._doubt or (isinstance(error, RetryLater) and error.unknown_result):
            return error
        message = f"{error.message}; an earlier attempt at the same request may have been carried out"
        code = error.code if isinstance(error, RetryLater) else "CPQ-102"
        return RetryLater(code, message, detail=error.detail, unknown_result=True)
