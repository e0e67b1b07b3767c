"""What is wrong in the settings, all of it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpqbridge.errors import FixConfiguration


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (a line from 1, or None for the environment), which key, and what to write."""

    line: int | None
    key: str
    message: str

    def text(self, file: str) -> str:
        """Return `file:line: key message`, as editors and people read it."""
        place = f"{file}:{self.line}: " if self.line else ""
        return f"{place}{f'`{self.key}` ' if self.key else ''}{self.message}"


class WrongSettings(FixConfiguration):
    """The configuration is wrong; `problems` lists everything that is."""

    def __init__(self, file: str, problems: Sequence[Problem], remedy: str | None = None) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.key)))
        super().__init__(
            "CPQ-301",
            "\n".join(problem.text(file) for problem in self.problems),
            field=self.problems[0].key or None,
            remedy=remedy or f"Mend the key{' at the place' if len(self.problems) == 1 else 's at the places'} given.",
        )
