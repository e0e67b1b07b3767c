"""What becomes of a record's row after it was looked at: it goes, or it is looked at again, and when.

| outcome | again |
| --- | --- |
| synced, unchanged | when it changes |
| waiting | after 5 minutes, 15 minutes, 1 hour, 4 hours, then once a day |
| held | once a day: what holds it may have been mended in Zuora |
| failed for a while (CPQ-1xx) | after 5 seconds, 30 seconds, 2 minutes, 10 minutes, 30 minutes, then every hour |
| failed by the configuration or the sign-in (CPQ-2xx, CPQ-3xx) | after 1, 5, 15 minutes, then every hour |
| failed by what Zuora had and has no more (CPQ-419) | the same: it is read anew |
| given up, as it ends whoever works on it | when it changes, or by hand; else after 30 days |
| failed otherwise | once a day; not at all where Salesforce has no such record |
"""

from __future__ import annotations

from cpqbridge.errors import CpqBridgeError, FixConfiguration, RetryLater, SignInRefused
from cpqbridge.jobs.due import Due, Settled
from cpqbridge.sync.look import Looked
from cpqbridge.transport.limiter import LONGEST_ASKED
from cpqbridge.values import SUCCESSES, Outcome

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0

WAITING = (5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY)
PASSING = (5.0, 30.0, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR)
CONFIGURATION = (MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR)

ENDS_WORKERS = "CPQ-903"
"""Work on it ends whoever works on it."""

NOT_THERE = "CPQ-419"
"""There is no such record: of one without id in Salesforce, else something in Zuora that was known to be there."""


def after(due: Due, looked: Looked, jitter: float = 0) -> Settled:
    """Return what becomes of a record's row.

    Args:
        due: The row.
        looked: What became of the record.
        jitter: From 0 to 1, so that many records are not due in the same moment.
    """
    result = looked.result
    main = result.reasons[0] if result.reasons else None
    code = main.code if main else None
    gone = code == NOT_THERE and result.id is None
    delays = () if gone else _delays(result.outcome, code)
    open_still = _is_open(result.outcome, code)
    attempts = due.attempts + 1 if delays else 0
    return Settled(
        due,
        None if open_still else result.outcome,
        delay=_delay(delays, attempts, jitter),
        attempts=attempts,
        code=code,
        message=main.message if main else None,
        number=result.record if result.object == "Order" else None,
        fingerprint=looked.fingerprint,
        touched=looked.touched,
        counts=not open_still,
    )


def after_error(due: Due, error: CpqBridgeError, jitter: float = 0, *, counted: bool = True) -> Settled:
    """Return what becomes of a row whose record could not even be read.

    Args:
        due: The row.
        error: What stopped it.
        jitter: From 0 to 1.
        counted: Whether it counts as an attempt: not while the system is known to be down.
    """
    passing = isinstance(error, RetryLater)
    stopped = isinstance(error, FixConfiguration | SignInRefused)
    delays = PASSING if passing else CONFIGURATION if stopped else (DAY,)
    attempts = due.attempts + (1 if counted else 0)
    delay = _delay(delays, attempts, jitter)
    if passing and isinstance(error, RetryLater) and error.retry_after:
        delay = max(delay or 0, min(error.retry_after, LONGEST_ASKED) * (1 + jitter / 10))
    open_still = passing or isinstance(error, SignInRefused)
    return Settled(
        due,
        None if open_still else Outcome.FAILED,
        delay=delay,
        attempts=attempts,
        code=error.code,
        message=error.message,
        counts=not open_still,
    )


def _delays(outcome: Outcome | None, code: str | None) -> tuple[float, ...]:
    if outcome in SUCCESSES:
        return ()
    if outcome is Outcome.WAITING:
        return WAITING
    if _is_passing(outcome, code):
        return PASSING
    if code and (code == NOT_THERE or code.startswith(("CPQ-2", "CPQ-3"))):
        return CONFIGURATION
    return (30 * DAY,) if code == ENDS_WORKERS else (DAY,)


def _is_passing(outcome: Outcome | None, code: str | None) -> bool:
    return outcome is Outcome.FAILED and code is not None and code.startswith("CPQ-1")


def _is_open(outcome: Outcome | None, code: str | None) -> bool:
    """Return whether the record has come to no outcome yet: nothing of it has been looked at."""
    return outcome is Outcome.FAILED and code is not None and code.startswith(("CPQ-1", "CPQ-2"))


def _delay(delays: tuple[float, ...], attempts: int, jitter: float) -> float | None:
    if not delays:
        return None
    return delays[min(max(attempts, 1), len(delays)) - 1] * (1 + jitter / 5)
