"""How far a run has come, told to whoever watches."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told of steps; a step has a name, and a total where that is known."""

    def step(self, name: str, done: int, total: int | None) -> None:
        """Take note of how much of a step is done."""
        ...

    def say(self, text: str) -> None:
        """Tell a person something about the run."""
        ...


class Silence:
    """Nobody watches."""

    def step(self, name: str, done: int, total: int | None) -> None:
        """Take no note."""

    def say(self, text: str) -> None:
        """Say nothing."""
