"""What is said of a loop that ends with an error."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from cpqbridge.errors import CpqBridgeError, FixConfiguration, RetryLater
from cpqbridge.jobs.supervise import keep_going
from cpqbridge.transport.clock import Clock


class EnoughError(BaseException):
    """Ends a loop that goes on for ever."""


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (RetryLater("CPQ-110", "The budget is used up", retry_after=90_000), None),
        (FixConfiguration("CPQ-301", "`start` is no day"), "Mend the key at the place given."),
    ],
)
def test_what_people_can_do_is_said_and_not_what_is_done_by_itself(error: CpqBridgeError, remedy: str | None) -> None:
    async def pause(_seconds: float) -> None:
        raise EnoughError

    async def run() -> None:
        raise error

    with capture_logs() as said, pytest.raises(EnoughError):
        asyncio.run(keep_going("poll default", run, Clock(sleep=pause)))
    assert [(one["code"], one.get("remedy")) for one in said] == [(error.code, remedy)]
    assert said[0]["event"].startswith(f"poll default: {error.message}; again in ")


def test_a_loop_that_makes_an_error_of_its_cancellation_ends() -> None:
    async def scenario() -> None:
        begun = asyncio.Event()

        async def run() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as cancelled:
                raise RetryLater("CPQ-101", "The database does not answer") from cancelled

        loop = asyncio.ensure_future(keep_going("worker default", run))
        await begun.wait()
        loop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(loop, 5)

    asyncio.run(scenario())
