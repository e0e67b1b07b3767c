"""Errors in words that people act on."""

from __future__ import annotations

import pytest

from cpqbridge.errors import RetryLater, lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "0 seconds"),
        (1, "1 second"),
        (45, "45 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (600, "10 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (89_545, "25 hours"),
    ],
)
def test_a_time_is_as_exact_as_who_waits_wants_it(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_a_wait_that_was_asked_for_is_the_next_step() -> None:
    error = RetryLater("CPQ-103", "limit", retry_after=900)
    assert error.remedy == "Wait 15 minutes; then run the same command again."
