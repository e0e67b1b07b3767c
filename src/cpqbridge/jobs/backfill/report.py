"""What became of the records of a back-fill, by outcome and reason, and how fast it goes. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cpqbridge.errors import ERRORS
from cpqbridge.values import Outcome

EXAMPLES = 5
"""Records that are named for each reason."""

CANCELLED = "cancelled"
"""The outcome of records that were still to be looked at when their back-fill was cancelled."""

PLANNED = "planned"
"""The outcome of records that a sync would write, in a dry run."""

WORST_FIRST = (
    Outcome.FAILED.value,
    Outcome.HELD.value,
    Outcome.WAITING.value,
    CANCELLED,
    PLANNED,
    Outcome.SYNCED.value,
    Outcome.UNCHANGED.value,
)
"""Outcomes in the order in which a person wants to hear of them."""


@dataclass(frozen=True, slots=True)
class Group:
    """Records with one outcome for one reason.

    Attributes:
        outcome: What became of them.
        code: The main reason, such as `CPQ-451`; None where none is needed.
        records: How many they are.
        examples: Numbers of some of them.
    """

    outcome: str
    code: str | None
    records: int
    examples: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the reason is called."""
        return ERRORS[self.code].title if self.code in ERRORS else ""

    @property
    def remedy(self) -> str:
        """The next thing to do about it."""
        return ERRORS[self.code].remedy if self.code in ERRORS else ""

    def as_dict(self) -> dict[str, Any]:
        """Return the group for JSON output."""
        return {
            "outcome": self.outcome,
            "code": self.code,
            "title": self.title,
            "remedy": self.remedy,
            "records": self.records,
            "examples": list(self.examples),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all records that have come to an outcome: the groups, the worst and the biggest first."""

    groups: tuple[Group, ...]

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Report:
        """Return the report of groups, which may come in any order."""
        return cls(tuple(sorted(groups, key=_place)))

    @property
    def outcomes(self) -> dict[str, int]:
        """How many records have each outcome, the worst first."""
        counted: Counter[str] = Counter()
        for group in self.groups:
            counted[group.outcome] += group.records
        return dict(counted)

    @property
    def records(self) -> int:
        """How many records have come to an outcome."""
        return sum(group.records for group in self.groups)


def _place(group: Group) -> tuple[int, int, str]:
    return WORST_FIRST.index(group.outcome), -group.records, group.code or ""


@dataclass(slots=True)
class Tally:
    """Counts outcomes as they come, in bounded memory."""

    _records: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _examples: dict[tuple[str, str | None], list[str]] = field(default_factory=dict)

    def add(self, outcome: str, code: str | None, record: str) -> None:
        """Count a record."""
        self._records[outcome, code] += 1
        examples = self._examples.setdefault((outcome, code), [])
        if len(examples) < EXAMPLES:
            examples.append(record)

    def report(self) -> Report:
        """Return what was counted so far."""
        return Report.of(
            Group(outcome, code, records, tuple(self._examples[outcome, code]))
            for (outcome, code), records in self._records.items()
        )


WINDOW = 60.0
"""Seconds that the rate is taken over: long enough to be steady, short enough to follow what changes."""


class Pace:
    """The rate of work, over the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def at(self, seconds: float, done: int) -> None:
        """Note how many records are done at a time."""
        self._seen.append((seconds, done))
        while len(self._seen) > 2 and self._seen[1][0] <= seconds - WINDOW:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Records a second; 0 while it is not known."""
        if len(self._seen) < 2:
            return 0.0
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        return max(0.0, (last - first) / (now - began)) if now > began else 0.0

    def left(self, records: int) -> float | None:
        """Return the seconds that so many further records will take; None while that is not known."""
        return records / self.rate if self.rate else None
