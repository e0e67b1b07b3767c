"""What a check finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from cpqbridge.errors import CpqBridgeError


class Grade(StrEnum):
    """How a finding weighs."""

    OK = "ok"
    OPTIONAL = "optional"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked.

    Attributes:
        check: What was checked.
        grade: `ok`; `optional` for what only some customers need, or what no API shows; `problem` for what stops a
            sync.
        message: What was found.
        code: Error code, for a problem.
        field: Field or setting concerned.
        remedy: What mends it.
    """

    check: str
    grade: Grade
    message: str
    code: str | None = None
    field: str | None = None
    remedy: str | None = None


async def guarded(name: str, work: Callable[[], Awaitable[str]]) -> Finding:
    """Return what a check found, its error as a problem."""
    try:
        return Finding(name, Grade.OK, await work())
    except CpqBridgeError as error:
        return problem(name, error)


def problem(name: str, error: CpqBridgeError) -> Finding:
    """Return the finding for an error."""
    return Finding(name, Grade.PROBLEM, error.message, error.code, error.field, error.remedy)


def optional(name: str, message: str, remedy: str | None = None, field: str | None = None) -> Finding:
    """Return a finding that stops nothing."""
    return Finding(name, Grade.OPTIONAL, message, field=field, remedy=remedy)
