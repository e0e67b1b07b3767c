"""What becomes of a record's row by its outcome: a table of cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.errors import ERRORS, CallForHelp, CpqBridgeError, FixConfiguration, FixData, RetryLater, SignInRefused
from cpqbridge.jobs.due import Due, Wanted
from cpqbridge.jobs.settle import DAY, ENDS_WORKERS, HOUR, MINUTE, after, after_error
from cpqbridge.sync.look import Looked
from cpqbridge.sync.result import Reason, SyncResult, unknown
from cpqbridge.values import SUCCESSES, Outcome


def due(attempts: int = 0) -> Due:
    return Due(Wanted("Order", "801", "001", "00000101"), version=1, attempts=attempts, begun=1)


def looked(outcome: Outcome, code: str | None = None) -> Looked:
    reasons = (Reason(code, "why", None, "do"),) if code else ()
    return Looked(SyncResult("00000101", "Order", "801", outcome, reasons), fingerprint="f")


@pytest.mark.parametrize(
    ("outcome", "code", "attempts", "delay", "counts"),
    [
        (Outcome.SYNCED, None, 3, None, True),
        (Outcome.UNCHANGED, None, 0, None, True),
        (Outcome.WAITING, "CPQ-502", 0, 5 * MINUTE, True),
        (Outcome.WAITING, "CPQ-502", 2, HOUR, True),
        (Outcome.WAITING, "CPQ-502", 99, DAY, True),
        (Outcome.HELD, "CPQ-403", 0, DAY, True),
        (Outcome.FAILED, "CPQ-102", 0, 5, False),
        (Outcome.FAILED, "CPQ-102", 99, HOUR, False),
        (Outcome.FAILED, "CPQ-107", 0, 5, False),
        (Outcome.FAILED, "CPQ-304", 0, MINUTE, True),
        (Outcome.FAILED, "CPQ-201", 9, HOUR, False),
        (Outcome.FAILED, "CPQ-419", 0, MINUTE, True),
        (Outcome.FAILED, "CPQ-902", 0, DAY, True),
        (Outcome.FAILED, "CPQ-903", 0, 30 * DAY, True),
    ],
)
def test_the_table(outcome: Outcome, code: str | None, attempts: int, delay: float | None, counts: bool) -> None:
    settled = after(due(attempts), looked(outcome, code))
    assert (settled.delay, settled.counts) == (delay, counts)
    assert settled.outcome is (outcome if counts else None)
    assert settled.attempts == (0 if delay is None else attempts + 1)
    assert (settled.code, settled.number) == (code, "00000101")


def test_what_salesforce_has_no_more_is_not_looked_at_again() -> None:
    assert after(due(), Looked(unknown("Order", "00000101"))).delay is None


@pytest.mark.parametrize(
    ("error", "delay", "outcome"),
    [
        (RetryLater("CPQ-101", "down"), 5.0, None),
        (RetryLater("CPQ-103", "limit", retry_after=900), 900.0, None),
        (RetryLater("CPQ-110", "used up", retry_after=89_545), HOUR, None),
        (FixConfiguration("CPQ-303", "no permission"), MINUTE, Outcome.FAILED),
        (SignInRefused("CPQ-201", "no"), MINUTE, None),
        (FixData("CPQ-408", "unreadable"), DAY, Outcome.FAILED),
        (CallForHelp("CPQ-902", "fault"), DAY, Outcome.FAILED),
    ],
)
def test_what_could_not_be_read(error: CpqBridgeError, delay: float, outcome: Outcome | None) -> None:
    settled = after_error(due(), error)
    assert (settled.delay, settled.outcome, settled.code) == (delay, outcome, error.code)
    assert settled.counts is (outcome is not None)


def test_no_attempt_is_counted_while_the_system_is_known_to_be_down() -> None:
    assert after_error(due(4), RetryLater("CPQ-111", "down"), counted=False).attempts == 4


@given(st.sampled_from(list(Outcome)), st.sampled_from(sorted(ERRORS)), st.integers(0, 1000), st.floats(0, 1))
def test_nothing_is_ever_left_without_a_next_look_but_what_is_done_or_gone(
    outcome: Outcome, code: str, attempts: int, jitter: float
) -> None:
    settled = after(due(attempts), looked(outcome, code), jitter)
    over = outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    assert (settled.delay is None) is over
    if settled.delay is not None:
        longest = 30 * DAY if code == ENDS_WORKERS and outcome not in (Outcome.WAITING, *SUCCESSES) else DAY
        assert 5 <= settled.delay <= 1.2 * longest
