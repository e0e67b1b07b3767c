"""Pages of a bulk read: where the next one begins, so that a reader that was killed can go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cpqbridge.errors import RetryLater

Row = dict[str, Any]

BEGINNING = ""
"""The locator before the first row."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a long result.

    The first page of a job is empty, with the locator `BEGINNING`: it tells the job before its end is waited for.

    Attributes:
        rows: By column; None for an empty value.
        job: The system's job that holds the result; empty when the result is read without one. A reader that starts
            again gives it back.
        locator: Where the next page begins; None after the last one. A reader that starts again gives it back.
        total: Rows in the whole result; None when the system does not say.
    """

    rows: list[Row]
    job: str
    locator: str | None
    total: int | None = None


class ExpiredResult(RetryLater):
    """The system no longer has the result of the job, or never will: begin anew, without job and locator."""

    def __init__(self, system: str, job: str, said: str) -> None:
        super().__init__(
            "CPQ-109",
            f"{system} no longer has the result of the job {job or 'of an earlier run'}: {said}",
            remedy="Begin anew: the rows that were read so far cannot be continued.",
            detail={"job": job},
        )
